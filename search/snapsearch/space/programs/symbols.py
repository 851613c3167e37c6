"""Symbols of a free space: what each does to the stack, as `snap.Symbols` has it.

Here are the words of the space around that: a vocabulary read, with all that is wrong with it, and
what the symbols of several instances are made of.

>>> effect = vocabulary(["over"], ["N,c,H,W"]).alone(0)
>>> (effect.taken, effect.nodes, effect.left)
(2, (), (0, 1, 0))
>>> parts("sepconv3", ["N,c,H,W"], vocabulary(["sepconv3"], ["N,c,H,W"]).alone(0))[:2]
['relu', 'dwconv3(bias=false)']
"""

from __future__ import annotations

from collections.abc import Sequence

import snaplang as snap
from snapsearch.errors import SearchError, together

_HINT = "a symbol stands alone: an op, a word of the prelude, or wiring; `snapc ops` lists them"


def vocabulary(symbols: Sequence[str], inputs: Sequence[str]) -> snap.Symbols:
    """Symbols on inputs of some shapes. Raises one `SearchError` S130 for all that are none."""
    try:
        return snap.Symbols(list(symbols), list(inputs))
    except snap.SnapError as error:
        wrong = [found for text in symbols if (found := _wrong(text, inputs)) is not None]
        raise together(wrong or [_error(symbols[0], error)]) from error


def effects(known: snap.Symbols) -> tuple[snap.Effect, ...]:
    """What each symbol does. Raises one `SearchError` S130 for all that do nothing."""
    found, wrong = [], []
    for number, text in enumerate(known.texts):
        try:
            found.append(known.alone(number))
        except snap.SnapError as error:
            wrong.append(_error(text, error))
    if wrong:
        raise together(wrong)
    return tuple(found)


def _wrong(text: str, inputs: Sequence[str]) -> SearchError | None:
    """What is wrong with one symbol."""
    try:
        snap.Symbols([text], list(inputs)).alone(0)
    except snap.SnapError as error:
        return _error(text, error)
    return None


def _error(symbol: str, error: snap.SnapError) -> SearchError:
    message = error.diagnostics[0].message
    return SearchError("S130", f"`{symbol}` is no symbol of a space: {message}", None, _HINT)


def parts(symbol: str, inputs: Sequence[str], effect: snap.Effect) -> list[str]:
    """The symbols of the single instances that a word is made of; none for a single op.

    Their texts are those that snaplang prints.
    """
    if len(effect.nodes) < 2:
        return []
    spare = not effect.left  # a program leaves something: another tensor, below
    text = f"in {effect.taken + spare} {symbol} out {len(effect.left) + spare}"
    return [word for word in split(snap.format(snap.lower(text))) if _single(word, inputs)]


def _single(word: str, inputs: Sequence[str]) -> bool:
    """Whether a word of a printed program is a single op; others are names and punctuation."""
    try:
        return len(snap.Symbols([word], list(inputs)).alone(0).nodes) == 1
    except snap.SnapError:
        return False


def split(text: str) -> list[str]:
    """The symbols of a text: at white space, but not within parentheses."""
    words: list[str] = [""]
    depth = 0
    for letter in text:
        depth += (letter == "(") - (letter == ")")
        if letter.isspace() and depth == 0:
            words.append("")
        else:
            words[-1] += letter
    return [word for word in words if word]
