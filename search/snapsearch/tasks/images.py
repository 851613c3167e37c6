"""`images`: a folder with one folder of pictures for each class, resized to squares.

    photos/cat/1.jpg  photos/cat/2.jpg  photos/dog/1.jpg …

Folders `train` and `valid` (and `test`) with such folders inside are used as they are; else a share
of each class, drawn by a fixed seed, is kept to choose by. Pictures are read by Pillow.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

import numpy as np
from pydantic import Field

from snapsearch.errors import SearchError
from snapsearch.streams import stream
from snapsearch.tasks.base import Options
from snapsearch.tasks.classify import Classification, NetworkOptions
from snapsearch.tasks.data import Array, Data, checked
from snapsearch.tasks.digits import SPACE

ENDINGS = {".png", ".jpg", ".jpeg", ".bmp", ".gif", ".tif", ".tiff", ".webp", ".ppm", ".pgm"}
PARTS = ("train", "valid", "test")


class ImagesOptions(NetworkOptions):
    """As for every network, and where pictures are and what they become."""

    folder: Path = Field(description="holds a folder for each class")
    size: int = Field(32, ge=4, le=1024, description="pixels of a side after resizing")
    grey: bool = Field(False, description="one channel instead of three")
    share: float = Field(0.2, gt=0, lt=1, description="of each class, kept to choose by")
    stages: int = Field(3, ge=1, le=8, description="widths double and sizes halve between stages")
    shift: int = Field(2, ge=0, le=64, description="pixels by which training images are moved")
    flip: bool = Field(True, description="whether training images are mirrored")


class Images(Classification):
    """Classification of a folder of pictures."""

    name = "images"
    summary = "a folder with one folder of pictures for each class"
    options_type: ClassVar[type[Options]] = ImagesOptions
    options: ImagesOptions
    default_space = SPACE

    def load(self) -> Data:
        """Read all pictures. Raises `SearchError` S202, S205."""
        root = self.options.folder
        if not root.is_dir():
            raise SearchError("S202", "there is no such folder", str(root))
        parted = [root / part for part in PARTS if (root / part).is_dir()]
        if len(parted) >= 2 and (root / "train").is_dir() and (root / "valid").is_dir():
            return self._parted(parted)
        classes = folders(root)
        x, y = self._read(root, classes)
        chosen = held_out(y, self.options.share)
        return checked((x[~chosen], y[~chosen]), (x[chosen], y[chosen]), place=str(root))

    def _parted(self, parts: Sequence[Path]) -> Data:
        """Folders that say themselves what is trained on."""
        classes = folders(parts[0])
        for part in parts[1:]:
            if folders(part) != classes:
                message = f"its classes are {folders(part)}, those of `{parts[0].name}` {classes}"
                raise SearchError("S205", message, str(part))
        return checked(*(self._read(part, classes) for part in parts), place=str(parts[0].parent))

    def _read(self, root: Path, classes: Sequence[str]) -> tuple[Array, Array]:
        """Pictures `[N, C, size, size]` and their classes."""
        pictures, labels = [], []
        for label, name in enumerate(classes):
            files = sorted(p for p in (root / name).rglob("*") if p.suffix.lower() in ENDINGS)
            if len(files) < 2:
                message = f"a class needs at least 2 pictures; this has {len(files)}"
                raise SearchError("S205", message, str(root / name))
            pictures += [self._picture(path) for path in files]
            labels += [label] * len(files)
        return np.stack(pictures), np.array(labels)

    def _picture(self, path: Path) -> Array:
        """One picture, `[C, size, size]`, uint8. Raises `SearchError` S202 with its path."""
        from PIL import Image

        side = self.options.size
        try:
            with Image.open(path) as image:
                mode = "L" if self.options.grey else "RGB"
                small = image.convert(mode).resize((side, side), Image.Resampling.BILINEAR)
                pixels = np.asarray(small)
        except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
            raise SearchError("S202", f"cannot read the picture: {error}", str(path)) from error
        return pixels[None] if pixels.ndim == 2 else pixels.transpose(2, 0, 1)


def folders(root: Path) -> list[str]:
    """The classes of a folder, in order of name. Raises `SearchError` S205 for fewer than two."""
    found = sorted(p.name for p in root.iterdir() if p.is_dir() and not p.name.startswith("."))
    if len(found) < 2:
        message = f"there are {len(found)} folders in it; each class has one"
        raise SearchError("S205", message, str(root), "put the pictures of each class in a folder")
    return found


def held_out(classes: Array, share: float) -> Array:
    """Which examples to keep: a share of each class, at least one, never all; fixed by count."""
    chosen = np.zeros(len(classes), bool)
    for label in np.unique(classes):
        places = np.flatnonzero(classes == label)
        many = min(len(places) - 1, max(1, round(share * len(places))))
        chosen[stream(0, "held out", int(label)).permutation(places)[:many]] = True
    return chosen
