"""Reading the packages' own source: modules, imports, lengths, documentation."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).parents[2]
Function = ast.FunctionDef | ast.AsyncFunctionDef
Definition = Function | ast.ClassDef


@dataclass(frozen=True)
class Import:
    """`target` as written, with the name imported; `lazy` in functions, `typing` for checkers."""

    target: str
    name: str
    lazy: bool
    typing: bool


@dataclass(frozen=True)
class Module:
    """A module by its dotted name below its package, "" for the package itself."""

    name: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        """The syntax tree."""
        return ast.parse(self.text)

    @cached_property
    def imports(self) -> list[Import]:
        """Every import, wherever it stands."""
        return list(_imports(self.tree, False, False))

    @property
    def functions(self) -> list[Function]:
        """All functions and methods."""
        return [n for n in ast.walk(self.tree) if isinstance(n, Function)]

    @property
    def lines(self) -> int:
        """The number of lines."""
        return self.text.count("\n")


def _imports(node: ast.AST, lazy: bool, typing: bool) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            yield from (Import(alias.name, "", lazy, typing) for alias in child.names)
        elif isinstance(child, ast.ImportFrom):
            target = "." * child.level + (child.module or "")
            yield from (Import(target, alias.name, lazy, typing) for alias in child.names)
        else:
            inside = lazy or isinstance(child, Function)
            guard = isinstance(child, ast.If) and "TYPE_CHECKING" in ast.dump(child.test)
            yield from _imports(child, inside, typing or guard)


def modules(folder: Path) -> dict[str, Module]:
    """The modules of a package by dotted name."""
    found = {}
    for path in sorted(folder.rglob("*.py")):
        parts = path.relative_to(folder).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        found[name] = Module(name, path.read_text("utf-8"))
    return found


def own_imports(
    module: Module, known: dict[str, Module], package: str
) -> Iterator[tuple[str, Import]]:
    """The modules of the same package that a module imports."""
    for found in module.imports:
        head, _, rest = found.target.partition(".")
        if head == package:
            deeper = f"{rest}.{found.name}".strip(".")
            yield (deeper if deeper in known else rest), found


def undocumented(module: Module, known: dict[str, set[str]]) -> Iterator[str]:
    """Public names without a docstring, unless they override a documented one.

    `known` lists the documented methods of classes by the class's name.
    """
    if not ast.get_docstring(module.tree):
        yield module.name
    for node in module.tree.body:
        if isinstance(node, Definition) and not node.name.startswith("_"):
            if not ast.get_docstring(node):
                yield f"{module.name}.{node.name}"
            if isinstance(node, ast.ClassDef):
                yield from _undocumented_methods(module, node, known)


def _undocumented_methods(
    module: Module, owner: ast.ClassDef, known: dict[str, set[str]]
) -> Iterator[str]:
    bases = {ast.unparse(base).partition("[")[0] for base in owner.bases}
    inherited = set().union(*(known.get(base, set()) for base in bases))
    for node in owner.body:
        if not isinstance(node, Function) or node.name.startswith("_") or node.name in inherited:
            continue
        if "Transformer" in bases:  # its methods are the grammar's rules, which are documented
            continue
        if not ast.get_docstring(node):
            yield f"{module.name}.{owner.name}.{node.name}"


def documented_methods(known: dict[str, Module]) -> dict[str, set[str]]:
    """The documented methods of every class."""
    return {
        node.name: {m.name for m in node.body if isinstance(m, Function) and ast.get_docstring(m)}
        for module in known.values()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ClassDef)
    }


def cycle(edges: dict[str, set[str]]) -> list[str]:
    """The names that can reach themselves, empty where there are none."""
    left = {name: set(targets) & edges.keys() for name, targets in edges.items()}
    while free := [name for name, targets in left.items() if not targets & left.keys()]:
        for name in free:
            del left[name]
    return sorted(left)
