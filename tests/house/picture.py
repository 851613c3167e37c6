"""The picture of the packages in CONTRIBUTING, made from the imports.

`python -m tests.house.picture` draws it anew.

An arrow goes from a package to what it imports, or knows for type checkers; those that follow from
others are left out. Modules beside packages stand by themselves.
"""

from __future__ import annotations

import networkx as nx

from tests.support.architecture import ROOT, Module, modules, own_imports

FILE = ROOT / "CONTRIBUTING.md"
BEGIN, END = "<!-- made by tests/house/picture.py -->\n", "<!-- end of the picture -->"
HOUSES = {"snaplang": ROOT / "snaplang", "snapsearch": ROOT / "search" / "snapsearch"}


def package_of(name: str) -> str:
    """The top package of a module, or the module where it lies in none."""
    return name.partition(".")[0]


def knowledge(known: dict[str, Module], package: str) -> nx.DiGraph:
    """Which package knows which: an edge from the one that imports to the one it imports."""
    found = nx.DiGraph()
    for name, module in known.items():
        mine = package_of(name)
        found.add_node(mine)
        for target, _ in own_imports(module, known, package):
            its = package_of(target)
            if its != mine:
                found.add_edge(mine, its)
    return found


def upward(graph: nx.DiGraph) -> list[list[str]]:
    """Packages that know each other in a circle."""
    return sorted(sorted(c) for c in nx.strongly_connected_components(graph) if len(c) > 1)


def picture(package: str) -> str:
    """A Mermaid flowchart of one distribution, from its public names at the top to the ground."""
    graph = knowledge(modules(HOUSES[package]), package)
    graph = nx.relabel_nodes(graph, {"": package})
    lines = [f"    {a} --> {b}" for a, b in sorted(nx.transitive_reduction(graph).edges)]
    return "\n".join(["```mermaid", "flowchart TD", *lines, "```", ""])


def section() -> str:
    """What stands between the marks in CONTRIBUTING."""
    return "\n".join(["", *(picture(package) for package in HOUSES)])


def drawn(text: str) -> str:
    """CONTRIBUTING with the pictures of today."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}{section()}{END}{after}"


if __name__ == "__main__":
    FILE.write_text(drawn(FILE.read_text("utf-8")), "utf-8")
