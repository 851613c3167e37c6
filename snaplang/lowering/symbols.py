"""Symbols apart from programs: what each does to a stack of shapes, and which a text is made of.

Search spaces and batches see programs as sequences of symbols. This module reads the symbols, runs
one on given shapes, and lowers whole sequences; it keeps no tables.

>>> symbols = Symbols("dup conv3 add13", inputs=["N,c,H,W"])
>>> symbols.texts
('dup', 'conv3', 'add13')
>>> effect = symbols.alone(2)
>>> effect.taken, [node.op.name for node in effect.nodes], effect.left
(13, ['add'], (13,))
>>> symbols.effect(1, effect.shapes[:1]).shapes[-1]
Shape('[N, c, H, W]')
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from snaplang.diagnostics import Diagnostic, SnapError
from snaplang.diagnostics.source import Source
from snaplang.dims import letter
from snaplang.graph import Graph, Node
from snaplang.graph.builder import Assembly, RankNeededError
from snaplang.lowering.choices import OpenChoiceError
from snaplang.lowering.lower import extended, lower, run_apart, words_of
from snaplang.lowering.scope import Scope
from snaplang.lowering.words import Words
from snaplang.ops.spec import Shape
from snaplang.syntax import nodes as s
from snaplang.syntax.parser import parse

_COMMENT = re.compile(r"#[^\n]*")
_CALL = re.compile(r"\([^()]*\)")
DEEPEST = 64  # tensors that a symbol is tried on, one less
MOST = 4096  # tensors that a symbol may take to have an effect of its own
_NEEDLESS = re.compile(r"\s*([^\w\s])\s*")


@dataclass(frozen=True)
class Effect:
    """What a symbol does: it takes so many tensors, makes instances, and leaves tensors.

    Tensors are numbered: those taken, the deepest first, then what the instances make. `shapes`
    has all of them.

    >>> Symbols("over").alone(0).left
    (0, 1, 0)
    """

    taken: int
    nodes: tuple[Node, ...]
    left: tuple[int, ...]
    shapes: tuple[Shape, ...]

    @property
    def net(self) -> int:
        """How much deeper the stack is afterwards."""
        return len(self.left) - self.taken


class DeeperError(SnapError):
    """A symbol that reaches below the tensors it was given (E202)."""


@dataclass(frozen=True)
class _Symbol:
    text: str
    words: Words
    items: tuple[s.Item, ...]


class Symbols:
    """A list of symbols on given inputs.

    `symbols` is a text, whose symbols are taken one by one, or a sequence of texts, each of which
    is one symbol however many it has. `inputs` are the inputs' shapes, as for `lower`; without any
    there is one, untyped, of the given `rank` where one is given. Raises `SnapError`.
    """

    def __init__(
        self, symbols: str | Sequence[str], inputs: Sequence[str] = (), rank: int | None = None
    ) -> None:
        self.inputs, self.rank = tuple(inputs), rank
        self._symbols = tuple(_read(symbols))
        self.texts = tuple(symbol.text for symbol in self._symbols)
        self._numbers: dict[str, int] = {}
        for number, text in enumerate(self.texts):
            self._numbers.setdefault(_tight(text), number)
        self._longest = max((len(symbol.items) for symbol in self._symbols), default=0)
        self._started: dict[int | None, Graph] = {}
        self.start()
        wrong = [found for symbol in self._symbols for found in _misused(symbol)]
        if wrong:
            raise SnapError(wrong)

    def start(self, rank: int | None = None) -> Graph:
        """The inputs alone, all of them left on the stack."""
        rank = rank or self.rank
        if rank not in self._started:
            count = len(self.inputs)
            header = f"in {count} out {count}" if count > 1 else ""
            program = parse(Source("<start>", header))
            self._started[rank] = lower(program, self.inputs or None, rank=rank)
        return self._started[rank]

    def effect(self, number: int, shapes: Sequence[Shape]) -> Effect | None:
        """What a symbol does to tensors of these shapes, the deepest first; None if that is wrong.

        Raises `SnapError`: E202 (`DeeperError`) where it needs more of them, E514 for no symbol,
        E301 where it would be too large. An argument with a size per axis on tensors of open rank
        raises `RankNeededError`.
        """
        effect, found = self._tried(number, shapes)
        if any(one.code == "E202" for one in found):
            raise DeeperError(found)
        return None if found else effect

    def alone(self, number: int) -> Effect:
        """What a symbol does to tensors like the first input, of which there are just enough.

        How many it takes, which instances it makes and what it leaves are the same for tensors of
        any shapes that it fits. Raises `SnapError` with what is wrong where it does not fit these.
        """
        try:
            return self._alone(number, self._any())
        except RankNeededError as need:
            return self._alone(number, self.start(need.rank).input_shapes()[0])

    def _alone(self, number: int, shape: Shape) -> Effect:
        """The fewest tensors are found by doubling, then by halving what is between."""
        few, enough = -1, 0
        while self._deeper(number, shape, enough):
            few, enough = enough, 2 * enough or 1
            if few >= MOST:
                raise SnapError(self._tried(number, (shape,) * few)[1])
        while enough - few > 1:
            middle = (few + enough) // 2
            if self._deeper(number, shape, middle):
                few = middle
            else:
                enough = middle
        effect, found = self._tried(number, (shape,) * enough)
        if found:
            raise SnapError(found)
        return effect

    def _deeper(self, number: int, shape: Shape, count: int) -> bool:
        return any(one.code == "E202" for one in self._tried(number, (shape,) * count)[1])

    def _tried(self, number: int, shapes: Sequence[Shape]) -> tuple[Effect, list[Diagnostic]]:
        """What a symbol does to tensors of some shapes, and what is wrong with that."""
        symbol, made = self._symbol(number), Assembly(shapes=list(shapes))
        stack = list(range(len(shapes)))
        found = run_apart(symbol.items, symbol.words, self.start(), made, stack)
        return Effect(len(shapes), tuple(made.nodes), tuple(stack), tuple(made.shapes)), found

    def _symbol(self, number: int) -> _Symbol:
        if not 0 <= number < len(self._symbols):
            message = f"there is no symbol {number}"
            hint = f"they are numbered from 0 to {len(self._symbols) - 1}"
            raise SnapError(Diagnostic("E514", message, hint=hint))
        return self._symbols[number]

    def moves(self, number: int) -> Effect | None:
        """The effect of a symbol that only moves tensors, whatever they are; else None."""
        for count in range(64):
            try:
                found = self.effect(number, (self._any(),) * count)
            except DeeperError:
                continue
            except (RankNeededError, SnapError):
                return None
            return found if found is not None and not found.nodes else None
        return None

    def _any(self) -> Shape:
        return self.start().input_shapes()[0]

    def graph(self, numbers: Sequence[int]) -> Graph:
        """The graph of a sequence, which must leave one tensor; raises `SnapError`."""
        program = parse(Source("<symbols>", self.text(numbers)))
        return lower(program, self.inputs or None, rank=self.rank)

    def stack(self, numbers: Sequence[int]) -> Graph | None:
        """The graph of a sequence, all that it leaves being outputs; None if it is wrong."""
        graph: Graph | None = self.start()
        for number in numbers:
            graph = None if graph is None else self.extended(graph, number)
        return graph

    def extended(self, graph: Graph, number: int) -> Graph | None:
        """A graph whose outputs are the stack, with one symbol run on it; None if it is wrong."""
        symbol, found = self._symbol(number), graph
        for item in symbol.items:
            after = extended(found, item, symbol.words)
            if after is None:
                return None
            found = after
        return found

    def text(self, numbers: Sequence[int]) -> str:
        """A program: the symbols, and where there are several inputs how many."""
        count = len(self.inputs)
        header = [f"in {count}"] if count > 1 else []
        return " ".join(header + [self.texts[n] for n in numbers])

    def numbers(self, program: str) -> list[int]:
        """The symbols of a program; raises `SnapError` for one that is not in the list."""
        plain = _plain(program)
        count = len(self.inputs)
        header = re.match(rf"\s*in\s+{count}\b\s*;?", plain) if count > 1 else None
        plain = plain[header.end() :] if header else plain
        known = self._numbers
        words = plain.split()
        if self._longest > 1 or any(word not in known for word in words):
            return self._parsed(plain)
        return [known[word] for word in words]

    def _parsed(self, program: str) -> list[int]:
        """The same, item by item: the longest symbol first, a shorter one where that ends badly."""
        words, items = words_of(Source("<program>", program))
        scope = Scope.behind(words, self.start().width)
        texts = [scope.span(item.at).text for item in items]
        ways = self._ways(texts)
        at = next((i for i in range(len(texts) - 1, -1, -1) if ways[i] is None), 0)
        if texts and ways[0] is None:
            message = f"`{texts[at]}` is not in this vocabulary"
            hint = "it has " + " ".join(f"`{text}`" for text in self.texts[:20])
            raise SnapError(Diagnostic("E514", message, scope.span(items[at].at), hint))
        found, at = [], 0
        while at < len(texts):
            number, length = ways[at] or (0, 1)
            found.append(number)
            at += length
        return found

    def _ways(self, texts: Sequence[str]) -> list[tuple[int, int] | None]:
        """For each place the longest symbol from which the rest can be read, and its items."""
        ways: list[tuple[int, int] | None] = [None] * len(texts)
        for at in range(len(texts) - 1, -1, -1):
            for length in range(min(self._longest, len(texts) - at), 0, -1):
                number = self._numbers.get(_tight(" ".join(texts[at : at + length])))
                end = at + length
                if number is not None and (end == len(texts) or ways[end] is not None):
                    ways[at] = number, length
                    break
        return ways


def _misused(symbol: _Symbol) -> list[Diagnostic]:
    """What is wrong with a symbol on any tensors: arguments that are missing, or are none.

    It is tried on tensors of which nothing is known, so that their widths are not to blame.
    """
    blank = lower(parse(Source("<start>", "")), None)
    for count in range(1, DEEPEST):
        made = Assembly(shapes=list(blank.shapes * count))
        try:
            found = run_apart(symbol.items, symbol.words, blank, made, list(range(count)))
        except OpenChoiceError as error:
            message, hint = f"`{symbol.text[:40]}` leaves a choice open", "it is no one symbol"
            return [Diagnostic("E512", message, error.diagnostics[0].span, hint)]
        except (RankNeededError, SnapError):
            return []
        if all(one.code != "E202" for one in found):
            return [one for one in found if one.code in ("E307", "E308")]
    return []


def _read(symbols: str | Sequence[str]) -> Iterator[_Symbol]:
    if not isinstance(symbols, Iterable) or not all(isinstance(text, str) for text in symbols):
        message = f"a vocabulary is a text or a list of texts, not {symbols!r:.80}"
        raise SnapError(Diagnostic("E512", message, hint='for example "dup conv3 relu add"'))
    if isinstance(symbols, str):
        words, items = words_of(Source("<vocabulary>", symbols))
        scope = Scope.behind(words, letter("c"))
        for item in items:
            yield _Symbol(_bare(scope.span(item.at).text), words, (item,))
        return
    for text in symbols:
        words, items = words_of(Source("<vocabulary>", text))
        yield _Symbol(_bare(text), words, items)


def _bare(text: str) -> str:
    """A piece of program on one line: without comments, which would swallow what follows."""
    return " ".join(_COMMENT.sub(" ", text).split())


def _tight(text: str) -> str:
    """A piece of program without needless space."""
    return _NEEDLESS.sub(r"\1", " ".join(text.split())).strip()


def _plain(text: str) -> str:
    """A program without comments, and without space in calls."""
    return _CALL.sub(lambda call: _tight(call[0]), _COMMENT.sub(" ", text))
