"""Callbacks of a user's op: what raises, or returns nonsense, is a diagnostic of that op.

`guarded` puts each callback of a declaration behind a check, so that whoever calls it (the checker,
the laws, a backend) gets what it was promised, or a `SnapError` (E905) that names the op, the
callback and what it returned. A shape rule is also held against the facts: `COMMUTATIVE` of a rule
that depends on the order is E906, at the instance where it shows.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import islice, permutations
from keyword import iskeyword
from typing import Any

from snaplang.diagnostics import SnapError, fail
from snaplang.dims import Dim, dim
from snaplang.ops.facts import brings_rule, closed, may_vanish, require_ranks, unmet
from snaplang.ops.reserved import MODULE
from snaplang.ops.spec import (
    Attrs,
    Fact,
    Init,
    OpSpec,
    Rules,
    Shape,
    Weight,
    no_facts,
    no_macs,
    no_weights,
)

ORDERS = 24  # of a commutative op's inputs, that its shape rule is tried on
_SHAPES = "it returns a tuple of `Shape`s, whose sizes are whole numbers or made of the inputs'"
_WEIGHTS = "it returns a tuple of `Weight`s with plain names, whole sizes and an `Init`"
_MACS = "it returns a whole number, or a size made of the inputs'"
_TRUTH = "it returns True or False"
_FACTS = "it returns a frozenset of facts that the declaration can have"


def guarded(spec: OpSpec) -> OpSpec:
    """The declaration with its callbacks behind checks; what has no callback stays as it is."""
    if spec.facts_if is not no_facts:
        spec = _behind_guard(spec, "facts_if", _FactsRule)
    if may_vanish(spec):
        spec = _behind_guard(spec, "identity_if", _IdentityRule)
    base = spec
    if brings_rule(base):
        spec = _behind_guard(spec, "shape", _ShapeRule, base)
    if base.weights is not no_weights:
        spec = _behind_guard(spec, "weights", _WeightsRule, base)
    if base.macs is not no_macs:
        spec = _behind_guard(spec, "macs", _MacsRule, base)
    return spec


def _behind_guard(
    spec: OpSpec, name: str, guard: type[_Guard], base: OpSpec | None = None
) -> OpSpec:
    """The declaration with one callback behind its check, once."""
    if isinstance(getattr(spec, name), _Guard):
        return spec
    return replace(spec, **{name: guard(base or spec)})  # type: ignore[arg-type]


def given(spec: OpSpec, name: str) -> object:
    """A part of a declaration as it was given, without the check before it."""
    value = getattr(spec, name)
    return given(value.spec, name) if isinstance(value, _Guard) else value


def shown(value: object) -> str:
    """A value as messages show it, whatever its `repr` does."""
    try:
        text = repr(value)
    except Exception:
        text = f"a {type(value).__name__}"
    return text if len(text) <= 80 else text[:77] + "..."


def quoted(value: object, mark: str = "`") -> str:
    """A text as messages quote it; what is none as it shows itself."""
    return f"{mark}{value}{mark}" if isinstance(value, str) else shown(value)


class _NonsenseError(Exception):
    """What is wrong with a value that a callback returned."""


@dataclass(frozen=True)
class _Guard:
    """A callback of `spec`. Subclasses say what it is and what it returns."""

    spec: OpSpec

    def call(self, what: str, hint: str, callback: Callable[..., Any], *given: Any) -> Any:
        """What the callback returns; E905 where it raises."""
        try:
            return callback(*given)
        except Exception as error:
            raise self.failed(what, f"raised {type(error).__name__}{_said(error)}", hint) from error

    def failed(self, what: str, how: str, hint: str) -> SnapError:
        """The error for a callback."""
        return fail("E905", f"the {what} of `{self.spec.id}` {how}", hint=hint)

    def nonsense(self, what: str, value: object, why: object, hint: str) -> SnapError:
        """The error for what a callback returned."""
        return self.failed(what, f"returned {shown(value)}{_behind(why)}", hint)


def _behind(why: object) -> str:
    text = str(why)
    return f": {text}" if text else ""


def _said(error: Exception) -> str:
    if isinstance(error, SnapError):
        return f": {error.diagnostics[0].message}" if error.diagnostics else ""
    try:
        text = " ".join(str(error).split())
    except Exception:
        return ""
    return f": {text[:200]}" if text else ""


# -- shapes ----------------------------------------------------------------------------------------


class _ShapeRule(_Guard):
    def __call__(self, rules: Rules) -> tuple[Shape, ...]:
        require_ranks(rules, self.spec.ranks)
        results = self._run(rules)
        if rules.complaint is None:
            facts = self.spec.all_facts(rules.attrs)
            if Fact.COMMUTATIVE in facts:
                results = self._in_any_order(rules, results)
            self._as_facts_say(rules, results, facts)
        return results

    def _run(self, rules: Rules) -> tuple[Shape, ...]:
        """The results; those of inputs that the rule has rejected mean nothing."""
        attrs = rules.attrs
        count = self.spec.output_count(attrs)
        try:
            found = self.call("shape rule", _SHAPES, self.spec.shape, rules)
            if rules.complaint is not None:
                return rules.inputs[:1] * count
            shapes = self._read(found, rules, count)
        except SnapError:
            if rules.complaint is not None:
                return rules.inputs[:1] * count
            raise
        known = {size for shape in rules.inputs for size, _ in _named(shape)}
        for shape in shapes:
            for size, what in _named(shape):
                if size not in known:
                    rules.whole(size, what)
        return shapes

    def _read(self, found: object, rules: Rules, count: int) -> tuple[Shape, ...]:
        letters = _letters(rules.attrs, rules.inputs)
        any_open = any(shape.open for shape in rules.inputs)
        try:
            if not isinstance(found, tuple | list) or len(found) != count:
                raise _NonsenseError(f"not {count} shape{'s' * (count > 1)} in a tuple")
            return tuple([_shape(shape, letters, any_open) for shape in found])
        except _NonsenseError as why:
            raise self.nonsense("shape rule", found, why, _SHAPES) from None

    def _in_any_order(self, rules: Rules, results: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """The results of the inputs in an order of their own, all orders giving the same."""
        best = _key(rules.inputs), results
        for order in _orders(rules.inputs):
            other = rules.again(order)
            found = self._run(other)
            if other.complaint is not None or not _agree(found, results, rules, other):
                given, turned = _text(rules.inputs), _text(order)
                got = other.complaint[1] if other.complaint is not None else _text(found)
                message = (
                    f"it is declared COMMUTATIVE, but its shape rule gives {_text(results)} "
                    f"for {given} and {got} for {turned}"
                )
                rules.complain("E906", message, "the rule may not depend on the inputs' order")
                return results
            rules.also(other)
            best = min(best, (_key(order), found), key=lambda pair: pair[0])
        return best[1]

    def _as_facts_say(
        self, rules: Rules, results: tuple[Shape, ...], facts: frozenset[Fact]
    ) -> None:
        inputs = rules.inputs
        alike = len(set(inputs)) == 1
        if self.spec.eval_identity and results != inputs:
            self._contradicts(rules, results, "`eval_identity`", "keeps its input's shape")
        elif may_vanish(self.spec) and self.spec.identity_if(rules.attrs) and results != inputs:
            self._contradicts(rules, results, "`identity_if`", "keeps its input's shape")
        elif Fact.MERGES_EQUAL in facts and alike and results != inputs[:1]:
            self._contradicts(rules, results, "MERGES_EQUAL", "keeps the shape of equal inputs")
        elif Fact.IDEMPOTENT in facts:
            twice = rules.again(results)
            if self._run(twice) != results or twice.complaint is not None:
                self._contradicts(rules, results, "IDEMPOTENT", "keeps the shape that it gives")

    def _contradicts(self, rules: Rules, results: tuple[Shape, ...], fact: str, need: str) -> None:
        message = (
            f"it is declared {fact}, which {need}, but its shape rule gives {_text(results)} "
            f"for {_text(rules.inputs)}"
        )
        rules.complain("E906", message, "mend the shape rule, or leave the fact out")


def _shape(found: object, letters: frozenset[str], any_open: bool) -> Shape:
    if not isinstance(found, Shape):
        raise _NonsenseError(f"{shown(found)} is no `Shape`")
    if not isinstance(found.spatial, tuple | list):
        raise _NonsenseError(f"its axes are {shown(found.spatial)}, not a tuple")
    sizes = [_size(size, letters) for size in (found.channels, *found.spatial)]
    open_ = bool(found.open)
    if len(sizes) > 4 or (open_ and (len(sizes) != 2 or not any_open)):
        raise _NonsenseError("a tensor has at most three spatial axes, known if the inputs' are")
    return Shape(sizes[0], tuple(sizes[1:]), open_)


def _size(value: object, letters: frozenset[str], low: int | None = None) -> Dim:
    """A size as a Dim; whole numbers are taken too. Without `low` others say what is too small."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = dim(value)
    if not isinstance(value, Dim) or not _is_exact(value):
        raise _NonsenseError(f"{shown(value)} is no size")
    number = value.number
    if number is not None and (value.whole() is None or (low is not None and number < low)):
        least = "" if low is None else f", at least {low}"
        raise _NonsenseError(f"{value} is no whole number{least}")
    foreign = sorted(value.letters() - letters)
    if foreign:
        raise _NonsenseError(f"the inputs have no size `{foreign[0]}`")
    return value


