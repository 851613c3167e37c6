"""User ops in emitted source: their function as it was written, their weights in a small module.

A user op's `torch` is a function, or its source text, called as `fn(*inputs, *weights, **attrs)`.
The text goes into the emitted source, so it may use `torch`, `nn`, `F`, `Tensor` and `math`, and
imports of its own inside the function. Of several functions in a text, the one named like the op
is called, else the last. A parameter `training` of the function that is no parameter of the op
gets the module's `training`.

>>> from snaplang.ops.spec import OpSpec
>>> spec = OpSpec("me/double/1", "double", "user", "", torch="def double(x):\\n    return 2 * x")
>>> function_of(spec).name
'double'
"""

from __future__ import annotations

import ast
import dis
import inspect
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import CodeType
from typing import Any

from snaplang.backends.torch_code import Arg, Call, Emission, Line, Piece, Value
from snaplang.diagnostics import SnapError, fail
from snaplang.dims import Dim
from snaplang.ops.spec import Attrs, AttrValue, OpSpec, Weight

PROVIDED = frozenset(["torch", "nn", "F", "Tensor", "math"])


@dataclass(frozen=True)
class Function:
    """A function as source: its name, its parameters, its whole text and what that defines."""

    name: str
    parameters: frozenset[str]
    text: str
    defines: tuple[str, ...]


def _unusable(spec: OpSpec, why: str, hint: str) -> SnapError:
    return fail("E904", f"the torch function of `{spec.id}` {why}", hint=hint)


def function_of(spec: OpSpec) -> Function:
    """The function of a user op. Raises `SnapError` (E904) where there is no usable source."""
    if not isinstance(spec.torch, str) and not callable(spec.torch):
        hint = "give `torch=` a function or its source text"
        if spec.family == "opaque":
            hint = "a lifted model's op that is kept as it is cannot be compiled"
        raise _unusable(spec, "is missing", hint)
    text = spec.torch if isinstance(spec.torch, str) else _source(spec, spec.torch)
    text = textwrap.dedent(text).strip("\n")
    try:
        tree = ast.parse(text)
    except SyntaxError as error:
        where = f"line {error.lineno}: {error.msg}"
        raise _unusable(spec, f"does not parse ({where})", "give the text of a `def`") from None
    functions = [n for n in tree.body if isinstance(n, ast.FunctionDef)]
    if not functions:
        raise _unusable(spec, "has no `def`", "write `def NAME(x): …`; a lambda has no name")
    chosen = next((f for f in functions if f.name == spec.name), functions[-1])
    a = chosen.args
    names = frozenset(arg.arg for arg in (*a.posonlyargs, *a.args, *a.kwonlyargs))
    return Function(chosen.name, names, text, tuple(_defined(tree)))


def _defined(tree: ast.Module) -> Iterator[str]:
    """The names that a text gives to functions, classes and values."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            yield from (n.id for t in targets for n in ast.walk(t) if isinstance(n, ast.Name))


def _source(spec: OpSpec, function: Callable[..., Any]) -> str:
    if not inspect.isfunction(function) or function.__name__ == "<lambda>":
        raise _unusable(spec, "is no plain function", "write a `def`, or give its source text")
    foreign = sorted(set(_globals(function.__code__)) - PROVIDED)
    foreign = [name for name in foreign if name in function.__globals__]
    foreign += function.__code__.co_freevars
    if foreign:
        names = ", ".join(f"`{name}`" for name in foreign)
        hint = "emitted source has torch, nn, F, Tensor and math; import others in the function"
        raise _unusable(spec, f"uses {names} from around it", hint)
    try:
        return inspect.getsource(function)
    except (OSError, TypeError):
        hint = "give the source text itself, as a string"
        raise _unusable(spec, "has no source that can be read", hint) from None


def _globals(code: CodeType) -> Iterator[str]:
    for step in dis.get_instructions(code):
        if step.opname == "LOAD_GLOBAL":
            yield str(step.argval)
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _globals(constant)


def _plain(value: AttrValue) -> Value:
    """An attribute as Python has it: widths are whole numbers here."""
    if isinstance(value, Dim):
        whole = value.whole()
        assert whole is not None
        return whole
    return value


def user_emission(spec: OpSpec, attrs: Attrs, weights: tuple[Weight, ...]) -> Emission:
    """A call of the user's function. Raises `SnapError` (E904)."""
    function = function_of(spec)
    slots: dict[str, Piece] = {}
    given = ["{all}", *(f"{{m}}.{w.name}" for w in weights)]
    for number, (name, value) in enumerate(attrs.items_):
        slots[f"a{number}"] = Arg(f"{spec.name}_{name}", _plain(value))
        given.append(f"{name}={{a{number}}}")
    if "training" in function.parameters and "training" not in attrs:
        given.append("training=self.training")
    line = Line(f"{function.name}({', '.join(given)})", **slots)
    if not weights:
        return Emission(line, function=function.text)
    for weight in weights:
        if not weight.name.isidentifier():
            hint = "a user op's weight has a plain name"
            raise fail("E904", f"`{weight.name}` of `{spec.id}` is no name", hint=hint)
    trained = (Line(w.name + "={t}", t=_start(w)) for w in weights if w.trained)
    buffers = tuple(
        Line(f'{{m}}.register_buffer("{w.name}", {{t}})', t=_start(w))
        for w in weights
        if not w.trained
    )
    return Emission(line, Call("{Weights}", *trained), buffers, ("Weights",), function.text)


def _start(weight: Weight) -> Piece:
    """A tensor as it starts."""
    sizes = tuple(size.whole() for size in weight.shape)
    shape, init = Arg("shape", sizes), weight.init
    if init.kind == "constant":
        if weight.whole:
            start = Arg("start", int(init.value()))
            return Line("torch.full({shape}, {start}, dtype=torch.long)", shape=shape, start=start)
        return Call("torch.full", shape, Arg("start", init.value()))
    bound = Arg("bound", init.value())
    if init.kind == "normal":
        return Line("torch.empty({shape}).normal_(0, {std})", shape=shape, std=bound)
    return Line("torch.empty({shape}).uniform_(-{bound}, {bound})", shape=shape, bound=bound)
