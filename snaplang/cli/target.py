"""Where an output of `snapc` goes: what its name says, and writing it.

Nothing is made here; `outputs.py` says which suffixes mean what.
"""

from __future__ import annotations

import sys
from pathlib import Path

import click

from snaplang.cli.outputs import EMITTERS, suffixes

TEXT = ".txt"  # any text may be called so


def kind_of(output: str | None) -> str | None:
    """What to make, by the suffix of `-o`."""
    if output is None:
        return None
    known = suffixes()
    kind = known.get(Path(output).suffix.lower())
    if kind is None:
        names = ", ".join(sorted(known))
        raise click.UsageError(f"give --emit: {output!r} has none of the suffixes {names}")
    return kind


def suited(kind: str, output: str | None) -> None:
    """Raise where the suffix of `-o` means another kind of output."""
    suffix = Path(output or "").suffix.lower()
    other = suffixes().get(suffix)
    if other not in (None, kind) and (EMITTERS[kind].binary or suffix != TEXT):
        names = " or ".join(EMITTERS[kind].suffixes)
        message = f"{output!r} has the suffix of `{other}`, and this is `{kind}`: {names}"
        raise click.UsageError(message)


def target_of(kind: str, file: str | None, output: str | None) -> Path | None:
    """Where to write; None is standard output."""
    if output is not None:
        suited(kind, output)
        return None if output == "-" else Path(output)
    if not EMITTERS[kind].binary:
        return None
    if file is None or file == "-" or not Path(file).stem:
        raise click.UsageError(f"--emit {kind} needs -o where no file is given")
    suffix = EMITTERS[kind].suffixes[0]
    if file.endswith(suffix):
        raise click.UsageError(f"--emit {kind} would overwrite {file}; say where to with -o")
    return Path(file).with_suffix(suffix)


def deliver(target: Path | None, data: bytes, over: bool = False) -> None:
    """Write to a file or to standard output; with `over` a file may be what was read."""
    if target is None:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        return
    from snaplang.diagnostics.files import write

    write(target, data, over)
    if not over:
        click.echo(f"wrote {target}", err=True)
