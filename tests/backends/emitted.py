"""What tests of emitted PyTorch source share: running it, and holding its comments to the truth.

`checked` rewrites source so that every shape in a comment is compared with the tensor beside it.
"""

from __future__ import annotations

import ast
import re
from math import ceil, floor
from types import SimpleNamespace
from typing import Any

import torch
from torch import nn

_LINE = re.compile(r"( {8})(.+?) = .*  # (.*\[.*\])$")
_HEAD = re.compile(r"    def forward\(self, (\w+): Tensor\) -> .*:  # (\[.*\])$")
_INPUT = re.compile(r"        # (\w+): (\[.*\])$")


def run(source: str, **names: Any) -> dict[str, Any]:
    """The namespace that a source leaves."""
    namespace: dict[str, Any] = {"__name__": "emitted", **names}
    exec(compile(source, "<emitted>", "exec"), namespace)
    return namespace


def module(source: str, name: str, **names: Any) -> nn.Module:
    """An instance of a class of a source."""
    made: nn.Module = run(source, **names)[name]()
    return made


class Comments:
    """Counts the comments that were held against a tensor."""

    def __init__(self) -> None:
        self.seen = 0

    def sizes(self, owner: Any) -> dict[str, Any]:
        """What names mean in the comments of this call."""
        return {"ceil": ceil, "floor": floor, **getattr(owner, "_given", {})}

    def check(self, known: dict[str, Any], text: str, *tensors: torch.Tensor) -> None:
        """Compare shapes; a letter that is met alone for the first time takes its size."""
        count = re.match(r"(\d+) x ", text)
        texts = [text[count.end() :]] * int(count[1]) if count else re.findall(r"\[.*?\]", text)
        assert len(texts) == len(tensors), text
        for shape, tensor in zip(texts, tensors, strict=True):
            sizes = shape.strip("[]").split(", ")
            assert len(sizes) == tensor.dim(), text
            for size, found in zip(sizes, tensor.shape, strict=True):
                if size.isidentifier():
                    known.setdefault(size, found)
                wanted = eval(size, dict(known))
                assert wanted == found, f"{text} is {tuple(tensor.shape)}"
            self.seen += 1


def checked(source: str) -> tuple[str, Comments]:
    """The source with a check behind every line whose comment tells a shape.

    Executed with the second result as `comments`.
    """
    lines = []
    for line in source.split("\n"):
        lines.append(line)
        head, given, code = _HEAD.match(line), _INPUT.match(line), _LINE.match(line)
        if head or (line.startswith("    def forward(") and line.endswith(":")):
            lines.append("        known = comments.sizes(self)")
        if head:
            lines.append(f"        comments.check(known, {head[2]!r}, {head[1]})")
        elif given:
            lines.append(f"        comments.check(known, {given[2]!r}, {given[1]})")
        elif code and "_" not in code[2].split(", "):
            lines.append(f"{code[1]}comments.check(known, {code[3]!r}, {code[2]})")
        elif line == "        super().__init__()":
            lines.append("        self._given = {k: v for k, v in locals().items() if k != 'self'}")
    return "\n".join(lines), Comments()


def names_used(source: str) -> SimpleNamespace:
    """What a source imports, defines and reads, for tests of its tidiness."""
    tree = ast.parse(source)
    imported = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom) and node.names[0].name != "annotations"
        for alias in node.names
    }
    read = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    defined = [n.name for n in tree.body if isinstance(n, ast.ClassDef | ast.FunctionDef)]
    return SimpleNamespace(imported=imported, read=read, defined=defined)
