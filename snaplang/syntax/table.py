"""The grammar and its LALR(1) table, as they are shipped in `grammar/`.

The table is made from `snap.lark` by `derive.py` and shipped as `snap.json` beside it, so that no
process makes it again. It says what it was made from: where the grammar is another one, `tables`
makes a new one.

>>> tables().made_from == digest(grammar())
True
"""

from __future__ import annotations

import json
from pkgutil import get_data

from snaplang.diagnostics import Diagnostic, SnapError
from snaplang.syntax.lalr import Table, digest

GRAMMAR, TABLE = "snap.lark", "snap.json"


def shipped(name: str) -> str:
    """The text of a file of `grammar/`."""
    try:
        data = get_data("snaplang.grammar", name)
    except ModuleNotFoundError:  # an editable install or a checkout: the folder beside the package
        data = get_data("grammar", name)
    assert data is not None
    return data.decode("utf-8")


def grammar() -> str:
    """The text of the grammar. Raises `SnapError` E607 where the installation lacks it."""
    try:
        return shipped(GRAMMAR)
    except (OSError, ImportError, UnicodeDecodeError) as error:
        message = f"snaplang's grammar, `{GRAMMAR}`, cannot be read: {error}"
        hint = "the installation is not whole: install snaplang again"
        raise SnapError(Diagnostic("E607", message, hint=hint)) from error


def tables() -> Table:
    """The table of the grammar: the shipped one, or one made now where that is of another."""
    text = grammar()
    try:
        table = Table(**json.loads(shipped(TABLE)))
    except (OSError, ValueError, TypeError):
        table = None
    if table is None or table.made_from != digest(text):
        from snaplang.syntax.derive import derived  # Lark is slow to import

        return derived(text)
    return table
