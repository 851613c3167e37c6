"""Symbolic sizes: polynomials over letters and floors, with exact rational coefficients.

A `Dim` is the size of an axis, a width, or any number in an argument. Letters stand for positive
whole numbers that are not known yet. `floor` keeps a normal form, so that two ways to halve twice
meet in one value; sizes are compared by value, and never reach a tensor library.

>>> h = letter("H")
>>> ceil_div(ceil_div(h, 2), 2) == ceil_div(h, 4)
True
>>> str(2 * floor_div(h, 2) + 1)
'2*floor(H/2) + 1'
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from functools import lru_cache
from math import ceil as whole_ceil
from math import floor as whole_floor
from math import gcd, lcm
from typing import Union

AXES = {0: (), 1: ("L",), 2: ("H", "W"), 3: ("D", "H", "W")}  # letters of spatial sizes, by rank
Number = int | Fraction
Scalar = Union[int, Fraction, "Dim"]


class Atom:
    """What a monomial is a product of: a letter, or the floor or product of a polynomial.

    `kind` is "letter", "floor" or "prod": `prod` is the product, over the axes of a tensor of
    unknown rank, of the size that `arg` gives for one axis.
    """

    __slots__ = ("_hash", "arg", "atoms", "key", "kind", "name")

    def __init__(self, kind: str, name: str = "", arg: Dim | None = None) -> None:
        self.kind, self.name, self.arg = kind, name, arg
        self.key: tuple[str, str] = (kind if arg is not None else "", name or str(arg))
        self.atoms: int = 1 if arg is None else 1 + arg.atoms  # with those within it
        self._hash = hash(self.key)

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Atom) and self.key == other.key

    def __lt__(self, other: Atom) -> bool:
        return self.key < other.key

    def __str__(self) -> str:
        if self.arg is None:
            return self.name
        return _floor_text(self.arg) if self.kind == "floor" else f"prod({self.arg})"

    def __reduce__(self) -> tuple[type[Atom], tuple[str, str, Dim | None]]:
        return Atom, (self.kind, self.name, self.arg)


Monomial = tuple[Atom, ...]  # sorted; a power is a repetition; () is the constant


def _plain(value: Number) -> Number:
    """An int where the fraction is whole: ints are many times faster."""
    return value.numerator if isinstance(value, Fraction) and value.denominator == 1 else value


class Dim:
    """An immutable polynomial; `+ - *` with numbers and each other, `/` by numbers.

    `terms` are (monomial, coefficient) pairs in canonical order, without zeros.
    """

    __slots__ = ("_hash", "terms")

    def __init__(self, terms: Mapping[Monomial, Number]) -> None:
        kept = [(m, _plain(v)) for m, v in terms.items() if v]
        kept.sort(key=lambda term: ([-len(term[0])], [a.key for a in term[0]]))
        self.terms: tuple[tuple[Monomial, Number], ...] = tuple(kept)
        self._hash = hash(self.terms)

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if isinstance(other, int | Fraction):
            return self.number == other
        return isinstance(other, Dim) and self._hash == other._hash and self.terms == other.terms

    def __reduce__(self) -> tuple[type[Dim], tuple[dict[Monomial, Number]]]:
        return Dim, (dict(self.terms),)

    @property
    def number(self) -> Number | None:
        """The value where it is a plain number, else None."""
        if not self.terms:
            return 0
        return self.terms[0][1] if len(self.terms) == 1 and not self.terms[0][0] else None

    def whole(self) -> int | None:
        """The value where it is a plain whole number, else None."""
        number = self.number
        return number if isinstance(number, int) else None

    def __add__(self, other: Scalar) -> Dim:
        terms: dict[Monomial, Number] = dict(self.terms)
        for monomial, value in dim(other).terms:
            terms[monomial] = terms.get(monomial, 0) + value
        return Dim(terms)

    def __radd__(self, other: Scalar) -> Dim:
        return self + other

    def __neg__(self) -> Dim:
        return Dim({m: -v for m, v in self.terms})

    def __sub__(self, other: Scalar) -> Dim:
        return self + -dim(other)

    def __rsub__(self, other: Scalar) -> Dim:
        return dim(other) - self

    def __mul__(self, other: Scalar) -> Dim:
        if isinstance(other, int | Fraction):
            return self if other == 1 else Dim({m: v * other for m, v in self.terms})
        terms: dict[Monomial, Number] = {}
        for m1, v1 in self.terms:
            for m2, v2 in other.terms:
                monomial = tuple(sorted(m1 + m2)) if m1 and m2 else m1 or m2
                terms[monomial] = terms.get(monomial, 0) + v1 * v2
        return Dim(terms)

    def __rmul__(self, other: Scalar) -> Dim:
        return self * other

    def __truediv__(self, other: int | Fraction) -> Dim:
        return self * (Fraction(1) / other)

    @property
    def atoms(self) -> int:
        """How many letters, floors and products are written in it, those inside others too."""
        return sum(atom.atoms for monomial, _ in self.terms for atom in monomial)

    def beyond(self, limit: int) -> bool:
        """Whether a coefficient, or what one is divided by, is larger than `limit`."""
        if any(abs(v.numerator) > limit * v.denominator for _, v in self.terms):
            return True
        if any(v.denominator > limit for _, v in self.terms):
            return True
        atoms = (atom for monomial, _ in self.terms for atom in monomial)
        return any(atom.arg is not None and atom.arg.beyond(limit) for atom in atoms)

    def letters(self) -> set[str]:
        """The names of all letters in it, those inside floors too."""
        return {a.name for a in _atoms(self) if a.kind == "letter"}

    def __str__(self) -> str:
        return _text(self)

    def __repr__(self) -> str:
        return f"Dim({_text(self)})"


@lru_cache(maxsize=4096)
def _constant(value: Number) -> Dim:
    return Dim({(): value})


def dim(value: Scalar) -> Dim:
    """A number or a Dim, as a Dim."""
    return value if isinstance(value, Dim) else _constant(_plain(value))


@lru_cache(maxsize=4096)
def letter(name: str) -> Dim:
    """A size that is not known yet."""
    return Dim({(Atom("letter", name),): 1})


ONE = dim(1)


def _atoms(value: Dim) -> Iterator[Atom]:
    for monomial, _ in value.terms:
        for atom in monomial:
            yield atom
            if atom.arg is not None:
                yield from _atoms(atom.arg)


def _denominator(value: Dim) -> int:
    return lcm(*(v.denominator for m, v in value.terms if m))


@lru_cache(maxsize=65536)
def floor(value: Dim) -> Dim:
    """The largest whole number at or below `value`, in normal form.

    Whole parts come out, constants shrink to the grid of the denominator d, and
    floor((floor(x) + y)/d) becomes floor((x + y)/d) for whole y.
    """
    inner: dict[Monomial, Number] = {}
    outer: dict[Monomial, Number] = {}
    grid = _denominator(value)
    for monomial, v in value.terms:
        if not monomial:
            v = Fraction(whole_floor(v * grid), grid)
        outer[monomial] = whole_floor(v)
        inner[monomial] = v - whole_floor(v)
    rest = Dim(inner)
    if rest.number is not None:
        return Dim(outer)
    for monomial, v in rest.terms:
        if len(monomial) == 1 and monomial[0].kind == "floor" and v == Fraction(1, grid):
            within = monomial[0].arg
            assert within is not None
            return Dim(outer) + floor(rest - Dim({monomial: v}) + within / grid)
    return Dim(outer) + Dim({(Atom("floor", arg=rest),): 1})


def floor_div(value: Dim, by: int) -> Dim:
    """floor(value / by)."""
    return value if by == 1 else floor(value / by)


def ceil_div(value: Dim, by: int) -> Dim:
    """ceil(value / by), for whole values."""
    return value if by == 1 else floor((value + (by - 1)) / by)


def product(value: Dim) -> Dim:
    """The product over all axes of an unknown rank, `value` being the size of one of them."""
    return value if value == ONE else Dim({(Atom("prod", arg=value),): 1})


def substitute(value: Dim, known: Mapping[str, Dim]) -> Dim:
    """`value` with letters replaced, in normal form again."""
    if not any(a.kind != "letter" or a.name in known for m, _ in value.terms for a in m):
        return value
    result = dim(0)
    for monomial, v in value.terms:
        factor = dim(v)
        for atom in monomial:
            factor = factor * _replace(atom, known)
        result = result + factor
    return result


def _replace(atom: Atom, known: Mapping[str, Dim]) -> Dim:
    if atom.arg is None:
        return known.get(atom.name) or Dim({(atom,): 1})
    inner = substitute(atom.arg, known)
    return floor(inner) if atom.kind == "floor" else product(inner)


def ratio(value: Dim, by: Dim) -> Dim | None:
    """value / by where `by` is a number or divides every term of `value` alike, else None."""
    number = by.number
    if number is not None:
        return value / number if number else None
    if not value.terms or [m for m, _ in value.terms] != [m for m, _ in by.terms]:
        return None
    factors = {Fraction(v) / w for (_, v), (_, w) in zip(value.terms, by.terms, strict=True)}
    return dim(factors.pop()) if len(factors) == 1 else None


def equal_modulus(left: Dim, right: Dim) -> int | None:
    """The least M such that both are equal whenever all letters are multiples of M, or None.

    1 means that they are equal as they stand. Only floors can make a difference vanish.
    """
    return _modulus(left - right, lambda value: not value.terms)


def whole_modulus(value: Dim) -> int | None:
    """The least M such that `value` is whole whenever all letters are multiples of M, or None."""
    return _modulus(value, lambda v: all(isinstance(x, int) for _, x in v.terms))


def lowest(value: Dim) -> Number | None:
    """A number that `value` never falls below, letters being at least 1; None if there is none.

    It is reached where all letters are 1.
    """
    total: Number = 0
    for monomial, v in value.terms:
        if monomial and v < 0:
            return None
        least: Number = 1
        for atom in monomial:
            inner = 1 if atom.arg is None else lowest(atom.arg)
            if inner is None or inner < 0:
                return None
            least *= inner if atom.kind != "floor" else whole_floor(inner)
        total += v * least
    return total


def at_least(value: Dim, least: int) -> tuple[Dim, int]:
    """What `value >= least` says, solved for the letter: `floor((H - 5)/2) + 1 >= 1` is `H >= 5`.

    `value` is whole wherever its letters are.
    """
    while True:
        constant = next((v for monomial, v in value.terms if not monomial), 0)
        rest = value - constant
        scale = Fraction(1)
        if rest.terms and all(v > 0 for _, v in rest.terms):
            common = lcm(*(Fraction(v).denominator for _, v in rest.terms))
            scale = Fraction(common, gcd(*(int(v * common) for _, v in rest.terms)))
        rest, least = rest * scale, whole_ceil((least - constant) * scale)
        atom = rest.terms[0][0][0] if len(rest.terms) == 1 and len(rest.terms[0][0]) == 1 else None
        if atom is None or atom.kind != "floor" or atom.arg is None or rest.terms[0][1] != 1:
            return rest, least
        value = atom.arg


def _modulus(value: Dim, holds: Callable[[Dim], bool]) -> int | None:
    """Clear denominators from the inside out, then take the smallest divisor that will do."""
    if holds(value):
        return 1
    modulus = _denominator(value)
    for atom in _atoms(value):
        if atom.arg is not None:
            modulus *= _denominator(atom.arg)
    names = value.letters()
    for m in _divisors(modulus):
        scaled = {name: letter(name) * m for name in names}
        if holds(substitute(value, scaled)):
            return m
    return None


def _divisors(n: int) -> list[int]:
    n = min(n, 1 << 24)
    low = [d for d in range(1, int(n**0.5) + 1) if n % d == 0]
    return low + [n // d for d in reversed(low) if d * d != n]


def _text(value: Dim) -> str:
    """`2*c + 1`, `c/4`, `ceil(H/2)`; denominators stand behind."""
    parts: list[str] = []
    for monomial, v in value.terms:
        sign, size = ("-" if v < 0 else "+"), Fraction(v if v >= 0 else -v)
        top, bottom = size.numerator, size.denominator
        factors = [str(a) for a in monomial]
        body = "*".join(([str(top)] if top != 1 or not factors else []) + factors)
        body += f"/{bottom}" if bottom != 1 else ""
        parts += ([sign] if sign == "-" else []) if not parts else [f" {sign} "]
        parts.append(body)
    return "".join(parts) or "0"


def _floor_text(inner: Dim) -> str:
    """A floor as people write it: `ceil(H/2)` where its constant allows, or `floor((H + 1)/4)`."""
    grid = _denominator(inner)
    over = inner * grid
    constant = next((v for m, v in over.terms if not m), 0)
    name = "ceil" if constant == grid - 1 else "floor"
    top = over - constant if name == "ceil" else over
    text = f"({top})" if len(top.terms) > 1 else str(top)
    return f"{name}({text}/{grid})"
