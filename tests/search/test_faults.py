"""Faults of the surroundings, really made: full disk, damage, crowding, signals, dead parents."""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from snapsearch.config.sections import Config
from snapsearch.errors import SearchError
from snapsearch.record.store import RECORD, TRIALS, Store
from snapsearch.trial import State
from tests.search.runs import alive, config, evaluations, run, start, trials
from tests.search.tiny import write_config

pytestmark = pytest.mark.xdist_group("faults")
ROOT = Path(__file__).parents[2]


def command(*words: str, **options: Any) -> subprocess.Popen[str]:
    """`snapsearch`, in a process of its own."""
    whole = [sys.executable, "-m", "snapsearch.cli", *words]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "search")))}
    process: subprocess.Popen[str] = subprocess.Popen(
        whole,
        cwd=ROOT,
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        **options,
    )
    return process


def wait_for(condition: Callable[[], bool], seconds: float = 60.0) -> None:
    """Wait until something holds."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come to be"
        time.sleep(0.01)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of eight trials."""
    made = config(tmp_path_factory.mktemp("finished") / "run", trials=8)
    run(made)
    return made.folder


def copy(finished: Path, folder: Path) -> Config:
    """The same run elsewhere."""
    shutil.copytree(finished, folder / "run")
    return config(folder / "run", trials=8)


# -- candidates, in a whole run --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mood", "reason"),
    (("nan", "diverged"), ("memory", "memory"), ("sleep", "time"), ("kill", "died")),
)
def test_the_run_goes_on(mood: str, reason: str, folder: Path) -> None:
    made = config(
        folder / "run",
        {"mood": mood},
        trials=8,
        seed=3,
        engine="workers",
        time_limit=1.0,
        memory_limit=4.0,
    )
    found = run(made)
    failed = [t for t in found if t.state is State.FAILED]
    assert 0 < len(failed) < len(found) == 8
    assert all((t.reason or "").startswith(reason) for t in failed)
    assert all(t.candidate.program.startswith("relu") for t in failed)


def test_workers_and_this_process_come_to_the_same(folder: Path) -> None:
    task = {"pause": 0.02}
    alike = [
        run(config(folder / f"{i}", task, trials=12, parallel=3, engine=engine, workers=workers))
        for i, (engine, workers) in enumerate((("inline", 1), ("workers", 2), ("workers", 3)))
    ]
    assert alike[0] == alike[1] == alike[2]
    assert alike[0] != run(config(folder / "seed", task, trials=12, parallel=3, seed=1))


# -- the disk --------------------------------------------------------------------------------------


def test_a_full_disk_is_told_and_resumed_after(folder: Path) -> None:
    made = config(folder / "run", trials=40)
    expected = run(config(folder / "expected", trials=40))
    path = write_config(folder, trials=40)

    def starve() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (130_000, 130_000))

    words = ("run", str(path), "--out", str(made.folder), "--quiet")
    process = command(*words, preexec_fn=starve)
    _, told = process.communicate(timeout=120)
    assert process.returncode == 1
    assert told.startswith("error[S305]: the disk is full")
    assert "snapsearch resume" in told
    before = [t for t in trials(made.folder) if t.state is not State.RUNNING]
    assert 0 < len(before) < 40
    assert before == expected[: len(before)]
    assert run(made) == expected


def test_a_disk_that_is_full_from_the_start(folder: Path) -> None:
    path = write_config(folder, trials=3)

    def starve() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))

    words = ("run", str(path), "--out", str(folder / "run"), "--quiet")
    process = command(*words, preexec_fn=starve)
    _, told = process.communicate(timeout=120)
    assert (process.returncode, told[:12]) == (1, "error[S305]:")
    assert len(run(config(folder / "run", trials=3))) == 3


# -- damage ----------------------------------------------------------------------------------------


def flip(path: Path) -> None:
    """Spoil the middle of a file."""
    content = bytearray(path.read_bytes())
    content[1000:20000] = bytes(b ^ 0x5A for b in content[1000:20000])
    path.write_bytes(content)


def without_study(path: Path) -> None:
    """A whole database, but another one."""
    path.unlink()
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE something (x INTEGER)")
    connection.close()


