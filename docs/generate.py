"""The pages that are made from the code: ops from the table, errors from the codes.

`python docs/generate.py` writes them; a test holds that they are up to date.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import snaplang
from snaplang.cli.catalogue import signature, spelled, words
from snaplang.diagnostics.codes import CODES
from snaplang.ops import CORE
from snaplang.ops.facts import FACTS
from snaplang.ops.spec import REQUIRED, OpSpec

HERE = Path(__file__).parent
NOTE = "<!-- made by docs/generate.py: change the table in the code, not this page -->\n"


def ops_page() -> str:
    """Every op of the core table and every word of the prelude."""
    parts = [NOTE, "# Ops\n"]
    parts.append("`snapc ops NAME` prints the same for one symbol.\n")
    family = ""
    for spec in CORE:
        if spec.family != family:
            family = spec.family
            parts.append(f"## {family.capitalize()}\n")
        parts.append(_op(spec))
    parts.append("## Prelude\n\nWords written in SNAP; a file may define them anew.\n")
    heads = {" ".join(head.split()): doc for head, doc in words().values()}
    parts += [f"### `{head}`\n\n{doc}\n" for head, doc in heads.items()]
    return "\n".join(parts)


def _op(spec: OpSpec) -> str:
    lines = [f"### `{signature(spec)}`", "", spec.doc, ""]
    if spec.params:
        lines += ["| parameter | is | default | |", "|---|---|---|---|"]
        for param in spec.params:
            default = "required" if param.default is REQUIRED else f"`{spelled(param.default)}`"
            lines.append(f"| `{param.name}` | {param.kind.value} | {default} | {param.doc} |")
        lines.append("")
    facts = sorted(fact.value for fact in spec.facts)
    lines += [f"Facts: {'; '.join(facts)}.", ""] if facts else []
    examples = "`, `".join(case.text for case in spec.cases[:4])
    lines += [f"For example `{examples}`. Ranks: {', '.join(map(str, spec.ranks))}.", ""]
    return "\n".join(lines)


def errors_page() -> str:
    """Every code, with its examples."""
    parts = [NOTE, "# Errors\n", "`snapc explain CODE` prints the same.\n"]
    for code, entry in CODES.items():
        parts.append(f"## {code}: {entry.title}\n\n{entry.text}\n")
        if entry.wrong and len(entry.wrong) < 100:
            shapes = "".join(f"  # --input {shape}" for shape in entry.inputs)
            parts.append(f'```snap title="rejected: {code}"\n{entry.wrong}{shapes}\n```\n')
            parts.append(f"Right:\n\n```snap\n{entry.right}{shapes}\n```\n")
    return "\n".join(parts)


def search_errors_page() -> str:
    """Every code of searches, with the configurations that are its examples."""
    from snapsearch.codes import CODES

    intro = (
        "`snapsearch explain CODE` prints the same. Codes of programs are "
        "[here](../reference/errors.md).\n"
    )
    parts = [NOTE, "# Errors of searches\n", intro]
    for code, entry in CODES.items():
        parts.append(f"## {code}: {entry.title}\n\n{entry.text}\n")
        if entry.wrong:
            parts.append(f'```toml title="rejected: {code}"\n{entry.wrong}\n```\n')
        if entry.right:
            parts.append(f"Right:\n\n```toml\n{entry.right}\n```\n")
    return "\n".join(parts)


def configuration_page() -> str:
    """Every key of a search's configuration, and the options of spaces and of every task."""
    from snapsearch.config.registry import TASKS, load
    from snapsearch.config.sections import Config
    from snapsearch.space.sections import FreeSection, TemplateSection

    parts = [NOTE, "# Configuration of searches\n", _CONFIGURATION]
    parts.append(_keys(Config.model_fields))
    for title, section in (("a free space", FreeSection), ("a template", TemplateSection)):
        own = {n: f for n, f in section.model_fields.items() if not n.startswith("max_")}
        limits = {n: f for n, f in section.model_fields.items() if n not in own}
        parts += [f"## `[space]` of {title}\n", f"{section.__doc__}\n", _keys({**own, **limits})]
    for name in TASKS:
        parts += [f"## `[task]` of `{name}`\n", f"{TASKS[name].summary.capitalize()}.\n"]
        parts.append(_keys(load("task", name, TASKS).options_type.model_fields))
    return "\n".join(parts + _of_strategies())


