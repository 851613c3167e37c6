"""What `export` makes, by kind or by the suffix of the file."""

from __future__ import annotations

from pathlib import Path

import pytest

from snaplang.cli.outputs import EMITTERS as OF_SNAPC
from snapsearch.run.export import EMITTERS
from tests.search.test_command import call
from tests.search.tiny import write_config


@pytest.fixture
def made(folder: Path) -> Path:
    """A run of one trial."""
    out = folder / "run"
    done = call("run", str(write_config(folder, trials=1)), "--out", str(out), "--quiet")
    assert done.exit_code == 0, done.output
    return out


def test_the_suffix_says_what_is_written(made: Path, folder: Path) -> None:
    for name, begin in (("a.gv", "digraph"), ("b.JSON", "{"), ("c.mmd", "flowchart"), ("d", "")):
        done = call("export", str(made), "-o", str(folder / name))
        assert done.exit_code == 0, done.output
        assert (folder / name).read_text().startswith(begin)


def test_suffixes_are_those_of_snapc() -> None:
    assert {k: v[0] for k, v in EMITTERS.items()} == {k: OF_SNAPC[k].suffixes for k in EMITTERS}


def test_a_suffix_at_odds_with_the_kind_is_refused(made: Path, folder: Path) -> None:
    for words, told in (
        (("--emit", "snap", "-o", "y.onnx"), "`.onnx` is the suffix of `onnx`"),
        (("-o", "y.weird"), "`.weird` is the suffix of no kind"),
        (("-o", "y.safetensors"), "`.safetensors` is the suffix of no kind"),
    ):
        path = folder / words[-1]
        done = call("export", str(made), *words[:-1], str(path))
        assert (done.exit_code, path.exists()) == (1, False)
        assert done.stderr.startswith("error[S506]: ") and told in done.stderr
    done = call("export", str(made), "--emit", "snap", "-o", str(folder / "y.txt"))
    assert done.exit_code == 0, done.output
