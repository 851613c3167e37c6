"""Options that commands of `snapc` share, and the requests they make."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from contextlib import nullcontext
from typing import Any

import click
from click.core import ParameterSource

from snaplang.cli.outputs import Request
from snaplang.diagnostics.files import trusted

_TRUSTED = "snaplang.trusted"


class Command(click.Command):
    """A command that says so where an option that has one value is given twice."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse, and raise a usage error for an option that is given again."""
        order = self.make_parser(ctx).parse_args(args=list(args))[2]
        for param, times in Counter(order).items():
            single = isinstance(param, click.Option) and not (param.multiple or param.is_flag)
            if times > 1 and single:
                raise click.UsageError(f"{param.opts[0]} is given {times} times", ctx)
        return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Run, with trust where `--trust` is given: it ends with the command."""
        with trusted() if ctx.meta.get(_TRUSTED) else nullcontext():
            return super().invoke(ctx)


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
    click.option(
        "--seed", type=int, default=0, show_default=True, help="Seed of weights and choices."
    ),
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


def _trust(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    if value:
        ctx.meta[_TRUSTED] = True


TRUST = click.option(
    "--trust",
    is_flag=True,
    expose_value=False,
    callback=_trust,
    help="Let `use` read files outside the program's folder.",
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
    for option in reversed([*_LOWERING, _LEVEL, INFERENCE, _OPAQUE, TRUST]):
        function = option(function)
    return function


def with_source(function: Any) -> Any:
    """A file or a program, and how it is lowered."""
    function = lowering(function)
    for option in reversed(_SOURCE):
        function = option(function)
    return function


def given(name: str) -> bool:
    """Whether an option of the command stands on the command line."""
    source = click.get_current_context().get_parameter_source(name)
    return source is ParameterSource.COMMANDLINE


def option_of(name: str) -> str:
    """How an option is written, by the name of its value."""
    params = click.get_current_context().command.params
    return next(p.opts[-1] for p in params if p.name == name)


def refuse(names: Collection[str], why: str) -> None:
    """Raise for an option among `names` that is given, and would be ignored."""
    for name in names:
        if given(name):
            raise click.UsageError(f"{option_of(name)} {why}")


def refuse_unused(sides: Sequence[Request]) -> None:
    """Raise for options that nothing depends on, of a command that draws no weights."""
    if not any(side.choose == "random" for side in sides):
        refuse(["seed"], "is for `--choose random` here")
    if not any(side.is_model for side in sides):
        refuse(["opaque"], "is for models, `.onnx` files")


def read_once(files: Sequence[str]) -> None:
    """Raise where standard input is to be read twice: it has one content."""
    if list(files).count("-") > 1:
        raise click.UsageError("`-` stands for standard input, which is read once")


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
        options.get("weights"),
        options.get("opset"),
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
        name = name.strip()
        if not equals or not name:
            raise click.UsageError(f"--set takes NAME=VALUE, not {text!r}")
        if name in pairs:
            raise click.UsageError(f"--set gives {name!r} twice")
        pairs[name] = value
    return pairs
