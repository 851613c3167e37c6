"""The command `snapc`: reads arguments, calls the library, writes files, sets the exit code.

Nothing is computed here, and nothing else in the package prints or exits.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import click

from snaplang.cli.lifting import import_
from snaplang.cli.options import (
    TRUST,
    Command,
    read_once,
    refuse,
    request,
    tell_notes,
    with_source,
)
from snaplang.cli.outputs import EMITTERS, Request, readers
from snaplang.cli.same import count, equal, hash_
from snaplang.cli.target import deliver, kind_of, target_of
from snaplang.diagnostics import Diagnostic, SnapError
from snaplang.diagnostics.files import remembered
from snaplang.version import __version__

COMMAND = "compile"
INTERRUPTED = 130  # as shells count it: 128 and the number of the signal


class _Group(click.Group):
    """A group whose first argument may also be a file: then compiling is meant."""

    command_class = Command

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if args and args[0] not in self.commands and args[0] not in ("--help", "--version"):
            args = [COMMAND, *args]
        return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:  # no verdict, and click would exit with the code of one
            ctx.exit(INTERRUPTED)

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [name for name in self.commands if name != COMMAND]


@click.group(
    cls=_Group,
    context_settings={"help_option_names": ["-h", "--help"]},
    subcommand_metavar="FILE [OPTIONS] | COMMAND …",
)
@click.version_option(__version__, prog_name="snapc")
def snapc() -> None:
    """Compile SNAP programs: strings of symbols that describe neural-network blocks.

    \b
    snapc block.snap                       check it
    snapc block.snap --emit onnx           block.onnx beside it
    snapc block.snap -o block.py           plain PyTorch source
    snapc block.snap -o block.svg          a picture
    snapc -e "dup conv3 bn relu add" --input N,64,H,W --emit torch
    snapc net.snap --emit stats --input N,3,224,224
    snapc equal a.snap b.snap              the same architecture?
    snapc model.onnx --emit snap           a model as a program

    `snapc compile --help` lists the options; a file named like a command is `./check`.
    """


@snapc.command(COMMAND, epilog="Exit code: 0 done, 1 the program was rejected, 2 wrong usage.")
@with_source
@click.option(
    "--emit",
    type=click.Choice(sorted(EMITTERS)),
    help="The kind of output. Default: what the suffix of -o says.",
)
@click.option("-o", "output", metavar="OUT", help="The output file; `-` is standard output.")
@click.option("--weights", metavar="FILE", help="A safetensors file with the module's state_dict.")
@click.option("--opset", type=int, help="The ONNX opset, 18 or newer.")
def compile_(
    file: str | None,
    program: str | None,
    emit: str | None,
    output: str | None,
    weights: str | None,
    opset: int | None,
    **options: Any,
) -> None:
    """Compile FILE (`-` is standard input): to ONNX, PyTorch source, a picture, figures.

    FILE may also be an ONNX model (`.onnx`), which is lifted first, with its weights.

    \b
    snapc block.snap --emit onnx
    snapc block.snap --emit torch --input N,64,H,W > block.py
    snapc block.snap -o block.onnx --weights block.safetensors --opset 20
    snapc cells.snap --block reduction --set c=32 -o reduction.png
    snapc space.snap --choose random --seed 7 --emit onnx
    snapc model.onnx -o model.py && snapc model.onnx -o model.safetensors
    """
    wanted = request(file, program, {**options, "weights": weights, "opset": opset})
    kind = emit or kind_of(output)
    _refuse_unread(kind, wanted)
    if kind is None:
        _check([wanted])
        return
    target = target_of(kind, file, output)
    data = EMITTERS[kind].make(wanted)
    tell_notes(wanted)
    deliver(target, data)


def _refuse_unread(kind: str | None, wanted: Request) -> None:
    """Raise for an option that what is to be made does not depend on."""
    reads = EMITTERS[kind].reads if kind else frozenset()
    if "seed" in reads and wanted.choose != "random":
        if wanted.weights is not None:
            refuse(["seed"], "draws weights, and --weights gives them")
        if wanted.is_model:
            refuse(["seed"], "draws weights, and a model has its own")
    for name, kinds in readers().items():
        if name not in reads and not (name == "seed" and wanted.choose == "random"):
            random = ", or `--choose random`" if name == "seed" else ""
            refuse([name], f"is for --emit {' or '.join(kinds)}{random}")
    if not wanted.is_model:
        refuse(["opaque"], "is for models, `.onnx` files")


def _check(requests: Sequence[Request]) -> None:
    """Check every block of every request; report all errors at once."""
    from snaplang.cli.outputs import check

    found: list[Diagnostic] = []
    for wanted in requests:
        try:
            for line in check(wanted):
                click.echo(line)
            tell_notes(wanted)
        except SnapError as error:
            found += error.diagnostics
    if found:
        raise SnapError(found)
    if click.get_current_context().find_root().obj == "json":
        click.echo("[]", err=True)


@snapc.command()
@click.argument("files", nargs=-1, metavar="FILE…")
@click.option("-e", "programs", multiple=True, metavar="PROGRAM", help="A program. Repeatable.")
@TRUST
def check(files: Sequence[str], programs: Sequence[str]) -> None:
    """Check every block of each FILE; list shapes, conditions and choices.

    \b
    snapc check examples/*.snap
    snapc check --diagnostics json block.snap
    """
    if not files and not programs:
        raise click.UsageError("give a FILE, or a program with -e")
    read_once(files)
    _check([*map(Request, files), *(Request(None, program) for program in programs)])


@snapc.command()
@click.option("--check", "only", is_flag=True, help="Change nothing; exit 1 if something would.")
@click.argument("files", nargs=-1, metavar="FILE…")
@click.option("-e", "programs", multiple=True, metavar="PROGRAM", help="A program. Repeatable.")
def fmt(only: bool, files: Sequence[str], programs: Sequence[str]) -> None:
    """Set each FILE well, in place: spaces, indentation, blank lines. Comments stay.

    \b
    snapc fmt block.snap
    snapc fmt --check examples/*.snap
    snapc fmt - < block.snap
    snapc fmt -e "dup   conv3 add"
    """
    if not files and not programs:
        raise click.UsageError("give a FILE, or a program with -e")
    from snaplang.cli.outputs import reformatted

    read_once(files)
    found: list[Diagnostic] = []
    different = False
    for file, program in [*((f, None) for f in files), *((None, p) for p in programs)]:
        try:
            before, after = reformatted(file or "<program>", program)
        except SnapError as error:
            found += error.diagnostics
            continue
        if file in (None, "-") and not only:
            deliver(None, after)
        elif before != after:
            different = True
            name = file or "<program>"
            click.echo(f"would change {name}" if only else f"changed {name}", err=True)
            if file is not None and not only:
                deliver(Path(file), after, over=True)
    if found:
        raise SnapError(found)
    if only and different:
        sys.exit(1)


@snapc.command()
@click.argument("names", nargs=-1, metavar="[NAME…]")
def ops(names: Sequence[str]) -> None:
    """List the symbols, or explain some.

    \b
    snapc ops
    snapc ops conv maxpool sepconv
    """
    from snaplang.cli.catalogue import details, overview

    click.echo("\n\n".join(details(name) for name in names) if names else overview())


@snapc.command()
@click.argument("code")
def explain(code: str) -> None:
    """Explain an error CODE, with an example that is wrong and one that is right.

    \b
    snapc explain E202
    """
    from snaplang.diagnostics.codes import CODES, explanation

    if code.upper() not in CODES:
        raise click.UsageError(f"there is no code {code}; there are " + ", ".join(CODES))
    click.echo(explanation(code.upper()))


for command in (hash_, equal, count, import_):
    snapc.add_command(command)


def _take_diagnostics(args: list[str]) -> tuple[list[str], str]:
    """Read `--diagnostics json|text`, which may stand anywhere; the rest, and the form."""
    rest: list[str] = []
    given: list[str] = []
    words = iter(args)
    for word in words:
        if word != "--diagnostics" and not word.startswith("--diagnostics="):
            rest.append(word)
            continue
        given.append(word.partition("=")[2] if "=" in word else next(words, ""))
    if len(given) > 1 or not {*given} <= {"json", "text"}:
        click.echo("Error: --diagnostics is `json` or `text`, once", err=True)
        sys.exit(2)
    return rest, given[0] if given else "text"


def _report(error: SnapError, form: str) -> None:
    from snaplang.diagnostics.render import as_json, as_text

    text = (as_json if form == "json" else as_text)(error.diagnostics)
    with suppress(AttributeError, OSError):  # nobody listens
        sys.stderr.buffer.write(text.encode("utf-8", "backslashreplace") + b"\n")
        sys.stderr.buffer.flush()


def _run(args: list[str], form: str) -> None:
    """Run `snapc`; what it wrote has arrived when this returns, or ends with an exit code."""
    if sys.stdout is None:
        raise SnapError(Diagnostic("E605", "cannot write standard output: it is closed"))
    if isinstance(sys.stdout, io.TextIOWrapper):  # names of files may be any bytes
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        with remembered():
            snapc.main(args or ["--help"], prog_name="snapc", obj=form)
    finally:
        sys.stdout.flush()


def main(args: Sequence[str] | None = None) -> None:
    """The entry point: runs `snapc` and exits with its code, never with a traceback."""
    rest, form = _take_diagnostics(list(sys.argv[1:] if args is None else args))
    try:
        _run(rest, form)
    except SnapError as error:
        _report(error, form)
        sys.exit(error.exit_code)
    except BrokenPipeError:
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115 - lives until the process ends
        sys.exit(1)
    except OSError as error:  # files have errors of their own: this is a stream
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115 - lives until the process ends
        message = f"cannot write standard output: {error.strerror or error}"
        _report(SnapError(Diagnostic("E605", message)), form)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except (Exception, RecursionError) as error:
        if os.environ.get("SNAPC_TRACEBACK"):
            raise
        what = f"{type(error).__name__}: {error}"
        hint = "this is a bug in snapc; SNAPC_TRACEBACK=1 shows where"
        _report(SnapError(Diagnostic("E999", f"internal error: {what}", hint=hint)), form)
        sys.exit(1)
