"""The text of a class: its constructor, and `forward` line by line with shapes beside.

Variables are reused as people do: a result takes the place of an input that is not needed again,
else the next free of x, y, z. Nothing is decided here about classes or parameters.

>>> from snaplang.api import lower
>>> from snaplang.backends.torch.classes import classes
>>> from snaplang.backends.torch.scopes import tree
>>> graph = lower("dup conv3 relu add", inputs=["N,8,H,W"])
>>> (made,) = classes(graph, tree(graph), "Net")
>>> print(class_text(graph, made, ["x"], {}))
class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(8, 8, 3, padding=1)
<BLANKLINE>
    def forward(self, x: Tensor) -> Tensor:  # [N, 8, H, W]
        y = self.conv1(x)  # [N, 8, H, W]
        y = F.relu(y)      # [N, 8, H, W]
        x = x + y          # [N, 8, H, W]
        return x
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from heapq import heappop, heappush
from itertools import count

from snaplang.backends.torch.classes import Class, ClassItem
from snaplang.backends.torch.code import Missing, arguments, literal, render, wrapped
from snaplang.backends.torch.names import assignment, reference
from snaplang.backends.torch.parameters import Expression
from snaplang.backends.torch.shapes import shape_texts
from snaplang.graph import Graph
from snaplang.ops.reserved import VARIABLES

WIDTH = 100
ALIGNED = 48  # comments stand in one column behind code up to this long


def class_text(
    graph: Graph,
    made: Class,
    inputs: Sequence[str],
    helpers: Mapping[str, str],
    checks: Sequence[str] = (),
) -> str:
    """A class. `inputs` name `forward`'s parameters, `helpers` the helpers, `checks` come first."""
    shapes = shape_texts(graph, made)
    lines = [f"class {made.name}(nn.Module):"]
    setup = list(_setup(made, helpers))
    if setup:
        lines += [*_signature(made), "        super().__init__()"]
        lines += [line for code in setup for line in wrapped(code, 8)]
        lines.append("")
    lines += _head(made, inputs, shapes)
    lines += [" " * 8 + line for line in checks]
    body, results = _body(made, inputs, helpers, shapes)
    lines += _commented(body)
    lines += wrapped(f"return {_tuple(results)}", 8)
    return "\n".join(lines)


def _tuple(names: Sequence[str]) -> str:
    text = ", ".join(names)
    return f"({text})" if len(text) > WIDTH - 20 else text


def input_names(made: Class) -> list[str]:
    """Names for the inputs of a word's class."""
    return [_variable(i) for i in range(len(made.order))]


def _variable(number: int) -> str:
    return VARIABLES[number] if number < len(VARIABLES) else f"t{number - len(VARIABLES) + 1}"


# -- constructor -----------------------------------------------------------------------------------


def _signature(made: Class) -> list[str]:
    given = ["self"]
    for p in made.parameters.found:
        default = "" if isinstance(p.default, Missing) else f" = {literal(p.default)}"
        given.append(f"{p.name}: {p.annotation()}{default}")
    return wrapped(f"def __init__({', '.join(given)}) -> None:", 4)


def _setup(made: Class, helpers: Mapping[str, str]) -> Iterator[str]:
    """The lines of `__init__`."""
    for parameter in made.parameters.found:
        if parameter.kept:
            yield f"self.{parameter.name} = {parameter.name}"
    containers: set[str] = set()
    for item, texts in zip(made.items, made.texts, strict=True):
        if item.emission.module is None:
            continue
        names = item.path.split(".")
        for depth in range(1, len(names)):
            path = ".".join(names[:depth])
            if path not in containers:
                containers.add(path)
                yield assignment(path, "nn.Module()")
        module, *rest = _constructor(item, texts, helpers)
        yield assignment(item.path, module)
        yield from rest


def _constructor(
    item: ClassItem, texts: Sequence[Expression], helpers: Mapping[str, str]
) -> Iterator[str]:
    plain = iter([t.text() for t in texts])
    names = {**helpers, "m": reference("self", item.path)}
    for piece in item.emission.pieces()[:-1]:
        yield render(piece, plain, [], names)


# -- forward ---------------------------------------------------------------------------------------


