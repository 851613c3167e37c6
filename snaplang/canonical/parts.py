"""Law A12: what `split` and `cat` do to each other.

Channels are compared as polynomials: parts are taken only where they are whole runs of items
whatever the letters are. A zero may be cut anywhere, since neighbouring zeros have joined. Nested
`cat`s can be exponentially long, so they are opened only where a part begins or ends in them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from snaplang.dims import Dim, letter, substitute
from snaplang.ops.spec import Fact

if TYPE_CHECKING:
    from snaplang.canonical.kinds import Kind
    from snaplang.canonical.terms import Terms

Values = tuple[int, ...]


# -- split of cat --------------------------------------------------------------------------------


def take_apart(terms: Terms, kind: Kind, args: Values) -> Values | None:
    """The parts of a `cat` that has them as whole runs of its items."""
    joined = terms.kinds[args[0]]
    if Fact.JOINS_CHANNELS not in joined.facts:
        return None
    size = terms.result(kind, args)[0].channels
    pending = [args[0]]  # what is left, the first item last
    runs = []
    for _ in range(kind.outputs):
        run = _run(terms, joined, pending, size)
        if run is None:
            return None
        runs.append(run)
    return tuple(run[0] if len(run) == 1 else terms.apply(joined, run)[0] for run in runs)


def _run(terms: Terms, joined: Kind, pending: list[int], size: Dim) -> Values | None:
    """The next items that have so many channels together, None where there are none."""
    run = []
    while pending:
        value = pending.pop()
        left = size - terms.shape(value).channels
        if not left.terms:
            return (*run, value)
        if _positive(left):
            run.append(value)
            size = left
        elif terms.kinds[value] is joined:
            pending += reversed(terms.args[value])
        elif terms.is_zero(value) and _positive(-left):
            pending.append(terms.zero_of(value, -left))
            return (*run, terms.zero_of(value, size))
        else:
            return None
    return None


def _positive(size: Dim) -> bool:
    """Whether a size is positive whatever its letters are, which are 1 at least."""
    moved = substitute(size, {name: letter(name) + 1 for name in size.letters()})
    return bool(moved.terms) and all(factor > 0 for _, factor in moved.terms)


# -- cat of split --------------------------------------------------------------------------------


def rejoin(terms: Terms, kind: Kind, args: Values) -> Values | None:
    """A `cat` in which all parts of an instance stand in order, also across nested `cat`s."""
    if not any(_ends_in_part(terms, kind, a) for a in args):
        return None
    items: list[int] = []
    for a in args:
        items += _opened(terms, kind, a)
    place = 0
    changed = False
    while place < len(items):
        whole = _whole(terms, items, place)
        if whole is not None:
            items[place : place + terms.kinds[whole].outputs] = terms.args[whole]
            changed = True
        place += 1
    return terms.apply(kind, tuple(items)) if changed else None


def _whole(terms: Terms, items: list[int], place: int) -> int | None:
    """The instance all of whose parts stand in order from a place on."""
    found = terms.part(items[place])
    if found is None or found[1] != 0:
        return None
    parts = terms.outputs(found[0])
    return found[0] if tuple(items[place : place + len(parts)]) == parts else None


def _ends_in_part(terms: Terms, kind: Kind, value: int) -> bool:
    return any(terms.part(end) is not None for end in terms.ends(kind, value))


def _opened(terms: Terms, kind: Kind, value: int) -> list[int]:
    """A value for use within a `cat`: parts at the ends of a nested one stand apart."""
    if terms.kinds[value] is not kind:
        return [value]
    items = list(terms.args[value])
    _open_end(terms, kind, items, last=False)
    _open_end(terms, kind, items, last=True)
    return items if _ends_in_part(terms, kind, value) else [value]


def _open_end(terms: Terms, kind: Kind, items: list[int], last: bool) -> None:
    """Open nested `cat`s at one end as far as parts of one instance stand there."""
    place, seen, split = 0, 0, -1
    while place < len(items):
        at = len(items) - 1 - place if last else place
        value = items[at]
        if terms.kinds[value] is kind:
            if terms.part(terms.ends(kind, value)[last]) is None:
                return
            items[at : at + 1] = terms.args[value]
            continue
        found = terms.part(value)
        if found is None or (split >= 0 and found[0] != split):
            return
        split, seen, place = found[0], seen + 1, place + 1
        if seen >= terms.kinds[split].outputs:
            return
