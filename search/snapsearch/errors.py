"""Errors of a search: a code, what is wrong, where, and a hint. One place turns them into text.

Codes start with `S` (snaplang's own start with `E`): S1.. configuration and spaces, S2.. tasks and
data, S3.. the store, S4.. engines and trials, S5.. reports and exports. `codes.py` declares them.

>>> print(SearchError("S101", "`trials` is -3, but must be at least 1", "run.toml:4", "try 64"))
error[S101]: `trials` is -3, but must be at least 1
 --> run.toml:4
  = hint: try 64
"""

from __future__ import annotations

from collections.abc import Sequence


class SearchError(Exception):
    """What a user can mend. `exit_code` is that of the command line: 1 rejected, 2 wrong usage."""

    def __init__(
        self,
        code: str,
        message: str,
        place: str | None = None,
        hint: str | None = None,
        exit_code: int = 1,
    ) -> None:
        super().__init__(code, message, place, hint, exit_code)
        self.code, self.message, self.place, self.hint = code, message, place, hint
        self.exit_code = exit_code

    def __str__(self) -> str:
        lines = [f"error[{self.code}]: {self.message}"]
        lines += [f" --> {self.place}"] if self.place else []
        lines += [f"  = hint: {self.hint}"] if self.hint else []
        return "\n".join(lines)


class Several(SearchError):
    """Several errors, reported together; code, place and hint are those of the first."""

    def __init__(self, errors: Sequence[SearchError]) -> None:
        first = errors[0]
        super().__init__(first.code, first.message, first.place, first.hint)
        self.errors = tuple(errors)

    def __reduce__(self) -> tuple[type[Several], tuple[tuple[SearchError, ...]]]:
        return Several, (self.errors,)

    def __str__(self) -> str:
        return "\n".join(map(str, self.errors))


def together(errors: Sequence[SearchError]) -> SearchError:
    """One error that tells all of some."""
    return errors[0] if len(errors) == 1 else Several(errors)
