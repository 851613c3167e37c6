"""The table of ops: every symbol that is not a word, by name and by id.

The families declare, this module collects; `declare` adds a user's op. Nothing else in the project
lists ops.

>>> TABLE["conv"].family
'convolution'
"""

from __future__ import annotations

import copyreg
from collections.abc import Callable
from dataclasses import replace

from snaplang.diagnostics import fail
from snaplang.ops.again import differences
from snaplang.ops.core.activation import ACTIVATION
from snaplang.ops.core.convolution import CONVOLUTION
from snaplang.ops.core.merge import MERGE
from snaplang.ops.core.norm import NORM
from snaplang.ops.core.other import OTHER
from snaplang.ops.core.pooling import POOLING
from snaplang.ops.core.wiring import WIRING
from snaplang.ops.declaration import check
from snaplang.ops.facts import ALIKE, Kept, brings_rule, closed
from snaplang.ops.guard import guarded
from snaplang.ops.spec import OpSpec

CORE: tuple[OpSpec, ...] = (
    *WIRING,
    *MERGE,
    *CONVOLUTION,
    *NORM,
    *ACTIVATION,
    *POOLING,
    *OTHER,
)
TABLE: dict[str, OpSpec] = {spec.name: spec for spec in CORE}
CORE_NAMES = frozenset(TABLE)
_BY_ID: dict[str, OpSpec] = {spec.id: spec for spec in CORE}


def by_id(op_id: str) -> OpSpec:
    """The op with this stable id; a `SnapError` where nothing declares it."""
    if op_id not in _BY_ID:
        hint = "import the module that declares it before you load the graph"
        raise fail("E902", f"no op has the id `{op_id}`", hint=hint)
    return _BY_ID[op_id]


def _by_its_id(spec: OpSpec) -> tuple[Callable[[str], OpSpec], tuple[str]]:
    return by_id, (spec.id,)


copyreg.pickle(OpSpec, _by_its_id)  # pickles hold the id: an op is what this process declares


def declare(spec: OpSpec, replaces: bool = False) -> OpSpec:
    """Add a user's op; what is in the table then has its facts closed and its callbacks guarded.

    The same declaration again takes the old one's place; the same id for something else is E901,
    unless it `replaces` it. Another version of a name takes the name, and graphs that hold the old
    one keep it. Raises `SnapError` for a declaration that cannot be true.
    """
    check(spec, CORE_NAMES)
    facts = closed(spec.facts)
    if not brings_rule(spec):
        alike = not facts.isdisjoint(ALIKE)
        spec = replace(spec, shape=Kept(spec.outputs, spec.ranks, alike))
    spec = guarded(replace(spec, facts=facts))
    old = _BY_ID.get(spec.id)
    changed = [] if old is None or replaces else differences(old, spec)
    if changed:
        what = ", ".join(f"`{name}`" for name in changed)
        owner, name, version = spec.id.split("/")
        hint = (
            f"an id stands for one function: declare `{owner}/{name}/{int(version) + 1}`, or say "
            "`replaces=True` if no fingerprint and no graph of the old one is kept"
        )
        raise fail("E901", f"`{spec.id}` is declared already, with another {what}", hint=hint)
    TABLE[spec.name] = spec
    _BY_ID[spec.id] = spec
    return spec


def remove(spec: OpSpec) -> None:
    """Forget a user's op; core ops stay, and another version that has taken its name."""
    if spec.name not in CORE_NAMES:
        if spec.name in TABLE and TABLE[spec.name].id == spec.id:
            del TABLE[spec.name]
        _BY_ID.pop(spec.id, None)
