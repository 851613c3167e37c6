"""The torch function of a user's op, as source that can stand alone in an emitted module.

`torch=` is a function, or its source text, called as `fn(*inputs, *weights, **attrs)`. The text
goes into the emitted source, so it may use `torch`, `nn`, `F`, `Tensor` and `math`, and what it
imports or defines itself. Of several functions in a text, the one named like the op is called. A
parameter `training` of the function that is no parameter of the op gets the module's `training`.
Nothing here runs the function, or needs PyTorch.

>>> from snaplang.ops.spec import OpSpec
>>> spec = OpSpec("me/double/1", "double", "user", "", torch="def double(x):\\n    return 2 * x")
>>> function_of(spec).name
'double'
"""

from __future__ import annotations

import ast
import builtins
import inspect
import symtable
import textwrap
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from snaplang.diagnostics import SnapError, fail
from snaplang.ops.reserved import SPOKEN, is_variable
from snaplang.ops.spec import OpSpec

# What emitted source has, by the import that gives it.
PROVIDED = {
    "torch": "import torch",
    "nn": "from torch import nn",
    "F": "import torch.nn.functional as F",
    "Tensor": "from torch import Tensor",
    "math": "import math",
}
_SAME = {
    "import torch.nn as nn": PROVIDED["nn"],
    "from torch.nn import functional as F": PROVIDED["F"],
    "from functools import reduce": "from functools import reduce",
}
_BUILT_IN = frozenset(dir(builtins)) | {"__name__", "__file__"}


@dataclass(frozen=True)
class Function:
    """A function as source.

    `given` are its parameters by place, `named` those by name alone; of both, those in `needed`
    have no default. `defines` maps what the whole text defines to what it means, `uses` are the
    names of `PROVIDED` that it reads.
    """

    name: str
    text: str
    given: tuple[str, ...]
    named: tuple[str, ...]
    needed: frozenset[str]
    by_place: frozenset[str]
    more: bool
    more_named: bool
    defines: tuple[tuple[str, str], ...]
    uses: frozenset[str]

    @property
    def parameters(self) -> frozenset[str]:
        """The names of all parameters."""
        return frozenset((*self.given, *self.named))


def unusable(spec: OpSpec, why: str, hint: str) -> SnapError:
    """The error (E904) for a function that cannot be emitted."""
    return fail("E904", f"the torch function of `{spec.id}` {why}", hint=hint)


@lru_cache(maxsize=1024)
def function_of(spec: OpSpec) -> Function:
    """The function of a user op. Raises `SnapError` (E904) where there is no usable source."""
    if not isinstance(spec.torch, str) and not callable(spec.torch):
        hint = "give `torch=` a function or its source text"
        if spec.family == "opaque":
            hint = "a lifted model's op that is kept as it is cannot be compiled"
        raise unusable(spec, "is missing", hint)
    text = spec.torch if isinstance(spec.torch, str) else _source(spec, spec.torch)
    text = textwrap.dedent(text).strip("\n")
    tree = _parsed(spec, text)
    chosen = _chosen(spec, tree)
    defines = _defines(spec, tree, text)
    uses = _uses(spec, tree, dict(defines))
    return _function(chosen, text, defines, uses)


def _parsed(spec: OpSpec, text: str) -> ast.Module:
    try:
        tree = ast.parse(text)
        compile(text, spec.id, "exec", dont_inherit=True)
    except SyntaxError as error:
        where = f"line {error.lineno}: {error.msg}" if error.lineno else error.msg
        hint = "give the text of a `def`"
        raise unusable(spec, f"does not parse ({where})", hint) from None
    except (ValueError, RecursionError, MemoryError, OverflowError) as error:
        hint = "give the text of a `def`"
        raise unusable(spec, f"does not parse ({error})", hint) from None
    return tree


def _chosen(spec: OpSpec, tree: ast.Module) -> ast.FunctionDef:
    functions = [n for n in tree.body if isinstance(n, ast.FunctionDef)]
    if not functions:
        raise unusable(spec, "has no `def`", "write `def NAME(x): …`; a lambda has no name")
    own = [f for f in functions if f.name == spec.name]
    if not own and len(functions) > 1:
        names = ", ".join(f"`{f.name}`" for f in functions)
        hint = f"call the one that is meant `{spec.name}`"
        raise unusable(spec, f"may be any of {names}", hint)
    chosen = (own or functions)[-1]
    if is_variable(chosen.name):
        hint = "emitted source has tensors of that name; call it something else"
        raise unusable(spec, f"is called `{chosen.name}`", hint)
    return chosen


def _function(
    chosen: ast.FunctionDef, text: str, defines: dict[str, str], uses: frozenset[str]
) -> Function:
    a = chosen.args
    by_place = [arg.arg for arg in (*a.posonlyargs, *a.args)]
    named = [arg.arg for arg in a.kwonlyargs]
    optional = set(by_place[len(by_place) - len(a.defaults) :])
    optional |= {n for n, d in zip(named, a.kw_defaults, strict=True) if d is not None}
    return Function(
        chosen.name,
        text,
        tuple(by_place),
        tuple(named),
        frozenset({*by_place, *named} - optional),
        frozenset(arg.arg for arg in a.posonlyargs),
        a.vararg is not None,
        a.kwarg is not None,
        tuple(defines.items()),
        uses,
    )


