"""What each ingredient of the latent search is worth, on NAS-Bench-201.

The default and changes of it, one at a time, run with the same seeds: how many distinct
architectures until that of the best cell by the signal, and the test accuracy of the best by signal
among 100. Seeds are dealt out over the auto-encoders. Prints Markdown.

    OMP_NUM_THREADS=1 python -m benchmarks.latent.ablation --data nb201.csv.gz --only default
"""

from __future__ import annotations

import argparse
import csv
import gzip
import pickle
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from typing import Any, ClassVar, cast

import numpy as np

from benchmarks.measures.nb201 import SPACE, cells, name
from snapsearch.space import TemplateSpace, Tokens
from snapsearch.strategies.latent import Latent
from snapsearch.strategies.latent.coder import Coder, Vectors
from snapsearch.trial import Candidate, Result, State

BUDGET = 100
COLUMNS = {"CIFAR-10": "cifar10", "CIFAR-100": "cifar100"}
EVERY = ["ascent", "neighbours", "mutations", "crossings"]
CHANGES: dict[str, dict[str, Any]] = {
    "default": {},
    "preset `paper`": {"preset": "paper"},
    "without ascent": {"propose": EVERY[1:]},
    "ascent alone": {"propose": EVERY[:1]},
    "neighbours alone": {"propose": EVERY[1:2]},
    "12 initial": {"initial": 12},
    "initial by chance": {"diverse": False},
    "Bayesian line": {"model": "bayes"},
    "least squares": {"model": "linear"},
    "vector alone": {"features": ["latent"]},
    "vector alone, Bayesian line": {"features": ["latent"], "model": "bayes"},
    "facts alone": {"features": ["facts"]},
    "vector in full beside facts": {"beside": 1.0},
    "ranks alone": {"ranks": 1.0},
    "values alone": {"ranks": 0.0},
    "trials count alike": {"favour": 0.0},
    "the best count most": {"favour": 0.1},
    "mean alone": {"kappa": 0.0},
    "half a deviation": {"kappa": 0.5},
    "joint training": {"joint": True},
    "last state alone": {"coder": {"mixed": False}},
    "any encoding read": {"coder": {"reads": "any"}},
    "no heads": {"coder": {"facts": 0.0}},
    "no noise": {"coder": {"noise": 0.0}},
}
COUNTED = "facts counted, no auto-encoder"


class Counted(Latent):
    """The facts themselves for the model, and chance for a start: what an auto-encoder adds."""

    counted: ClassVar[dict[str, list[float]]] = {}  # of all runs: they are no secret

    def __init__(self, where: TemplateSpace, seed: int, **_: Any) -> None:
        super().__init__(where, seed, propose=EVERY[1:], diverse=False)
        if not self.counted:
            told = {c.fingerprint: where.facts(c.tokens) for c in where.all()}
            names = sorted({name for facts in told.values() for name in facts})
            rows = np.array([[facts.get(name, 0.0) for name in names] for facts in told.values()])
            rows = (rows - rows.mean(axis=0)) / np.maximum(rows.std(axis=0), 1e-6)
            self.counted.update(zip(told, rows.tolist(), strict=True))

    def _coder(self, trials: int) -> Coder:
        return cast(Coder, None)  # nobody asks it

    def _features(self, candidates: Sequence[Candidate]) -> Vectors:
        return np.array([self.counted[c.fingerprint] for c in candidates])


Values = Mapping[Tokens, float]


def values(path: Path) -> dict[str, Values]:
    """The columns of the table, by cell."""
    tokens = {name(cell): cell for cell in cells()}
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    names = [f"{c}_{part}" for c in COLUMNS.values() for part in ("valid", "test")]
    return {n: {tokens[row["arch"]]: float(row[n]) for row in rows} for n in names}


def space(memory: Path) -> TemplateSpace:
    """The space with its cells looked at once, so that times are the strategy's own."""
    if memory.is_file():
        kept: TemplateSpace = pickle.loads(memory.read_bytes())
        return kept
    fresh = TemplateSpace(SPACE, block="cell")
    for cell in cells():
        fresh.candidate(cell)
    memory.write_bytes(pickle.dumps(fresh))
    return fresh


def search(where: TemplateSpace, signal: Values, test: Values, strategy: Latent) -> list[float]:
    """Architectures until the best (budget + 1: not found), test accuracy, ms a proposal."""
    (target,) = where.fingerprints([max(signal, key=signal.__getitem__)])
    found = BUDGET + 1
    if not isinstance(strategy, Counted):
        strategy.coder  # noqa: B018 - trained, or read, before the clock runs
    start = perf_counter()
    for i in range(BUDGET):
        (trial,) = strategy.ask(1)
        done = Result(signal[trial.candidate.tokens])
        strategy.tell([replace(trial, state=State.COMPLETE, result=done)])
        if trial.candidate.fingerprint == target:
            found = min(found, i + 1)
    spent = (perf_counter() - start) / BUDGET * 1000
    best = max(strategy.complete, key=lambda t: (t.value, -t.number))
    return [found, test[best.candidate.tokens], spent]


def row(label: str, runs: Mapping[str, list[list[float]]]) -> str:
    """A line of the table."""
    parts = [label]
    for column in COLUMNS:
        found, test, _ = np.array(runs[column]).T
        low, middle, high = np.percentile(found, [25, 50, 75])
        parts += [
            f"{middle:g} ({low:g} to {high:g})",
            f"{(found > BUDGET).mean():.0%}",
            f"{test.mean():.2f} ± {test.std():.2f}",
        ]
    spent = np.median([run[2] for some in runs.values() for run in some])
    return f"| {' | '.join([*parts, f'{spent:.1f}'])} |"


def main() -> int:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--seeds", type=int, default=50)
    parser.add_argument("--coders", type=int, default=5)
    parser.add_argument("--only", action="append", metavar="NAME")
    parser.add_argument("--memory", type=Path, default=Path("nb201.space"))
    parser.add_argument("--cache", help="the folder of trained auto-encoders")
    given = parser.parse_args()
    table, where = values(given.data), space(given.memory)
    heads = "".join(f" {c}: architectures | not found | test |" for c in COLUMNS)
    print(f"| latent |{heads} ms |\n|{'---|' * (2 + 3 * len(COLUMNS))}")
    for label, changes in {**CHANGES, COUNTED: {}}.items():
        if given.only and label not in given.only:
            continue
        runs: dict[str, list[list[float]]] = {column: [] for column in COLUMNS}
        for seed in range(given.seeds):
            for column, short in COLUMNS.items():
                strategy = (Counted if label == COUNTED else Latent)(
                    where, seed, coder_seed=seed % given.coders, cache=given.cache, **changes
                )
                signal, test = table[f"{short}_valid"], table[f"{short}_test"]
                runs[column].append(search(where, signal, test, strategy))
        print(row(label, runs), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
