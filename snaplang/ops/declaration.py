"""Whether a declaration of a user's op can be true: its names, counts, parameters, facts.

`check` finds everything that is wrong at once. What facts need stands in `facts.py`, what a torch
function must be in `functions.py`; callbacks are held to their promises where they are called
(`guard.py`).
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from keyword import iskeyword

from snaplang.diagnostics import Diagnostic, SnapError
from snaplang.ops.facts import closed, may_vanish, unmet
from snaplang.ops.functions import check_call, function_of
from snaplang.ops.guard import quoted, shown
from snaplang.ops.reserved import LANGUAGE, SPOKEN, WORDS, prelude_names
from snaplang.ops.spec import REQUIRED, Case, Fact, OpSpec, Param, ParamKind, Role, no_weights

MOST = 1000  # inputs, and outputs
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_ID = re.compile(r"([A-Za-z0-9_.-]+)/([A-Za-z_][A-Za-z0-9_]*)/[0-9]+\Z")


def name_in(op_id: object) -> str:
    """The name in an id `owner/name/version`. Raises E903 for a malformed one."""
    found = _ID.match(op_id) if isinstance(op_id, str) else None
    if found is None:
        hint = "write `owner/name/version`: me/swish/1"
        raise SnapError(Diagnostic("E903", f"{quoted(op_id)} is no id for an op", hint=hint))
    return found[2]


def check(spec: OpSpec, core: frozenset[str]) -> None:
    """Raise a `SnapError` with everything that is wrong with a declaration."""
    found = [*_names(spec, core)]
    counted = list(_counts(spec))
    found += counted
    found += _kinds_of_values(spec)
    found += _params(spec)
    if not counted:
        found += _facts(spec)
    if not found:
        found += _function(spec)
    if found:
        raise SnapError(found)


def _wrong(message: str, hint: str | None = None) -> Diagnostic:
    return Diagnostic("E903", message, hint=hint)


# -- names -----------------------------------------------------------------------------------------


def _names(spec: OpSpec, core: frozenset[str]) -> Iterator[Diagnostic]:
    name = spec.name
    if not isinstance(spec.id, str) or not isinstance(name, str) or not _NAME.match(name):
        yield _wrong(f"{quoted(name)} is no name for an op")
        return
    if spec.id.startswith("opaque/"):
        yield _wrong(f"`{spec.id}` is an id of lifted models", "`opaque` is no owner")
    hint = "choose another name in the id"
    taken = {
        "is a core op": name in core,
        "is a word of the prelude": name in prelude_names(),
        "is a word of the language": name in LANGUAGE,
        "is a word of Python": iskeyword(name),
        "is needed by emitted source": name in SPOKEN,
    }
    yield from (
        Diagnostic("E901", f"`{name}` {why}", None, hint) for why, so in taken.items() if so
    )
    if re.search(r"[0-9]\Z", name):
        yield _wrong(f"`{name}` ends in a digit", "a suffix could not be told from it")


# -- counts and types ------------------------------------------------------------------------------


def _counts(spec: OpSpec) -> Iterator[Diagnostic]:
    for what, count in (("inputs", spec.inputs), ("outputs", spec.outputs)):
        if isinstance(count, str):
            named = (p for p in spec.params if isinstance(p, Param) and p.name == count)
            param = next(named, None)
            if (
                param is None
                or param.kind is not ParamKind.COUNT
                or param.low is None
                or param.low < 1
            ):
                yield _wrong(
                    f"`{what}` is `{count}`, which is no count, at least 1, among `params`"
                )
        elif not isinstance(count, int) or isinstance(count, bool) or not 1 <= count <= MOST:
            yield _wrong(f"`{what}` is {shown(count)}, not a whole number from 1 to {MOST}")
    if spec.inputs != 1 or spec.outputs != 1:
        counts = f"{quoted(spec.inputs, '')} inputs and {quoted(spec.outputs, '')} outputs"
        if may_vanish(spec) and not isinstance(spec.inputs, str):
            yield _wrong(f"`identity_if` of an op with {counts}", "the identity has one of each")
        if spec.eval_identity:
            yield _wrong(f"`eval_identity` of an op with {counts}", "the identity has one of each")


def _kinds_of_values(spec: OpSpec) -> Iterator[Diagnostic]:
    whole = all(isinstance(r, int) and not isinstance(r, bool) and 0 <= r <= 3 for r in spec.ranks)
    if not spec.ranks or not whole or len(set(spec.ranks)) != len(spec.ranks):
        yield _wrong(
            f"`ranks` is {shown(spec.ranks)}", "spatial axes of inputs, some of 0, 1, 2, 3"
        )
    for what in ("shape", "weights", "macs", "identity_if", "facts_if", "onnx"):
        value = getattr(spec, what)
        if not callable(value) and not (what == "onnx" and value is None):
            yield _wrong(f"`{what}` is {shown(value)}, not a function")
    if not isinstance(spec.eval_identity, bool):
        yield _wrong(f"`eval_identity` is {shown(spec.eval_identity)}, not True or False")
    if not isinstance(spec.doc, str):
        yield _wrong(f"`doc` is {shown(spec.doc)}, not a text")
    for case in spec.cases:
        if not isinstance(case, Case) or not isinstance(case.text, str):
            yield _wrong(f"a case is {shown(case)}", "cases are sample programs, texts or `Case`s")


# -- parameters ------------------------------------------------------------------------------------


def _params(spec: OpSpec) -> Iterator[Diagnostic]:
    seen: set[str] = set()
    for param in spec.params:
        if not isinstance(param, Param) or not isinstance(param.name, str):
            yield _wrong(f"a parameter is {shown(param)}", "`params` maps names, or lists `Param`s")
            continue
        name = param.name
        if not _NAME.match(name) or name in WORDS - {"out"} or name == "c":
            yield _wrong(
                f"a parameter cannot be called `{name}`", "the language needs a plain name"
            )
        elif iskeyword(name):
            hint = "the torch function gets attributes by name"
            yield _wrong(f"a parameter cannot be called `{name}`, a word of Python", hint)
        elif name in seen:
            yield _wrong(f"two parameters `{name}`")
        else:
            why = _why_not(param)
            if why:
                yield _wrong(f"parameter `{name}`: {why}", f"it is {_kind(param)}")
        seen.add(name)
    yield from _padded(spec)


def _kind(param: Param) -> str:
    return param.kind.value if isinstance(param.kind, ParamKind) else "of no kind"


def _is_number(value: object) -> bool:
    """Whether a value is a finite number."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


