"""The normal form of a graph: what the laws leave of it.

    layout  the bytes that colours and fingerprints are made of
    kind    all that is known of an instance beside its inputs; kinds reads it off the op table
    family  symbolic sizes: which letters are the same for every member of a family
    laws    the table of laws; rules has how each rewrites
    parts   the laws of split and cat; cuts says where a cat can be cut
    terms   hash-consed terms that laws rewrite
    factor  common factors of sums
    form    a graph to its normal form

Graph -> terms -> laws until none applies -> normal form. No order is chosen here.
"""

from __future__ import annotations

from snaplang.canonical.normal.form import (
    Normal,
    needed,
    normal,
)

__all__ = [
    "Normal",
    "needed",
    "normal",
]
