"""One id, one function: what may be declared again, and what may not."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import pytest

import snaplang as snap
from snaplang.ops.spec import OpSpec

CELL = """
import snaplang as snap

STEP = 2

def kept(rules):
    # the first input's shape
    scale = [1 for _ in rules.inputs]
    return (rules.inputs[0].with_channels(rules.inputs[0].channels * scale[0]),)

def around(factor):
    def counted(attrs, shapes):
        return factor * shapes[0].channels
    return counted

again = snap.op(
    "me/again/1",
    params={"beta": 1.0},
    torch="def again(x, beta):\\n    return beta * x",
    shape=kept,
    macs=around(STEP),
    identity_if=lambda attrs: attrs["beta"] == 1.0,
    facts=["ZERO_PRESERVING"],
)
"""
CHANGES = {
    "torch": ("return beta * x", "return x - beta"),
    "facts": ('facts=["ZERO_PRESERVING"]', "facts=[]"),
    "shape": ("channels * scale[0]", "channels * 2 * scale[0]"),
    "identity_if": ("== 1.0,", "== 2.0,"),
    "params": ('{"beta": 1.0}', '{"beta": 3.0}'),
}


def run(cell: str) -> OpSpec:
    """What a notebook does with a cell."""
    module = ModuleType("cell")
    exec(cell, module.__dict__)
    found: Any = module.again
    assert isinstance(found, OpSpec)
    return found


def test_a_cell_may_be_run_again() -> None:
    run(CELL)
    before = snap.fingerprint("again(beta=3)")
    run(CELL)
    assert snap.fingerprint("again(beta=3)") == before


def test_what_no_fingerprint_rests_on_may_change() -> None:
    run(CELL)
    run(CELL.replace("STEP = 2", "STEP = 3").replace("params=", 'doc="Scales.", params='))


@pytest.mark.parametrize("part", CHANGES)
def test_another_declaration_needs_another_version(part: str) -> None:
    old = run(CELL)
    changed = CELL.replace(*CHANGES[part])
    assert changed != CELL
    with pytest.raises(snap.SnapError) as error:
        run(changed)
    (found,) = error.value.diagnostics
    assert (found.code, found.message) == (
        "E901",
        f"`me/again/1` is declared already, with another `{part}`",
    )
    assert "`me/again/2`" in (found.hint or "")
    assert snap.lower("again(beta=3)").nodes[0].op is old
    run(changed.replace("me/again/1", "me/again/2"))


def test_a_declaration_may_say_that_it_replaces_the_old_one() -> None:
    old = run(CELL)
    new = run(CELL.replace(*CHANGES["torch"]).replace("facts=", "replaces=True, facts="))
    assert snap.lower("again(beta=3)").nodes[0].op is new is not old
