"""The prepared table of the grammar: fresh, used, and the same trees as Lark's own parser."""

from __future__ import annotations

import random
import subprocess
import sys
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import pytest

from snaplang import SnapError
from snaplang.diagnostics.source import Source
from snaplang.syntax import derive, lalr, parser
from snaplang.syntax import table as shipped_table
from snaplang.syntax.derive import derived, lark_of
from snaplang.syntax.lalr import Table, Token
from snaplang.syntax.parser import scan
from snaplang.syntax.reductions import BUILDS
from snaplang.syntax.table import grammar
from tests.syntax import fuzz, table

ROOT = Path(__file__).parents[2]
LARK = lark_of(grammar())
TEXTS = [p.read_text("utf-8") for p in sorted((ROOT / "examples").rglob("*.snap"))]
TEXTS += [(ROOT / "snaplang" / "prelude.snap").read_text("utf-8"), *fuzz.seeds()]


def of_lark(text: str) -> Any:
    """The tree that Lark reads, built by the same functions; None where the text does not fit."""
    from lark import Token as LarkToken
    from lark.exceptions import LarkError

    def built(node: Any) -> Any:
        if isinstance(node, LarkToken):
            assert node.start_pos is not None and node.end_pos is not None
            return Token(node.type, str(node), (node.start_pos, node.end_pos))
        return BUILDS[str(node.data)]([built(child) for child in node.children])

    try:
        return built(LARK.parse(text))
    except LarkError:
        return None


def places(node: object) -> list[object]:
    """All places of a tree, in order: comparing nodes leaves them out."""
    if isinstance(node, tuple):
        return [place for part in node for place in places(part)]
    if not is_dataclass(node):
        return []
    own = [getattr(node, name) for name in ("at", "name_at") if hasattr(node, name)]
    inner = [getattr(node, f.name) for f in fields(node) if f.name not in ("at", "name_at")]
    return [*own, *places(tuple(inner))]


def test_an_installation_without_its_grammar_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(package: str, name: str) -> bytes:
        raise FileNotFoundError(2, "No such file or directory", name)

    monkeypatch.setattr(shipped_table, "get_data", nothing)
    for read in (shipped_table.grammar, shipped_table.tables):
        with pytest.raises(SnapError) as caught:
            read()
        (found,) = caught.value.diagnostics
        assert found.code == "E607" and "snap.lark" in found.message
        assert found.hint is not None and "install snaplang again" in found.hint


def test_the_shipped_table_is_that_of_the_grammar() -> None:
    assert table.FILE.read_text("utf-8") == derived(grammar()).text()


def test_a_table_does_not_depend_on_the_order_of_sets() -> None:
    code = "from tests.syntax.table import *\n"
    code += "assert FILE.read_text('utf-8') == derived(grammar()).text()"
    for seed in ("1", "2"):
        command = [sys.executable, "-c", code]
        subprocess.run(command, cwd=ROOT, env={"PYTHONHASHSEED": seed}, check=True)


@pytest.mark.parametrize("text", [None, "", "{}", '{"made_from": "another"}'])
def test_a_table_of_another_grammar_is_made_anew(
    text: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed = grammar().replace('bind: "->" NAME', 'bind: "~>" NAME')

    def shipped(name: str) -> str:
        if name == shipped_table.GRAMMAR:
            return changed
        if text is None:
            raise FileNotFoundError(name)
        return text or lalr_table

    lalr_table = table.FILE.read_text("utf-8")
    monkeypatch.setattr(shipped_table, "shipped", shipped)
    made = shipped_table.tables()
    assert made.made_from == lalr.digest(changed)
    program = lalr.Parser(made, BUILDS).parse("conv3 ~> a a")
    assert [type(item).__name__ for item in program.body.items] == ["Symbol", "Bind", "Symbol"]


def test_no_grammar_is_analysed_for_good_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(grammar: str) -> Table:
        raise AssertionError("the grammar is analysed")

    monkeypatch.setattr(derive, "derived", refused)
    parser._parser.cache_clear()
    assert parser.parse(Source("-", "dup conv3 add")).tree.body.items[0].at == (0, 3)
    first = parser._parser()
    parser.parse(Source("-", "relu"))
    assert parser._parser() is first


def test_each_rule_that_builds_has_its_function() -> None:
    rules = {name for name, *_ in shipped_table.tables().rules if not name.startswith("_")}
    assert rules == BUILDS.keys()


@pytest.mark.parametrize("text", TEXTS)
def test_trees_are_those_of_lark(text: str) -> None:
    found, other = parser._parser().parse(text), of_lark(text)
    assert found == other
    assert places(found) == places(other)


def test_what_fits_is_what_lark_takes() -> None:
    rng, fitting = random.Random(0), 0
    for _ in range(2000):
        for data in (fuzz.random_bytes(rng), fuzz.mutated(rng, TEXTS)):
            text = data.decode("utf-8", "replace")
            found, other = parser._parser().parse(text), of_lark(text)
            assert (found is None) == (other is None), text
            assert found == other and places(found) == places(other), text
            if found is not None:
                fitting += 1
                assert not scan(Source("-", text)), text
    assert fitting > 200


@pytest.mark.parametrize("pair", ["{}*1", "[]", "()"])
def test_paired_brackets_may_be_too_deep(pair: str) -> None:
    open_, close = pair[0], pair[1:]
    inner = "1" if pair == "()" else "relu"
    head = "conv" if pair == "()" else ""
    for depth, good in ((200, True), (201, False)):
        text = head + open_ * depth + inner + close * depth
        if good:
            parser.parse(Source("-", text))
        else:
            with pytest.raises(SnapError) as found:
                parser.parse(Source("-", text))
            assert [d.code for d in found.value.diagnostics] == ["E105"]
