"""Whether a declaration says the same again: an id stands for one function, for ever.

A cell of a notebook that is run twice, or a module that is loaded again, makes new functions of the
same code. Those are the same here; another body, default or enclosed value is not. What a function
calls by a global name is not looked into.

>>> again, other = eval("lambda x: x + 1"), eval("lambda x: x + 2")
>>> alike(eval("lambda x: x + 1"), again), alike(again, other)
(True, False)
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from types import CodeType, FunctionType

from snaplang.ops.guard import given
from snaplang.ops.spec import OpSpec

NOT_COMPARED = {"family", "doc", "cases", "macs", "onnx"}  # no fingerprint rests on these
_CODE = ("co_code", "co_consts", "co_names", "co_varnames", "co_freevars", "co_cellvars")
_COUNTS = ("co_argcount", "co_posonlyargcount", "co_kwonlyargcount", "co_flags")


def differences(old: OpSpec, new: OpSpec) -> list[str]:
    """The parts in which two declarations of an id say something else."""
    names = [part.name for part in fields(OpSpec) if part.name not in NOT_COMPARED]
    return [name for name in names if not alike(given(old, name), given(new, name))]


def alike(one: object, other: object) -> bool:
    """Whether two values are plainly the same; functions where their code is."""
    pending = [(one, other)]
    seen: dict[tuple[int, int], object] = {}  # held, so that no other object takes their ids
    while pending:
        left, right = pending.pop()
        if left is right or (id(left), id(right)) in seen:
            continue
        seen[id(left), id(right)] = left, right
        if _named(left) != _named(right):
            return False
        inside, within = _parts(left), _parts(right)
        if inside is None or within is None:
            if left != right:
                return False
        elif len(inside) != len(within):
            return False
        else:
            pending += zip(inside, within, strict=True)
    return True


def _named(value: object) -> str:
    """The class of a value, by name: one that is loaded again is another object."""
    return f"{type(value).__module__}.{type(value).__qualname__}"


def _parts(value: object) -> list[object] | None:
    """What has to be the same in two values; None where they are compared as they are."""
    if isinstance(value, tuple | list):
        return list(value)
    if isinstance(value, CodeType):
        return [getattr(value, name) for name in _CODE + _COUNTS]
    if isinstance(value, FunctionType):
        return [value.__code__, value.__defaults__, value.__kwdefaults__, [*_enclosed(value)]]
    if is_dataclass(value):
        return [getattr(value, part.name) for part in fields(value)]
    if callable(value) and getattr(type(value), "__eq__", None) is object.__eq__:
        return sorted(vars(value).items()) if hasattr(value, "__dict__") else None  # type: ignore[return-value]
    return None


def _enclosed(function: FunctionType) -> Iterator[object]:
    """The values of the names around a function."""
    for cell in function.__closure__ or ():
        try:
            yield cell.cell_contents
        except ValueError:  # not there yet
            yield None