# -- what a text defines and uses ------------------------------------------------------------------


def _defines(spec: OpSpec, tree: ast.Module, text: str) -> dict[str, str]:
    """What a text gives names to: by an import what it says, by all else the text."""
    table = symtable.symtable(text, spec.id, "exec")
    found = {s.get_name(): text for s in table.get_symbols() if s.is_assigned()}
    found |= {s.get_name(): text for s in _all(table) if s.is_declared_global()}
    for node in tree.body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            found |= _imported(spec, node)
    for name, what in found.items():
        if what == PROVIDED.get(name) or what == _SAME.get(what):
            continue
        if name == spec.name and name in _BUILT_IN:
            hint = "choose another name in the id"
            raise fail("E901", f"`{name}` is a name of Python's own", hint=hint)
        if name in SPOKEN or name in _BUILT_IN:
            hint = "Python or the emitted source needs that name; take another one"
            raise unusable(spec, f"defines `{name}`", hint)
    return found


def _imported(spec: OpSpec, node: ast.Import | ast.ImportFrom) -> Iterator[tuple[str, str]]:
    start = ""
    if isinstance(node, ast.ImportFrom):
        start = f"from {'.' * node.level}{node.module or ''} "
    for alias in node.names:
        if alias.name == "*" or start == "from __future__ ":
            hint = "import what it needs by name; the emitted source begins with `annotations`"
            raise unusable(spec, f"says `{start}import {alias.name}`", hint)
        line = f"{start}import {alias.name}"
        name = alias.asname or (alias.name if start else alias.name.partition(".")[0])
        line += f" as {alias.asname}" if alias.asname not in (None, alias.name) else ""
        yield name, _SAME.get(line, line)


def _all(table: symtable.SymbolTable) -> Iterator[symtable.Symbol]:
    """The symbols of all scopes within a table."""
    for inner in table.get_children():
        yield from inner.get_symbols()
        yield from _all(inner)


class _Bare(ast.NodeTransformer):
    """Takes annotations away: they are not evaluated."""

    def visit_arg(self, node: ast.arg) -> ast.arg:
        node.annotation = None
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.returns = None
        return self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        if node.value is None:
            return ast.copy_location(ast.Pass(), node)
        assign = ast.Assign([node.target], self.visit(node.value))
        return ast.copy_location(assign, node)


def _uses(spec: OpSpec, tree: ast.Module, defines: dict[str, str]) -> frozenset[str]:
    """The names that a text needs of emitted source; others that it lacks are an error."""
    bare = ast.unparse(ast.fix_missing_locations(_Bare().visit(tree)))
    table = symtable.symtable(bare, spec.id, "exec")
    read = {s.get_name() for s in table.get_symbols() if s.is_referenced()}
    read |= {s.get_name() for s in _all(table) if s.is_global() and s.is_referenced()}
    _no_foreign(spec, sorted(read - defines.keys() - PROVIDED.keys() - _BUILT_IN))
    return frozenset(read & PROVIDED.keys())


def _no_foreign(spec: OpSpec, foreign: Sequence[str]) -> None:
    if foreign:
        names = ", ".join(f"`{name}`" for name in foreign)
        hint = "emitted source has torch, nn, F, Tensor and math; import others in the function"
        raise unusable(spec, f"uses {names} from around it", hint)


def _source(spec: OpSpec, function: Callable[..., Any]) -> str:
    if not inspect.isfunction(function) or function.__name__ == "<lambda>":
        raise unusable(spec, "is no plain function", "write a `def`, or give its source text")
    _no_foreign(spec, function.__code__.co_freevars)
    try:
        return inspect.getsource(function)
    except (OSError, TypeError, SyntaxError):
        hint = "give the source text itself, as a string"
        raise unusable(spec, "has no source that can be read", hint) from None


# -- whether it can be called as it will be --------------------------------------------------------


def check_call(
    spec: OpSpec, function: Function, tensors: int, attrs: Sequence[str], exact: bool = True
) -> None:
    """Raise E904 where a call with so many tensors, and attributes by name, would fail.

    Where the number is not `exact`, there may be more of them, for weights.
    """
    given = function.given
    if len(given) < tensors and not function.more:
        why = f"takes {len(given)} tensors, `{spec.name}` gives it {tensors}"
        raise unusable(spec, why, "inputs come first, then weights, then attributes by name")
    named = {*given[tensors:], *function.named} - function.by_place
    wanted = [*attrs, *(["training"] if "training" in function.parameters else [])]
    for name in wanted:
        if name in given[:tensors]:
            why = f"has a tensor called `{name}`, which is an attribute"
            raise unusable(spec, why, "inputs come first, then weights, then attributes by name")
        if name not in named and not function.more_named:
            raise unusable(spec, f"has no parameter `{name}`", "attributes are given by name")
    left = [*(given[tensors:] if exact else ()), *function.named]
    lacking = [name for name in left if name in function.needed and name not in wanted]
    if lacking:
        why = f"needs `{lacking[0]}`, which nothing gives it"
        hint = "it is called with the inputs, the weights, and the attributes by name"
        raise unusable(spec, why, hint)
