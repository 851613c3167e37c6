"""Options that commands of `snapc` share, and the requests they make."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import click

from snaplang.outputs import Request

_SOURCE = [
    click.argument("file", required=False),
    click.option(
        "-e",
        "program",
        metavar="PROGRAM",
        multiple=True,
        callback=lambda ctx, param, values: _single(values),
        help="The program itself, instead of a file.",
    ),
]
_LOWERING = [
    click.option("--block", metavar="NAME", help="Which of several blocks."),
    click.option(
        "--input",
        "inputs",
        multiple=True,
        metavar="SHAPE",
        help="An input's shape, `N,64,H,W` or `h0=N,64,H,W`; letters stay dynamic. Repeatable.",
    ),
    click.option(
        "--set",
        "sets",
        multiple=True,
        metavar="NAME=VALUE",
        help="A parameter's value. Repeatable.",
    ),
    click.option("--choose", metavar="…", help="Decide choices: `0,2,1`, `p=2` or `random`."),
    click.option("--seed", type=int, default=0, show_default=True, help="For weights and choices."),
]
_LEVEL = click.option(
    "--level",
    type=click.Choice(["structure", "algebra"]),
    default="algebra",
    show_default=True,
    help="What makes architectures the same: the graph alone, or the laws of algebra too.",
)
INFERENCE = click.option(
    "--inference", is_flag=True, help="Without what does nothing in eval mode."
)


_OPAQUE = click.option(
    "--opaque", is_flag=True, help="Of a model, keep ops that no symbol stands for as they are."
)


def _single(programs: Sequence[str]) -> str | None:
    """The one program there may be."""
    if len(programs) > 1:
        raise click.UsageError(f"-e gives one program here, not {len(programs)}")
    return programs[0] if programs else None


def lowering(function: Any) -> Any:
    """The options that say how programs are lowered."""
    for option in reversed([*_LOWERING, _LEVEL, INFERENCE, _OPAQUE]):
        function = option(function)
    return function


def with_source(function: Any) -> Any:
    """A file or a program, and how it is lowered."""
    function = lowering(function)
    for option in reversed(_SOURCE):
        function = option(function)
    return function


def request(file: str | None, program: str | None, options: Mapping[str, Any]) -> Request:
    """The request that a command line makes of one program."""
    if (file is None) == (program is None):
        raise click.UsageError("give a FILE, or a program with -e")
    return Request(
        file,
        program,
        options["block"],
        tuple(options["inputs"]),
        _parameters(options["sets"]),
        options["choose"],
        options["seed"],
        options["inference"],
        level=options["level"],
        opaque=options["opaque"],
    )


def tell_notes(wanted: Request) -> None:
    """Say what there is to say of a model's reading, beside the output."""
    for note in wanted.notes:
        click.echo(f"note: {note}", err=True)


def _parameters(sets: Sequence[str]) -> dict[str, object]:
    pairs: dict[str, object] = {}
    for text in sets:
        name, equals, value = text.partition("=")
        if not equals or not name.strip():
            raise click.UsageError(f"--set takes NAME=VALUE, not {text!r}")
        pairs[name.strip()] = value
    return pairs
