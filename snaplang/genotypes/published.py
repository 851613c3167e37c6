"""Published encodings of cells to SNAP programs: `snap.from_genotype` and `snapc import`.

>>> program = from_genotype("nb201", 0)
>>> print(program.source.text.splitlines()[-2].strip())
n0 norconv1 n1 n2 add3
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from snaplang.diagnostics.source import Source
from snaplang.genotypes import macro, nb101, nb201
from snaplang.genotypes.cells import genotype
from snaplang.genotypes.literals import literal, plain, rejected
from snaplang.lowering.words import read_source
from snaplang.syntax import Program
from snaplang.syntax.formatter import formatted_source
from snaplang.syntax.parser import parse

KINDS = ("nasnet", "amoebanet", "darts", "pnas", "nb101", "nb201")
_TITLES = {"nasnet": "NASNet", "amoebanet": "AmoebaNet", "darts": "DARTS", "pnas": "PNAS"}


def from_genotype(
    kind: str,
    data: Any,
    network: str | None = None,
    channels: int | None = None,
    cells: int | None = None,
) -> Program:
    """A program from a published encoding.

    `kind` is one of `nasnet`, `amoebanet`, `darts`, `pnas`, `nb101`, `nb201`; `data` its encoding,
    as objects, as text (JSON, or what Python prints, read and never evaluated) or as a file of such
    text. Without `network`
    the program has the cells as blocks; with "cifar" or "imagenet" it is the whole network, of
    `cells` cells (nb101, nb201: cells in each of three stages) from `channels` channels. Raises
    `SnapError`.
    """
    if kind not in KINDS:
        raise rejected(f"`{kind}` is no kind of genotype", "there are " + ", ".join(KINDS))
    if network not in (None, *macro.NETWORKS):
        raise rejected(f"`{network}` is no network", "there are " + ", ".join(macro.NETWORKS))
    if isinstance(data, os.PathLike):
        data = read_source(Path(data)).text
    arch = kind == "nb201" and isinstance(data, str) and data.strip().startswith("|")
    if isinstance(data, str) and not arch:
        data = literal(data)
    text = _text(kind, plain(data), network, channels, cells)
    return parse(Source(f"<{kind}>", formatted_source(Source(f"<{kind}>", text))))


def _text(
    kind: str, data: Any, network: str | None, channels: int | None, cells: int | None
) -> str:
    if kind == "nb201":
        return nb201.program(data, network, channels, cells)
    if kind == "nb101":
        return nb101.program(data, network, channels, cells)
    zero = kind == "darts"
    found = genotype(data, single=kind == "pnas", none_is_zero=zero)
    title = f"Cells of {_TITLES[kind]}" + (" and the network" if network else "")
    return macro.program(title, found, network, channels, cells, zero)