DAMAGE: dict[str, tuple[str, Callable[[Path], object]]] = {
    "flipped": (TRIALS, flip),
    "cut": (TRIALS, lambda p: os.truncate(p, p.stat().st_size // 2)),
    "emptied": (TRIALS, lambda p: os.truncate(p, 0)),
    "text": (TRIALS, lambda p: p.write_text("this is no database, " * 99)),
    "another": (TRIALS, without_study),
    "record cut": (RECORD, lambda p: os.truncate(p, 40)),
    "record emptied": (RECORD, lambda p: os.truncate(p, 0)),
    "record another": (RECORD, lambda p: p.write_text("[1, 2]")),
    "record of bytes": (RECORD, lambda p: p.write_bytes(b"\xff\xfe\x00")),
    "record of a newer kind": (
        RECORD,
        lambda p: p.write_text(json.dumps({**json.loads(p.read_text()), "format": 2})),
    ),
    "record of bad values": (
        RECORD,
        lambda p: p.write_text(p.read_text().replace('"trials": 8', '"trials": "many"')),
    ),
}


@pytest.mark.parametrize("kind", DAMAGE)
def test_damage_is_told_and_nothing_overwritten(kind: str, finished: Path, folder: Path) -> None:
    made = copy(finished, folder)
    name, spoil = DAMAGE[kind]
    spoil(made.folder / name)
    before = {p: p.read_bytes() for p in made.folder.iterdir() if p.name != "lock"}
    with pytest.raises(SearchError) as caught:
        run(made)
    assert caught.value.code == "S303"
    assert caught.value.place
    after = {p: p.read_bytes() for p in made.folder.iterdir() if p.name != "lock"}
    assert after == before


def test_a_run_whose_trials_are_gone_is_no_new_run(finished: Path, folder: Path) -> None:
    made = copy(finished, folder)
    with sqlite3.connect(made.folder / TRIALS) as connection:
        connection.execute("DELETE FROM trials WHERE number = 3")
    connection.close()
    with pytest.raises(SearchError, match=r"S303.*trials are missing"):
        run(made)


# -- crowding --------------------------------------------------------------------------------------


def test_two_processes_on_one_run(folder: Path) -> None:
    log = folder / "log"
    made = config(folder / "run", {"pause": 0.3, "log": str(log)}, trials=30)
    first = start(made)
    try:
        wait_for(lambda: len(evaluations(log)) > 2)
        with pytest.raises(SearchError, match=r"S304.*another process"):
            run(made)
        assert 0 < len(trials(made.folder)) < 30  # reading is possible
        assert first.is_alive()
    finally:
        first.kill()
        first.join()
    assert [t.number for t in trials(made.folder)] == list(range(len(trials(made.folder))))


def test_two_runs_on_one_shared_study(folder: Path) -> None:
    made = config(folder / "run", trials=4, storage=f"sqlite:///{folder}/shared.db")
    run(made)
    shutil.copytree(made.folder, folder / "copy")
    with Store.open(made.folder).hold():
        copied = made.model_copy(update={"out": folder / "copy", "trials": 6})
        with pytest.raises(SearchError, match=r"S304.*another process is running this study"):
            run(copied)
    assert len(run(copied)) == 6


# -- signals ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "code"), ((signal.SIGINT, 130), (signal.SIGTERM, 143)), ids=("INT", "TERM")
)
@pytest.mark.parametrize("engine", ("inline", "workers"))
def test_signals_end_a_run_cleanly(
    number: signal.Signals, code: int, engine: str, folder: Path
) -> None:
    log = folder / "log"
    task = {"pause": 0.2, "log": str(log)}
    path = write_config(folder, task=task, trials=10, engine=engine)
    out = folder / "run"
    process = command("run", str(path), "--out", str(out), start_new_session=True)
    wait_for(lambda: len(evaluations(log)) > 2)
    os.killpg(process.pid, number) if number == signal.SIGINT else process.send_signal(number)
    _, told = process.communicate(timeout=60)
    assert process.returncode == code
    assert f"stopped; go on with: snapsearch resume {out}" in told
    assert "Traceback" not in told
    expected = run(config(folder / "expected", {"pause": 0.0}, trials=10))
    assert run(config(out, trials=10)) == expected


def test_workers_end_with_their_parent(folder: Path) -> None:
    log = folder / "log"
    made = config(folder / "run", {"pause": 30.0, "log": str(log)}, trials=2, engine="workers")
    parent = start(made)
    wait_for(lambda: len(evaluations(log)) == 1)
    assert parent.pid is not None
    children = Path(f"/proc/{parent.pid}/task/{parent.pid}/children").read_text().split()
    assert children
    parent.kill()
    parent.join()
    wait_for(lambda: not any(alive(int(pid)) for pid in children), 10)
