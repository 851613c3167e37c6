"""What `snapc` can make of a program: one table of emitters, and the work behind `check` and `fmt`.

A `Request` is what the command line asked for; every emitter turns one into bytes. Imports happen
inside, so that a command pays only for what it uses.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from snaplang import api
from snaplang.diagnostics import Diagnostic, SnapError
from snaplang.diagnostics.source import Source
from snaplang.graph import Condition, Graph, Space
from snaplang.lowering.choices import Choose, Chooser
from snaplang.lowering.lower import block_names
from snaplang.lowering.words import decode, limited, read_bytes, read_source
from snaplang.syntax import Program
from snaplang.syntax.parser import parse


@dataclass
class Request:
    """A program and how to lower and emit it, as on the command line."""

    file: str | None
    text: str | None = None
    block: str | None = None
    inputs: tuple[str, ...] = ()
    params: dict[str, object] = field(default_factory=dict)
    choose: str | None = None
    seed: int = 0
    inference: bool = False
    weights: str | None = None
    opset: int | None = None
    level: str = "algebra"
    opaque: bool = False
    label: str = "<program>"  # what the text is called in messages
    notes: list[str] = field(default_factory=list)  # what there is to say of a model's reading

    @property
    def name(self) -> str:
        """What a request is called where several are listed."""
        return self.file or self.label

    @property
    def is_model(self) -> bool:
        """Whether the file is a model to be lifted, not a program."""
        return self.text is None and (self.file or "").lower().endswith(".onnx")

    @cached_property
    def lifted(self) -> Graph:
        """The model's graph, read once; raises `SnapError`."""
        from snaplang.lift.models import from_onnx

        unfit = {"--input": self.inputs, "--block": self.block, "--set": self.params}
        for option, value in (*unfit.items(), ("--choose", self.choose)):
            if value:
                hint = "a model's inputs are what they are"
                raise SnapError(Diagnostic("E818", f"`{option}` is for programs", hint=hint))
        graph = from_onnx(self.file or "", self.opaque)
        self.notes += graph.notes
        return graph

    def blocks(self) -> list[str | None]:
        """What there is to lower: the block asked for, or all of the file; one for a model."""
        if self.is_model:
            return [None]
        return [self.block] if self.block else [*block_names(self.program)]

    @cached_property
    def program(self) -> Program:
        """The program, read and parsed once; raises `SnapError`."""
        if self.text is not None:
            return parse(Source(self.label, self.text, Path()))
        return parse(read("-" if self.file is None else self.file))

    def decisions(self) -> Choose:
        """What decides choices."""
        return random.Random(self.seed) if self.choose == "random" else self.choose

    def graph(
        self, block: str | None = None, chooser: Chooser | None = None, strict: bool = True
    ) -> Graph:
        """The checked graph; raises `SnapError`. `chooser` decides what `choose` leaves open."""
        if self.is_model:
            graph = self.lifted
        else:
            choose, inputs = chooser or self.decisions(), self.inputs or None
            block = block or self.block
            graph = api.lower(self.program, inputs, block, choose, self.params, strict)
        if not self.inference:
            return graph
        from snaplang.graph.inference import inference

        return inference(graph)


def standard_input() -> bytes:
    """What stands on standard input; raises `SnapError` where it is closed."""
    if sys.stdin is None:
        raise SnapError(Diagnostic("E601", "cannot read standard input: it is closed"))
    return limited(sys.stdin.buffer, "<stdin>")


def read(file: str) -> Source:
    """A file, or standard input for `-`."""
    if file == "-":
        return decode(standard_input(), "<stdin>", Path())
    _program_path(file)
    return read_source(Path(file))


def _program_path(file: str) -> None:
    """Raise where a path cannot be that of a program."""
    if file.lower().endswith(".onnx"):
        hint = "models can be compiled, drawn, hashed, compared and checked"
        raise SnapError(Diagnostic("E606", f"`{file}` is a model, not a program", hint=hint))
    if not file:
        raise SnapError(Diagnostic("E601", "cannot read ``: a file has a name"))


def check(request: Request) -> Iterator[str]:
    """A line for each block: shapes in, shapes out, and what it demands of sizes."""
    source = request.name if request.is_model else request.program.source.name
    found: dict[object, Diagnostic] = {}
    for name in request.blocks():
        try:
            graph = request.graph(name)
        except SnapError as error:
            for diagnostic in error.diagnostics:
                key = (diagnostic.code, diagnostic.span or diagnostic.message)
                if key not in found or diagnostic.stack is not None:
                    found[key] = diagnostic  # a run knows more than the check of unused words
            continue
        yield from _described(graph, source)
    if found:
        raise SnapError(found.values())


