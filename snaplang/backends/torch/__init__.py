"""Graphs to PyTorch source that needs torch alone.

    export      a graph to source
    ops         op to emitter, one table; windows and user are parts of it
    classes     instances alike become one class; scopes says which
    forward     the statements of a `forward`
    parameters  what a class takes; shapes and names are how it is called
    code        source text; helpers are functions that it may need
    conditions  sizes that are checked when it runs

Graph -> classes -> forward -> source. Nothing here imports torch either.
"""

from __future__ import annotations

from snaplang.backends.torch.export import (
    source,
    written,
)

__all__ = [
    "source",
    "written",
]
