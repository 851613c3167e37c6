"""The house rules, read off the source: floors, who may import what, lengths, documentation.

Every check is a function from modules to complaints, and is also run on a module that breaks it.
"""

from __future__ import annotations

import ast
import statistics
import sys
from collections.abc import Callable, Iterable, Iterator

import pytest

import snaplang
from tests.architecture import (
    ROOT,
    Module,
    cycle,
    documented_methods,
    modules,
    own_imports,
    undocumented,
)

# The floors of the house, imports go down only; a package stands for its modules.
FLOORS = (
    {"source", "diagnostics", "render", "codes", "files"},
    {"dims"},
    {"ops"},
    {"graph"},
    {"syntax", "lalr", "derive", "tree", "parser"},
    {"words", "scope", "evaluate", "extent", "choosing", "inputs", "checks", "assemble"}
    | {"calls", "bodies", "machine", "unused", "lower", "bind", "symbols"},
    {"canonical", "printing", "printer", "formatter", "stats", "evaluation", "weights"}
    | {"catalogue"},
    {"backends", "lift", "batch"},
    {
        "api",
        "emit",
        "sameness",
        "outputs",
        "counting",
        "sampling",
        "strategies",
        "torch",
        "cli",
        "",
    },
)
# What is made of graphs never looks at the text they came from.
OF_TEXT = {
    "syntax",
    "lalr",
    "derive",
    "tree",
    "parser",
    "words",
    "scope",
    "machine",
    "lower",
    "formatter",
}
# Each library, and the modules that may import it; for type checkers anybody may.
LIBRARIES = {
    "lark": {"parser", "derive"},
    "click": {"cli"},
    "graphviz": {"backends.dot"},
    "hypothesis": {"strategies", "sampling"},
    "google": {"lift.onnx_file"},
    "ml_dtypes": {"weights"},
    "numba": {"batch"},
    "numpy": {"weights", "backends", "lift", "batch"},
    "onnx": {"backends", "lift"},
    "safetensors": {"weights"},
    "torch": {"torch", "lift"},
}
Check = Callable[[dict[str, Module]], Iterable[str]]
SNAPLANG = modules(ROOT / "snaplang")
SNAPSEARCH = modules(ROOT / "search" / "snapsearch")
EXPORTED = {*snaplang.__all__, "__version__"}


def within(name: str, names: set[str]) -> bool:
    """Whether a module is one of `names` or lies in one of these packages."""
    parts = name.split(".")
    return any(".".join(parts[: i + 1]) in names for i in range(len(parts)))


def floor(name: str) -> int | None:
    """The floor of a module."""
    return next((i for i, names in enumerate(FLOORS) if within(name, names)), None)


def climbing(known: dict[str, Module]) -> Iterator[str]:
    """Imports that go up; modules without a floor."""
    for name, module in known.items():
        own = floor(name)
        if own is None:
            yield f"{name} has no floor"
            continue
        for target, found in own_imports(module, known, "snaplang"):
            there = floor(target)
            if found.name != "__version__" and (there is None or there > own):
                yield f"{name} imports {target}"


def circles(known: dict[str, Module]) -> list[str]:
    """Modules that import each other in a circle when they are loaded."""
    return cycle(
        {
            name: {
                target
                for target, found in own_imports(module, known, "snaplang")
                if not found.lazy and not found.typing and found.name != "__version__"
            }
            for name, module in known.items()
        }
    )


def looking_back(known: dict[str, Module]) -> Iterator[str]:
    """Backends that import the syntax."""
    for name, module in known.items():
        if within(name, {"backends", "stats", "evaluation", "batch"}):
            for target, _ in own_imports(module, known, "snaplang"):
                if within(target, OF_TEXT):
                    yield f"{name} imports {target}"


def misplaced(known: dict[str, Module]) -> Iterator[str]:
    """Libraries imported where they have no business."""
    for name, module in known.items():
        for found in module.imports:
            library = found.target.partition(".")[0]
            if library in sys.stdlib_module_names or library == "snaplang" or found.typing:
                continue
            if not within(name, LIBRARIES.get(library, set())):
                yield f"{name} imports {library}"


def talkative(known: dict[str, Module]) -> Iterator[str]:
    """Modules other than the command line that print or exit."""
    for name, module in known.items():
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Call) and not within(name, {"cli"}):
                called = ast.unparse(node.func)
                if called in ("print", "exit", "quit", "sys.exit", "os._exit", "input"):
                    yield f"{name} calls {called}"


def global_chance(known: dict[str, Module]) -> Iterator[str]:
    """Calls of the random generators that a whole process shares."""
    own = {"random.Random", "np.random.default_rng", "np.random.Generator", "np.random.PCG64"}
    for name, module in known.items():
        at_hand = {found.target for found in module.imports}
        shared = {"random."} & {f"{t}." for t in at_hand} | {"np.random.", "numpy.random."}
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Call):
                called = ast.unparse(node.func)
                if called.startswith(tuple(shared)) and called not in own:
                    yield f"{name} calls {called}"


def lengthy(known: dict[str, Module]) -> Iterator[str]:
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


def unexplained(known: dict[str, Module]) -> Iterator[str]:
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
    looking_back: ("backends.dot", "from snaplang.syntax import Program"),
    misplaced: ("backends.dot", "import torch"),
    talkative: ("graph", "print(1)"),
    global_chance: ("graph", "import random\nrandom.random()"),
    lengthy: ("graph", "def f():\n" + "    pass\n" * 61),
    unexplained: ("graph", '"""A."""\nclass Public:\n    """A."""\n    def method(self): pass'),
}


@pytest.mark.parametrize("check", CHECKS)
def test_the_house_rules_hold(check: Check) -> None:
    assert list(check(SNAPLANG)) == []


@pytest.mark.parametrize("check", CHECKS)
def test_each_rule_can_be_broken(check: Check) -> None:
    name, text = BROKEN[check]
    assert list(check({**SNAPLANG, name: Module(name, text)}))


def test_half_of_the_files_are_short() -> None:
    assert statistics.median(module.lines for module in SNAPLANG.values()) < 150


def test_nine_of_ten_functions_are_short() -> None:
    found = [length for module in SNAPLANG.values() for _, length in lengths(module)]
    assert statistics.quantiles(found, n=10)[-1] < 25


def test_a_module_without_floor_is_found() -> None:
    assert list(climbing({"stray": Module("stray", "")})) == ["stray has no floor"]


PUBLIC = {"snaplang", "snaplang.torch", "snaplang.batch"}


def prying(known: dict[str, Module]) -> Iterator[str]:
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


@pytest.mark.parametrize("check", (global_chance, lengthy, unexplained))
def test_the_house_rules_hold_in_snapsearch(check: Check) -> None:
    assert list(check(SNAPSEARCH)) == []
