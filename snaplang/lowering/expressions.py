"""Compile-time computation: expressions over exact rationals, and what arguments may be.

>>> from snaplang import syntax as s
>>> from snaplang.dims import letter
>>> str(evaluate(s.Chain((s.Number("3"), s.Name("c")), ("*",)), {"c": letter("c")}.get))
'3*c'
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from snaplang.dims import Dim, dim
from snaplang.ops.resolve import Argument
from snaplang.syntax import nodes as s

MAX_DIGITS = 18
MAX_BITS = 256
MAX_TERMS = 64


@dataclass(frozen=True, slots=True)
class Bare:
    """A name that no parameter or letter has: a word, an op's own word, or a mistake."""

    name: str
    at: s.At


@dataclass(frozen=True, slots=True)
class Closure:
    """A piece of program, and the scope it was written in."""

    items: tuple[s.Item, ...]
    scope: Any


@dataclass(frozen=True, slots=True)
class Callee:
    """A word or op given by name, and the arguments its suffix stands for."""

    name: str
    target: Any
    suffix: str | None = None


Value = Argument | Bare | Closure | Callee
Lookup = Callable[[str], "Value | None"]


@dataclass
class EvaluationError(Exception):
    """A computation that has no value; `at` is the part to blame."""

    code: str
    message: str
    at: s.At
    hint: str | None = None


def number(node: s.Number) -> Fraction:
    """The exact value of a number; too many digits are an error."""
    mantissa, _, exponent = node.text.lower().partition("e")
    digits = len(mantissa.replace(".", "").lstrip("0"))
    if digits > MAX_DIGITS or len(exponent) > 4 or abs(int(exponent or 0)) > 300:
        raise EvaluationError("E302", f"`{_short(node.text)}` is too long a number", node.at)
    return Fraction(node.text)


def _short(text: str) -> str:
    return text if len(text) <= 24 else text[:20] + "…"


def kernel(node: s.Kernel) -> tuple[int, ...]:
    """The sizes of `1x7`."""
    parts = node.text.split("x")
    if any(len(p) > MAX_DIGITS for p in parts):
        raise EvaluationError("E302", f"`{_short(node.text)}` is too long a number", node.at)
    return tuple(map(int, parts))


def evaluate(node: s.Expression | s.Kernel, lookup: Lookup) -> Value:
    """The value of an expression; names go through `lookup`, unknown ones stay bare."""
    if isinstance(node, s.Number):
        return dim(number(node))
    if isinstance(node, s.Kernel):
        return kernel(node)
    if isinstance(node, s.Group):
        return evaluate(node.value, lookup)
    if isinstance(node, s.Literal):
        return {"true": True, "false": False, "none": None, "same": "same"}[node.word]
    if isinstance(node, s.Name):
        missing = Bare(node.name, node.at)
        found = lookup(node.name)
        return missing if found is None else _unwrap(found)
    if isinstance(node, s.Negative):
        return -_operand(node.value, lookup)
    return _chain(node, lookup)


NONE_VALUE = Bare("none", s.NOWHERE)  # a parameter whose value is `none`


def _unwrap(value: Value) -> Value:
    return None if value is NONE_VALUE else value


def _operand(node: s.Expression, lookup: Lookup) -> Dim:
    value = evaluate(node, lookup)
    if isinstance(value, bool):
        return dim(int(value))
    if isinstance(value, Dim):
        return value
    if isinstance(value, Bare):
        hint = "a size is a parameter, `c`, or a letter of a typed input"
        raise EvaluationError("E303", f"`{value.name}` is no number here", value.at, hint)
    raise EvaluationError("E304", "only numbers can be computed with", node.at)


def _chain(node: s.Chain, lookup: Lookup) -> Dim:
    total = _operand(node.operands[0], lookup)
    for operator, operand in zip(node.operators, node.operands[1:], strict=True):
        total = _apply(operator, total, _operand(operand, lookup), operand.at)
        _limit(total, operand.at)
    return total


def _apply(operator: str, left: Dim, right: Dim, at: s.At) -> Dim:
    if operator == "+":
        return left + right
    if operator == "-":
        return left - right
    if operator == "*":
        return left * right
    by = right.number
    if by is None:
        raise EvaluationError("E304", f"cannot divide by {right}, which is not a number yet", at)
    if by == 0:
        raise EvaluationError("E304", "division by zero", at)
    return left / by


def _limit(value: Dim, at: s.At) -> None:
    big = any(
        v.numerator.bit_length() > MAX_BITS or v.denominator.bit_length() > MAX_BITS
        for _, v in value.terms
    )
    if big or len(value.terms) > MAX_TERMS or any(len(m) > 16 for m, _ in value.terms):
        raise EvaluationError("E302", "this computation grows too large", at)
