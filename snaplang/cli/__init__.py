"""The command `snapc`: arguments in, files and an exit code out.

commands   the group, compiling, checking and formatting
same       equal, hash and count; counting does the work of it
lifting    import
options    what commands share; target is where output goes
outputs    the table of emitters
catalogue  the ops and words there are
"""

from __future__ import annotations

from snaplang.cli.commands import main, snapc

__all__ = ["main", "snapc"]
