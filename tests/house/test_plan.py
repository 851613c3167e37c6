"""The plan of the house: floors are folders, one meaning per name, nobody knows in circles.

What presses the right way: a package holds about a dozen modules, a class name means one thing in a
distribution, and no file knows one that knows it, not even for type checkers.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator

import networkx as nx
import pytest

from tests.house import picture
from tests.house.picture import HOUSES
from tests.support.architecture import Module, modules, own_imports

# Beside the packages: what is public, what every floor may use, and where old pickles look.
LOOSE = {
    "snaplang": {"api", "dims", "files", "source", "strategies", "torch", "version"},
    "snapsearch": {"cli", "codes", "errors", "files", "streams", "trial"},
}
MOST = 16  # modules of a package: about a dozen
Modules = dict[str, Module]


@pytest.fixture(scope="module", params=HOUSES)
def house(request: pytest.FixtureRequest) -> tuple[str, Modules]:
    """A distribution and its modules."""
    return request.param, modules(HOUSES[request.param])


def beside(package: str, known: Modules) -> set[str]:
    """Modules that lie beside the packages without a reason."""
    folders = {name.partition(".")[0] for name in known if "." in name}
    return {name for name in known if "." not in name} - folders - {""} - LOOSE[package]


def crowded(known: Modules) -> Iterator[str]:
    """Packages of too many modules."""
    held: dict[str, int] = defaultdict(int)
    for name in known:
        held[name.rpartition(".")[0]] += 1
    yield from (name for name, count in held.items() if name and count > MOST)


def circles(package: str, known: Modules) -> list[list[str]]:
    """Modules that know each other, imports in functions and for type checkers included."""
    graph: nx.DiGraph = nx.DiGraph()
    for name, module in known.items():
        graph.add_edges_from((name, target) for target, _ in own_imports(module, known, package))
    return picture.upward(graph)


def ambiguous(known: Modules) -> Iterator[str]:
    """Class names that mean two things."""
    homes: dict[str, list[str]] = defaultdict(list)
    for name, module in known.items():
        for node in ast.walk(module.tree):
            if isinstance(node, ast.ClassDef):
                homes[node.name].append(name)
    yield from (f"{name}: {', '.join(found)}" for name, found in homes.items() if len(found) > 1)


def hidden(known: Modules) -> Iterator[str]:
    """Modules whose package has something else of their name."""
    for name, module in known.items():
        for found in module.imports:
            as_module = found.target.rpartition(".")[2] == found.name
            if found.name and f"{name}.{found.name}".strip(".") in known and as_module:
                yield f"{name}.{found.name}"
        for node in module.tree.body:
            named = isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name
            if named and f"{name}.{named}".strip(".") in known:
                yield f"{name}.{named}"


def test_floors_are_folders(house: tuple[str, Modules]) -> None:
    assert beside(*house) == set()


def test_packages_hold_about_a_dozen_modules(house: tuple[str, Modules]) -> None:
    assert list(crowded(house[1])) == []


def test_nobody_knows_in_circles(house: tuple[str, Modules]) -> None:
    assert circles(*house) == []


def test_a_class_name_has_one_meaning(house: tuple[str, Modules]) -> None:
    assert list(ambiguous(house[1])) == []


def test_no_public_name_hides_a_module(house: tuple[str, Modules]) -> None:
    assert list(hidden(house[1])) == []


@pytest.mark.parametrize("package", HOUSES)
def test_packages_know_each_other_downwards(package: str) -> None:
    graph = picture.knowledge(modules(HOUSES[package]), package)
    assert picture.upward(graph) == []


def test_the_picture_in_contributing_is_that_of_today() -> None:
    text = picture.FILE.read_text("utf-8")
    assert picture.drawn(text) == text


def test_each_rule_can_be_broken() -> None:
    known = modules(HOUSES["snaplang"])
    stray = Module("stray", "class Graph: ...\nfrom snaplang.graph import graph")
    package = Module("ops", "from snaplang.ops.spec import spec\ndef rules(): ...")
    many = {f"ops.x{i}": Module(f"ops.x{i}", "") for i in range(MOST)}
    typing = "if TYPE_CHECKING:\n    from snaplang.graph import Graph"
    assert beside("snaplang", {**known, "stray": stray}) == {"stray"}
    assert "ops" in crowded({**known, **many})
    assert circles("snaplang", {**known, "dims": Module("dims", typing)})
    assert list(ambiguous({**known, "stray": stray})) == ["Graph: graph.graph, stray"]
    assert set(hidden({**known, "ops": package})) == {"ops.spec", "ops.rules"}
    assert picture.upward(picture.knowledge({**known, "dims": Module("dims", typing)}, "snaplang"))
