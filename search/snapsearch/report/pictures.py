"""Drawings of blocks, for hovering over a map and for the best of a run.

Graphviz draws all of them in one process. Where it is missing, or a block is too large to draw,
there is no picture and the page shows the program alone.

>>> draw([])
[]
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Sequence

import snaplang as snap

_SECONDS = 120
_DRAWN = re.compile(r"<svg.*?</svg>", re.DOTALL)
_IDS = re.compile(r'\s(?:id|xmlns|xmlns:xlink)="[^"]*"')


def available() -> bool:
    """Whether Graphviz is there."""
    return shutil.which("dot") is not None


def draw(programs: Sequence[str], inputs: Sequence[str] | None = None) -> list[str | None]:
    """An `<svg>` element for each program, None where there can be none."""
    texts = [_dot(program, inputs) for program in programs]
    wanted = [text for text in texts if text is not None]
    if not wanted or not available():
        return [None] * len(programs)
    try:
        done = subprocess.run(
            ["dot", "-Tsvg"],
            input="\n".join(wanted).encode(),
            capture_output=True,
            timeout=_SECONDS,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return [None] * len(programs)
    drawn = [_IDS.sub("", svg) for svg in _DRAWN.findall(done.stdout.decode())]
    if len(drawn) != len(wanted):
        return [None] * len(programs)
    found = iter(drawn)
    return [None if text is None else next(found) for text in texts]


def _dot(program: str, inputs: Sequence[str] | None) -> str | None:
    try:
        return snap.to_dot(program, inputs=list(inputs) if inputs else None)
    except snap.SnapError:
        return None
