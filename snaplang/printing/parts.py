"""Stretches that come again, with the same or with other widths, as words of their own.

Symbols are a program for a stack, so any stretch of them can be a word, as long as it binds and
uses no names. Widths that vary between its uses become parameters; one that is a multiple of
another in all uses is written as that multiple.

>>> stage = "conv3(out={0}) bn relu conv1(out={1}) bn"
>>> texts = [stage.format(n, 2 * n).split() for n in (8, 12, 16)]
>>> words, rest = parts([*texts[0], "relu", *texts[1], "tanh", *texts[2]], set())
>>> words[0].opening, " ".join(map(str, words[0].items))
('def part1(a) {', 'conv3(out=a) bn relu conv1(out=2*a) bn')
>>> rest
['part1(8)', 'relu', 'part1(12)', 'tanh', 'part1(16)']
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from snaplang.printing.fold import Loop, fold
from snaplang.printing.names import free_names

Item = str | Loop
LONGEST = 48  # symbols of a word
SHORTEST = 4
MOST = 3  # parameters of a word
WORDS = 12
LARGE = 6000  # symbols of programs that words are looked for in
_WIDTH = re.compile(r"\b(out|groups)=(\d+)\b")


@dataclass(frozen=True)
class PrintedWord:
    """A word: its name, its parameters, what it stands for."""

    name: str
    parameters: tuple[str, ...]
    items: tuple[Item, ...]

    @property
    def opening(self) -> str:
        """How its definition begins."""
        listed = f"({', '.join(self.parameters)})" if self.parameters else ""
        return f"def {self.name}{listed} {{"


@dataclass(frozen=True)
class _Template:
    """A symbol without its widths, and these."""

    shape: str
    widths: tuple[int, ...]


def parts(items: Sequence[Item], names: set[str]) -> tuple[list[PrintedWord], list[Item]]:
    """Words, and the items in terms of them; `names` are those of values, which words leave alone.

    The stretch that saves most comes first; then repeats are looked for again.
    """
    words: list[PrintedWord] = []
    rest = list(items)
    while len(words) < WORDS and _size(rest) <= LARGE:
        found = _best(rest, names)
        if found is None:
            break
        word = _word(f"part{len(words) + 1}", found)
        if word is None:
            break
        made, arguments = word
        words.append(made)
        calls = {use: made.name + text for use, text in zip(found, arguments, strict=True)}
        rest = fold(_replaced(rest, calls, names))
    return words, rest


def _replaced(items: Sequence[Item], calls: dict[Use, str], names: set[str]) -> list[Item]:
    """The items with the uses of a word as calls of it."""
    length = len(next(iter(calls)))
    run = [_template(item, names) for item in items]
    made: list[Item] = []
    at = 0
    while at < len(items):
        item = items[at]
        call = calls.get(tuple(t for t in run[at : at + length] if t is not None))
        if call is not None:
            made.append(call)
            at += length
            continue
        if isinstance(item, Loop):
            item = Loop(tuple(_replaced(item.items, calls, names)), item.count)
        made.append(item)
        at += 1
    return made


def _size(items: Sequence[Item]) -> int:
    return sum(_size(x.items) if isinstance(x, Loop) else 1 for x in items)


Use = tuple[_Template, ...]


def _rows(items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    """The items, and those of all repeats within."""
    yield items
    for item in items:
        if isinstance(item, Loop):
            yield from _rows(item.items)


def _template(item: Item, names: set[str]) -> _Template | None:
    """What a symbol is without widths; None for repeats, names, and words."""
    if isinstance(item, Loop) or item.startswith(("-> ", "part", "out ")) or item in names:
        return None
    widths = tuple(int(number) for _, number in _WIDTH.findall(item))
    return _Template(_WIDTH.sub(r"\1=#", item), widths)


def _best(items: Sequence[Item], names: set[str]) -> list[Use] | None:
    """The uses of the stretch that saves most symbols, each with its widths."""
    groups: dict[tuple[str, ...], list[tuple[int, int, Use]]] = {}
    for number, row in enumerate(_rows(items)):
        run = [_template(item, names) for item in row]
        for at in range(len(run)):
            for end in range(at + 1, min(at + LONGEST, len(run)) + 1):
                last = run[end - 1]
                if last is None:
                    break
                if end - at >= SHORTEST:
                    use = tuple(t for t in run[at:end] if t is not None)
                    key = tuple(t.shape for t in use)
                    groups.setdefault(key, []).append((number, at, use))
    best, most = None, 0
    for key, found in groups.items():
        uses = list(_apart(found, len(key)))
        saved = (len(uses) - 1) * len(key) - len(uses) - 3
        columns = {tuple(c) for c in zip(*map(_widths, uses), strict=True) if len(set(c)) > 1}
        if saved > most and len(_free(sorted(columns))) <= MOST:
            best, most = uses, saved
    return best


def _widths(use: Use) -> tuple[int, ...]:
    return tuple(width for template in use for width in template.widths)


def _apart(found: list[tuple[int, int, Use]], length: int) -> Iterator[Use]:
    """Those that do not overlap, from the left."""
    last: tuple[int, int] = (-1, 0)
    for row, at, use in found:
        if row != last[0] or at >= last[1]:
            yield use
            last = (row, at + length)


def _free(columns: Sequence[tuple[int, ...]]) -> list[tuple[int, ...]]:
    """Columns of widths that are no multiples of others; smaller ones come first."""
    chosen: list[tuple[int, ...]] = []
    for column in columns:
        if not any(_factor(column, other) for other in chosen):
            chosen.append(column)
    return chosen


def _factor(column: tuple[int, ...], other: tuple[int, ...]) -> int | None:
    """The whole number that one column is of another in all places."""
    factor, rest = divmod(column[0], other[0])
    same = all(a == factor * b for a, b in zip(column, other, strict=True))
    return factor if same and not rest and factor else None


def _word(name: str, uses: list[Use]) -> tuple[PrintedWord, list[str]] | None:
    """The word of some uses, and how each calls it."""
    table = list(zip(*map(_widths, uses), strict=True))
    varying = sorted({tuple(c) for c in table if len(set(c)) > 1})
    free = _free(varying)
    letters = tuple(islice(free_names(), len(free)))
    said = []
    for column in table:
        if len(set(column)) == 1:
            said.append(str(column[0]))
            continue
        letter, factor = next(
            (n, f) for n, other in zip(letters, free, strict=True) if (f := _factor(column, other))
        )
        said.append(letter if factor == 1 else f"{factor}*{letter}")
    texts = iter(said)
    items = tuple(re.sub("#", lambda _: next(texts), t.shape) for t in uses[0])
    arguments = [
        f"({', '.join(str(column[i]) for column in free)})" if free else ""
        for i in range(len(uses))
    ]
    return PrintedWord(name, letters, tuple(fold(items))), arguments
