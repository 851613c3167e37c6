"""The graph of op instances: what every backend, law and measure works on.

Values are numbered: the inputs first, then what the nodes leave, node by node in an order in which
every node stands behind its inputs. Graphs are frozen; syntax, names and words have left no trace
but `path` (the weights' names) and `span` (for messages).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ParamSpec, TypeVar

from snaplang.diagnostics import Diagnostic, SnapError, located
from snaplang.diagnostics.source import Span
from snaplang.dims import Dim, letter
from snaplang.ops.spec import Attrs, OpSpec, Shape, Weight

Given = ParamSpec("Given")
Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Node:
    """An instance of an op: value numbers in, value numbers out.

    `path` is where its weights live in a state_dict: `("basic2", "conv1")`.
    """

    op: OpSpec
    attrs: Attrs
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    path: tuple[str, ...] = field(default=(), compare=False)
    span: Span | None = field(default=None, compare=False, repr=False)

    def ask(
        self, callback: Callable[Given, Answer], *given: Given.args, **more: Given.kwargs
    ) -> Answer:
        """What a function of the op says; its failures are at this instance's place."""
        try:
            return callback(*given, **more)
        except SnapError as error:
            raise located(error, self.span) from error.__cause__

    @property
    def key(self) -> str:
        """The path as a state_dict spells it."""
        return ".".join(self.path)


@dataclass(frozen=True)
class Input:
    """An input: its name and whether the program or `--input` fixed its channels and rank.

    `written` are its spatial sizes as the program types them, None where it does not. With
    `as_written` a printed program says these, whatever sizes the input has.
    """

    name: str = field(compare=False)
    bound: bool = False
    written: tuple[Dim, ...] | None = field(default=None, compare=False)
    as_written: bool = field(default=False, compare=False)


@dataclass(frozen=True)
class Condition:
    """What sizes must meet: `left == right`, or `left` a multiple of `of` (`right` is then None).

    It holds whenever all letters are multiples of `modulus`; where `least` is given, it is
    `left >= least`, and `modulus` is 0.
    """

    left: Dim
    right: Dim | None
    of: int
    modulus: int
    what: str
    span: Span | None = field(default=None, compare=False, repr=False)
    least: int | None = None

    def __str__(self) -> str:
        if self.least is not None:
            return f"{self.left} >= {self.least}"
        if self.right is not None:
            return f"{self.left} = {self.right}"
        return f"{self.left} is a multiple of {self.of}" if self.of > 1 else f"{self.left} is whole"


@dataclass(frozen=True)
class Choice:
    """A choice of a search space, in one expanded place.

    `within` is the (choice number, alternative) it stands in, None at the top. `decided` is the
    alternative taken, None while it is open.
    """

    number: int
    name: str | None
    alternatives: tuple[str, ...]
    decided: int | None = None
    within: tuple[int, int] | None = None
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True)
class Misfit:
    """What is wrong with some members of a space, and the decisions of the first of them."""

    decisions: str
    problem: Diagnostic


@dataclass(frozen=True)
class Space:
    """What was found out about the members of a space; decisions are as `--choose` takes them.

    `shown` is the member that the graph stands for. `misfits` are the problems of members that do
    not fit, of which there are `members - fitting`; `conditions` what members demand of sizes that
    the one shown does not, with the first that does. If not `exact`, members differ in too many
    ways: some were tried, and the numbers are 0.
    """

    shown: str
    misfits: tuple[Misfit, ...] = ()
    members: int = 0
    fitting: int = 0
    conditions: tuple[tuple[str, Condition], ...] = ()
    exact: bool = True