_DEFAULTS: dict[ParamKind, Callable[[object], bool]] = {
    ParamKind.KERNEL: _is_whole,
    ParamKind.PAD: lambda value: _is_whole(value) or value == "same",
    ParamKind.COUNT: _is_whole,
    ParamKind.WIDTH: lambda value: _is_whole(value) or value == "c",
    ParamKind.REAL: _is_number,
    ParamKind.FLAG: lambda value: isinstance(value, bool),
    ParamKind.WORD: lambda value: isinstance(value, str),
}


def _why_not(param: Param) -> str:
    """What is wrong with a parameter; "" where nothing is."""
    if not isinstance(param.kind, ParamKind):
        return f"{shown(param.kind)} is no kind"
    if not isinstance(param.role, Role):
        return f"{shown(param.role)} is no role"
    for bound in (param.low, param.high):
        if bound is not None and not _is_number(bound):
            return f"{shown(bound)} is no bound"
    if param.low is not None and param.high is not None and param.low > param.high:
        return f"nothing is between {param.low:g} and {param.high:g}"
    return _words_wrong(param) or _default_wrong(param)


def _words_wrong(param: Param) -> str:
    if not isinstance(param.words, tuple) or (param.kind is ParamKind.WORD) != bool(param.words):
        return f"its words are {shown(param.words)}"
    for word in param.words:
        if not isinstance(word, str) or not _NAME.match(word) or word in LANGUAGE - {"none"}:
            return f"{shown(word)} is no word that a program could say"
    return ""


def _default_wrong(param: Param) -> str:
    default = param.default
    if default is REQUIRED or (default is None and param.optional):
        return ""
    if not _DEFAULTS[param.kind](default):
        return f"its default is {shown(default)}"
    if param.kind is ParamKind.WORD and default not in param.words:
        return f"its default is {shown(default)}, which is not among its words"
    if isinstance(default, int | float):
        low, high = param.low, param.high
        if (low is not None and default < low) or (high is not None and default > high):
            return f"its default {default} is out of bounds"
    return ""


def _padded(spec: OpSpec) -> Iterator[Diagnostic]:
    """`pad` is resolved with kernel, stride and dilation, by these names."""
    kinds = {p.name: p.kind for p in spec.params if isinstance(p, Param)}
    pads = [name for name, kind in kinds.items() if kind is ParamKind.PAD]
    if pads not in ([], ["pad"]) or ("pad" in kinds and not pads):
        yield _wrong("`pad` is the one parameter of the kind PAD", "call another one differently")
    elif pads:
        needed = {"k": kinds.get("k"), "stride": kinds.get("stride")}
        needed["dilation"] = kinds.get("dilation", ParamKind.KERNEL)
        if set(needed.values()) != {ParamKind.KERNEL}:
            hint = "`pad=same` is worked out from them"
            yield _wrong(
                "`pad` goes with `k` and `stride` (and `dilation`) of the kind KERNEL", hint
            )


# -- facts and the torch function ------------------------------------------------------------------


def _facts(spec: OpSpec) -> Iterator[Diagnostic]:
    if not all(isinstance(fact, Fact) for fact in spec.facts):
        yield _wrong(f"`facts` is {shown(set(spec.facts))}, not facts")
        return
    for fact, need in unmet(spec, closed(spec.facts)):
        hint = f"{fact.name} means: {fact.value}"
        yield Diagnostic("E906", f"{fact.name} of `{spec.id}` needs {need.text}", None, hint)


def _function(spec: OpSpec) -> Iterator[Diagnostic]:
    try:
        function = function_of(spec)
        if isinstance(spec.inputs, int):
            exact = spec.weights is no_weights
            check_call(spec, function, spec.inputs, [p.name for p in spec.params], exact)
    except SnapError as error:
        yield from error.diagnostics
