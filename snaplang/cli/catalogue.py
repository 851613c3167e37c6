"""What symbols there are: the text of `snapc ops`, read from the op table and the prelude.

>>> print(overview().splitlines()[0])
wiring
"""

from __future__ import annotations

import difflib
import re
from fractions import Fraction
from itertools import groupby
from textwrap import indent

from snaplang.diagnostics import fail
from snaplang.lowering.words import prelude
from snaplang.ops import TABLE
from snaplang.ops.spec import REQUIRED, OpSpec, Param

PRELUDE = "prelude"


def signature(spec: OpSpec) -> str:
    """The op as its declaration reads: `conv(k, out=c, stride=1, …)`."""
    if not spec.params:
        return spec.name
    return f"{spec.name}({', '.join(map(_parameter, spec.params))})"


def _parameter(param: Param) -> str:
    return param.name if param.default is REQUIRED else f"{param.name}={spelled(param.default)}"


def spelled(value: object) -> str:
    """A default as a program spells it."""
    if value is None or isinstance(value, bool):
        return {None: "none", True: "true", False: "false"}[value]
    if isinstance(value, float):
        return f"{value:g}" if float(f"{value:g}") == value else str(Fraction(str(value)))
    return str(value)


def words() -> dict[str, tuple[str, str]]:
    """Each word of the prelude: its head as written, and the comment above it."""
    found = {}
    text = prelude().source.text
    for word in prelude().own.values():
        start = word.definition.at[0]
        head = text[start : word.definition.body.at[0] or word.definition.at[1]]
        head = re.sub(r"^(def|block)\s+|\s*\{\s*$", "", head.strip()).strip()
        above = text[:start].rstrip().splitlines()
        comment: list[str] = []
        while above and above[-1].lstrip().startswith("#"):
            comment.insert(0, above.pop().lstrip("# ").rstrip())
        found[word.name] = (head, " ".join(comment))
    return found


def overview() -> str:
    """All symbols by family, a line each."""
    lines: list[str] = []
    for family, specs in groupby(TABLE.values(), key=lambda spec: spec.family):
        lines += ["", family, *(_row(signature(s), s.doc) for s in specs)]
    lines += ["", f"{PRELUDE}  (words written in SNAP)"]
    lines += [_row(head, doc) for head, doc in words().values()]
    return "\n".join(lines[1:])


def _row(head: str, doc: str) -> str:
    first = doc.split(". ")[0].rstrip(".")
    return f"  {head:<30}  {first}" if len(head) <= 30 else f"  {head}\n  {'':<30}  {first}"


def details(name: str) -> str:
    """Everything about one symbol; raises `SnapError` for an unknown one."""
    if name in words():
        head, doc = words()[name]
        definition = prelude().own[name].definition
        start, end = definition.at
        return f"{head}\n  {doc}\n\n{indent(prelude().source.text[start:end], '  ')}"
    if name not in TABLE:
        close = difflib.get_close_matches(name, [*TABLE, *words()], 1)
        hint = f"did you mean `{close[0]}`?" if close else None
        raise fail("E201", f"`{name:.60}` is not known", hint=hint)
    return _op_details(TABLE[name])


def _op_details(spec: OpSpec) -> str:
    lines = [signature(spec), f"  {spec.doc}"]
    for param in spec.params:
        default = "required" if param.default is REQUIRED else spelled(param.default)
        lines.append(f"  {param.name:<12} {param.kind.value}; {default}. {param.doc}")
    facts = sorted(fact.value for fact in spec.facts)
    lines += [f"  id: {spec.id}   family: {spec.family}   ranks: {_listed(spec.ranks)}"]
    lines += [f"  facts: {'; '.join(facts)}"] if facts else []
    examples = list(dict.fromkeys(case.text for case in spec.cases))[:6]
    lines += [f"  for example: {'   '.join(examples)}"] if examples else []
    return "\n".join(lines)


def _listed(numbers: tuple[int, ...]) -> str:
    return ", ".join(map(str, numbers))
