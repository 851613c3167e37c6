"""Networks around a block: stem, stages of the block repeated, reductions, head; as one SNAP text.

A block is any program from one tensor `[N, c, *S]` to one tensor with as many axes. Where it
changes its width it is followed by a projection, where it changes sizes its result is resized to
those of its input, so that it can be repeated; other programs are rejected. A bare program with so
many channels at its input (`in x(16, H, W);`) is taken at the width of each stage. This knows
nothing of training, and nothing of tensors: snaplang checks and compiles the text.

>>> network = Network(shape=(1, 8, 8), classes=10, width=16, stages=1, repeats=2)
>>> print(network.program("dup conv3 add"))
block cell {
dup conv3 add
}
block network {
    in x(1, H, W);
    x cbr(3, out=16)
    { cell }*2
    bn relu gap flatten linear(10)
}
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import snaplang as snap
from snapsearch.errors import SearchError
from snapsearch.tasks.base import Failure

LETTERS = {1: ("L",), 2: ("H", "W"), 3: ("D", "H", "W")}


@dataclass(frozen=True)
class Block:
    """A program's text with its words, and how it is called as a word: `cell`, `cell(c=16)`."""

    text: str
    name: str
    bound: bool  # `c` is a parameter, and has to be given
    words: frozenset[str]  # names that are taken

    def call(self, width: int) -> str:
        """The block as a word at a width."""
        return f"{self.name}(c={width})" if self.bound else self.name


@dataclass(frozen=True)
class Network:
    """How a network is built around a block.

    `shape` is that of one example, channels first: `(3, 32, 32)`; `classes` how many outputs there
    are. `width` is that of the first stage, doubled by every reduction; a stage repeats the block
    `repeats` times; `reduction` (`cbr(3, stride=2, out=W)`) stands between stages.
    """

    shape: tuple[int, ...]
    classes: int
    width: int = 16
    stages: int = 2
    repeats: int = 1

    def __post_init__(self) -> None:
        if len(self.shape) - 1 not in LETTERS:
            hint = "shapes are channels first: (3, 32, 32)"
            shape = ", ".join(map(str, self.shape))
            message = f"a network needs examples with 1 to 3 spatial axes, not ({shape})"
            raise SearchError("S209", message, hint=hint)

    @property
    def inputs(self) -> list[str]:
        """The shape of the network's input, as `snaplang.lower` takes it."""
        return [",".join(("N", *map(str, self.shape)))]

    def program(self, program: str) -> str:
        """The network's text: `block cell` and `block network`. Raises `Failure` (rejected)."""
        block = embedded(program)
        letters = LETTERS[len(self.shape) - 1]
        lines = [f"in x({self.shape[0]}, {', '.join(letters)});"]
        for stage in range(self.stages):
            width = self.width * 2**stage
            lines.append(("x " if stage == 0 else "") + reduction(width, 1 if stage == 0 else 2))
            lines.append(f"{{ {self._fitted(block, width)} }}*{self.repeats}")
        lines.append(f"bn relu gap flatten linear({self.classes})")
        name = _free("network", block.words | {block.name})
        body = "\n".join("    " + line for line in lines)
        return f"{block.text}\nblock {name} {{\n{body}\n}}"

    def name(self, program: str) -> str:
        """The name of the network's block in `program(program)`."""
        block = embedded(program)
        return _free("network", block.words | {block.name})

    def _fitted(self, block: Block, width: int) -> str:
        """The block, followed by what brings it back to its input's width and sizes."""
        axes = LETTERS[len(self.shape) - 1]
        given = f"N,{width},{','.join(axes)}"
        params: dict[str, object] = {"c": width} if block.bound else {}
        try:
            graph = snap.lower(block.text, [given], block.name, params=params)
        except snap.SnapError as error:
            raise Failure("rejected", first_line(error)) from error
        for what, many in (("inputs", len(graph.inputs)), ("outputs", len(graph.outputs))):
            if many != 1:
                raise Failure("rejected", f"the block has {many} {what}; a network needs one")
        came, left = graph.shapes[0], graph.shapes[graph.outputs[0]]
        if left.rank != came.rank:
            what = f"the block makes {left.text()} of {came.text()}; axes may not change"
            raise Failure("rejected", what)
        call = block.call(width)
        if left.spatial != came.spatial:
            call = f"dup {call} swap like"
        return call if left.channels == came.channels else f"{call} cb(1, out={width})"

    def count(self, program: str) -> dict[str, float]:
        """Parameters and MACs of the network for one example. Raises `Failure` (rejected)."""
        text = self.program(program)
        try:
            stats = snap.stats(text, inputs=self.inputs, block=self.name(program))
        except snap.SnapError as error:
            raise Failure("rejected", first_line(error)) from error
        counts = {"parameters": stats.params, "MACs": stats.macs}
        return {name: float(n) for name, n in counts.items() if isinstance(n, int)}


def reduction(width: int, stride: int) -> str:
    """A convolution to `width` channels; with a stride of 2 it halves the sizes."""
    return f"cbr(3, out={width})" if stride == 1 else f"cbr(3, stride={stride}, out={width})"


@lru_cache(maxsize=64)
def embedded(program: str) -> Block:
    """A program as a block beside others: its words kept, its body made a block if it is bare.

    Raises `Failure` (rejected) for what is no program or has several blocks.
    """
    try:
        parsed = snap.parse(program)
    except snap.SnapError as error:
        raise Failure("rejected", first_line(error)) from error
    definitions = parsed.tree.definitions
    words = frozenset(d.name for d in definitions)
    blocks = [d for d in definitions if d.kind == "block"]
    if len(blocks) > 1:
        names = ", ".join(d.name for d in blocks)
        raise Failure("rejected", f"the program has several blocks: {names}")
    if blocks:
        bound = any(p.name == "c" for p in blocks[0].parameters)
        return Block(program, blocks[0].name, bound, words)
    name = _free("cell", words)
    heads = [d.at[1] for d in definitions] + [u.at[1] for u in parsed.tree.uses]
    start = max(heads, default=0)
    program = _widened(program, parsed)
    head, body = program[:start].rstrip(), program[start:].strip("\n")
    text = (f"{head}\n" if head else "") + f"block {name} {{\n{body}\n}}"
    return Block(text, name, False, words)


def _widened(program: str, parsed: snap.Program) -> str:
    """A bare body whose input has a number of channels, with `c` in its place."""
    ports = parsed.tree.body.inputs.ports if parsed.tree.body.inputs else ()
    sizes = ports[0].sizes if len(ports) == 1 else None
    if not sizes:
        return program
    begin, end = sizes[0].at
    return program[:begin] + "c" + program[end:] if program[begin:end].isdigit() else program


def first_line(error: snap.SnapError) -> str:
    """Code and message of the first error."""
    return str(error).partition("\n")[0]


def _free(name: str, taken: frozenset[str]) -> str:
    while name in taken:
        name += "_"
    return name
