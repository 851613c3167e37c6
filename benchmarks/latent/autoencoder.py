"""The auto-encoder on a free space of 12 symbols: reconstruction, validity, redundancy.

Architectures to test are drawn uniformly over programs and disjoint from training by fingerprint.
Each is encoded from the program drawn and from another encoding, made by random uses of the laws,
and must come back as the canonical encoding of the architecture. Validity, uniqueness and novelty
are of decoded random latents, as D-VAE (Zhang et al., 2019) and arch2vec (Yan et al., 2020) have
them: drawn from a normal distribution fitted to training latents (there is no prior here). Prints
JSON; times are of one thread.

    OMP_NUM_THREADS=1 python -m benchmarks.latent.autoencoder
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from time import process_time

import numpy as np

from snapsearch.space import FreeSpace, Tokens
from snapsearch.strategies.latent.coder import Coder
from snapsearch.strategies.latent.options import CoderOptions

# Each law of the canonicalizer has something to do: wiring (S1), drop (S2), identity (S3), add
# (S4), cat (S5), what is parameter-free (A1), relu (A2), zero (A3), maxpool over relu (A4).
SYMBOLS = "dup swap over drop add cat conv3 bn relu maxpool3 identity zero"
LENGTH = 24
OPTIONS = CoderOptions(
    latent=64,
    hidden=128,
    samples=20_000,
    steps=1_800,
    batch=256,
    noise=0.0,
    swapped=0.5,
    grown=0.03,
    facts=0.0,
)
# What may stand for what without changing the architecture, at any place of a program.
LAWS = (
    ("dup", "dup swap"),  # S1
    ("conv3", "conv3 dup drop"),  # S2
    ("bn", "bn identity"),  # S3
    ("add", "swap add"),  # S4
    ("dup cat", "dup identity cat"),  # S3 within a join, S5's operands
    ("relu dup", "dup relu swap relu swap"),  # A1
    ("relu", "relu relu"),  # A2
    ("conv3", "conv3 dup zero add"),  # A3
    ("relu maxpool3", "maxpool3 relu"),  # A4
)


def disguised(space: FreeSpace, tokens: Tokens, rng: np.random.Generator, times: int) -> Tokens:
    """Another encoding, by random uses of the laws in either direction, as far as length allows."""
    rules = [(space.encode(a), space.encode(b)) for a, b in LAWS]
    rules += [(b, a) for a, b in rules]
    for _ in range(times):
        old, new = rules[int(rng.integers(len(rules)))]
        spots = [i for i in range(len(tokens)) if tokens[i : i + len(old)] == old]
        if spots and len(tokens) + len(new) - len(old) <= space.length:
            i = spots[int(rng.integers(len(spots)))]
            tokens = (*tokens[:i], *new, *tokens[i + len(old) :])
    return tokens


def unseen(space: FreeSpace, coder: Coder, n: int) -> tuple[list[Tokens], set[str]]:
    """Programs of n architectures that training did not see, and the fingerprints it saw."""
    corpus = coder.grammar.tokens(coder.corpus.wanted)
    seen = {p for p in space.fingerprints(corpus) if p}
    rng, met = np.random.default_rng(2**20), set(seen)
    found: list[Tokens] = []
    while len(found) < n:
        tokens = space.sample_tokens(rng)
        (print_,) = space.fingerprints([tokens])
        if print_ is not None and print_ not in met:
            met.add(print_)
            found.append(tokens)
    return found, seen


def exact(space: FreeSpace, coder: Coder, programs: list[Tokens]) -> float:
    """The share of programs that come back as the canonical encoding of their architecture."""
    back = coder.decode(coder.encode(programs))
    return float(np.mean([space.canonical(p) == b for p, b in zip(programs, back, strict=True)]))


def redundancy(space: FreeSpace, coder: Coder, programs: list[Tokens]) -> dict[str, float]:
    """How far encodings of one architecture lie apart, and how often they are exact."""
    rng = np.random.default_rng(1)
    others = [disguised(space, tokens, rng, 40) for tokens in programs]
    same = [a == b for a, b in zip(*map(space.fingerprints, (programs, others)), strict=True)]
    changed = [a != b for a, b in zip(programs, others, strict=True)]
    assert all(same), "a law that changes architectures"
    one, other = coder.encode(programs), coder.encode(others)
    far = np.linalg.norm(one - one[rng.permutation(len(one))], axis=1)
    return {
        "other_encodings_share": float(np.mean(changed)),
        "exact_from_other_encodings": exact(space, coder, others),
        "distance_same": float(np.linalg.norm(one - other, axis=1)[changed].mean()),
        "distance_mean": float(far.mean()),
    }


def decodes(space: FreeSpace, coder: Coder, seen: set[str], n: int) -> dict[str, float]:
    """Validity, uniqueness and novelty of random latents; validity of wild ones too."""
    rng = np.random.default_rng(2)
    known = coder.encode(coder.grammar.tokens(coder.corpus.wanted)[:4000])
    drawn = rng.multivariate_normal(known.mean(axis=0), np.cov(known.T), size=n)
    wild = rng.normal(size=(n, coder.size)) * rng.choice([0.01, 1.0, 100.0], size=(n, 1))
    prints = space.fingerprints(coder.decode(drawn))
    valid = [p for p in prints if p is not None]
    return {
        "valid": len(valid) / n,
        "valid_wild": float(
            np.mean([p is not None for p in space.fingerprints(coder.decode(wild))])
        ),
        "unique": len(set(valid)) / len(valid),
        "novel": float(np.mean([p not in seen for p in valid])),
    }


def main() -> int:
    """1 where reconstruction or validity miss their aims."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--symbols", default=SYMBOLS)
    parser.add_argument("--test", type=int, default=10_000)
    parser.add_argument("--steps", type=int, default=OPTIONS.steps)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    space = FreeSpace(given.symbols, LENGTH)
    options = CoderOptions(**{**vars(OPTIONS), "steps": given.steps})
    with tempfile.TemporaryDirectory() as folder:
        start = process_time()
        coder = Coder(space, options, given.seed, folder)
        trained = process_time() - start
        print(f"trained in {trained:.0f} s", file=sys.stderr, flush=True)
        programs, seen = unseen(space, coder, given.test)
        figures: dict[str, object] = {
            "symbols": given.symbols,
            "options": vars(options),
            "cpu_seconds_with_corpus": trained,
            "canonical_length_mean": float(
                np.mean([len(space.canonical(p) or ()) for p in programs])
            ),
            "without_canonical_encoding": sum(space.canonical(p) is None for p in programs),
            "exact": exact(space, coder, programs),
        }
        print(json.dumps(figures), file=sys.stderr, flush=True)
        some = programs[: given.test // 2] if "zero" in given.symbols.split() else []
        figures |= redundancy(space, coder, some) if some else {}
        figures |= decodes(space, coder, seen, given.test // 10)
    print(json.dumps(figures, indent=2))
    return int(figures["exact"] < 0.999 or figures["valid"] < 1)  # type: ignore[operator]


if __name__ == "__main__":
    sys.exit(main())
