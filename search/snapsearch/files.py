"""Files that are written whole or not at all, and a lock that one process holds.

>>> import tempfile
>>> put(Path(tempfile.mkdtemp()) / "a.txt", "text")
"""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from snapsearch.errors import SearchError

FULL = "the disk is full"


def mark() -> str:
    """Eight hex digits that nobody else has."""
    return secrets.token_hex(4)


def put(path: Path, text: str) -> None:
    """Write a text file so that a reader finds the old one or the new one."""
    put_bytes(path, text.encode())


def put_bytes(path: Path, content: bytes) -> None:
    """Write a file, whole or not at all; it is on disk when this returns."""
    beside = path.with_name(f".{path.name}.{mark()}")
    try:
        with open(beside, "xb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(beside, path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


@contextmanager
def writing(place: Path) -> Iterator[None]:
    """Turns the system's complaints about writing into `SearchError` S305."""
    try:
        yield
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EFBIG, errno.EDQUOT)
        why = FULL if full else (error.strerror or str(error))
        hint = "make room, then go on with `snapsearch resume`" if full else None
        raise SearchError("S305", f"cannot write: {why}", str(place), hint) from error


class Hold:
    """A lock on a folder, by a file that the system unlocks when its process ends, however it does.

    The file stays; that it is there says nothing.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock: Any = None

    def take(self, what: Path) -> None:
        """Hold it. Raises `SearchError` S304 where another process does."""
        from filelock import FileLock, Timeout

        with writing(self._path):
            lock = FileLock(self._path, timeout=0)
            try:
                lock.acquire()
            except Timeout as error:
                hint = "wait until it ends, or stop it; reading (`report`, `export`) is possible"
                message = f"another process is running `{what}`"
                raise SearchError("S304", message, str(self._path), hint) from error
        self._lock = lock

    def give(self) -> None:
        """Let it go."""
        if self._lock is not None:
            self._lock.release()
            self._lock = None
