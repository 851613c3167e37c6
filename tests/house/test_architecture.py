"""The house rules, read off the source: floors, who may import what, lengths, documentation.

Every check is a function from modules to complaints, and is also run on a module that breaks it.
"""

from __future__ import annotations

import ast
import statistics
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import pytest

import snaplang
from tests.support.architecture import (
    ROOT,
    Module,
    cycle,
    documented_methods,
    modules,
    own_imports,
    undocumented,
)

# The floors of the house are its folders, imports go down only.
FLOORS = (
    {"diagnostics"},
    {"dims", "source", "files", "version"},
    {"ops"},
    {"graph"},
    {"syntax"},
    {"lowering"},
    {"printing"},
    {"canonical"},
    {"backends"},
    {"lift", "genotypes", "batch", "decisions"},
    {"api", ""},
    {"torch", "cli", "testing"},
    {"strategies"},
)
# What is made of graphs never looks at the text they came from.
OF_TEXT = {"syntax", "lowering.words", "lowering.scope", "lowering.machine", "lowering.lower"}
# Each library, and the modules that may import it; for type checkers anybody may.
LIBRARIES = {
    "lark": {"syntax"},
    "click": {"cli"},
    "graphviz": {"backends.pictures"},
    "hypothesis": {"testing.strategies"},
    "google": {"lift.onnx"},
    "ml_dtypes": {"graph.weights"},
    "numba": {"batch"},
    "numpy": {
        "graph.weights",
        "backends",
        "lift",
        "batch",
        "testing.generators.rows",
        "testing.checks.keys",
    },
    "onnx": {"backends.onnx", "lift"},
    "pynauty": {"testing.oracle.certificates"},
    "safetensors": {"graph.weights"},
    "torch": {"torch", "lift", "testing.checks.values"},
}
# The floors of snapsearch.
SEARCH_FLOORS = (
    {"errors", "codes", "streams", "trial", "files", "run.interrupts"},
    {"config"},
    {"space", "tasks.base", "tasks.data", "tasks.placement", "engine.base"},
    {"strategies", "tasks", "engine"},
    {"record"},
    {"run.assembly", "run.loop", "report"},
    {"run"},
    {"cli", "testing", ""},
)
SEARCH_LIBRARIES = {
    "click": {"cli"},
    "filelock": {"files"},
    "graphviz": {"run.export"},
    "jinja2": {"report.page"},
    "matplotlib": {"report"},
    "numba": {"space"},
    "numpy": {"streams", "space", "strategies", "tasks", "record", "report", "testing"},
    "optuna": {"record"},
    "PIL": {"tasks.images"},
    "pydantic": {"config", "tasks", "strategies", "space.sections"},
    "rich": {"cli", "run.progress"},
    "scipy": {"report.measures", "strategies"},
    "sklearn": {"tasks.digits", "strategies"},
    "snaplang": {"space", "tasks.network", "tasks.classify", "tasks.table", "run.export", "report"},
    "sqlalchemy": {"record"},
    "torch": {"tasks", "strategies.latent"},
}
TALKING = {"cli", "engine.worker", "testing.__main__"}
Modules = dict[str, Module]
Check = Callable[[Modules], Iterable[str]]


@dataclass(frozen=True)
class House:
    """A package, its floors from the ground up, and who may import which library."""

    package: str
    floors: tuple[set[str], ...]
    libraries: dict[str, set[str]]


LANGUAGE = House("snaplang", FLOORS, LIBRARIES)
SEARCH = House("snapsearch", SEARCH_FLOORS, SEARCH_LIBRARIES)
SNAPLANG = modules(ROOT / "snaplang")
SNAPSEARCH = modules(ROOT / "search" / "snapsearch")
EXPORTED = {*snaplang.__all__, "__version__"}


def within(name: str, names: set[str]) -> bool:
    """Whether a module is one of `names` or lies in one of these packages."""
    parts = name.split(".")
    return any(".".join(parts[: i + 1]) in names for i in range(len(parts)))


def floor(name: str, house: House) -> int | None:
    """The floor of a module: that of itself, or of the innermost package that has one."""
    parts = name.split(".")
    for n in range(len(parts), 0, -1):
        outer = ".".join(parts[:n])
        for i, names in enumerate(house.floors):
            if outer in names:
                return i
    return None


def climbing(known: Modules, house: House = LANGUAGE) -> Iterator[str]:
    """Imports that go up; modules without a floor."""
    for name, module in known.items():
        own = floor(name, house)
        if own is None:
            yield f"{name} has no floor"
            continue
        for target, _ in own_imports(module, known, house.package):
            there = floor(target, house)
            if there is None or there > own:
                yield f"{name} imports {target}"


def circles(known: Modules, house: House = LANGUAGE) -> list[str]:
    """Modules that import each other in a circle when they are loaded."""
    return cycle(
        {
            name: {
                target
                for target, found in own_imports(module, known, house.package)
                if not found.lazy and not found.typing
            }
            for name, module in known.items()
        }
    )


def looking_back(known: Modules) -> Iterator[str]:
    """Backends that import the syntax."""
    for name, module in known.items():
        if within(name, {"backends", "batch"}):
            for target, _ in own_imports(module, known, "snaplang"):
                if within(target, OF_TEXT):
                    yield f"{name} imports {target}"


def misplaced(known: Modules, house: House = LANGUAGE) -> Iterator[str]:
    """Libraries imported where they have no business."""
    for name, module in known.items():
        for found in module.imports:
            library = found.target.partition(".")[0]
            if library in sys.stdlib_module_names or library == house.package or found.typing:
                continue
            if not within(name, house.libraries.get(library, set())):
                yield f"{name} imports {library}"


