"""Spaces whose members are pasted, and those whose members are printed."""

from __future__ import annotations

PASTED = {
    "flat": "dup <conv3|conv1|> <relu|gelu> add",
    "comments": "# a < b\ndup <conv3 # in <here>\n | conv1> add # and > there\n",
    "nested": "dup <conv3 <relu|gelu|silu>|conv1 <bn|>|identity> <p:bn|ln> add",
    "named": "<p: relu|gelu> conv3 <p> <conv1|conv3 <p>>",
    "named within": "<p: <q: relu|gelu> conv3|bn> <p>",
    "repeated": "{ <relu|identity> conv1 <a: bn|ln> }*3 <a>",
    "word": "def act { <relu|gelu> } act conv3 act",
    "suffix": "def k(n) { conv(n) <relu|bn> } k3 k(1) k5",
    "within words": "def act { <relu|gelu> }\ndef part(k=3) { conv(k) act } part part1 { part5 }*2",
    "argument": "def once(b) { b bn } def act { <relu|gelu> } once(act) once(act)",
    "hidden parameter": "def act { <relu|gelu> }\ndef run(act) { act act } run({ bn }) act",
    "hidden word": "def act { <relu|gelu> }\nconv3 -> act act <relu|bn> act add",
    "hidden within": "def cb1 { conv3 bn } def act { <cb1|gelu> }\n-> cb1 cb1 act cb1 add",
    "wiring": "-> x x conv3 -> a a bn -> b <a|b|a b add> <a|b> mul",
    "branches": "[ <relu|bn> | <conv1|> ] <add|mul>",
    "words not taken": "def act { <relu|gelu> } def b { <conv3|conv1> act } <[ | b b ] add|b|bn>",
    "block": "def f { <relu|gelu> } block one { f } block two(c=8) { in x(c, H, W); x f f }",
}
PRINTED = {
    "computed": "def run(n) { { <relu|bn> }*n } run(2)",
    "argument run twice": "def twice(b) { b b } def act { <relu|gelu> } twice(act)",
    "run twice": "def twice(b) { b b } twice({ <relu|gelu> })",
    "within a repeated name": "<p: relu|conv3 <bn|ln>> <p>",
}


def block_of(name: str) -> str | None:
    """Which block of a space is meant."""
    return "two" if name == "block" else None