@dataclass(frozen=True)
class Graph:
    """A checked architecture (or, while `open_choices` is not empty, the first member that fits).

    Graphs are equal if their nodes, shapes and conditions are, whatever names and paths say. A
    graph from a model has its weights: `state`, arrays by state_dict key; and `notes`, what
    there is to say about its reading. `space` is there while choices are open.
    """

    name: str = field(compare=False)
    inputs: tuple[Input, ...]
    nodes: tuple[Node, ...]
    outputs: tuple[int, ...]
    shapes: tuple[Shape, ...]
    width: Dim
    batch: Dim = field(default_factory=lambda: letter("N"))
    conditions: tuple[Condition, ...] = ()
    choices: tuple[Choice, ...] = ()
    output_names: tuple[str, ...] = ()
    state: Mapping[str, Any] | None = field(default=None, compare=False, repr=False)
    notes: tuple[str, ...] = field(default=(), compare=False, repr=False)
    space: Space | None = field(default=None, compare=False, repr=False)

    @property
    def bound(self) -> bool:
        """Every input's channels are numbers and its rank is known."""
        return all(i.bound for i in self.inputs)

    @property
    def open_choices(self) -> tuple[Choice, ...]:
        """The choices that nobody has made."""
        return tuple(c for c in self.choices if c.decided is None)

    @property
    def rank(self) -> int | None:
        """The rank of the first input; None where nothing fixes it."""
        return self.shapes[0].rank

    def input_shapes(self) -> tuple[Shape, ...]:
        """The shapes of the inputs."""
        return self.shapes[: len(self.inputs)]

    def shapes_of(self, values: tuple[int, ...]) -> tuple[Shape, ...]:
        """The shapes of some values."""
        return tuple(self.shapes[v] for v in values)

    def weights(self, node: Node) -> tuple[Weight, ...]:
        """What a node owns."""
        return node.ask(node.op.weights, node.attrs, self.shapes_of(node.inputs))

    def letters(self) -> tuple[str, ...]:
        """All letters of the inputs' shapes, in order of appearance, the batch first."""
        seen: dict[str, None] = dict.fromkeys(sorted(self.batch.letters()))
        for shape in self.input_shapes():
            for size in (shape.channels, *shape.spatial):
                seen |= dict.fromkeys(sorted(size.letters()))
        return tuple(seen)

    def users(self) -> dict[int, list[int]]:
        """For each value the nodes that read it, in order; once per reading."""
        users: dict[int, list[int]] = {v: [] for v in range(len(self.shapes))}
        for i, node in enumerate(self.nodes):
            for value in node.inputs:
                users[value].append(i)
        return users

    def live(self) -> Graph:
        """The graph without nodes that no output needs; values are renumbered."""
        keep = self.live_nodes()
        return rebuild(self, keep) if len(keep) < len(self.nodes) else self

    def live_nodes(self) -> list[Node]:
        """The nodes that some output needs, in order."""
        nodes = self.nodes
        return [nodes[number] for number in needed(nodes, self.outputs)]


def needed(nodes: Sequence[Node], outputs: Iterable[int]) -> list[int]:
    """The numbers, in order, of the nodes that some of the outputs needs."""
    wanted = set(outputs)
    found = []
    for number in range(len(nodes) - 1, -1, -1):
        node = nodes[number]
        if not wanted.isdisjoint(node.outputs):
            wanted.update(node.inputs)
            found.append(number)
    found.reverse()
    return found


def rebuild(graph: Graph, nodes: list[Node]) -> Graph:
    """`graph` with a sublist of its nodes, values renumbered."""
    count = len(graph.inputs)
    number = {v: v for v in range(count)}
    shapes = list(graph.shapes[:count])
    fresh: list[Node] = []
    for node in nodes:
        inputs = tuple(number[v] for v in node.inputs)
        for value in node.outputs:
            number[value] = len(shapes)
            shapes.append(graph.shapes[value])
        outputs = tuple(number[v] for v in node.outputs)
        fresh.append(replace(node, inputs=inputs, outputs=outputs))
    outs = tuple(number[v] for v in graph.outputs)
    return replace(graph, nodes=tuple(fresh), shapes=tuple(shapes), outputs=outs)


def problems(graph: Graph) -> Iterator[str]:
    """What is malformed about a graph: an op's arity, the order of values, their numbering."""
    known = len(graph.inputs)
    for node in graph.nodes:
        if len(node.inputs) != node.op.input_count(node.attrs):
            yield f"{node.key}: {node.op.name} takes {node.op.input_count(node.attrs)} inputs"
        if any(not 0 <= v < known for v in node.inputs):
            yield f"{node.key}: an input is not defined before its use"
        if node.outputs != tuple(range(known, known + node.op.output_count(node.attrs))):
            yield f"{node.key}: its outputs are not numbered in order"
        known += len(node.outputs)
    if known != len(graph.shapes):
        yield f"{known} values but {len(graph.shapes)} shapes"
    if not graph.inputs or not graph.outputs or any(not 0 <= v < known for v in graph.outputs):
        yield "inputs or outputs are missing or undefined"


def validate(graph: Graph) -> Graph:
    """The graph itself; a `ValueError` names everything that is malformed."""
    found = list(problems(graph))
    if found:
        raise ValueError("; ".join(found))
    return graph
