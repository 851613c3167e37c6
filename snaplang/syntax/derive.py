"""The LALR(1) table of a grammar, read off the parser that Lark makes of it.

This is where a grammar is analysed; it takes a tenth of a second, and Lark. Users never wait for
it: `table.py` loads what was made before.

>>> derived('start: "a"').rules
[('start', 1, ())]
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from snaplang.syntax.lalr import Rule, Table, digest

if TYPE_CHECKING:
    from lark import Lark


def lark_of(grammar: str) -> Lark:
    """Lark's own parser of a grammar: every token is kept, and nothing is left out of a rule."""
    from lark import Lark

    return Lark(
        grammar, parser="lalr", lexer="basic", keep_all_tokens=True, maybe_placeholders=False
    )


def derived(grammar: str) -> Table:
    """The table of a grammar. States and rules are numbered as they are met from the start, so that
    the same grammar always gives the same table.
    """
    lark = lark_of(grammar)
    frontend: Any = lark.parser
    lalr, lexer = frontend.parser._parse_table, frontend.lexer
    start = lalr.start_states["start"]
    numbers, rules = {start: 0}, dict[Rule, int]()
    states = []
    for state in (pending := [start]):
        row = {}
        for symbol, (action, target) in sorted(lalr.states[state].items()):
            if action.name == "Shift":
                if target not in numbers:
                    numbers[target] = len(numbers)
                    pending.append(target)
                row[symbol] = numbers[target]
            else:
                row[symbol] = -1 - rules.setdefault(_rule(target), len(rules))
        states.append(row)
    scanner = lexer.scanner  # made when it is asked for, the callbacks with it
    words = {
        name: {t.pattern.value: t.name for t in sorted(unless.scanner.terminals, key=str)}
        for name, unless in sorted(lexer.callback.items())
    }
    terminals = [(t.name, t.pattern.to_regexp()) for t in scanner.terminals]
    ignored = sorted(lexer.ignore_types)
    end = numbers[lalr.end_states["start"]]
    return Table(digest(grammar), terminals, words, ignored, [*rules], states, 0, end)


def _rule(rule: Any) -> Rule:
    """What a rule makes, of how many children, and the places of those that are spliced in."""
    options = rule.options
    plain = not rule.alias and not options.expand1 and not options.template_source
    assert plain, f"the driver knows no aliases, templates or `?` rules: {rule}"
    places = [i for i, p in enumerate(rule.expansion) if not p.is_term and p.name.startswith("_")]
    return str(rule.origin.name), len(rule.expansion), tuple(places)
