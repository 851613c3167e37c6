"""What a code of an error is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ErrorCode:
    """A code's meaning; `wrong` and `right` are programs, empty where files are to blame.

    `inputs` are the shapes that both programs are lowered with.
    """

    title: str
    text: str
    wrong: str = ""
    right: str = ""
    inputs: tuple[str, ...] = ()
