"""Names of lifted instances and their weights: the model's own, wherever it tells them.

A weight `layer1.0.conv1.weight` puts its instance at `layer1.0.conv1`; where names are lost, the
module that a node comes from tells the path, else the op's name and a number do. No path lies
below another, as modules of PyTorch could not have them so.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from itertools import takewhile
from typing import Any

import numpy as np
from numpy.typing import NDArray

from snaplang.diagnostics import Diagnostic, Note, SnapError
from snaplang.graph import Graph, Node
from snaplang.lift.emission.emission import Claim, Claims
from snaplang.lift.terms import ModelPlace

Array = NDArray[Any]


class WeightPaths:
    """Paths given out so far, each once."""

    def __init__(self) -> None:
        self.taken: set[str] = set()
        self._numbers: dict[str, int] = {}

    def take(self, op: str, place: ModelPlace, claims: Claims) -> str:
        """The path of an instance."""
        for wanted in (_from_weights(claims), place.scope):
            if wanted and wanted not in self.taken:
                self.taken.add(wanted)
                return wanted
        base = f"{place.scope}.{op}" if place.scope else op
        while True:
            self._numbers[base] = self._numbers.get(base, 0) + 1
            found = f"{base}{self._numbers[base]}"
            if found not in self.taken:
                self.taken.add(found)
                return found


def _from_weights(claims: Claims) -> str:
    """What the names of all weights begin with: a module, or the one around several."""
    owners: list[list[str]] = []
    for name, claim in claims.items():
        for root in claim.roots:
            owner = root.removesuffix(f".{name}")
            if owner == root:
                owner = root.rpartition(".")[0] if root.endswith((".weight", ".bias")) else ""
            if owner and not root.startswith("onnx::"):
                owners.append(owner.split("."))
    if not owners:
        return ""
    columns = takewhile(lambda column: len(set(column)) == 1, zip(*owners, strict=False))
    return ".".join(column[0] for column in columns)


def named(graph: Graph, claims: list[Claims], places: list[ModelPlace]) -> Graph:
    """The graph with paths for all nodes; `claims` and `places` are those of its nodes."""
    paths = WeightPaths()
    # what owns weights chooses first: modules without them have names nobody asks for
    chosen: dict[int, str] = {}
    for owns in (True, False):
        for i, node in enumerate(graph.nodes):
            if bool(claims[i]) is owns:
                chosen[i] = paths.take(node.op.name, places[i], claims[i])
    above = {key[:i] for key in chosen.values() for i, sign in enumerate(key) if sign == "."}
    nodes = []
    for i, node in enumerate(graph.nodes):
        path = chosen[i] if chosen[i] not in above else _below(chosen[i], node, paths)
        nodes.append(replace(node, path=tuple(path.split("."))))
    return replace(graph, nodes=tuple(nodes))


def _below(path: str, node: Node, paths: WeightPaths) -> str:
    return paths.take(node.op.name, ModelPlace(scope=path), {})


def state_of(graph: Graph, claims: list[Claims]) -> dict[str, Array]:
    """The weights of a graph by state_dict key, as float32 without a copy where they are."""
    state = {}
    for node, owned in zip(graph.nodes, claims, strict=True):
        for name, claim in owned.items():
            state[f"{node.key}.{name}"] = np.asarray(claim.array, np.float32)
    return state


def shared(graph: Graph, claims: list[Claims], copies: bool) -> tuple[str, ...]:
    """Notes on weights that several instances have; raises `SnapError` (E814) for true sharing.

    With `copies`, constants of one number may stand for several weights: exporters keep one of
    those that are equal.
    """
    owners: dict[str, list[tuple[str, Claim]]] = {}
    for node, owned in zip(graph.nodes, claims, strict=True):
        for name, claim in owned.items():
            for root in claim.roots:
                owners.setdefault(root, []).append((f"{node.key}.{name}", claim))
    notes, found = [], []
    for root, uses in owners.items():
        if len(uses) < 2:
            continue
        names = _listed(key for key, _ in uses)
        first = uses[0][1].array
        if copies and first.size and (first == first.flat[0]).all():
            notes.append(f"`{root}` is one constant in the model; {names} have a copy each")
        else:
            found.append((root, [Note(f"used by `{key}`") for key, _ in uses]))
    if found:
        hint = "every instance of an op has weights of its own in a program"
        raise SnapError(
            Diagnostic("E814", f"the weights `{root}` are used in {len(u)} places", None, hint,
                       None, tuple(u))
            for root, u in found
        )  # fmt: skip
    return tuple(notes)


def _listed(names: Iterable[str]) -> str:
    found = [f"`{name}`" for name in names]
    more = f" and {len(found) - 4} more" if len(found) > 4 else ""
    return ", ".join(found[:4]) + more


def folded(claims: list[Claims], graph: Graph, fused: Collection[str]) -> tuple[str, ...]:
    """A note where layers have weights that no module had: norms were folded into them.

    `fused` are the weights that the exporter says so of; others tell it by their names.
    """
    odd = [
        node.key
        for node, owned in zip(graph.nodes, claims, strict=True)
        if _is_fused(owned, fused) or (node.op.id in ("conv", "tconv") and _computed(owned))
    ]
    if not odd:
        return ()
    kinds = {node.op.id for node in graph.nodes if node.key in odd}
    noun = "convolution" if kinds <= {"conv", "tconv"} else "layer"
    what = f"1 {noun} has" if len(odd) == 1 else f"{len(odd)} {noun}s have"
    return (
        f"{what} weights that the exporter has computed ({_listed(odd)}): batch norms folded "
        "into them stay folded",
    )


def _is_fused(owned: Mapping[str, Claim], fused: Collection[str]) -> bool:
    return any(root in fused for claim in owned.values() for root in claim.roots)


def _computed(owned: Mapping[str, Claim]) -> bool:
    names = [root for claim in owned.values() for root in claim.roots]
    return any(name.startswith("onnx::") or name.endswith("_bias") for name in names)