def _described(graph: Graph, source: str) -> Iterator[str]:
    def shapes(values: tuple[int, ...]) -> str:
        return " ".join(graph.shapes[v].text(graph.batch) for v in values)

    inputs = tuple(range(len(graph.inputs)))
    count = f"{len(graph.nodes)} op" + "s" * (len(graph.nodes) != 1)
    yield f"{source}: {graph.name}: {shapes(inputs)} -> {shapes(graph.outputs)}, {count}"
    needs = (f"  needs {c}{_whenever(c)}" for c in graph.conditions)
    yield from dict.fromkeys(needs)  # two ops may need the same
    if graph.space is not None:
        yield from _members(graph.space)
    for choice in graph.choices:
        name = f" `{choice.name}`" if choice.name else ""
        taken = "open" if choice.decided is None else f"takes {choice.decided}"
        options = " | ".join(a or "identity" for a in choice.alternatives)
        yield f"  choice {choice.number}{name}, {taken}: {options}"


def _whenever(condition: Condition) -> str:
    return f"  (true for multiples of {condition.modulus})" if condition.modulus else ""


def _members(space: Space) -> Iterator[str]:
    """What there is to report of the members of a space."""
    for decisions, condition in space.conditions:
        yield f"  needs {condition}  with --choose {decisions}"
    if space.shown.strip("0,"):
        yield f"  shown is --choose {space.shown}, the first member that fits"
    if not space.exact:
        yield "  members differ in too many ways to check them all; some were tried"
    elif space.misfits:
        yield f"  {space.fitting:,} of {space.members:,} members fit"
    for misfit in space.misfits:
        found = misfit.problem
        line, column = found.span.source.place(found.span.start) if found.span else (1, 1)
        where = f"{line}:{column}: {found.code}"
        yield f"  {where} with --choose {misfit.decisions}: {found.message}"


def reformatted(file: str, program: str | None = None) -> tuple[bytes, bytes]:
    """A file's bytes (or a program's) before and after formatting."""
    from snaplang.syntax.formatter import formatted_source

    if program is not None:
        after = formatted_source(Source(file, program, Path())).encode()
        return program.encode(), after
    if file == "-":
        before = standard_input()
    else:
        _program_path(file)
        before = read_bytes(Path(file), file)
    source = decode(before, file, Path(file).parent)
    return before, formatted_source(source).encode()


def _onnx(request: Request) -> bytes:
    from snaplang.backends.onnx import encoded

    return encoded(request.graph(), request.weights, request.seed, request.opset)


def _weights(request: Request) -> bytes:
    from snaplang.graph.specialize import prepare
    from snaplang.graph.weights import safetensors_of

    path = Path(request.weights) if request.weights else None
    return safetensors_of(prepare(request.graph()), request.seed, path)


def _torch(request: Request) -> bytes:
    return api.to_torch_source(request.graph()).encode()


def _snap(request: Request) -> bytes:
    from snaplang.printing.printer import printed

    repeats = request.is_model
    return _line(printed(api.canonicalize(request.graph(), request.level), repeats))


def _dot(request: Request) -> bytes:
    from snaplang.backends.pictures.dot import source

    return _line(source(request.graph()))


def _picture(format_: str) -> Callable[[Request], bytes]:
    def make(request: Request) -> bytes:
        from snaplang.backends.pictures.dot import render

        return render(request.graph(), format_)

    return make


def _mermaid(request: Request) -> bytes:
    from snaplang.backends.pictures.mermaid import source

    return _line(source(request.graph()))


def _json(request: Request) -> bytes:
    from snaplang.backends.json import document

    return _line(document(request.graph()))


def _stats(request: Request) -> bytes:
    from snaplang.backends.stats import as_text, stats

    return _line(as_text(stats(request.graph())))


def _line(text: str) -> bytes:
    return (text.rstrip("\n") + "\n").encode()


@dataclass(frozen=True)
class Emitter:
    """A kind of output: how to make it, whether it is binary, and the suffixes that mean it.

    `reads` are the fields of a request, beside those that lower a program, that it depends on; no
    other may be given with it.
    """

    make: Callable[[Request], bytes]
    binary: bool
    suffixes: tuple[str, ...]
    reads: frozenset[str] = frozenset()


EMITTERS: dict[str, Emitter] = {
    "onnx": Emitter(_onnx, True, (".onnx",), frozenset({"weights", "opset", "seed"})),
    "weights": Emitter(_weights, True, (".safetensors",), frozenset({"weights", "seed"})),
    "torch": Emitter(_torch, False, (".py",)),
    "snap": Emitter(_snap, False, (".snap",), frozenset({"level"})),
    "dot": Emitter(_dot, False, (".dot", ".gv")),
    "svg": Emitter(_picture("svg"), False, (".svg",)),
    "png": Emitter(_picture("png"), True, (".png",)),
    "mermaid": Emitter(_mermaid, False, (".mmd", ".mermaid")),
    "json": Emitter(_json, False, (".json",)),
    "stats": Emitter(_stats, False, (".txt",)),
}


def suffixes() -> dict[str, str]:
    """Suffix to kind of output."""
    return {suffix: kind for kind, emitter in EMITTERS.items() for suffix in emitter.suffixes}


def readers() -> dict[str, list[str]]:
    """The fields that only some emitters read, and which do."""
    fields = sorted({name for emitter in EMITTERS.values() for name in emitter.reads})
    return {f: [kind for kind, emitter in EMITTERS.items() if f in emitter.reads] for f in fields}