def _of_strategies() -> list[str]:
    from snapsearch.config.registry import STRATEGIES
    from snapsearch.run.listing import option_rows

    parts = []
    for name, entry in STRATEGIES.items():
        rows = [f"| `{n}` | `{d}` | {a} |" for n, d, a in option_rows("strategy", name)]
        parts += [f"## `[strategy]` of `{name}`\n", f"{_sentence(entry.summary)}\n"]
        head = ["| key | default | |", "|---|---|---|"]
        parts += ["\n".join(head + rows) + "\n" if rows else "It has no options.\n"]
    return parts


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."


_CONFIGURATION = """A TOML file, flags, or both; flags win. `--set task.width=32` sets any key.
A name alone (`task = "digits"`) is a table with a name; `space = "cell.snap"` one with a `file`.

`[space]` holds `symbols` and `length` of a free space, or `file` (and perhaps `block`) of a
template, or its text as `template`; and the limits `max_nodes`, `max_params`, `max_macs`, the last
two with the `sizes` that they are counted at (limits, `sizes` and `same` alone are put on the
task's own space, counted at the task's input); or `name = "module:function"`, which returns a
`snapsearch.Space`. Its keys stand below. `[strategy]` holds the strategy's own options beside its
`name`, `[engine]` those of an engine; `module:Class` is one of yours. The same tables are printed
by `snapsearch strategies latent` and `snapsearch tasks digits`.
"""


def _keys(fields: dict[str, Any]) -> str:
    lines = ["| key | default | |", "|---|---|---|"]
    for name, info in fields.items():
        default = info.default
        if info.is_required():
            shown = "required"
        elif name in ("task", "strategy", "engine"):
            shown = f"`{default.name}`"
        else:
            shown = f"`{list(default) if isinstance(default, tuple) else default!r}`"
        lines.append(f"| `{name}` | {shown} | {info.description} |")
    return "\n".join(lines) + "\n"


def facts_page() -> str:
    """Every fact about ops: what it promises, and what it needs of a declaration."""
    parts = [NOTE, _FACTS, "| fact | promises | needs | implies |\n|---|---|---|---|"]
    for fact, row in FACTS.items():
        needs = "; ".join(need.text for need in row.needs)
        implied = ", ".join(f"`{other.name}`" for other in sorted(row.implies, key=str))
        parts.append(f"| `{fact.name}` | {fact.value} | {needs} | {implied} |")
    return "\n".join(parts) + "\n"


_FACTS = """# Facts about ops

Facts are promises of an op's function, for all inputs and all weights; the laws of sameness are
switched on by them. A function cannot be seen through: a promise that it does not keep makes wrong
verdicts. What a fact needs of the declaration can, and is checked when the op is declared (E906).

An op with `COMMUTATIVE`, `ASSOCIATIVE`, `MERGES_EQUAL` or `SUMS` that brings no shape rule takes
inputs of one shape. A rule of its own is held against the facts at every instance: in an op that is
`COMMUTATIVE` it gives the same for every order of the inputs, in one that is `IDEMPOTENT` it keeps
the shape that it gives, in one that is `MERGES_EQUAL` the shape of equal inputs.
"""


def python_page() -> str:
    """Every public name; the site fills in signatures and docstrings."""
    import snapsearch

    parts = [NOTE, _PYTHON]
    for package, head in ((snaplang, "snaplang"), (snapsearch, "snapsearch")):
        names = sorted(package.__all__, key=lambda n: (n[0].isupper(), n))
        parts += [f"## {head}\n", *(_public(getattr(package, name), name) for name in names)]
        if package is snaplang:
            parts += ["## snaplang.torch\n", "::: snaplang.torch.Block\n"]
            parts += ["## snaplang.batch\n", "::: snaplang.batch.vocabulary.Vocabulary\n"]
    return "\n".join(parts)


def _public(thing: Any, name: str) -> str:
    if not hasattr(thing, "__qualname__"):  # a type, or a constant
        return f"### {name}\n"
    return f"::: {thing.__module__}.{thing.__qualname__}\n"


_PYTHON = """# Python

The public names, with what they take and return. Functions stand first, classes after them.
`import snaplang as snap` and `from snapsearch import search` are how they are meant to be imported;
`snaplang.torch` needs PyTorch, `snaplang.batch` needs numba.
"""

PAGES = {
    "reference/python.md": python_page,
    "reference/ops.md": ops_page,
    "reference/facts.md": facts_page,
    "reference/errors.md": errors_page,
    "search/configuration.md": configuration_page,
    "search/errors.md": search_errors_page,
}

if __name__ == "__main__":
    for name, page in PAGES.items():
        (HERE / name).write_text(page(), "utf-8")
