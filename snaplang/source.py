"""Where graphs and programs pickled before `snaplang.diagnostics` find their places in texts."""

from snaplang.diagnostics.source import Source, Span

__all__ = ["Source", "Span"]