def _is_exact(value: Dim) -> bool:
    """Whether a polynomial has exact coefficients: a float among them would stay."""
    return all(
        isinstance(v, int | Fraction) and all(a.arg is None or _is_exact(a.arg) for a in monomial)
        for monomial, v in value.terms
    )


def _letters(attrs: Attrs, shapes: tuple[Shape, ...]) -> frozenset[str]:
    sizes = [size for shape in shapes for size in (shape.channels, *shape.spatial)]
    sizes += [value for value in attrs.values() if isinstance(value, Dim)]
    return frozenset().union(*(size.letters() for size in sizes))


def _named(shape: Shape) -> Iterator[tuple[Dim, str]]:
    yield shape.channels, "channels"
    for axis, size in enumerate(shape.spatial):
        yield size, f"spatial axis {axis + 1}"


def _orders(shapes: tuple[Shape, ...]) -> Iterator[tuple[Shape, ...]]:
    """Other orders of some shapes, all of them where they are few."""
    if len(set(shapes)) == 1:
        return
    several = permutations(shapes) if len(shapes) < 5 else _some_orders(shapes)
    seen = {shapes}
    for order in islice(several, ORDERS):
        if order not in seen:
            seen.add(order)
            yield order


def _some_orders(shapes: tuple[Shape, ...]) -> Iterator[tuple[Shape, ...]]:
    ordered = tuple(sorted(shapes, key=lambda shape: shape.text()))
    yield from (ordered, ordered[::-1])
    for i in range(len(shapes) - 1):
        yield (*shapes[:i], shapes[i + 1], shapes[i], *shapes[i + 2 :])


