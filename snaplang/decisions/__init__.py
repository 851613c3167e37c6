"""The program of a decision: a member of a search space, as text.

    unfolding  a space's text in which each choice stands as often as it is decided
    pasting    that text with holes, into which decisions are pasted
    decider    a space prepared to be decided many times

Space -> unfolded text -> text with holes -> programs; what cannot go this way is printed.
"""

from __future__ import annotations

from snaplang.decisions.decider import Decider

__all__ = ["Decider"]
