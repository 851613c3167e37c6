"""Laws written twice, as rewrites and in the oracle, agree; and each rewrite finds its place."""

from __future__ import annotations

import random
from collections import Counter

import pytest
import torch

from snaplang.testing.checks.outcome import chance
from snaplang.testing.checks.values import compute, difference
from snaplang.testing.generators.growing import Plan, grow
from snaplang.testing.oracle import judged
from snaplang.testing.rewrites import LAWS
from snaplang.testing.rewrites.apply import steps_of
from snaplang.testing.rewrites.near import changed


@pytest.mark.parametrize("level", ["structure", "algebra"])
def test_rewrites_and_the_oracle_agree(level: str) -> None:
    done: Counter[str] = Counter()
    for seed in range(150):
        with chance(seed) as (rng, _):
            graph = grow(rng, Plan(8))
            before = judged(graph, level)
            for name, after in steps_of(rng, graph, 6, level)[1:]:
                done[name] += 1
                found = judged(after, level)
                if not (found.doubtful or before.doubtful):
                    assert found.certificate == before.certificate, (seed, name)
    assert len(done) > 0.6 * len(LAWS[level])


def test_rewrites_compute_the_same() -> None:
    torch.set_num_threads(1)
    for seed in range(40):
        with chance(seed) as (rng, _):
            graph = grow(rng, Plan(6, bound=True))
            if any(shape.open or _letters(shape) for shape in graph.input_shapes()):
                continue
            after = steps_of(rng, graph, 4, "algebra")[-1][1]
            one, two = compute(graph, graph, seed), compute(after, graph, seed)
            assert isinstance(one, str) or isinstance(two, str) or not difference(one, two), seed


def _letters(shape: object) -> bool:
    return any(char.isalpha() and char != "N" for char in str(shape)[7:])


def test_a_changed_graph_is_told_apart() -> None:
    """The oracle is no yes-man: of near misses it tells most apart."""
    verdicts: Counter[bool] = Counter()
    for seed in range(100):
        rng = random.Random(seed)
        graph = grow(rng, Plan(6))
        other = changed(rng, graph)
        same = judged(graph, "algebra").certificate == judged(other, "algebra").certificate
        verdicts[same] += 1
    assert verdicts[False] > 40 and verdicts[True] > 10