def _agree(left: tuple[Shape, ...], right: tuple[Shape, ...], rules: Rules, other: Rules) -> bool:
    """Whether shapes are the same, by what the rule itself demands of the sizes."""
    for one, two in zip(left, right, strict=True):
        if one.open != two.open or len(one.spatial) != len(two.spatial):
            return False
        pairs = zip((one.channels, *one.spatial), (two.channels, *two.spatial), strict=True)
        if not all(rules.agree(a, b) or other.agree(a, b) for a, b in pairs):
            return False
    return True


def _key(shapes: tuple[Shape, ...]) -> tuple[str, ...]:
    return tuple(shape.text() for shape in shapes)


def _text(shapes: tuple[Shape, ...]) -> str:
    return " ".join(shape.text() for shape in shapes)


# -- weights, cost, identity, facts ----------------------------------------------------------------


class _WeightsRule(_Guard):
    def __call__(self, attrs: Attrs, inputs: tuple[Shape, ...]) -> tuple[Weight, ...]:
        found = self._run(attrs, inputs)
        if Fact.COMMUTATIVE in self.spec.all_facts(attrs):
            for order in _orders(inputs):
                if self._run(attrs, order) != found:
                    message = (
                        f"`{self.spec.id}` is declared COMMUTATIVE, but has other weights for "
                        f"{_text(inputs)} than for {_text(order)}"
                    )
                    raise fail("E906", message, hint="they may not depend on the inputs' order")
        return found

    def _run(self, attrs: Attrs, inputs: tuple[Shape, ...]) -> tuple[Weight, ...]:
        what = "`weights`"
        found = self.call(what, _WEIGHTS, self.spec.weights, attrs, inputs)
        letters = _letters(attrs, inputs)
        try:
            if not isinstance(found, tuple | list):
                raise _NonsenseError("not a tuple")
            made = tuple([_weight(weight, letters) for weight in found])
            names = [weight.name for weight in made]
            twice = [name for name in names if names.count(name) > 1]
            if twice:
                raise _NonsenseError(f"two weights are called `{twice[0]}`")
        except _NonsenseError as why:
            raise self.nonsense(what, found, why, _WEIGHTS) from None
        return made


