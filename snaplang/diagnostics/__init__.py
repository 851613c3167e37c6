"""What can go wrong, said well: the ground floor.

    source      texts and places in them
    diagnostic  an error as a value: code, message, place, hint, notes
    error       diagnostics raised
    codes       every code with what it means; `snapc explain` prints them
    render      a diagnostic as text for a terminal
    files       reading and writing files safely

>>> str(SnapError(Diagnostic("E601", "cannot read `x.snap`")))
'error[E601]: cannot read `x.snap`'
"""

from __future__ import annotations

from snaplang.diagnostics.diagnostic import Diagnostic, Note
from snaplang.diagnostics.error import SnapError, fail, located

__all__ = ["Diagnostic", "Note", "SnapError", "fail", "located"]
