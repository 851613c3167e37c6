"""Every error code: what it means, and a program that has the error beside one that has not.

`snapc explain` prints these; a test lowers every `wrong` and `right`. Codes are stable: a code that
is given up is never used again.

>>> CODES["E202"].title
'too few tensors on the stack'
"""

from __future__ import annotations

from snaplang.diagnostics.codes.code import ErrorCode
from snaplang.diagnostics.codes.language import NAMES, REQUESTS, SHAPES, SYNTAX, VALUES
from snaplang.diagnostics.codes.models import BACKENDS, DECLARATIONS, FILES, LIFTING

__all__ = ["CODES", "ErrorCode", "explanation"]

CODES: dict[str, ErrorCode] = {
    **SYNTAX,
    **NAMES,
    **VALUES,
    **SHAPES,
    **REQUESTS,
    **FILES,
    **BACKENDS,
    **LIFTING,
    **DECLARATIONS,
}


def explanation(code: str) -> str:
    """The page that `snapc explain` prints."""
    entry = CODES[code]
    parts = [f"{code}: {entry.title}", entry.text]
    with_input = "".join(f"   --input {shape}" for shape in entry.inputs)
    if entry.wrong:
        parts.append(f"Wrong:\n\n    {_short(entry.wrong)}{with_input}")
        parts.append(f"Right:\n\n    {_short(entry.right)}{with_input}")
    return "\n\n".join(parts)


def _short(program: str) -> str:
    return program if len(program) <= 100 else program[:40] + " … " + program[-40:]
