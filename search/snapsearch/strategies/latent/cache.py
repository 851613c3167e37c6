"""Trained networks on disk, so that a resumed run or a second worker does not train again.

A file is named by a digest of all that the network depends on, is written whole or not at all, and
holds a digest of its own content. One that is damaged counts as absent; a folder that cannot be
written is no error. What is kept can be made again.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import asdict
from hashlib import blake2b
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from snapsearch.space.base import Space
from snapsearch.strategies.latent.options import CoderOptions

VERSION = 2  # of network and training: raised when they change
Arrays = Mapping[str, NDArray[Any]]
_SIZE = 16  # bytes of a digest


def folder(given: str | None) -> Path:
    """The folder given, that of `SNAPSEARCH_CACHE`, or the user's cache."""
    if given or os.environ.get("SNAPSEARCH_CACHE"):
        return Path(given or os.environ["SNAPSEARCH_CACHE"])
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path("~/.cache").expanduser()) / "snapsearch"


def key(space: Space, options: CoderOptions, seed: int) -> str:
    """The name of a network."""
    automaton = space.canonical_automaton
    known = [space.describe(), automaton.symbols, automaton.length, asdict(options), seed, VERSION]
    text = json.dumps(known, sort_keys=True, default=str)
    return blake2b(text.encode(), digest_size=_SIZE).hexdigest()


def load(where: Path, name: str) -> dict[str, NDArray[Any]] | None:
    """What was saved; None where it is absent or damaged."""
    try:
        content = (where / f"{name}.latent").read_bytes()
        if blake2b(content[_SIZE:], digest_size=_SIZE).digest() != content[:_SIZE]:
            return None
        with np.load(BytesIO(content[_SIZE:]), allow_pickle=False) as arrays:
            return dict(arrays)
    except (OSError, ValueError):
        return None


def save(where: Path, name: str, arrays: Arrays) -> bool:
    """Keep arrays. Whether they are kept: not where the folder cannot be written."""
    buffer = BytesIO()
    np.savez(buffer, **arrays)  # type: ignore[arg-type]
    content = buffer.getvalue()
    partial: str | None = None
    try:
        where.mkdir(parents=True, exist_ok=True)
        handle, partial = tempfile.mkstemp(dir=where)
        with os.fdopen(handle, "wb") as file:
            file.write(blake2b(content, digest_size=_SIZE).digest() + content)
        os.replace(partial, where / f"{name}.latent")
    except OSError:
        if partial is not None:
            Path(partial).unlink(missing_ok=True)
        return False
    return True
