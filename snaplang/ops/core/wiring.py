"""Wiring: symbols that move tensors on the stack and leave no trace in a graph.

`moves` lists, for the tensors taken (0 the deepest), what stands there afterwards.
"""

from __future__ import annotations

from snaplang.ops.spec import Attrs, Case, OpSpec, Param, ParamKind

DEPTH = Param("n", ParamKind.COUNT, doc="How far below the top.", low=0, high=100_000)


def _pick(attrs: Attrs) -> tuple[int, ...]:
    n = attrs.count("n")
    return (*range(n + 1), 0)


def _roll(attrs: Attrs) -> tuple[int, ...]:
    n = attrs.count("n")
    return (*range(1, n + 1), 0)


def _wire(name: str, doc: str, taken: int, places: tuple[int, ...], case: str) -> OpSpec:
    cases = (Case(case, (4,) * taken),)
    return OpSpec(name, name, "wiring", doc, inputs=taken, moves=lambda a: places, cases=cases)


WIRING = (
    _wire("dup", "Doubles the top.", 1, (0, 0), "dup relu add"),
    _wire("drop", "Removes the top.", 1, (), "relu dup tanh drop"),
    _wire("swap", "Exchanges the two on top.", 2, (1, 0), "in 2 relu swap add"),
    _wire("over", "Copies the second to the top.", 2, (0, 1, 0), "in 2 over relu add3"),
    _wire("rot", "Brings the third to the top.", 3, (1, 2, 0), "in 3 rot relu add3"),
    OpSpec(
        "pick",
        "pick",
        "wiring",
        "Copies the tensor `n` below the top to the top; `pick(0)` is `dup`.",
        (DEPTH,),
        moves=_pick,
        cases=(Case("in 2 pick1 relu add3", (4, 4)), Case("pick0 add")),
    ),
    OpSpec(
        "roll",
        "roll",
        "wiring",
        "Brings the tensor `n` below the top to the top; `roll(1)` is `swap`.",
        (DEPTH,),
        moves=_roll,
        cases=(Case("in 3 roll2 relu add3", (4, 4, 4)), Case("roll0 relu")),
    ),
)
