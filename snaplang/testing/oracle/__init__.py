"""A second opinion on sameness: the laws by the plainest means, isomorphism by nauty.

It shares no code with `snaplang.canonical`: terms bottom-up (`terms`, `normal`, `cuts`), the laws
as lists of names (`lists`), nauty for the rest (`certificates`). Needs pynauty.

>>> from snaplang.api import lower
>>> same(lower("relu relu"), lower("relu"), "algebra")
True
"""

from __future__ import annotations

from snaplang.testing.oracle.certificates import Judged, certificate, drawn, judged, same

__all__ = ["Judged", "certificate", "drawn", "judged", "same"]
