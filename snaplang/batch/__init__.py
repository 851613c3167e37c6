"""Programs by the million: arrays of tokens to validity and canonical keys, in bulk.

A `Vocabulary` turns symbols into integers and answers for arrays [N, L] of them at once. Keys are
exact: equal if and only if the fingerprints are. For single programs there is
`snaplang.fingerprint`. Needs numba: `pip install "snaplang[batch]"`; more stands in
docs/reference/batch.md.

>>> vocabulary = Vocabulary("dup swap add conv3 relu")
>>> tokens = vocabulary.encode(["dup relu add", "relu dup add", "dup relu swap relu add"])
>>> vocabulary.valid(tokens).tolist(), len(vocabulary.unique(tokens)[0])
([True, True, True], 2)
"""

from __future__ import annotations

from snaplang.batch.vocabulary import PAD, Vocabulary

__all__ = ["PAD", "Vocabulary"]
