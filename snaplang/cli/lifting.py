"""The command of `snapc` that brings what others wrote into SNAP: `import`."""

from __future__ import annotations

import re
from pathlib import Path

import click

from snaplang.cli.options import Command, refuse
from snaplang.cli.outputs import standard_input
from snaplang.cli.target import deliver, suited
from snaplang.diagnostics import SnapError, fail
from snaplang.genotypes.macro import NETWORKS
from snaplang.genotypes.published import KINDS, from_genotype
from snaplang.lowering.words import decode, read_source

_FILE = re.compile(r"[\w./\\ -]*[./\\][\w./\\ -]*[^\d\W]\w*\Z")  # a path or a name with a suffix


@click.command("import", cls=Command)
@click.argument("kind", metavar="FORMAT", type=click.Choice(KINDS))
@click.argument("source", metavar="SOURCE")
@click.option(
    "--network", type=click.Choice(sorted(NETWORKS)), help="The whole network, not its cells."
)
@click.option("--channels", type=int, help="Channels of the first cell.")
@click.option("--cells", type=int, help="How many cells; of each stage for nb101 and nb201.")
@click.option("-o", "output", metavar="OUT", help="The output file. Default: standard output.")
def import_(
    kind: str,
    source: str,
    network: str | None,
    channels: int | None,
    cells: int | None,
    output: str | None,
) -> None:
    """Print a published cell, or its network, as a SNAP program.

    FORMAT is nasnet, amoebanet, darts, pnas, nb101 or nb201. SOURCE is a file, `-`, or the data
    itself: JSON, what Python prints, a string or an index of NAS-Bench-201.

    \b
    snapc import darts genotype.txt --network cifar -o network.snap
    snapc import nb201 "|nor_conv_3x3~0|+|none~0|skip_connect~1|+|none~0|none~1|skip_connect~2|"
    snapc import nb201 1462 --network cifar | snapc - --emit stats --input N,3,32,32
    """
    if network is None:
        refuse(["cells"], "is for a --network")
    suited("snap", output)
    data = _data(source)
    try:
        text = from_genotype(kind, data, network, channels, cells).source.text
    except SnapError:
        if data == source and _FILE.match(source):
            raise fail("E601", f"cannot read `{source}`: No such file or directory") from None
        raise
    deliver(None if output is None or output == "-" else Path(output), text.encode())


def _data(source: str) -> str:
    """The text that SOURCE names, or is; raises `SnapError` for a file that is no text."""
    if source == "-":
        return decode(standard_input(), "<stdin>", Path()).text
    try:
        there = 0 < len(source) < 4096 and Path(source).exists()
    except (OSError, ValueError):
        there = False
    return read_source(Path(source)).text if there else source
