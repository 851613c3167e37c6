"""Ctrl-C and SIGTERM: they end a run cleanly, and never in the middle of a write.

>>> with shielded():
...     pass
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_STOPPING = (signal.SIGINT, signal.SIGTERM)


class Terminated(KeyboardInterrupt):
    """SIGTERM has come; like Ctrl-C, from a machine."""


@contextmanager
def stoppable() -> Iterator[None]:
    """SIGTERM raises `Terminated` within."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(number: int, frame: Any) -> None:
        raise Terminated

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def shielded() -> Iterator[None]:
    """Signals that arrive within take effect at its end; only the main thread gets any."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    heard: list[int] = []

    def note(number: int, frame: Any) -> None:
        heard.append(number)

    before = {stop: signal.signal(stop, note) for stop in _STOPPING}
    try:
        yield
    finally:
        for stop, handler in before.items():
            signal.signal(stop, handler)
        for number in heard[:1]:
            signal.raise_signal(number)
