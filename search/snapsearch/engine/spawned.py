"""Whether this process is a worker that still imports the script of the process that started it.

Such a script must not search on import, or every worker would. It is passed to the worker's parent
by an exit code, since a traceback of each worker says less than one error. This starts nothing.

>>> refuse()  # here nothing is being imported
"""

from __future__ import annotations

import multiprocessing

from snapsearch.errors import SearchError

NAME = "snapsearch-worker"  # how the names of our workers begin
UNGUARDED = 113  # the exit code of one whose script searches on import


def refuse() -> None:
    """End a worker that imports the script; in other spawned processes, raise S405."""
    process = multiprocessing.current_process()
    if not getattr(process, "_inheriting", False):  # as multiprocessing itself looks
        return
    if process.name.startswith(NAME):
        raise SystemExit(UNGUARDED)
    raise unguarded()


def unguarded() -> SearchError:
    """What there is to say."""
    message = "worker processes import this script, and it searches on import"
    hint = 'put the call of `search` below `if __name__ == "__main__":`'
    return SearchError("S405", message, hint=hint)
