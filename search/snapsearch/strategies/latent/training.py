"""Training an auto-encoder on a corpus, and further on trials. The only user of torch's optimisers.

Both are functions of their arguments alone: torch's generator is set apart and put back, one
thread computes, so that the same seed gives the same network.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from math import cos, pi
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from snapsearch.errors import SearchError
from snapsearch.space.base import Progress, quiet
from snapsearch.strategies.latent.corpus import Corpus
from snapsearch.strategies.latent.grammar import Grammar, Rows
from snapsearch.strategies.latent.network import CoderNetwork
from snapsearch.strategies.latent.options import CoderOptions
from snapsearch.streams import number, stream

WARM = 30  # steps until the rate is reached
STEPS = 40  # of training on trials
TOGETHER = 64  # programs of like length that are read at once
BOTH = 64  # programs of the corpus beside the trials in each of them

Counts = NDArray[np.int64]


@contextmanager
def alone(seed: int) -> Iterator[None]:
    """One thread, and random numbers of its own."""
    threads = torch.get_num_threads()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        torch.set_num_threads(1)
        try:
            yield
        finally:
            torch.set_num_threads(threads)


def build(grammar: Grammar, facts: int, options: CoderOptions) -> CoderNetwork:
    """An untrained network for the rows of a grammar."""
    size = options.latent or (32 if grammar.length <= 12 else 64)
    return CoderNetwork(
        grammar.width, grammar.places, facts, size, options.hidden, options.mixed, options.noise
    )


def train(
    grammar: Grammar,
    corpus: Corpus,
    options: CoderOptions,
    seed: int,
    progress: Progress = quiet,
) -> CoderNetwork:
    """A network that writes a corpus's wanted rows from the vectors of those read."""
    if not len(corpus.read):
        raise SearchError("S142", "no program of the space is valid, so there is nothing to learn")
    rng = stream(seed, "training")
    with alone(number(seed, "network")):
        network = build(grammar, len(corpus.names), options)
        rate = torch.optim.AdamW(network.parameters(), options.rate, weight_decay=0.01)
        lengths = (corpus.wanted != grammar.end).sum(axis=1)
        chances = _chances(lengths, options.balanced)
        for step in range(options.steps):
            _pace(rate, options.rate, step, options.steps)
            picks = rng.choice(len(corpus.read), size=options.batch, p=chances)
            rows = _varied(corpus, picks, grammar, options, rng)
            rate.zero_grad()
            told = options.facts * _untold(network, corpus, picks)
            if told.requires_grad:  # some facts of these are known
                _back(told)
            for read, wanted, share in _alike(*rows, grammar.end):
                _, scores, symbols = network(read, wanted)
                _back(share * functional.cross_entropy(scores, symbols))
            _step(network, rate)
            if step % 20 == 0:
                progress("auto-encoder", step / options.steps)
    progress("auto-encoder", 1.0)
    return network.eval()


def train_further(
    network: CoderNetwork,
    corpus: Corpus,
    rows: Rows,
    targets: NDArray[np.floating[Any]],
    seed: int,
    facts: float,
) -> None:
    """Encoder, decoder, heads and one linear layer on the trials' values, together, in place."""
    rng = stream(seed, "further", len(rows))
    with alone(number(seed, "further", len(rows))):
        network.train()
        trials, values = torch.from_numpy(rows), torch.from_numpy(targets).float()
        layer = torch.nn.Linear(network.mix.out_features, 1)
        rate = torch.optim.AdamW([*network.parameters(), *layer.parameters()], 1e-3)
        for _ in range(STEPS):
            picks = rng.integers(len(corpus.read), size=BOTH)
            read = torch.cat([torch.from_numpy(corpus.read[picks]), trials])
            wanted = torch.cat([torch.from_numpy(corpus.wanted[picks]), trials])
            vectors, scores, symbols = network(read, wanted)
            missed = (layer(vectors[BOTH:])[:, 0] - values).square().mean()
            rate.zero_grad()
            told = facts * _untold(network, corpus, picks)
            _back(functional.cross_entropy(scores, symbols) + missed + told)
            _step(network, rate)
        network.eval()


def _chances(lengths: Counts, balanced: bool) -> NDArray[np.float64]:
    """How likely each program is to be taken: all alike, or `balanced`, all lengths alike.

    Where most canonical encodings are short, the last places would hardly be learnt otherwise.
    """
    counts = np.bincount(lengths)[lengths] if balanced else np.ones(len(lengths))
    chances: NDArray[np.float64] = 1 / counts
    chances /= chances.sum()
    return chances


def _alike(read: Rows, wanted: Rows, end: int) -> Iterator[tuple[Tensor, Tensor, float]]:
    """Rows by length, some at a time, and the share of places that they have of all.

    Short programs do not wait for the places of long ones.
    """
    lengths = (wanted != end).sum(axis=1) + 1
    order = np.argsort(lengths, kind="stable")
    groups = -(-len(order) // TOGETHER) if lengths.min() < lengths.max() else 1
    for some in np.array_split(order, groups):
        share = float(lengths[some].sum() / lengths.sum())
        yield torch.from_numpy(read[some]), torch.from_numpy(wanted[some]), share


def _pace(rate: torch.optim.Optimizer, peak: float, step: int, steps: int) -> None:
    """A short rise, then a cosine down to a hundredth."""
    share = 0.01 + 0.99 * (1 + cos(pi * step / steps)) / 2
    for group in rate.param_groups:
        group["lr"] = peak * min(1.0, (step + 1) / WARM) * share


def _back(loss: Tensor) -> None:
    loss.backward()  # type: ignore[no-untyped-call]


def _step(network: CoderNetwork, rate: torch.optim.Optimizer) -> None:
    torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
    rate.step()


def _varied(
    corpus: Corpus,
    picks: Counts,
    grammar: Grammar,
    options: CoderOptions,
    rng: np.random.Generator,
) -> tuple[Rows, Rows]:
    """Rows of the corpus; those read as they are written are varied, in both alike.

    Some symbols are exchanged, some rows go on with those of another program as far as there is
    room. So the network learns to write what it reads, not what it remembers.
    """
    read, wanted = corpus.read[picks], corpus.wanted[picks]
    if options.reads != "canonical":
        return read, wanted
    if options.grown:
        longer = rng.random(len(read)) < options.grown
        read[longer] = _grown(read[longer], read[rng.permutation(len(read))][longer], grammar.end)
    if options.swapped:
        where = (rng.random(read.shape) < options.swapped) & (read != grammar.end)
        read = np.where(where, rng.integers(grammar.end, size=read.shape), read)
    return read, read


def _grown(rows: Rows, others: Rows, end: int) -> Rows:
    """Each row, behind it the other one, cut so that there is room for `end`."""
    found = np.full_like(rows, end)
    for new, row, other in zip(found, rows, others, strict=True):
        both = np.concatenate([row[row != end], other[other != end]])[: len(new) - 1]
        new[: len(both)] = both
    return found


def _untold(network: CoderNetwork, corpus: Corpus, picks: Counts) -> Tensor:
    """How far the heads are from the facts that are known of some picks."""
    some = picks[picks < len(corpus.facts)]
    if network.heads is None or not len(some):
        return torch.zeros(())
    known = torch.from_numpy(corpus.facts[some]).float()
    guessed: Tensor = network.heads(network.encode(torch.from_numpy(corpus.read[some])))
    return (guessed - known).square().mean()
