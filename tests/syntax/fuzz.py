"""Hostile input: random bytes and mutated programs, at length `python -m tests.syntax.fuzz 100000`.

A case passes if it lowers or is rejected with a `SnapError` whose text can be rendered, both within
a second. Anything else is raised, with the seed that gives the case again.
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from snaplang.diagnostics import SnapError
from snaplang.diagnostics.render import as_json, as_text
from snaplang.lowering.lower import block_names, lower
from snaplang.lowering.words import decode
from snaplang.ops import TABLE
from snaplang.syntax.parser import parse

LIMIT = 1.0  # seconds
ROOT = Path(__file__).parents[2]
MARKS = ["{", "}", "[", "]", "<", ">", "|", "(", ")", "->", "*", "=", ",", ";", ":", "#", '"', "-"]
WORDS = ["in", "out", "use", "def", "block", "true", "false", "none", "same", "c", "x", "H", "1x7"]
NUMBERS = ["0", "1", "2", "3", "64", "999999999999", "0.5", "1e9", "1e-300", "9" * 19]


def seeds() -> list[str]:
    """Valid programs to mutate: the ops' cases, the golden twins' texts, and the examples."""
    texts = [case.text for spec in TABLE.values() for case in spec.cases]
    texts += [p.read_text("utf-8") for p in sorted((ROOT / "examples").rglob("*.snap"))]
    goldens = sorted((ROOT / "tests/diagnostics").glob("*.txt"))
    texts += [p.read_text("utf-8").split("=== ")[2].partition("\n")[2] for p in goldens]
    return [t for t in texts if len(t) < 4000]


def random_bytes(rng: random.Random) -> bytes:
    """Bytes of three kinds: any, ASCII, and pieces of programs."""
    kind = rng.randrange(3)
    if kind == 0:
        return rng.randbytes(rng.randrange(200))
    if kind == 1:
        return bytes(rng.randrange(9, 127) for _ in range(rng.randrange(200)))
    pieces = MARKS + WORDS + NUMBERS + list(TABLE)
    return " ".join(rng.choice(pieces) for _ in range(rng.randrange(60))).encode()


def mutated(rng: random.Random, texts: list[str]) -> bytes:
    """A valid program with one to five edits."""
    text = rng.choice(texts)
    for _ in range(rng.randrange(1, 6)):
        start = rng.randrange(len(text) + 1)
        end = min(len(text), start + rng.choice([0, 0, 1, 1, 2, 5, 20]))
        piece = rng.choice(
            [
                "",
                chr(rng.randrange(32, 127)),
                rng.choice(MARKS),
                " " + rng.choice(WORDS + NUMBERS + list(TABLE)) + " ",
                text[start:end] * 2,
                chr(rng.choice([0, 9, 10, 0x202E, 0x6B8B, 0x1F600])),
            ]
        )
        text = text[:start] + piece + text[end:]
    return text.encode("utf-8", "surrogatepass")


def attempt(data: bytes) -> bool:
    """Whether the program is accepted; raises for anything but acceptance or a `SnapError`."""
    try:
        program = parse(decode(data, "fuzz.snap", Path("/nonexistent")))
        for name in block_names(program):
            lower(program, block=name)
    except SnapError as error:
        assert error.diagnostics
        assert as_text(error.diagnostics)
        assert as_json(error.diagnostics)
        return False
    return True


def cases(count: int, seed: int) -> Iterator[tuple[int, bytes]]:
    """`count` cases of each kind, each from a seed of its own."""
    texts = seeds()
    for number in range(seed, seed + count):
        rng = random.Random(number)
        yield number, random_bytes(rng)
        yield number, mutated(rng, texts)


def run(count: int, seed: int = 0) -> tuple[int, int, float]:
    """Run `count` cases of each kind: accepted, rejected, and the slowest in seconds."""
    accepted = rejected = 0
    slowest = 0.0
    for number, data in cases(count, seed):
        start = time.perf_counter()
        try:
            good = attempt(data)
        except Exception as error:
            raise AssertionError(f"seed {number}: {data!r}") from error
        took = time.perf_counter() - start
        assert took < LIMIT, f"seed {number} took {took:.1f} s: {data!r}"
        slowest = max(slowest, took)
        accepted, rejected = accepted + good, rejected + (not good)
    return accepted, rejected, slowest


if __name__ == "__main__":
    total = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    print("accepted {}, rejected {}, slowest {:.3f} s".format(*run(total)))
