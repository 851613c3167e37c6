"""Golden fingerprints: `python -m tests.canonical.golden` writes `golden.json` anew.

The file guards `snap2`. A change here means that stored fingerprints no longer hold: then the
version must change, not the file.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path

import snaplang as snap
from snaplang.lowering.lower import block_names
from snaplang.testing.sampling.encode import encode
from snaplang.testing.sampling.grow import SketchPlan, grow
from snaplang.testing.sampling.laws import rewrite

FILE = Path(__file__).parent / "golden.json"
EXAMPLES = Path("examples")
GENERATED = 200


def examples() -> Iterator[tuple[str, snap.Graph]]:
    """Every block of every example; of spaces the first member."""
    for path in sorted(EXAMPLES.rglob("*.snap")):
        program = snap.parse(path)
        for name in block_names(program):
            graph = snap.lower(program, block=name)
            count = len(graph.choices)
            key = f"{path.relative_to(EXAMPLES).as_posix()} {name}"
            yield key, snap.lower(program, block=name, choose=[0] * count) if count else graph


def generated() -> Iterator[str]:
    """Programs by chance, half of them made roundabout by laws."""
    for seed in range(GENERATED):
        rng = random.Random(seed)
        sketch = grow(rng, SketchPlan(12, (1, 2, 3), None, True, None))
        yield encode(rng, (rewrite(rng, sketch, 4) if seed % 2 else sketch).graph())


def both(graph: snap.Graph | str) -> list[str]:
    """The fingerprints at both levels."""
    return [snap.fingerprint(graph, level) for level in ("algebra", "structure")]


def main() -> None:
    """Write the file."""
    found = {
        "examples": {key: both(graph) for key, graph in examples()},
        "programs": [[text, *both(text)] for text in generated()],
    }
    FILE.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