def talkative(known: Modules) -> Iterator[str]:
    """Modules that print or exit, other than the command line and the program of a worker."""
    for name, module in known.items():
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Call) and not within(name, TALKING):
                called = ast.unparse(node.func)
                if called in ("print", "exit", "quit", "sys.exit", "os._exit", "input"):
                    yield f"{name} calls {called}"


def global_chance(known: Modules) -> Iterator[str]:
    """Calls of the random generators that a whole process shares."""
    own = {"random.Random", "np.random.default_rng", "np.random.Generator", "np.random.PCG64"}
    own |= {"random.getstate", "np.random.get_state"}  # who looks draws nothing
    own |= {"random.getstate", "np.random.get_state"}  # which draw nothing
    for name, module in known.items():
        at_hand = {found.target for found in module.imports}
        shared = {"random."} & {f"{t}." for t in at_hand} | {"np.random.", "numpy.random."}
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Call):
                called = ast.unparse(node.func)
                if called.startswith(tuple(shared)) and called not in own:
                    yield f"{name} calls {called}"


def lengthy(known: Modules) -> Iterator[str]:
    """Files over 400 lines, functions over 60."""
    for name, module in known.items():
        if module.lines > 400:
            yield f"{name} has {module.lines} lines"
        for node, length in lengths(module):
            if length > 60:
                yield f"{name}.{node} has {length} lines"


def lengths(module: Module) -> list[tuple[str, int]]:
    """Each function and its lines."""
    return [(f.name, (f.end_lineno or f.lineno) - f.lineno + 1) for f in module.functions]


def unexplained(known: Modules) -> Iterator[str]:
    """Modules and public names without a docstring."""
    methods = documented_methods(known)
    for module in known.values():
        yield from undocumented(module, methods)


CHECKS: tuple[Check, ...] = (
    climbing,
    circles,
    looking_back,
    misplaced,
    talkative,
    global_chance,
    lengthy,
    unexplained,
)
# For each check a module that breaks it, by the name it pretends to have.
BROKEN: dict[Check, tuple[str, str]] = {
    climbing: ("dims", "def f():\n    from snaplang.graph import Graph"),
    circles: ("dims", "from snaplang import dims"),
    looking_back: ("backends.json", "from snaplang.syntax import Program"),
    misplaced: ("backends.json", "import torch"),
    talkative: ("graph.graph", "print(1)"),
    global_chance: ("graph.graph", "import random\nrandom.random()"),
    lengthy: ("graph.graph", "def f():\n" + "    pass\n" * 61),
    unexplained: (
        "graph.graph",
        '"""A."""\nclass Public:\n    """A."""\n    def method(self): pass',
    ),
}


@pytest.mark.parametrize("check", CHECKS)
def test_the_house_rules_hold(check: Check) -> None:
    assert list(check(SNAPLANG)) == []


@pytest.mark.parametrize("check", CHECKS)
def test_each_rule_can_be_broken(check: Check) -> None:
    name, text = BROKEN[check]
    assert list(check({**SNAPLANG, name: Module(name, text)}))


def test_nine_of_ten_functions_are_short() -> None:
    found = [length for module in SNAPLANG.values() for _, length in lengths(module)]
    assert statistics.quantiles(found, n=10)[-1] < 25


def test_a_module_without_floor_is_found() -> None:
    assert list(climbing({"stray": Module("stray", "")})) == ["stray has no floor"]


PUBLIC = {"snaplang", "snaplang.torch", "snaplang.batch"}


def prying(known: Modules) -> Iterator[str]:
    """Names of snaplang that are not public; the package goes by the name `snap`."""
    for name, module in known.items():
        used = {"snap." + found.name for found in module.imports if found.target == "snaplang"}
        nodes = [n for n in ast.walk(module.tree) if isinstance(n, ast.Attribute)]
        used |= {f"snap.{n.attr}" for n in nodes if ast.unparse(n.value) == "snap"}
        for text in used - {"snap.", *(f"snap.{exported}" for exported in EXPORTED)}:
            yield f"{name} uses {text}"
        for found in module.imports:
            if found.target.partition(".")[0] == "snaplang" and found.target not in PUBLIC:
                yield f"{name} imports {found.target}"


def test_snapsearch_uses_public_names_only() -> None:
    assert list(prying(SNAPSEARCH)) == []
    assert list(prying({"": Module("", "import snaplang as snap\nsnap.lowering()")}))
    assert list(prying({"": Module("", "from snaplang.dims import Dim")}))
    assert list(prying({"": Module("", "from snaplang import dims")}))


@pytest.mark.parametrize("check", (talkative, global_chance, lengthy, unexplained))
def test_the_house_rules_hold_in_snapsearch(check: Check) -> None:
    assert list(check(SNAPSEARCH)) == []


@pytest.mark.parametrize("check", (climbing, circles, misplaced))
def test_snapsearch_has_floors_too(check: Callable[[Modules, House], Iterable[str]]) -> None:
    assert list(check(SNAPSEARCH, SEARCH)) == []


@pytest.mark.parametrize(
    ("check", "name", "text"),
    [
        (climbing, "space.base", "def f():\n    from snapsearch.run.loop import run"),
        (circles, "trial", "from snapsearch import trial"),
        (misplaced, "run.loop", "import optuna"),
    ],
)
def test_the_floors_of_snapsearch_can_be_broken(
    check: Callable[[Modules, House], Iterable[str]], name: str, text: str
) -> None:
    assert list(check({**SNAPSEARCH, name: Module(name, text)}, SEARCH))


def test_nine_of_ten_functions_of_snapsearch_are_short() -> None:
    found = [length for module in SNAPSEARCH.values() for _, length in lengths(module)]
    assert statistics.quantiles(found, n=10)[-1] < 25
