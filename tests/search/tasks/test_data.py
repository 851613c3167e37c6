"""Data from users: functions, folders of pictures; what is wrong with them is said at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from snapsearch.config.sections import Section
from snapsearch.errors import SearchError
from snapsearch.run.assembly import make_task
from snapsearch.tasks.images import held_out

HERE = "tests.search.tasks.test_data"
X, Y = np.random.default_rng(0).normal(size=(24, 2, 5, 5)), np.arange(24) % 3


def good(scale: float = 1.0) -> Any:
    """A user's function."""
    return (X * scale, Y), (X[:6] * scale, Y[:6])


def made(name: str, **options: Any) -> Any:
    return make_task(Section(name=name, **options))


def test_a_function_gives_data() -> None:
    task = made(f"{HERE}:good", scale=2.0, width=4, epochs=[1])
    assert task.data.train.x.max() == np.float32(2 * X).max()
    assert task.data.classes == 3
    assert task.inputs == ("N,4,5,5",)
    assert task.evaluate("conv3 relu", None, 0).value >= 0
    assert task.describe() == {
        "name": "MODULE:FUNCTION",
        "function": f"{HERE}:good",
        "arguments": {"scale": 2.0},
        "width": 4,
        "epochs": [1.0],
    }


def bad(kind: str) -> Any:
    """Functions that go wrong."""
    x: Any = X.copy()
    if kind == "raises":
        raise RuntimeError("no such fold")
    if kind == "one":
        return ((X, Y),)
    if kind == "none":
        return None
    if kind == "nan":
        x[3, 0, 0, 0] = np.nan
    pairs = {
        "flat": (X.reshape(24, -1), Y),
        "lengths": (X, Y[:5]),
        "floats": (X, Y / 2),
        "negative": (X, Y - 1),
        "texts": (X.astype(str), Y),
        "one class": (X, Y * 0),
        "no pair": X,
        "nan": (x, Y),
        "shapes": (X[:, :, :4], Y),
    }
    return pairs[kind], (X, Y * 0 if kind == "one class" else Y)


COMPLAINTS = {
    "raises": "S206.*RuntimeError: no such fold",
    "one": "S205.*returned tuple",
    "none": "S205.*returned NoneType",
    "flat": r"S205.*`train`: examples are \[N, C, \*sizes\].*not \[24, 50\]",
    "lengths": r"24 examples, but classes of shape \[5\]",
    "floats": "classes are whole numbers from 0, not float64",
    "negative": "a class is -1",
    "texts": "examples are numbers",
    "one class": "all examples are of one class",
    "no pair": "no pair of arrays",
    "nan": "an example is not finite",
    "shapes": "several shapes",
}


@pytest.mark.parametrize("kind", COMPLAINTS)
def test_bad_functions(kind: str) -> None:
    with pytest.raises(SearchError, match=COMPLAINTS[kind]):
        made(f"{HERE}:bad", kind=kind)


def test_functions_that_are_not_there() -> None:
    with pytest.raises(SearchError, match=r"S122.*ModuleNotFoundError"):
        made("no.such:function")
    with pytest.raises(SearchError, match=r"S122.*AttributeError"):
        made(f"{HERE}:missing")
    with pytest.raises(SearchError, match=r"S101.*there is no `task.widht`(.|\n)*`width`"):
        made(f"{HERE}:good", widht=3)


def pictures(root: Path, part: str = "", sizes: tuple[int, ...] = (9, 12, 7)) -> Path:
    """Light and dark squares."""
    for label, shade in (("dark", 30), ("light", 220)):
        folder = root / part / label
        folder.mkdir(parents=True)
        for i, size in enumerate(sizes):
            pixels = np.full((size, size + i, 3), shade, np.uint8)
            Image.fromarray(pixels).save(folder / f"{i}.png")
    return root


def test_a_folder_of_pictures(tmp_path: Path) -> None:
    (pictures(tmp_path, sizes=(9, 12, 7, 8, 20)) / "dark" / "notes.txt").write_text("no picture")
    task = made("images", folder=str(tmp_path), size=8, epochs=[30], width=4, stages=1, batch=4)
    assert task.data.train.x.shape == (8, 3, 8, 8)
    assert len(task.data.valid) == 2
    assert task.evaluate("conv3 bn relu", None, 0).value == 100
    assert made("images", folder=str(tmp_path), size=8, grey=True).data.shape == (1, 8, 8)


def test_a_folder_that_is_split_already(tmp_path: Path) -> None:
    for part in ("train", "valid", "test"):
        pictures(tmp_path, part)
    data = made("images", folder=str(tmp_path), size=8).data
    assert (len(data.train), len(data.valid), len(data.test)) == (6, 6, 6)


def test_bad_folders(tmp_path: Path) -> None:
    def complaint(root: Path) -> str:
        with pytest.raises(SearchError) as caught:
            made("images", folder=str(root)).prepare(None)
        return str(caught.value)

    assert "S202" in complaint(tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    assert "there are 0 folders in it" in complaint(tmp_path / "empty")
    broken = pictures(tmp_path / "broken")
    (broken / "dark" / "1.png").write_bytes(b"\x89PNG\r\n\x1a\nnonsense")
    assert "1.png" in complaint(broken)
    few = pictures(tmp_path / "few", sizes=(8,))
    assert "at least 2 pictures; this has 1" in complaint(few)
    parted = pictures(pictures(tmp_path / "parted", "train"), "valid")
    (parted / "valid" / "third").mkdir()
    assert "'third'" in complaint(parted)


def test_a_share_of_each_class_is_held_out() -> None:
    classes = np.repeat([0, 1, 2], [10, 20, 2])
    chosen = held_out(classes, 0.2)
    assert [int(chosen[classes == k].sum()) for k in range(3)] == [2, 4, 1]
