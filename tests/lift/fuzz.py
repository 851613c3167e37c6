"""Models with bits and bytes changed: each lifts or is rejected with a code, quickly.

python -m tests.lift.fuzz 100000 [SEED]
"""

from __future__ import annotations

import random
import sys
import time
from collections import Counter

import snaplang as snap
from tests.lift.test_zoo import exported
from tests.lift.zoo import SAMPLES

OWN = "dup conv3 bn relu dwconv3 add mhsa2 shift1 dup gap linear sigmoid mul"
ZOO = ("vit block on tokens", "shufflenet v2")


def models() -> list[bytes]:
    """Models to start from: of our own exporter and of PyTorch's two."""
    found = [snap.to_onnx(OWN, inputs=["N,8,H,W"]).SerializeToString()]
    for sample in SAMPLES:
        if sample.name in ZOO:
            found += [exported(sample, dynamo) for dynamo in (False, True)]
    return found


def changed(data: bytes, chance: random.Random) -> bytes:
    """A few bits flipped, bytes replaced, cut out or put in."""
    model = bytearray(data)
    for _ in range(chance.choice([1, 1, 2, 5])):
        way, place = chance.random(), chance.randrange(len(model))
        if way < 0.6:
            model[place] ^= 1 << chance.randrange(8)
        elif way < 0.8:
            model[place] = chance.randrange(256)
        elif way < 0.9:
            del model[place : place + chance.randrange(1, 9)]
        else:
            model[place:place] = chance.randbytes(chance.randrange(1, 5))
    return bytes(model)


def outcome(data: bytes, opaque: bool) -> str:
    """`lifted`, or the code of the error."""
    try:
        snap.fingerprint(snap.from_onnx(data, opaque=opaque))
    except snap.SnapError as error:
        assert str(error)
        return error.diagnostics[0].code
    return "lifted"


def main(count: int, seed: int) -> None:
    """Change models and count what becomes of them; anything but an outcome ends the run."""
    chance, start = random.Random(seed), models()
    found: Counter[str] = Counter()
    slowest = 0.0
    for _ in range(count):
        data = changed(chance.choice(start), chance)
        begin = time.perf_counter()
        found[outcome(data, chance.random() < 0.5)] += 1
        slowest = max(slowest, time.perf_counter() - begin)
    print(f"{count} models, the slowest took {slowest:.2f} s:", dict(found.most_common()))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0)