def _weight(found: object, letters: frozenset[str]) -> Weight:
    if not isinstance(found, Weight):
        raise _NonsenseError(f"{shown(found)} is no `Weight`")
    name, init = found.name, found.init
    if not isinstance(name, str) or not name.isidentifier() or name.startswith("__"):
        raise _NonsenseError(f"{shown(name)} is no plain name")
    if iskeyword(name) or name in MODULE:
        raise _NonsenseError(f"`{name}` means something in PyTorch's modules, or in Python")
    if not isinstance(found.shape, tuple | list):
        raise _NonsenseError(f"the shape of `{name}` is {shown(found.shape)}, not a tuple")
    shape = tuple([_size(size, letters, 0) for size in found.shape])
    for flag in (found.trained, found.whole):
        if not isinstance(flag, bool):
            raise _NonsenseError(f"{shown(flag)} of `{name}` is neither True nor False")
    if not isinstance(init, Init) or init.kind not in ("uniform", "normal", "constant"):
        raise _NonsenseError(f"`{name}` starts by {shown(init)}")
    if found.whole and (found.trained or init.kind != "constant"):
        raise _NonsenseError(f"`{name}` is whole: then it is not trained, and starts constant")
    return replace(found, shape=shape, init=_init(init, name, letters))


def _init(init: Init, name: str, letters: frozenset[str]) -> Init:
    bound = init.bound
    if isinstance(bound, Dim):
        number = _size(bound, letters, 0).number
    elif isinstance(bound, int | float) and not isinstance(bound, bool) and math.isfinite(bound):
        number = Fraction(bound)
    else:
        raise _NonsenseError(f"`{name}` starts by {shown(bound)}, no number")
    scaled = init.root or init.glorot
    if number is not None and (number < 0 or (scaled and number == 0)) and init.kind != "constant":
        raise _NonsenseError(f"`{name}` starts by {shown(bound)}, which is no spread")
    if number is not None and scaled and number <= 0:
        raise _NonsenseError(f"`{name}` starts by the root of {shown(bound)}")
    return init


class _MacsRule(_Guard):
    def __call__(self, attrs: Attrs, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Dim:
        found = self.call("`macs`", _MACS, self.spec.macs, attrs, inputs, outputs)
        try:
            return _size(found, _letters(attrs, (*inputs, *outputs)), 0)
        except _NonsenseError as why:
            raise self.nonsense("`macs`", found, why, _MACS) from None


class _IdentityRule(_Guard):
    def __call__(self, attrs: Attrs) -> bool:
        found = self.call("`identity_if`", _TRUTH, self.spec.identity_if, attrs)
        if not isinstance(found, bool):
            raise self.nonsense("`identity_if`", found, "", _TRUTH)
        return found


class _FactsRule(_Guard):
    def __call__(self, attrs: Attrs) -> frozenset[Fact]:
        found = self.call("`facts_if`", _FACTS, self.spec.facts_if, attrs)
        if not isinstance(found, frozenset | set) or not all(isinstance(f, Fact) for f in found):
            raise self.nonsense("`facts_if`", found, "", _FACTS)
        for fact, need in unmet(self.spec, self.spec.facts | found):
            why = f"{fact.name} needs {need.text}"
            raise self.nonsense("`facts_if`", sorted(f.name for f in found), why, _FACTS)
        return closed(self.spec.facts | found)
