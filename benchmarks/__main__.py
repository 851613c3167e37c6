"""Runs benchmarks, prints them, writes the figures down: `python -m benchmarks --help`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from benchmarks import report
from benchmarks.harness import Benchmark, Skip, declared, summary


def main(arguments: list[str] | None = None) -> int:
    """1 where an aim was missed, 2 where no benchmark has such a name."""
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__.split(":")[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="what their names begin with")
    parser.add_argument("--list", action="store_true", help="list them, run none")
    parser.add_argument("--into", type=Path, metavar="JSON", help="write rows there, and no table")
    parser.add_argument("--merge", type=Path, metavar="JSON", help="take in such rows, run nothing")
    given = parser.parse_args(arguments)
    if given.merge:
        report.publish(report.load() | report.load(given.merge))
        return 0
    chosen = declared(given.names)
    if not chosen:
        print(f"no benchmark is called {' or '.join(given.names)}", file=sys.stderr)
        return 2
    if given.list:
        for one in chosen:
            print(f"{one.name}: {one.measure}" + (f", beside {one.peer}" if one.peer else ""))
        return 0
    return run(chosen, given.into)


def run(chosen: list[Benchmark], into: Path | None) -> int:
    """Run some; what is found is written as soon as it is there."""
    on, missed = report.machine(), False
    print(report.described(on))
    for one in chosen:
        print(f"{one.name}: {one.measure}", flush=True)
        try:
            row = report.row(one, summary(one.run(), one.aim), on)
        except Skip as reason:
            print(f"    not run: {reason}")
            continue
        low, high = row["quartiles"]
        verdict = {None: "", True: ", met", False: ", MISSED"}[row["met"]]
        aim = f"; aim: {row['aim']}{verdict}" if row["aim"] else ""
        print(f"    {row['figure']:g}, quartiles {low:g} to {high:g}{aim}", flush=True)
        missed |= row["met"] is False
        if into:
            report.save(report.load(into) | {one.name: row}, into)
        else:
            report.publish(report.load() | {one.name: row})
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
