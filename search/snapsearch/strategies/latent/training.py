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
from snapsearch.strategies.latent.corpus import Corpus, Progress, quiet
from snapsearch.strategies.latent.grammar import Grammar, Rows
from snapsearch.strategies.latent.network import Network
from snapsearch.strategies.latent.options import CoderOptions
from snapsearch.streams import number, stream

WARM = 30  # steps until the rate is reached
STEPS = 40  # of training on trials
BOTH = 64  # programs of the corpus beside the trials in each of them


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


def build(grammar: Grammar, facts: int, options: CoderOptions) -> Network:
    """An untrained network for the rows of a grammar."""
    size = options.latent or (32 if grammar.length <= 12 else 64)
    return Network(
        grammar.width, grammar.places, facts, size, options.hidden, options.mixed, options.noise
    )


def train(
    grammar: Grammar,
    corpus: Corpus,
    options: CoderOptions,
    seed: int,
    progress: Progress = quiet,
) -> Network:
    """A network that writes a corpus's wanted rows from the vectors of those read."""
    if not len(corpus.read):
        raise SearchError("S142", "no program of the space is valid, so there is nothing to learn")
    rng = stream(seed, "training")
    with alone(number(seed, "network")):
        network = build(grammar, len(corpus.names), options)
        rate = torch.optim.AdamW(network.parameters(), options.rate, weight_decay=0.01)
        chances = _chances(corpus, grammar, options.balanced)
        for step in range(options.steps):
            _pace(rate, options.rate, step, options.steps)
            picks = rng.choice(len(corpus.read), size=options.batch, p=chances)
            read, wanted = _swapped(corpus, picks, grammar, options, rng)
            _step(network, rate, _loss(network, read, wanted, corpus, picks, options.facts))
            if step % 20 == 0:
                progress("auto-encoder", step / options.steps)
    progress("auto-encoder", 1.0)
    return network.eval()


def train_further(
    network: Network, corpus: Corpus, rows: Rows, targets: NDArray[np.floating[Any]], seed: int
) -> None:
    """Encoder, decoder and one linear layer on the trials' values, together, in place."""
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
            _step(network, rate, functional.cross_entropy(scores, symbols) + missed)
        network.eval()


def _chances(corpus: Corpus, grammar: Grammar, balanced: bool) -> NDArray[np.float64]:
    """How likely each program is to be taken: all alike, or `balanced`, all lengths alike.

    Where most canonical encodings are short, the last places would hardly be learnt otherwise.
    """
    lengths = (corpus.wanted != grammar.end).sum(axis=1)
    counts = np.bincount(lengths)[lengths] if balanced else np.ones(len(lengths))
    chances: NDArray[np.float64] = 1 / counts
    chances /= chances.sum()
    return chances


def _pace(rate: torch.optim.Optimizer, peak: float, step: int, steps: int) -> None:
    """A short rise, then a cosine down to a hundredth."""
    share = 0.01 + 0.99 * (1 + cos(pi * step / steps)) / 2
    for group in rate.param_groups:
        group["lr"] = peak * min(1.0, (step + 1) / WARM) * share


def _step(network: Network, rate: torch.optim.Optimizer, loss: Tensor) -> None:
    rate.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]
    torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
    rate.step()


def _swapped(
    corpus: Corpus,
    picks: NDArray[np.int64],
    grammar: Grammar,
    options: CoderOptions,
    rng: np.random.Generator,
) -> tuple[Tensor, Tensor]:
    """Rows of the corpus; in those read as they are written some symbols are exchanged in both.

    So the network learns to write what it reads, not what it remembers.
    """
    read, wanted = corpus.read[picks], corpus.wanted[picks]
    if options.reads == "canonical" and options.swapped:
        where = (rng.random(read.shape) < options.swapped) & (read != grammar.end)
        read = np.where(where, rng.integers(grammar.end, size=read.shape), read)
        wanted = read
    return torch.from_numpy(read), torch.from_numpy(wanted)


def _loss(
    network: Network,
    read: Tensor,
    wanted: Tensor,
    corpus: Corpus,
    picks: NDArray[np.int64],
    weight: float,
) -> Tensor:
    _, scores, symbols = network(read, wanted)
    loss = functional.cross_entropy(scores, symbols)
    if network.heads is not None and weight:
        some = picks[picks < len(corpus.facts)]
        if len(some):
            known = torch.from_numpy(corpus.facts[some]).float()
            guessed = network.heads(network.encode(torch.from_numpy(corpus.read[some])))
            loss = loss + weight * (guessed - known).square().mean()
    return loss
