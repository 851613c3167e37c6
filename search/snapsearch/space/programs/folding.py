"""Words found again in canonical encodings: what `sepconv3` is made of becomes `sepconv3`.

>>> fold((7, 1, 2, 1, 2, 2), {3: (1, 2)})
(7, 3, 3, 2)
"""

from __future__ import annotations

from collections.abc import Mapping

from snapsearch.space.base import Tokens


def fold(tokens: Tokens, words: Mapping[int, Tokens]) -> Tokens:
    """Tokens with the parts of words replaced by the words, from the left, the longest first."""
    longest = sorted(words.items(), key=lambda item: (-len(item[1]), item[0]))
    found: list[int] = []
    place = 0
    while place < len(tokens):
        for word, parts in longest:
            if tokens[place : place + len(parts)] == parts:
                found.append(word)
                place += len(parts)
                break
        else:
            found.append(tokens[place])
            place += 1
    return tuple(found)
