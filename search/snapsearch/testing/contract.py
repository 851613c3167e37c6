"""How a suite tells that a promise was broken: who, which promise, and the value that broke it.

>>> Contract("`Climb`").keeps("proposes no architecture twice", False, "relu, by trial 3")
Traceback (most recent call last):
    ...
AssertionError: `Climb` breaks its contract: it proposes no architecture twice. Found: relu, by ...
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

LONGEST = 400  # letters of a value that is shown


@dataclass(frozen=True)
class Contract:
    """The promises of one thing that is tried; `who` is how it is called in messages."""

    who: str

    def keeps(self, promise: str, kept: bool, found: object = None) -> None:
        """Raise `AssertionError` unless a promise (what `it` does) is kept; `found` broke it."""
        if not kept:
            raise AssertionError(f"{self.who} breaks its contract: it {promise}.{_shown(found)}")

    @contextmanager
    def calling(self, method: str) -> Iterator[None]:
        """What is raised within becomes an `AssertionError` that names the method."""
        try:
            yield
        except AssertionError:
            raise
        except Exception as error:
            found = f"{type(error).__name__}: {error}"
            self.keeps(f"answers `{method}`", False, found)

    def gives_json(self, method: str, value: object) -> None:
        """`value` is one of JSON that comes back as it was."""
        promise = f"gives JSON values by `{method}`"
        try:
            again = json.loads(json.dumps(value))
        except (TypeError, ValueError) as error:
            raise AssertionError(f"{self.who}: it {promise}.{_shown(error)}") from error
        self.keeps(promise, again == value, value)


def _shown(found: object) -> str:
    if found is None:
        return ""
    text = found if isinstance(found, str) else repr(found)
    return f" Found: {text[:LONGEST]}"


def named(given: object) -> str:
    """What is tried, as messages call it: a class or function by its name, an object by its class.

    >>> named(Contract), named(Contract("x"))
    ('`Contract`', '`Contract`')
    """
    name = getattr(given, "__name__", None) or type(given).__name__
    return f"`{name}`"
