"""`python -m snaplang.testing laws 100000`: a check at length, in as many processes as asked for.

It prints what was counted, and of what failed the smallest programs that show it. The status is 1
if anything failed.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from traceback import format_exc

from snaplang.testing.checks import CHECKS, Outcome, check

CHUNK = 50  # cases that a process does at a time
SHOWN = 3  # failures of one kind
MOST = 300  # failures after which it stops


def run(what: str, seeds: range) -> Outcome:
    """The outcome of some cases."""
    found = Outcome()
    for seed in seeds:
        try:
            found.add(check(what)(seed))
        except Exception:  # of a check itself, or of what it takes for granted
            found.failures.append(f"seed {seed}: {what} broke off: {format_exc()}")
    return found


def kind(failure: str) -> str:
    """What a failure is, apart from its programs: failures of one kind are shown a few times."""
    what = failure.partition("\n")[0].partition(": ")[2]
    return ":".join(what.split(":")[:2])[:48]


def main() -> int:
    """The command."""
    told = "\n".join(f"  {name:<10}{what}" for name, (_, what) in CHECKS.items())
    parser = argparse.ArgumentParser(
        prog="python -m snaplang.testing",
        description=f"{__doc__}\n{told}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("what", choices=list(CHECKS))
    parser.add_argument("count", type=int, help="how many cases")
    parser.add_argument("--seed", type=int, default=0, help="of the first case (0)")
    parser.add_argument("--jobs", type=int, default=1, help="processes (1)")
    parser.add_argument("--only", action="store_true", help="stop at the first failure")
    asked = parser.parse_args()
    seeds = range(asked.seed, asked.seed + asked.count)
    chunks = [seeds[i : i + CHUNK] for i in range(0, len(seeds), CHUNK)]
    found, start = Outcome(), time.perf_counter()
    kinds: Counter[str] = Counter()
    with ProcessPoolExecutor(asked.jobs) as pool:
        for part in pool.map(run, [asked.what] * len(chunks), chunks):
            for failure in part.failures:
                kinds[kind(failure)] += 1
                if kinds[kind(failure)] <= SHOWN:
                    print(failure, flush=True)
            found.add(part)
            if len(found.failures) >= MOST or (asked.only and found.failures):
                pool.shutdown(cancel_futures=True)
                break
    print(f"{asked.what}: {time.perf_counter() - start:.0f} s")
    for name, number in sorted(found.counts.items()):
        print(f"  {number:>9,}  {name}")
    for name, number in sorted(kinds.items()):
        print(f"  {number:>9,}  failed: {name}")
    print(f"  {len(found.failures):>9,}  failed")
    return bool(found.failures)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except BrokenPipeError:  # whoever reads has seen enough
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115 - lives until the process ends
        sys.exit(1)
