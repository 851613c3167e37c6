"""Configurations: flags over files; every error says where, what, and what may have been meant."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import snaplang as snap
from snapsearch.config.reading import Origin, read, value_of
from snapsearch.config.registry import ENGINES, STRATEGIES, TASKS, load
from snapsearch.config.sections import Section
from snapsearch.errors import SearchError
from snapsearch.run.assembly import make_space, make_strategy, make_task
from snapsearch.run.session import begin
from tests.search.tiny import Climb, Sequences

WHOLE = """# a search
trials = 32
seed = 3
strategy = "random"

[task]
name = "digits"
width = 32

[space]
symbols = "conv3 bn relu dup add"
length = 6
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "run.toml"
    path.write_text(text)
    return path


def complaint(folder: Path, text: str, **flags: Any) -> str:
    with pytest.raises(SearchError) as caught:
        read(written(folder, text), flags)
    return str(caught.value).replace(str(folder) + "/", "")


def test_a_whole_file(tmp_path: Path) -> None:
    made = read(written(tmp_path, WHOLE), {})
    assert (made.trials, made.seed, made.strategy.name) == (32, 3, "random")
    assert made.task.options == {"width": 32}
    assert made.space == {"symbols": "conv3 bn relu dup add", "length": 6}
    assert made.folder == Path("runs/digits-random")


def test_flags_win(tmp_path: Path) -> None:
    flags = {"trials": 5, "task.width": 8, "space": "a.snap", "strategy": "evolution"}
    made = read(written(tmp_path, WHOLE), {**flags, "strategy.population": 10})
    assert (made.trials, made.task.options, made.space) == (5, {"width": 8}, {"file": "a.snap"})
    assert (made.strategy.name, made.strategy.options) == ("evolution", {"population": 10})


def test_another_task_by_flag_keeps_the_options(tmp_path: Path) -> None:
    assert read(written(tmp_path, WHOLE), {"task": "images"}).task.options == {"width": 32}
    assert read(None, {"task": "digits", "task.width": 4}).task.options == {"width": 4}


ERRORS = {
    "trials = -3": (
        "error[S101]: `trials` is -3: input should be greater than or equal to 1\n --> run.toml:2"
    ),
    "trails = 3": (
        "error[S101]: there is no `trails`\n --> run.toml:2\n  = hint: did you mean `trials`?"
    ),
    'trials = "many"': (
        "error[S101]: `trials` is 'many': input should be a valid integer, "
        "unable to parse string as an integer\n --> run.toml:2"
    ),
    "memory_limit = 0": (
        "error[S101]: `memory_limit` is 0: input should be greater than 0\n --> run.toml:2"
    ),
    "trials 3": (
        "error[S102]: this is no TOML: Expected '=' after a key in a key/value pair "
        "(at line 2, column 8)\n --> run.toml:2"
    ),
}


@pytest.mark.parametrize("line", ERRORS)
def test_errors_have_places(line: str, tmp_path: Path) -> None:
    assert complaint(tmp_path, f'task = "digits"\n{line}\n') == ERRORS[line]


def test_all_errors_come_at_once(tmp_path: Path) -> None:
    told = complaint(tmp_path, 'task = "digits"\ntrials = 0\n\n[strategy]\nkind = 1\n')
    assert told == (
        "error[S101]: `strategy.name` is missing\n --> run.toml:4\n"
        "error[S101]: `trials` is 0: input should be greater than or equal to 1\n --> run.toml:2"
    )


def test_flags_are_places_too(tmp_path: Path) -> None:
    assert complaint(tmp_path, 'task = "digits"', trials=0).endswith(" --> --trials")


def test_options_of_tasks_have_places(tmp_path: Path) -> None:
    text = '[task]\nname = "digits"\n\nwdith = 3\n'
    path = written(tmp_path, text)
    with pytest.raises(SearchError) as caught:
        make_task(read(path, {}).task, Origin(path, text))
    told = f"error[S101]: there is no `task.wdith`\n --> {path}:4\n  = hint: did you mean `width`?"
    assert str(caught.value) == told


