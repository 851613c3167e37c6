"""What becomes of figures: `results/latest.json`, and the table in `docs/performance.md`.

A row keeps the machine it was measured on; a run of some benchmarks replaces their rows alone.

>>> shown(0.09134), shown(152.3), shown(1533000.0)
('0.0913', '152', '1,533,000')
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from benchmarks.harness import Benchmark, Summary

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "benchmarks" / "results" / "latest.json"
PAGE = ROOT / "docs" / "performance.md"
MARKS = ("<!-- figures: made by `make bench` -->", "<!-- end of figures -->")
PACKAGES = (
    "igraph", "lark", "networkx", "numba", "numpy", "onnx", "onnxruntime", "onnxscript", "optuna",
    "pynauty", "torch",
)  # fmt: skip
Rows = dict[str, Any]


def machine() -> dict[str, object]:
    """Processor, cores, memory, and the versions of what is measured."""
    found: dict[str, object] = {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_gib": _memory(),
        "gpu": _gpu(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
    }  # fmt: skip
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return {name: value for name, value in found.items() if value is not None}


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    for line in info.read_text().splitlines() if info.exists() else ():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _memory() -> int | None:
    try:
        return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30)
    except (AttributeError, ValueError, OSError):
        return None


def _gpu() -> str | None:
    if shutil.which("nvidia-smi") is None:
        return None
    command = ["nvidia-smi", "--query-gpu=name", "--format=csv,noheader"]
    done = subprocess.run(command, capture_output=True, text=True)
    return done.stdout.strip().replace("\n", ", ") or None


def row(benchmark: Benchmark, found: Summary, on: dict[str, object]) -> Rows:
    """A benchmark and its figures, as the JSON has them."""
    low, high = found.quartiles
    result: Rows = {
        "measure": benchmark.measure,
        "peer": benchmark.peer,
        "aim": str(benchmark.aim),
        "met": benchmark.aim.met(found.figure) if str(benchmark.aim) else None,
        "faster": benchmark.aim.faster,
        "figure": _round(found.figure),
        "quartiles": [_round(low), _round(high)],
        "repetitions": found.repetitions,
        "unit": benchmark.unit,
    }
    if found.ours is not None and found.theirs is not None:
        result |= {"ours": _round(found.ours), "theirs": _round(found.theirs)}
        result["ratio_of_best"] = _round(found.best or 0.0)
    return result | ({"details": found.details} if found.details else {}) | {"machine": on}


def _round(value: float) -> float:
    return float(f"{value:.4g}")


def load(file: Path | None = None) -> dict[str, Rows]:
    """The rows of a file by name, of `RESULTS` if none is given; none where there is none."""
    file = file or RESULTS
    rows: dict[str, Rows] = json.loads(file.read_text("utf-8")) if file.exists() else {}
    return rows


def save(rows: dict[str, Rows], file: Path | None = None) -> None:
    """Write rows, in the order of their names."""
    file = file or RESULTS
    file.parent.mkdir(exist_ok=True)
    text = json.dumps(dict(sorted(rows.items())), indent=1, ensure_ascii=False)
    file.write_text(text + "\n", "utf-8")


def publish(rows: dict[str, Rows]) -> None:
    """Write rows, and the table into its page."""
    save(rows)
    PAGE.write_text(with_table(PAGE.read_text("utf-8"), load()), "utf-8")


def with_table(page: str, rows: dict[str, Rows]) -> str:
    """A page with the table between its marks."""
    before, after = page.partition(MARKS[0])[0], page.partition(MARKS[1])[2]
    return f"{before}{MARKS[0]}\n\n{table(rows)}\n\n{MARKS[1]}{after}"


def table(rows: dict[str, Rows]) -> str:
    """All rows as Markdown: a table for each module, and the machines."""
    machines: list[dict[str, object]] = []
    for found in rows.values():
        if found["machine"] not in machines:
            machines.append(found["machine"])
    parts = []
    for module in dict.fromkeys(name.partition(".")[0] for name in rows):
        head = ["measure", "peer", "figure", "quartiles", "aim", "ours / theirs", "name"]
        lines = [f"| {' | '.join(head)} |", "|---" * len(head) + "|"]
        for name, found in rows.items():
            if name.partition(".")[0] == module:
                mark = f" ({machines.index(found['machine']) + 1})" if len(machines) > 1 else ""
                lines.append(f"| {' | '.join(_cells(name, found, mark))} |")
        parts.append("\n".join(lines))
    numbered = [f"({i}) " * (len(machines) > 1) + described(m) for i, m in enumerate(machines, 1)]
    return "\n\n".join([*parts, *numbered])


def _cells(name: str, found: Rows, mark: str) -> list[str]:
    """One line of a table."""
    low, high = map(shown, found["quartiles"])
    figure = shown(found["figure"]) + (" times as fast" if found["faster"] else "")
    aim = found["aim"].replace(" times as fast", "")
    if found["met"] is not None:
        aim += ": met" if found["met"] else ": **missed**"
    sides = ""
    if "ours" in found:
        sides = f"{amount(found['ours'], found['unit'])} / {amount(found['theirs'], found['unit'])}"
    spread = f"{low} to {high}" if found["repetitions"] > 1 else ""
    return [found["measure"], found["peer"], figure, spread, aim, sides, f"`{name}`{mark}"]


def described(machine: dict[str, object]) -> str:
    """A machine in a sentence."""
    head = f"{machine['processor']}, {machine['cores']} cores"
    head += f", {machine['memory_gib']} GiB" if "memory_gib" in machine else ""
    head += f", {machine['gpu']}" if "gpu" in machine else ""
    known = [f"{name} {machine[name]}" for name in PACKAGES if name in machine]
    return f"{head}; {machine['system']}, Python {machine['python']}, {', '.join(known)}."


def shown(value: float) -> str:
    """A figure with three digits; thousands are grouped."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{float(f'{value:.3g}'):g}"


def amount(value: float, unit: str) -> str:
    """Seconds or bytes in a fitting unit.

    >>> amount(0.000563, "s"), amount(220_200_960, "bytes"), amount(12, "")
    ('563 µs', '210 MiB', '12')
    """
    steps = {
        "s": ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs")),
        "bytes": ((2.0**30, "GiB"), (2.0**20, "MiB"), (2.0**10, "KiB"), (1.0, "bytes")),
    }.get(unit)
    if steps is None:
        return f"{shown(value)} {unit}".strip()
    size, name = next((step for step in steps if value >= step[0]), steps[-1])
    return f"{shown(value / size)} {name}"
