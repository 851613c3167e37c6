"""The commands of `snapc` about sameness: `hash`, `equal` and `count`."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any

import click

from snaplang.cli.options import (
    Command,
    lowering,
    read_once,
    refuse,
    refuse_unused,
    request,
    tell_notes,
    with_source,
)
from snaplang.cli.outputs import Request, read
from snaplang.diagnostics import Diagnostic, SnapError
from snaplang.graph import Graph
from snaplang.printing.header import input_texts

REJECTED = 3


@click.command("hash", cls=Command)
@click.argument("files", nargs=-1, metavar="FILE…")
@click.option("-e", "programs", multiple=True, metavar="PROGRAM", help="A program. Repeatable.")
@lowering
def hash_(files: Sequence[str], programs: Sequence[str], **options: Any) -> None:
    """Print the fingerprint of each FILE: equal if and only if the architectures are.

    Of a file with several blocks each is printed, its name behind the file's. Without --input the
    fingerprint is that of the family, with it that of the member.

    \b
    snapc hash examples/*.snap
    snapc hash --level structure -e "dup conv3 add" -e "-> a a a conv3 add"
    snapc hash --input N,64,H,W block.snap
    snapc hash model.onnx
    """
    from snaplang.api import fingerprint

    found: list[Diagnostic] = []
    for wanted in _requests(files, programs, options):
        try:
            names = wanted.blocks()
            for name in names:
                behind = f" {name}" if len(names) > 1 else ""
                value = fingerprint(wanted.graph(name), wanted.level)
                click.echo(f"{value} {wanted.name}{behind}")
            tell_notes(wanted)
        except SnapError as error:
            found += error.diagnostics
    if found:
        raise SnapError(found)


def _requests(files: Sequence[str], programs: Sequence[str], options: Any) -> list[Request]:
    if not files and not programs:
        raise click.UsageError("give a FILE, or a program with -e")
    read_once(files)
    found = [request(file, None, options) for file in files]
    found += [request(None, program, options) for program in programs]
    refuse_unused(found)
    return found


@click.command(
    cls=Command,
    epilog="Exit code: 0 the same, 1 not the same, 2 wrong usage, 3 a side was rejected.",
)
@click.argument("files", nargs=-1, metavar="A B")
@click.option("-e", "programs", multiple=True, metavar="PROGRAM", help="A side that is a program.")
@lowering
def equal(files: Sequence[str], programs: Sequence[str], **options: Any) -> None:
    """Tell whether A and B are the same architecture, and if not, where they part first.

    Where one side's inputs are bound and the other's are open, the open side is bound to them.

    \b
    snapc equal mine.snap yours.snap
    snapc equal examples/residual_basic.snap -e "dup conv3 bn relu conv3 bn add relu"
    snapc equal --level structure a.snap b.snap
    snapc equal block.snap model.onnx
    """
    from snaplang.api import explain_difference, fingerprint
    from snaplang.canonical.pairs import matched

    wanted = _requests(files, programs, options)
    if len(wanted) != 2:
        raise click.UsageError(f"equal compares two programs, not {len(wanted)}")
    labels = ("<left>", "<right>")  # what a program given with -e is called in messages
    sides = [replace(side, label=label) for side, label in zip(wanted, labels, strict=True)]
    with _rejected():
        left, right = matched(*map(_side, sides))
        difference = explain_difference(left, right, options["level"])
        found = fingerprint(left, options["level"]) if difference is None else ""
    for side in sides:
        tell_notes(side)
    if click.get_current_context().find_root().obj == "json":
        record = {"same": True, "fingerprint": found} if difference is None else difference.record()
        click.echo(json.dumps(record, indent=2, ensure_ascii=False))
    else:
        click.echo(f"the same: {found}" if difference is None else f"not the same: {difference}")
    if difference is not None:
        sys.exit(1)


@contextmanager
def _rejected() -> Iterator[None]:
    """Errors of a side have an exit code of their own."""
    try:
        yield
    except SnapError as error:
        error.exit_code = REJECTED
        raise


def _side(wanted: Request) -> Callable[[Graph | None], Graph]:
    """A request as a side of a comparison: lowered as it is, or on the inputs of the other side.

    Decisions are for the sides that have choices.
    """
    if wanted.choose and wanted.choose != "random":
        open_ = replace(wanted, choose=None)
        with suppress(SnapError):  # errors are reported when it is lowered
            wanted = wanted if open_.graph().choices else open_

    def lowered(other: Graph | None) -> Graph:
        if other is None or wanted.inputs or wanted.is_model:
            return wanted.graph()
        return replace(wanted, inputs=tuple(input_texts(other))).graph()

    return lowered


@click.command(cls=Command)
@with_source
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option(
    "--limit",
    type=int,
    default=1_000_000,
    show_default=True,
    help="Stop beyond so many programs; of one length, for a vocabulary, so many different stacks.",
)
@click.option(
    "--vocabulary", metavar="SYMBOLS", help="A free space: all programs of these symbols."
)
@click.option("--max-length", type=click.IntRange(0), help="The length of the longest of them.")
def count(
    file: str | None,
    program: str | None,
    as_json: bool,
    limit: int,
    vocabulary: str | None,
    max_length: int | None,
    **options: Any,
) -> None:
    """Count the programs of a space, and how many architectures they are.

    A space is a FILE with choices, or all programs over a vocabulary that are well-typed and leave
    one tensor.

    \b
    snapc count examples/spaces/nb201.snap --block cell
    snapc count --vocabulary "dup swap add conv3 relu" --max-length 9
    """
    from snaplang.cli import counting

    if (vocabulary is None) != (max_length is None):
        raise click.UsageError("--vocabulary and --max-length go together")
    found: counting.Count | counting.CountTable
    if vocabulary is None:
        wanted = request(file, program, options)
        if wanted.is_model:
            read(file or "")  # which says that a model is no space
        refuse_unused([wanted])
        found = counting.space(wanted, limit, _ticking)
    elif file is not None or program is not None:
        raise click.UsageError("give a FILE or a --vocabulary, not both")
    else:
        of_files = ("block", "sets", "choose", "seed", "inference", "opaque")
        refuse(of_files, "is for a FILE, not for a --vocabulary")
        found = counting.free_space(
            vocabulary, max_length or 0, options["inputs"], options["level"], limit, _ticking
        )
    click.echo(found.as_json() if as_json else found.as_text())


@contextmanager
def _ticking(total: int, label: str) -> Iterator[Callable[[int], None]]:
    """A progress bar on a terminal, nothing elsewhere."""
    if not sys.stderr.isatty():
        yield lambda step: None
        return
    with click.progressbar(length=total, label=label, file=sys.stderr) as bar:
        yield bar.update
