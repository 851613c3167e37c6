"""A block of a run, or the network around it, as a file: SNAP, ONNX, PyTorch source, pictures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import snaplang as snap
from snapsearch import files
from snapsearch.config.registry import unknown
from snapsearch.errors import SearchError
from snapsearch.record.store import Store
from snapsearch.run.assembly import make_task
from snapsearch.run.session import best_of, recorded
from snapsearch.trial import Trial

Emitter = Callable[[str, str | None, Sequence[str]], bytes]


def _snap(text: str, block: str | None, inputs: Sequence[str]) -> bytes:
    return snap.format(text).encode()


def _onnx(text: str, block: str | None, inputs: Sequence[str]) -> bytes:
    model = snap.to_onnx(text, inputs=inputs, block=block)
    return bytes(model.SerializeToString())


def _text(function: Callable[..., str]) -> Emitter:
    return lambda text, block, inputs: function(text, inputs=inputs, block=block).encode()


def _picture(kind: str) -> Emitter:
    def draw(text: str, block: str | None, inputs: Sequence[str]) -> bytes:
        import graphviz

        try:
            source = graphviz.Source(snap.to_dot(text, inputs=inputs, block=block))
            return bytes(source.pipe(format=kind))
        except graphviz.ExecutableNotFound as error:
            hint = "install Graphviz (its `dot`), or emit dot"
            raise SearchError("S504", "Graphviz is not installed", hint=hint) from error

    return draw


# A kind's suffixes, as `snapc` has them, the one it is written with first; and what makes it.
EMITTERS: dict[str, tuple[tuple[str, ...], Emitter]] = {
    "snap": ((".snap",), _snap),
    "onnx": ((".onnx",), _onnx),
    "torch": ((".py",), _text(snap.to_torch_source)),
    "svg": ((".svg",), _picture("svg")),
    "png": ((".png",), _picture("png")),
    "dot": ((".dot", ".gv"), _text(snap.to_dot)),
    "mermaid": ((".mmd", ".mermaid"), _text(snap.to_mermaid)),
    "json": ((".json",), _text(snap.to_json)),
}


def write(
    store: Store,
    number: int | None,
    kind: str | None = None,
    network: bool = False,
    path: Path | None = None,
) -> Path:
    """Write trial `number` (None: the best) of a run; without a kind, the path's suffix decides.

    The file's path. Raises `SearchError`, S506 where kind and suffix are at odds.
    """
    kind = _kind(kind, path)
    (ending, *_), emit = EMITTERS[kind]
    trial = _chosen(store, number)
    candidate = trial.candidate
    text = candidate.readable if kind == "snap" else candidate.program
    block, inputs = None, store.facts.get("inputs") or []
    if network:
        text, block, inputs = make_task(recorded(store).task).model(candidate.program)
    name = f"trial{trial.number}{'-network' * network}{ending}"
    path = path or store.folder / name
    try:
        made = emit(text, block, inputs)
    except snap.SnapError as error:
        raise SearchError("S503", f"trial {trial.number} cannot be exported: {error}") from error
    with files.writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        files.put_bytes(path, made)
    return path


def _kind(kind: str | None, path: Path | None) -> str:
    """What to make: what is named, or what the suffix means, as `snapc` reads it; else SNAP."""
    if kind is not None and kind not in EMITTERS:
        raise unknown("kind of output", kind, EMITTERS)
    suffix = path.suffix.lower() if path else ""
    known = {ending: made for made, (endings, _) in EMITTERS.items() for ending in endings}
    meant = known.get(suffix)
    if kind is None and suffix and meant is None:
        hint = f"name it by `--emit`, or end in {', '.join(known)}"
        raise SearchError("S506", f"`{suffix}` is the suffix of no kind of output", str(path), hint)
    if kind and meant and kind != meant:
        message = f"`{kind}` is wanted, but `{suffix}` is the suffix of `{meant}`"
        hint = f"leave `{kind}` out, or end the file in {EMITTERS[kind][0][0]}"
        raise SearchError("S506", message, str(path), hint)
    return kind or meant or "snap"


def _chosen(store: Store, number: int | None) -> Trial:
    trials = store.trials()
    if number is not None:
        if 0 <= number < len(trials):
            return trials[number]
        message = f"there is no trial {number}; the run has {len(trials)}"
        raise SearchError("S505", message, str(store.folder))
    best = best_of(trials)
    if best is None:
        raise SearchError("S505", "the run has no complete trial yet", str(store.folder))
    return best
