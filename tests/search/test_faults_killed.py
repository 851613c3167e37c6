"""`kill -9` at random moments: nothing that ended is lost or repeated, the end is the same.

A moment is drawn as a number of evaluations that have begun and a pause after that, so that it
falls everywhere in a run whatever the machine's speed; the first moments lie before any evaluation.
"""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest

from snapsearch.config.sections import Config
from snapsearch.record.store import RECORD
from snapsearch.streams import stream
from snapsearch.trial import State, Trial
from tests.search.runs import config, evaluations, run, start, trials

MOMENTS = 20
TRIALS = 16
PATIENCE = 60.0


def ended(made: Config) -> dict[int, Trial]:
    """The trials on record that have ended, by number."""
    if not (made.folder / RECORD).exists():
        return {}
    return {t.number: t for t in trials(made.folder) if t.state is not State.RUNNING}


def killed_at(made: Config, log: Path, begun: int, rng: np.random.Generator) -> None:
    """Start a run and kill it when `begun` evaluations have begun, a little later."""
    process = start(made)
    if begun == 0:
        time.sleep(float(rng.uniform(0.0, 0.5)))
    end = time.monotonic() + PATIENCE
    while len(evaluations(log)) < begun and process.is_alive():
        assert time.monotonic() < end
        time.sleep(0.002)
    time.sleep(float(rng.uniform(0.0, 0.03)))
    process.kill()
    process.join()


@pytest.mark.xdist_group("faults")
@pytest.mark.parametrize("parallel", (1, 3))
def test_killed_at_a_random_moment_then_resumed(folder: Path, parallel: int) -> None:
    log = folder / "log"
    task, values = {"pause": 0.01, "log": str(log)}, {"trials": TRIALS, "parallel": parallel}
    expected = run(config(folder / "undisturbed", task, **values))
    rng, seen = stream(7, "kills", parallel), set()
    for i in range(MOMENTS // 2):
        made = config(folder / f"run{i}", task, **values)
        log.unlink()
        killed_at(made, log, max(0, int(rng.integers(-2, TRIALS))), rng)
        before = ended(made)
        seen.add(len(before))
        log.write_text("")
        assert run(made) == expected
        assert not {t.candidate.program for t in before.values()} & set(evaluations(log))
        assert len(evaluations(log)) == TRIALS - len(before)
        assert {k: expected[k] for k in before} == before
    assert len(seen) > 3, "the moments were all alike"


@pytest.mark.xdist_group("faults")
def test_one_run_killed_again_and_again(folder: Path) -> None:
    log = folder / "log"
    task = {"pause": 0.01, "log": str(log)}
    made = config(folder / "run", task, trials=30, parallel=2, seed=1)
    expected = run(config(folder / "undisturbed", task, trials=30, parallel=2, seed=1))
    rng, known = stream(7, "again"), dict[int, Trial]()
    for _ in range(60):
        if len(known) > 20:
            break
        log.write_text("")
        killed_at(made, log, int(rng.integers(1, 5)), rng)
        now = ended(made)
        assert {k: now[k] for k in known} == known
        known = now
    assert run(made) == expected
