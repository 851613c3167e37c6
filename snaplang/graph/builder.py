"""Growing a graph: nodes, shapes and conditions, one op at a time.

`Assembly` applies an op to values: it runs the shape rule and appends a node. What an op makes of
arguments and shapes is worked out once in a process, whichever program asks. It knows nothing of
stacks, words or syntax. A value of -1 stands for a tensor that an error made unknown; ops on it say
nothing more.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache

from snaplang.diagnostics import Diagnostic, SnapError
from snaplang.diagnostics.source import Span
from snaplang.dims import Dim
from snaplang.graph.checks import Checked
from snaplang.graph.graph import Condition, Graph, Node
from snaplang.ops import TABLE
from snaplang.ops.resolve import MAX_WIDTH, Argument, asked_ranks, kernel_ranks, resolve
from snaplang.ops.spec import Attrs, OpSpec, Shape

UNKNOWN = -1
MAX_NODES = 100_000
MAX_STEPS = 400_000
REMEMBERED = 16_384  # ops with arguments, and on shapes: a process sees few
MANY = 256  # results, of which a process remembers no more
MAX_ATOMS = 500  # letters and floors in a size: strides and upsamplings in turn double them


@dataclass
class RankNeededError(Exception):
    """A tensor of open rank meets an argument with one size per axis: start again at that rank."""

    rank: int


@dataclass
class RejectedError(Exception):
    """An op that does not fit its inputs."""

    code: str
    message: str
    hint: str | None = None


@dataclass(frozen=True)
class Applied:
    """An op on inputs of certain shapes: the instance's op and attributes, and what it leaves."""

    op: OpSpec
    attrs: Attrs
    results: tuple[Shape, ...]
    conditions: tuple[Condition, ...]


@dataclass
class Assembly:
    """The nodes so far. `shapes[v]` is the shape of value `v`."""

    nodes: list[Node] = field(default_factory=list)
    shapes: list[Shape] = field(default_factory=list)
    conditions: list[Condition] = field(default_factory=list)

    @classmethod
    def of(cls, graph: Graph) -> Assembly:
        """What a graph is made of, to go on with."""
        return cls(list(graph.nodes), list(graph.shapes), list(graph.conditions))

    def mark(self) -> tuple[int, int, int]:
        """A state to come back to."""
        return len(self.nodes), len(self.shapes), len(self.conditions)

    def reset(self, mark: tuple[int, int, int]) -> None:
        """Forget what was added since `mark`."""
        del self.nodes[mark[0] :], self.shapes[mark[1] :], self.conditions[mark[2] :]

    def apply(
        self, spec: OpSpec, attrs: Attrs, inputs: tuple[int, ...], path: tuple[str, ...], span: Span
    ) -> tuple[int, ...]:
        """Append an instance and return its values; raises `RejectedError`."""
        shapes = tuple([self.shapes[v] for v in inputs])
        many = len(shapes) > MANY or spec.output_count(attrs) > MANY
        found = (applied.__wrapped__ if many else applied)(spec, attrs, shapes)
        if len(self.nodes) >= MAX_NODES:
            message = f"more than {MAX_NODES:,} nodes"
            raise SnapError(Diagnostic("E301", message, span, "repeat less"))
        if found.conditions:
            self.conditions += [replace(c, span=span) for c in found.conditions]
        first = len(self.shapes)
        outputs = tuple(range(first, first + len(found.results)))
        self.shapes += found.results
        self.nodes.append(Node(found.op, found.attrs, inputs, outputs, path, span))
        return outputs


def attributes(spec: OpSpec, given: Mapping[str, Argument], width: Dim) -> Attrs:
    """The resolved attributes; raises `ArgumentError`."""
    # bool and int hash alike, so the types are part of what is remembered
    return _attributes(spec, width, *[(n, type(v), v) for n, v in given.items()])


@lru_cache(maxsize=REMEMBERED)
def _attributes(spec: OpSpec, width: Dim, *given: tuple[str, type, Argument]) -> Attrs:
    return resolve(spec, {name: value for name, _, value in given}, width)


@lru_cache(maxsize=REMEMBERED)
def applied(spec: OpSpec, attrs: Attrs, shapes: tuple[Shape, ...]) -> Applied:
    """Check an op against its inputs' shapes; programs of a process share what was found."""
    _check_rank(spec, attrs, shapes)
    if spec.spells:
        spec, attrs = spelled(spec, attrs, shapes)
    rules = Checked(attrs, shapes, None)
    rules.widths(spec)
    try:
        results = spec.shape(rules)
    except SnapError as error:  # a user's rule
        (found,) = error.diagnostics
        raise RejectedError(found.code, found.message, found.hint) from error
    rules.filled(spec, results)
    if rules.complaint:
        raise RejectedError(*rules.complaint)
    for shape in dict.fromkeys(results):
        limit_size(shape)
    return Applied(spec, attrs, results, tuple(rules.conditions))


def _check_rank(spec: OpSpec, attrs: Attrs, shapes: tuple[Shape, ...]) -> None:
    for rank in asked_ranks(spec, attrs):
        for shape in shapes:
            if shape.open:
                raise RankNeededError(rank)
            if len(shape.spatial) != rank and rank in kernel_ranks(attrs):
                have = len(shape.spatial)
                message = f"it has sizes for {rank} axes, its input has {have}"
                raise RejectedError("E405", message)


def spelled(spec: OpSpec, attrs: Attrs, shapes: tuple[Shape, ...]) -> tuple[OpSpec, Attrs]:
    """The op that a derived symbol stands for, with all its attributes."""
    target = TABLE[spec.spells]
    derived = spec.derive(shapes)
    values = {
        p.name: derived[p.name] if p.name in derived else attrs[p.name] for p in target.params
    }
    return target, Attrs(values)


def limit_size(shape: Shape) -> None:
    """Reject sizes that no tensor has."""
    for size in (shape.channels, *shape.spatial):
        if len(size.terms) > 64 or size.atoms > MAX_ATOMS or size.beyond(MAX_WIDTH):
            text = str(size)
            shown = text if len(text) <= 40 else text[:37] + "..."
            raise RejectedError("E305", f"a size of {shown} is beyond all bounds")
