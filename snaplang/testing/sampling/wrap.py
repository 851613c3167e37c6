"""Structure around symbols: repeats, branches, words, bodies, blocks, choices, comments.

A run of symbols that makes no names means the same inside `{ … }*1`, in a word, or in a body that
is handed on; `dup relu` is `[ | relu ]`. Nothing here knows what the symbols do.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from snaplang.printing.header import Header


@dataclass(frozen=True)
class Fragment:
    """A symbol, or a structure around some.

    `unary`: it takes one tensor and leaves one; `keeps`: of the same shape. `word` is the shortest
    spelling of a wiring word.
    """

    text: str
    kind: str  # op, move, push, bind or group
    unary: bool = False
    keeps: bool = False
    word: str = ""
    bare: bool = True  # nothing in it needs a name or a letter from outside


@dataclass(frozen=True)
class Style:
    """How often a value gets a name, how many structures to put around, and whether choices."""

    names: float = 0.15
    wraps: int = 3
    choices: bool = False
    blocks: bool = True


@dataclass
class _Page:
    """Pieces in progress, and the definitions that they need."""

    rng: random.Random
    pieces: list[Fragment]
    fresh: Callable[[], str]
    definitions: list[str] = field(default_factory=list)
    alternatives: tuple[str, ...] = ()


def program(
    rng: random.Random,
    head: Header,
    pieces: list[Fragment],
    outputs: str,
    style: Style,
    fresh: Callable[[], str],
) -> str:
    """The text of a program: pieces structured, between header and outputs."""
    letters = set(re.findall(r"[A-Za-z_]\w*", " ".join(re.findall(r"\((.*?)\)", head.opening))))
    page = _Page(rng, [_marked(p, letters - {"c"}) for p in pieces], fresh)
    page.alternatives = tuple(dict.fromkeys(p.text for p in pieces if p.keeps))
    structures = [_branch, _branches, _repeated, _once, _word, _body, _nothing]
    if style.choices:
        structures += [_choice] * 4
    for _ in range(rng.randint(0, style.wraps)):
        rng.choice(structures)(page)
    body = _joined(rng, [head.opening, *(p.text for p in page.pieces), outputs])
    if head.closing:
        return _joined(rng, [*page.definitions, body, head.closing]) + "\n"
    if style.blocks and rng.random() > 0.9:
        body = f"block {fresh()} {{ {body} }}"
    return _joined(rng, [*page.definitions, body]) + "\n"


def _marked(piece: Fragment, letters: set[str]) -> Fragment:
    loose = piece.kind in ("push", "bind") or not letters.isdisjoint(re.findall(r"\w+", piece.text))
    return replace(piece, bare=not loose)


def _joined(rng: random.Random, texts: list[str]) -> str:
    """Symbols apart: mostly by a space, now and then by a new line or a comment."""
    shown = [text for text in texts if text]
    gaps = [*rng.choices((" ", "\n", "  # and then\n"), (40, 2, 1), k=len(shown)), ""]
    return "".join(gap + text for text, gap in zip(shown, ["", *gaps], strict=False))


def _replace(page: _Page, start: int, end: int, text: str) -> None:
    """Put a structure in the place of a run."""
    run = page.pieces[start:end]
    unary, keeps = all(p.unary for p in run), all(p.keeps for p in run)
    page.pieces[start:end] = [Fragment(text, "group", unary, keeps, "", all(p.bare for p in run))]


def _text(run: list[Fragment]) -> str:
    return " ".join(p.text for p in run)


def _some_run(page: _Page, fits: Callable[[Fragment], bool]) -> tuple[int, int] | None:
    """A few pieces in a row that all fit."""
    starts = [i for i, piece in enumerate(page.pieces) if fits(piece)]
    if not starts:
        return None
    start = page.rng.choice(starts)
    end, most = start + 1, start + page.rng.randint(1, 5)
    while end < min(most, len(page.pieces)) and fits(page.pieces[end]):
        end += 1
    return start, end


def _nameless(piece: Fragment) -> bool:
    return piece.kind != "bind"


def _bare(piece: Fragment) -> bool:
    return piece.bare


def _once(page: _Page) -> None:
    """`{ run }*1`."""
    found = _some_run(page, _nameless)
    if found:
        count = page.rng.choice(("1", "true", "(3 - 2)"))
        _replace(page, *found, f"{{ {_text(page.pieces[slice(*found)])} }}*{count}")


def _nothing(page: _Page) -> None:
    """`{ … }*0` anywhere."""
    at = page.rng.randint(0, len(page.pieces))
    text = page.rng.choice(("{ }*3", "{ relu drop }*0", "{ add }*false"))
    page.pieces.insert(at, Fragment(text, "group"))


def _repeated(page: _Page) -> None:
    """`{ run }*n` for a run that stands there n times."""
    texts = [p.text if p.kind != "bind" else object() for p in page.pieces]
    places = [
        (start, period)
        for period in (1, 2, 3)
        for start in range(len(texts) - 2 * period + 1)
        if texts[start : start + period] == texts[start + period : start + 2 * period]
    ]
    if not places:
        return
    start, period = page.rng.choice(places)
    count = 2
    while texts[start : start + period] == texts[start + count * period :][:period]:
        count += 1
    run = page.pieces[start : start + period]
    _replace(page, start, start + count * period, f"{{ {_text(run)} }}*{count}")


def _branch(page: _Page) -> None:
    """`dup a` is `[ | a ]`."""
    places = [i for i, p in enumerate(page.pieces) if p.word == "dup"]
    if places:
        start = page.rng.choice(places)
        end = _unary_from(page, start + 1)
        if end > start + 1:
            _replace(page, start, end, f"[ | {_text(page.pieces[start + 1 : end])} ]")


def _branches(page: _Page) -> None:
    """`dup a swap b` is `[ a | b ]`, with a third: `dup a over b rot c`."""
    for start in [i for i, p in enumerate(page.pieces) if p.word == "dup"]:
        series: list[str] = []
        at = start
        for word in ("swap",), ("over", "rot"):
            at, series = start, []
            for move in ("dup", *word):
                if at < len(page.pieces) and page.pieces[at].word == move:
                    end = _unary_from(page, at + 1)
                    series.append(_text(page.pieces[at + 1 : end]))
                    at = end
            if len(series) == 1 + len(word):
                _replace(page, start, at, f"[ {' | '.join(series)} ]")
                return


def _unary_from(page: _Page, start: int) -> int:
    """The end of the run of symbols from `start` on that take one tensor and leave one."""
    end = start
    while end < len(page.pieces) and page.pieces[end].unary:
        end += 1
    return end


def _word(page: _Page) -> None:
    """`def a { run }`, or `def a(k) { conv(k) }` for a symbol with a suffix."""
    found = _some_run(page, _bare)
    if not found:
        return
    run, name = page.pieces[slice(*found)], page.fresh()
    suffixed = re.fullmatch(r"([a-z]+)(\d+)(?:\((.*)\))?", run[0].text)
    if len(run) == 1 and run[0].kind == "op" and suffixed:
        op, number, rest = suffixed.groups()
        body = f"{op}(k, {rest})" if rest else f"{op}(k)"
        default, call = page.rng.choice((("", f"{name}{number}"), (f"={number}", name)))
        page.definitions.append(f"def {name}(k{default}) {{ {body} }}")
        _replace(page, *found, call)
        return
    page.definitions.append(f"def {name} {{ {_text(run)} }}")
    _replace(page, *found, name)


def _body(page: _Page) -> None:
    """`def a(body) { body }` and `a({ run })`."""
    found = _some_run(page, _nameless)
    if found:
        name = page.fresh()
        page.definitions.append(f"def {name}(body) {{ body }}")
        _replace(page, *found, f"{name}({{ {_text(page.pieces[slice(*found)])} }})")


def _choice(page: _Page) -> None:
    """`< symbol | other >`, where both leave the shape as it is."""
    places = [i for i, p in enumerate(page.pieces) if p.keeps]
    if places:
        at = page.rng.choice(places)
        name = f"{page.fresh()}: " if page.rng.random() > 0.7 else ""
        others = [
            page.rng.choice((*page.alternatives, "identity", ""))
            for _ in range(page.rng.randint(1, 2))
        ]
        series = [page.pieces[at].text, *others]
        _replace(page, at, at + 1, f"<{name}{' | '.join(series)}>")
