"""Which files programs may use: `trusted` lets them leave their folder."""

from snaplang.diagnostics.files import trusted

__all__ = ["trusted"]