def spaced(folder: Path, text: str, **flags: Any) -> str:
    """What is told of a `[space]` section below a first line."""
    path = written(folder, text := f'task = "digits"\n[space]\n{text}\n')
    made = read(path, flags)
    with pytest.raises(SearchError) as caught:
        make_space(made.space, make_task(made.task), Origin(path, text, list(flags)))
    return str(caught.value).replace(str(folder) + "/", "")


def test_all_errors_of_a_space_come_at_once(tmp_path: Path) -> None:
    told = spaced(tmp_path, 'symbols = "relu"\nlenght = 3\nmax_params = -1\nsame = "perhaps"')
    assert told.count("error[S101]") == 4
    assert "`space.length` is missing\n --> run.toml:2" in told
    assert "no `space.lenght`\n --> run.toml:4\n  = hint: did you mean `length`?" in told
    assert "`space.max_params` is -1" in told and "run.toml:5" in told and "run.toml:6" in told
    told = spaced(tmp_path, 'file = "cell.snap"\nblok = "cell"\nexact = 3')
    assert told.count("error[S101]") == 2 and "did you mean `block`?" in told
    told = spaced(tmp_path, 'length = 4\nsymbols = "relu conv4x tanh bm"')
    assert told.count("error[S130]") == told.count(" --> run.toml:2") == 2
    assert "`conv4x`" in told and "`bm`" in told


def test_a_space_that_is_not_told_is_an_error(tmp_path: Path) -> None:
    assert "error[S129]" in spaced(tmp_path, "exact = true")
    assert "error[S101]: `space.length` is 900" in spaced(
        tmp_path, 'symbols = "relu"\nlength = 900'
    )
    assert "S128" in spaced(tmp_path, "", space="none.snap")


def test_limits_alone_are_put_on_the_tasks_own_space(tmp_path: Path) -> None:
    task = make_task(Section(name="digits"))
    made = make_space({"max_params": 500}, task)
    own = make_space(None, task)
    more = {"sizes": ["N,8,8,8"], "max_params": 500}
    assert made.describe() == {**own.describe(), **more}
    rng = np.random.default_rng(0)
    programs = [made.sample(rng).program for _ in range(20)]
    counts = [snap.stats(snap.lower(p, inputs=["N,8,8,8"])).params for p in programs]
    assert all(isinstance(n, int) and n <= 500 for n in counts)
    assert make_space({"sizes": "N,4,8,8"}, task).describe()["sizes"] == ["N,4,8,8"]
    assert make_space({"max_nodes": 3}, task).describe() == {**own.describe(), "max_nodes": 3}
    rows = make_task(Section(name=f"{__name__}:rows", width=4))
    assert make_space({"max_params": 500}, rows).describe()["sizes"] == ["N,4,9"]
    blind = type("T", (), {"name": "t", "default_space": task.default_space, "inputs": None})()
    with pytest.raises(SearchError, match=r"S136.*`t` tells no inputs(.|\n)*--set space.max_macs"):
        make_space({"max_macs": 500}, blind, Origin(flags=["space.max_macs"]))


def rows() -> Any:
    """Data with one size."""
    x, y = np.ones((6, 1, 9)), np.arange(6) % 2
    return (x, y), (x, y)


@pytest.mark.parametrize("sizes", ["foo", "N,8", "N,8,8,8,8", "N,c,8,8", "N,0,8,8"])
@pytest.mark.parametrize("space", [{}, {"template": "dup <conv3 | conv1> add"}], ids=str)
def test_bad_sizes_are_told_before_anything(space: Any, sizes: str, tmp_path: Path) -> None:
    if space and sizes == "N,8,8,8,8":
        pytest.skip("it fits")
    flags = {"task": "digits", "strategy": "random", "space.max_params": 500}
    flags |= {"space.sizes": [sizes], "out": str(tmp_path / "run")}
    flags |= {f"space.{key}": value for key, value in space.items()}
    with pytest.raises(SearchError, match=r"S136.*`sizes`(.|\n)* --> --set space.sizes"):
        begin(read(None, flags), None, Origin(flags=list(flags)))
    assert not (tmp_path / "run").exists()