def _head(made: Class, inputs: Sequence[str], shapes: Mapping[int, str]) -> list[str]:
    """The line of `def forward`, its inputs' shapes behind or below it."""
    given = ", ".join(f"{name}: Tensor" for name in inputs)
    results = ["Tensor"] * len(made.outputs)
    result = ", ".join(results if len(results) <= 3 else ["Tensor", "..."])
    result = result if len(results) == 1 else f"tuple[{result}]"
    head = f"def forward(self, {given}) -> {result}:"
    if len(inputs) == 1 and len(head) + len(shapes[0]) + 8 <= WIDTH:
        return [f"    {head}  # {shapes[0]}"]
    said = [f"        # {n}: {shapes[i]}" for n, i in zip(inputs, made.order, strict=True)]
    return [*wrapped(head, 4), *said]


class _Variables:
    """Which variable holds a value, and which are free: the one used first is taken first."""

    def __init__(self, made: Class, inputs: Sequence[str]) -> None:
        self.names = dict(zip(made.order, inputs, strict=True))
        self.taken = set(inputs)
        self.pool = {n: i for i, n in enumerate(n for n in inputs if n in VARIABLES)}
        self.free: list[tuple[int, str]] = []  # a heap
        self.fresh = filter(lambda n: n not in self.taken, map(_variable, count()))
        self.last: dict[int, int] = {}
        for place, item in enumerate(made.items):
            self.last |= dict.fromkeys(item.inputs, place)
        self.last |= dict.fromkeys(made.outputs, len(made.items))

    def read(self, item: ClassItem) -> list[str]:
        """The variables of an item's inputs."""
        return [self.names[local] for local in item.inputs]

    def write(self, item: ClassItem, place: int) -> list[str]:
        """Variables for an item's results; those of inputs that nobody needs again are freed."""
        for local in dict.fromkeys(item.inputs):
            name = self.names[local]
            if self.last[local] == place and name in self.pool:
                heappush(self.free, (self.pool[name], name))
        for local in item.outputs:
            self.names[local] = self._take() if local in self.last else "_"
        return [self.names[local] for local in item.outputs]

    def _take(self) -> str:
        if self.free:
            return heappop(self.free)[1]
        name = next(self.fresh)
        self.pool[name] = len(self.pool)
        return name


Commented = tuple[str, str]  # code, comment


def _body(
    made: Class, inputs: Sequence[str], helpers: Mapping[str, str], shapes: Mapping[int, str]
) -> tuple[list[Commented], list[str]]:
    """The statements of `forward` with their shapes, and the variables it returns."""
    variables = _Variables(made, inputs)
    body = []
    for place, (item, texts) in enumerate(zip(made.items, made.texts, strict=True)):
        read = variables.read(item)
        names = {**helpers, "m": reference("self", item.path)}
        line = item.emission.line
        kept = [t.text("self.") for t in texts]
        kept = kept[len(kept) - sum(1 for _ in arguments(line)) :]
        code = render(line, iter(kept), read, names)
        targets = variables.write(item, place)
        body.append((f"{_tuple(targets)} = {code}", _shapes([shapes[v] for v in item.outputs])))
    return body, [variables.names[v] for v in made.outputs]


def _shapes(texts: Sequence[str]) -> str:
    if len(texts) > 1 and len(set(texts)) == 1:
        return f"{len(texts)} x {texts[0]}"
    return ", ".join(texts)


def _commented(body: Sequence[Commented]) -> Iterator[str]:
    """Code with comments behind it, in one column where the code is short."""
    column = max((len(code) for code, _ in body if len(code) <= ALIGNED), default=0)
    for code, comment in body:
        padded = f"{code:<{column}}  # {comment}"
        if len(padded) + 8 <= WIDTH:
            yield " " * 8 + padded
            continue
        *first, last = wrapped(code, 8)
        behind = f"{last}  # {comment}"
        if len(behind) > WIDTH:
            yield from (" " * 8 + line for line in _long(comment))
            behind = last
        yield from (*first, behind)


def _long(comment: str) -> list[str]:
    """A comment above its line, in several lines where one is too short."""
    lines, rest = [], comment
    while len(rest) > WIDTH - 10:
        cut = rest.rfind(", ", 0, WIDTH - 10)
        if cut < 0:
            break
        lines.append("# " + rest[: cut + 1])
        rest = rest[cut + 2 :]
    return [*lines, "# " + rest]
