"""A graph's conditions as tests at the top of `forward`.

An ordinary `if … raise ValueError` is what torch.compile and torch.export turn into a guard on the
sizes; a dynamic axis is then given as `4 * Dim("h")`, or as `Dim.AUTO`.

>>> from snaplang.api import lower
>>> graph = lower("dup maxpool(2, stride=2) upsample2 add", inputs=["N,8,H,8"])
>>> print("\\n".join(checks(graph, ["x"])))
if x.shape[2] % 2:
    raise ValueError(f"H must be a multiple of 2, not {x.shape[2]}")
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import lcm

from snaplang.dims import Atom, Dim, dim, letter
from snaplang.graph import Condition, Graph
from snaplang.graph.conditions import holds, letters

PERIOD = 4096  # sizes tried to see whether a condition says no more than `H % M == 0`


def checks(graph: Graph, inputs: Sequence[str]) -> list[str]:
    """Lines that raise a `ValueError` where sizes do not meet the graph's conditions.

    `inputs` are the names of `forward`'s parameters. A condition on letters that no input shows is
    left to the ops.
    """
    shown = _shown(graph, inputs)
    places = _places(shown)
    single: dict[str, list[Condition]] = {}
    lines = []
    for condition in graph.conditions:
        names = letters(condition)
        if not names <= places.keys():
            lines += _whole_axis(condition, shown)
            continue
        name = min(names)
        if condition.left == letter(name) and condition.least is not None:
            message = f"{name} must be at least {condition.least}, not {{{places[name]}}}"
            lines += _test(f"{places[name]} < {condition.least}", message)
        elif len(names) == 1 and condition.least is None:
            single.setdefault(name, []).append(condition)
        else:
            lines += _exactly(condition, places)
    for name, conditions in single.items():
        modulus = _plain_modulus(name, conditions)
        if modulus:
            message = f"{name} must be a multiple of {modulus}, not {{{places[name]}}}"
            lines += _test(f"{places[name]} % {modulus}", message)
        else:
            lines += [line for c in conditions for line in _exactly(c, places)]
    return lines


def _exactly(condition: Condition, places: Mapping[str, str]) -> list[str]:
    values = ", ".join(f"{n} = {{{places[n]}}}" for n in sorted(letters(condition)))
    return _test(_violation(condition, places), f"{condition} does not hold for {values}")


def _test(violation: str, message: str) -> list[str]:
    return [f"if {violation}:", f'    raise ValueError(f"{message}")']


def _shown(graph: Graph, inputs: Sequence[str]) -> list[tuple[str, Dim]]:
    """The places where sizes can be read, `x.shape[2]`, and what they are."""
    return [
        (f"{name}.shape[{axis}]", size)
        for name, shape in zip(inputs, graph.input_shapes(), strict=True)
        for axis, size in enumerate((graph.batch, shape.channels, *shape.spatial))
    ]


def _places(shown: Sequence[tuple[str, Dim]]) -> dict[str, str]:
    """Where a letter can be read: `x.shape[2]`, or a linear expression of that."""
    found: dict[str, str] = {}
    linear: dict[str, str] = {}
    for place, size in shown:
        solved = _solved(size, place)
        if solved is not None:
            (found if solved[1] == place else linear).setdefault(*solved)
    return {**linear, **found}


def _whole_axis(condition: Condition, shown: Sequence[tuple[str, Dim]]) -> list[str]:
    """A least size of letters that only show together, `L + M`, in the size of an axis."""
    for place, size in shown if condition.least is not None else ():
        apart = (size - condition.left).whole()
        if apart is not None:
            least = (condition.least or 0) + apart
            return _test(f"{place} < {least}", f"{size} must be at least {least}, not {{{place}}}")
    return []


def _solved(size: Dim, place: str) -> tuple[str, str] | None:
    """The letter in `2*H + 1`, and how to compute it from that size."""
    terms = dict(size.terms)
    constant = Fraction(terms.pop((), 0))
    if len(terms) != 1:
        return None
    ((monomial, factor),) = terms.items()
    if len(monomial) != 1 or monomial[0].kind != "letter" or factor < 0:
        return None
    fraction = Fraction(factor)
    shift = constant * fraction.denominator
    if shift.denominator != 1:
        return None
    text = place if fraction.denominator == 1 else f"{place} * {fraction.denominator}"
    text = text if not shift else f"({text} - {shift})".replace("- -", "+ ")
    text = text if fraction.numerator == 1 else f"{text} // {fraction.numerator}"
    return monomial[0].name, text


def _plain_modulus(name: str, conditions: Sequence[Condition]) -> int | None:
    """M where conditions hold exactly for the multiples of M of their one letter, else None.

    A difference of floors repeats itself, so a full period of sizes decides.
    """
    modulus = lcm(*(c.modulus for c in conditions))
    period = lcm(modulus, *map(_period, conditions))
    if period > PERIOD:
        return None

    def agree(number: int) -> bool:
        known = {name: dim(number)}
        return all(holds(c, known) for c in conditions) == (number % modulus == 0)

    return modulus if all(map(agree, range(period, 2 * period))) else None


def _period(condition: Condition) -> int:
    """A number of sizes after which the condition repeats itself."""
    sides = (condition.left, condition.right)
    return max(condition.of, 1) * lcm(*(_repeats(side) for side in sides if side is not None))


def _repeats(value: Dim) -> int:
    """After how many sizes the value is larger by a whole number, whatever the size."""
    own = lcm(*(Fraction(v).denominator for _, v in value.terms))
    inner = (a.arg for monomial, _ in value.terms for a in monomial if a.arg is not None)
    return own * lcm(*map(_repeats, inner))


def _violation(condition: Condition, places: Mapping[str, str]) -> str:
    """Python that is true where the condition does not hold."""
    left, size = _python(condition.left, places)
    if condition.least is not None:
        return f"{left} < {condition.least * size}"
    if condition.right is None:
        return f"({left}) % {size * max(condition.of, 1)}"
    right, other = _python(condition.right, places)
    common = lcm(size, other)
    left = left if common == size else f"{common // size} * ({left})"
    right = right if common == other else f"{common // other} * ({right})"
    return f"{left} != {right}"


def _python(value: Dim, places: Mapping[str, str]) -> tuple[str, int]:
    """A numerator in whole numbers, and its denominator."""
    size = lcm(*(Fraction(v).denominator for _, v in value.terms)) if value.terms else 1
    parts: list[str] = []
    for monomial, v in value.terms:
        number = int(v * size)
        factors = [_atom(a, places) for a in monomial]
        if abs(number) != 1 or not factors:
            factors.insert(0, str(abs(number)))
        sign = "-" if number < 0 else "+"
        parts.append((f" {sign} " if parts else sign.strip("+")) + " * ".join(factors))
    return "".join(parts) or "0", size


def _atom(atom: Atom, places: Mapping[str, str]) -> str:
    if atom.arg is None:
        place = places[atom.name]
        return place if place.endswith("]") and " " not in place else f"({place})"
    inner, size = _python(atom.arg, places)
    return f"(({inner}) // {size})"
