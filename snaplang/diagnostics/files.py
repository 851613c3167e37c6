"""Reading and writing files: only regular ones are read, and outputs are written whole.

A pipe or a device may never end, so reading one is an error (E608); a program's `use` stays in the
program's folder unless the run is `trusted`. A new content is written beside the old one and takes
its name in one step, so that an interrupted or failed write leaves the old file as it was. Within
`remembered`, a file that was read is not written over (E610).

>>> outside("/etc/passwd", ".")
True
>>> with trusted():
...     outside("/etc/passwd", ".")
False
"""

from __future__ import annotations

import errno
import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from pathlib import Path
from typing import IO

from snaplang.diagnostics.diagnostic import Diagnostic
from snaplang.diagnostics.error import SnapError, fail

__all__ = ["opened", "outside", "regular", "remembered", "trusted", "write"]

_Files = dict[tuple[int, int], str]  # what the system calls a file, to what a person called it
_trusted: ContextVar[bool] = ContextVar("_trusted", default=False)
_read: ContextVar[_Files | None] = ContextVar("_read", default=None)
_NOT_REGULAR = {
    stat.S_IFIFO: "a pipe",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFSOCK: "a socket",
}


# -- reading ---------------------------------------------------------------------------------------


@contextmanager
def trusted() -> Iterator[None]:
    """Within, `use` may name files anywhere, as with `snapc --trust`.

    Otherwise programs use files of their own folder or below it; those that come as text, of the
    working directory. Holds in this thread or task alone.
    """
    token = _trusted.set(True)
    try:
        yield
    finally:
        _trusted.reset(token)


@contextmanager
def remembered() -> Iterator[None]:
    """Within, `write` refuses to replace what was read."""
    token = _read.set({})
    try:
        yield
    finally:
        _read.reset(token)


def outside(path: str, folder: str | os.PathLike[str]) -> bool:
    """Whether a path leads out of a folder, by its links too, where that is not trusted."""
    if _trusted.get():
        return False
    real, root = Path(os.path.realpath(path)), Path(os.path.realpath(folder))
    return not real.is_relative_to(root)


def opened(path: str | os.PathLike[str], shown: str | None = None) -> IO[bytes]:
    """A regular file, open for reading, which never waits for anyone.

    Raises `SnapError`: E608 for pipes, devices and sockets, E601 for what cannot be read.
    """
    name = str(path) if shown is None else shown
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        _hold(os.stat(path), name)  # opening some devices does something
        file = os.fdopen(os.open(path, flags), "rb")
        status = os.fstat(file.fileno())
        try:
            _hold(status, name)  # it may have become another meanwhile
        except BaseException:
            file.close()
            raise
    except (OSError, ValueError) as error:
        raise unreadable(name, error) from None
    _note(status, name)
    return file


def regular(path: str | os.PathLike[str]) -> None:
    """Hold that a path is a regular file that a library may read; raises as `opened` does."""
    opened(path).close()


def unreadable(name: str, error: OSError | ValueError) -> SnapError:
    """The error for a file that the system does not read."""
    shown = name if name.isprintable() else repr(name)[1:-1]
    reason = getattr(error, "strerror", None) or str(error)
    return fail("E601", f"cannot read `{shown}`: {reason}")


def _hold(status: os.stat_result, name: str) -> None:
    """Raise unless this is a regular file."""
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if not stat.S_ISREG(status.st_mode):
        what = _NOT_REGULAR.get(stat.S_IFMT(status.st_mode), "something else")
        hint = "only regular files are read; for standard input give `-` as the FILE"
        raise fail("E608", f"`{name}` is {what}, not a regular file", hint=hint)


def _note(status: os.stat_result, name: str) -> None:
    files = _read.get()
    if files is not None:
        files.setdefault((status.st_dev, status.st_ino), name)


# -- writing ---------------------------------------------------------------------------------------


def write(path: Path, data: bytes, over: bool = False) -> None:
    """Give `path` the content `data`, without `over` only where it is no file that was read.

    Raises `SnapError` (E605, E610) and then changes nothing.
    """
    try:
        status = os.stat(path) if os.path.exists(path) else None
        if status is not None and not over:
            _keep(path, status)
        if status is None or stat.S_ISREG(status.st_mode):
            _replace(Path(os.path.realpath(path)), data)
        else:  # there is no old content to keep
            _pour(path, status, data)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise SnapError(Diagnostic("E605", f"cannot write `{path}`: {reason}")) from None


def _keep(path: Path, status: os.stat_result) -> None:
    """Raise where a path is a file that was read, whatever it is called here."""
    name = (_read.get() or {}).get((status.st_dev, status.st_ino))
    if name is not None:
        shown = f"`{path}`" if name == str(path) else f"`{path}`, which is `{name}`"
        message = f"the output would replace {shown}, from which it is made"
        raise fail("E610", message, hint="write to another file: `-o OUT`")


def _pour(path: Path, status: os.stat_result, data: bytes) -> None:
    """Write to a pipe or a character device; a pipe that nobody reads is an error at once."""
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if stat.S_ISBLK(status.st_mode):
        raise PermissionError(errno.EPERM, "it is a disk")
    try:
        handle = os.open(path, os.O_WRONLY | getattr(os, "O_NONBLOCK", 0))
    except OSError as error:
        if error.errno == errno.ENXIO and stat.S_ISFIFO(status.st_mode):
            raise OSError(errno.ENXIO, "it is a pipe that nobody reads") from None
        raise
    with os.fdopen(handle, "wb") as file:
        os.set_blocking(handle, True)
        file.write(data)


def _replace(path: Path, data: bytes) -> None:
    handle, temporary = tempfile.mkstemp(prefix=f".{path.name[:100]}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.chmod(temporary, _mode(path))
        os.replace(temporary, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)
        raise


def _mode(path: Path) -> int:
    """The old file's permissions, or what a new file gets."""
    if path.exists():
        return stat.S_IMODE(path.stat().st_mode)
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
