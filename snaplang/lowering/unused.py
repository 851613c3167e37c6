"""Words that nothing used: their symbols must exist all the same.

A word is checked when it expands; one that never does gets this weaker check, so that a typo in a
library of words is found where it stands.
"""

from __future__ import annotations

from collections.abc import Iterator

from snaplang.diagnostics import Diagnostic
from snaplang.dims import letter
from snaplang.lowering.scope import Scope, missing
from snaplang.lowering.words import Words
from snaplang.syntax import nodes as s


def unknown_names(words: Words, expanded: set[int]) -> Iterator[Diagnostic]:
    """A diagnostic for each symbol, in words that never ran, that means nothing."""
    for word in words.own.values():
        definition = word.definition
        if id(definition) in expanded:
            continue
        scope = Scope.unbound(word, letter("c"))
        bound = set(_bound(definition.body.items))
        if definition.body.inputs:
            bound |= {p.name for p in definition.body.inputs.ports}
        for symbol in _symbols(definition.body.items):
            if symbol.name in bound or symbol.name in scope.params:
                continue
            if scope.symbol(symbol.name) == (None, None):
                yield missing(symbol.name, scope, symbol.at)


def _inside(item: s.Item) -> Iterator[tuple[s.Item, ...]]:
    """The sequences of items within an item, arguments included."""
    if isinstance(item, s.Repeat):
        yield item.items
    elif isinstance(item, s.Branches | s.Alternatives):
        for series in item.series:
            yield series.items
    elif isinstance(item, s.Symbol):
        for argument in item.arguments or ():
            if isinstance(argument.value, s.Code):
                yield argument.value.items


def _symbols(items: tuple[s.Item, ...]) -> Iterator[s.Symbol]:
    for item in items:
        if isinstance(item, s.Symbol):
            yield item
        for inner in _inside(item):
            yield from _symbols(inner)


def _bound(items: tuple[s.Item, ...]) -> Iterator[str]:
    for item in items:
        if isinstance(item, s.Bind):
            yield item.name
        for inner in _inside(item):
            yield from _bound(inner)