def complaint_of(name: str, origin: Origin | None = None, **options: Any) -> str:
    with pytest.raises(SearchError) as caught:
        make_strategy(Section(name=name, **options), Sequences(), 0, origin)
    return str(caught.value)


class Needy(Climb):
    """A strategy that needs an option."""

    def __init__(self, space: Any, seed: int, rate: float) -> None:
        super().__init__(space, seed)


def test_options_of_strategies_are_named() -> None:
    assert complaint_of("evolution", Origin(flags=["strategy.popul"]), popul=3, tournament=1) == (
        "error[S123]: the strategy `evolution` has no option `popul`\n --> --set strategy.popul\n"
        "  = hint: did you mean `population`?\n"
        "error[S123]: the strategy `evolution` has no option `tournament`\n"
        "  = hint: there is population, sample"
    )
    needy = "tests.search.test_config:Needy"
    told = complaint_of(needy)
    assert told == f"error[S123]: the strategy `{needy}` needs the option `rate`"
    assert "S140" in complaint_of("evolution", population="x")
    told = complaint_of("evolution", population=4, sample=5)
    assert told.startswith("error[S140]: `sample` of `evolution` is 5, but must be at most 4")
    made = Origin(flags=["strategy"])
    assert complaint_of("evolution", made, population="x").endswith("\n --> --strategy")


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(SearchError, match=r"S102.*No such file"):
        read(tmp_path / "none.toml", {})
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(SearchError, match=r"S102.*no text in UTF-8"):
        read(tmp_path / "bytes.toml", {})
    with pytest.raises(SearchError, match=r"S101.*no task is named"):
        read(None, {})


def test_names_that_stand_for_nothing() -> None:
    with pytest.raises(SearchError, match=r"S121.*no task `digit`(.|\n)*did you mean `digits`"):
        make_task(Section(name="digit"))
    with pytest.raises(SearchError, match=r"S121.*no strategy `randm`(.|\n)*`random`"):
        make_strategy(Section(name="randm"), Sequences(), 0)
    with pytest.raises(SearchError, match=r"S123.*`random` has no option `size`\n.*has none"):
        make_strategy(Section(name="random", size=3), Sequences(), 0)
    with pytest.raises(SearchError, match=r"S129.*`table` has no space"):
        make_space(None, type("T", (), {"name": "table", "default_space": None})())
    for name in ("tests.search.tiny:write_config", "tests.search.tiny:Score"):
        with pytest.raises(SearchError, match="S122"):
            make_space({"name": name}, make_task(Section(name="digits")))


@pytest.mark.parametrize("name", [n for n in TASKS if n.islower()])
def test_tasks_go_by_their_names(name: str) -> None:
    found = load("task", name, TASKS)
    assert (found.name, found.summary) == (name, TASKS[name].summary)


@pytest.mark.parametrize("name", ("random", "evolution", "local"))
def test_strategies_go_by_their_names(name: str) -> None:
    assert load("strategy", name, STRATEGIES).name == name


def test_engines_are_those_of_the_configuration() -> None:
    for name in ENGINES:
        assert read(None, {"task": "digits", "engine": name}).engine.name == name


def test_values_are_written_as_in_toml() -> None:
    assert [value_of(t) for t in ("3", "0.5", "true", "[1, 2]", "abc", "a/b.csv", '"x"')] == [
        3,
        0.5,
        True,
        [1, 2],
        "abc",
        "a/b.csv",
        "x",
    ]


def test_workers_mean_their_engine() -> None:
    def engine(**values: Any) -> str:
        return read(None, {"task": "digits", **values}).engine.name

    assert engine(workers=2) == "workers"
    assert engine(workers=2, engine="inline") == "inline"
    assert engine() == "inline"
