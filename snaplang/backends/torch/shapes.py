"""Shapes for the comments of a class: true for all its instances.

The class of the whole graph has the shapes of the graph. For a word's the shape rules run again,
for each instance, on inputs with letters of the class's own (`H`, `W`); a size is then a column of
instances, written as a number, a parameter (`out_channels`), a multiple, sum or `ceil(H/stride)` of
those, or else with a letter that stands for it in this class.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from snaplang.backends.torch.classes import Class
from snaplang.backends.torch.parameters import FACTORS, ClassParameter
from snaplang.backends.torch.scopes import ScopePart
from snaplang.diagnostics import SnapError
from snaplang.dims import AXES, Dim, ceil_div, dim, floor_div, letter
from snaplang.graph import Graph
from snaplang.graph.checks import Checked
from snaplang.ops.spec import Shape

Column = tuple[Dim, ...]  # one size in all instances


def shape_texts(graph: Graph, made: Class) -> dict[int, str]:
    """The shape of each local value of a class, as text."""
    numbers = [made.numbers(part) for part in made.parts]
    if not made.parts[0].path:
        batch = graph.batch
        return {local: graph.shapes[v].text(batch) for local, v in numbers[0].items()}
    own = _own(graph, made)
    tables = own or [dict(enumerate(graph.shapes))] * len(made.parts)
    sizes = _Sizes(made.parameters.found, own is not None)
    texts = {}
    for local in (*made.order, *range(len(made.order), len(numbers[0]))):
        shapes = [table[n[local]] for table, n in zip(tables, numbers, strict=True)]
        texts[local] = "[" + ", ".join([str(graph.batch), *sizes.shape(shapes)]) + "]"
    return texts


def _own(graph: Graph, made: Class) -> list[dict[int, Shape]] | None:
    """The shapes of every instance's values on inputs with the class's letters; None if unfit."""
    tables: list[dict[int, Shape]] = [{} for _ in made.parts]
    values = [tuple(part.inputs[local] for part in made.parts) for local in made.order]
    inputs = [[graph.shapes[v] for v in column] for column in values]
    letters = _letters(inputs)
    for column, shapes in zip(values, inputs, strict=True):
        axes = tuple(letters[size] for size in _columns(shapes))
        for table, value, shape in zip(tables, column, shapes, strict=True):
            table[value] = shape.with_spatial(axes)
    fits = all(_run(part, table) for part, table in zip(made.parts, tables, strict=True))
    return tables if fits else None


def _run(part: ScopePart, table: dict[int, Shape]) -> bool:
    """Fill in the shapes behind a part's inputs; False where a rule rejects the letters."""
    for leaf in part.leaves():
        rules = Checked(leaf.node.attrs, tuple(table[v] for v in leaf.inputs), None)
        try:
            results = leaf.node.op.shape(rules)
        except SnapError:  # a user's rule that wants numbers
            return False
        if rules.complaint:
            return False
        table.update(zip(leaf.outputs, results, strict=True))
    return True


def _columns(shapes: Sequence[Shape]) -> list[Column]:
    """The spatial sizes of one value in all instances, axis by axis."""
    return list(zip(*(shape.spatial for shape in shapes), strict=True))


def _letters(inputs: Sequence[Sequence[Shape]]) -> dict[Column, Dim]:
    """A size for each axis of a class's inputs, given per input and instance.

    Numbers that all instances share stay, equal columns get equal letters; a column that is half of
    another, or a quarter, is written so.
    """
    named = [
        (name, column)
        for shapes in inputs
        for name, column in zip(AXES[len(shapes[0].spatial)], _columns(shapes), strict=True)
    ]
    found: dict[Column, Dim] = {}
    used: set[str] = set()
    columns = list(dict.fromkeys(column for _, column in named))
    parts = {column: _part_of(column, columns) for column in columns}
    for name, column in named:
        if column not in found and parts[column] is None:
            number = column[0].number if len(set(column)) == 1 else None
            found[column] = letter(_free(name, used)) if number is None else column[0]
    for _, column in named:
        part = parts[column]
        if part is not None:
            found[column] = part[0](found[part[2]], part[1])
    return found


Division = Callable[[Dim, int], Dim]


def _part_of(column: Column, others: Sequence[Column]) -> tuple[Division, int, Column] | None:
    """The first of the others that `column` is a rounded fraction of, and that is none itself."""
    if all(size.number is not None for size in column):
        return None
    for other in others:
        for divide in (floor_div, ceil_div):
            for by in (2, 4, 8, 16, 32):
                fits = other != column and column == tuple(divide(size, by) for size in other)
                if fits and _part_of(other, others) is None:
                    return divide, by, other
    return None


def _free(name: str, used: set[str]) -> str:
    """`H`, `H2`, …: the first that is not used yet, which then is."""
    found, count = name, 1
    while found in used:
        count += 1
        found = f"{name}{count}"
    used.add(found)
    return found


class _Sizes:
    """Columns of sizes as text; without `own` letters those in sizes are the whole graph's."""

    def __init__(self, parameters: Sequence[ClassParameter], own: bool) -> None:
        self.own = own
        wide = [(p.name, _dims(p)) for p in reversed(parameters) if p.wide]
        self.wide = {column: name for name, column in wide}
        self.slopes = {_slope(column): (name, column[0]) for name, column in wide}
        self.steps = [(p.name, p.values) for p in parameters if p.name.startswith("stride")]
        self.known: dict[Column, str] = {}
        self.used: set[str] = set()

    def shape(self, shapes: Sequence[Shape]) -> Iterator[str]:
        """The sizes of one value in all instances."""
        yield self._size(tuple(s.channels for s in shapes), "C")
        names = AXES[len(shapes[0].spatial)]
        for name, column in zip(names, zip(*(s.spatial for s in shapes), strict=True), strict=True):
            yield self._size(column, name)

    def _size(self, column: Column, name: str) -> str:
        if len(set(column)) == 1 and (self.own or column[0].number is not None):
            self.used |= column[0].letters()
            return str(column[0])
        if column not in self.known:
            found = self._channels(column) if name == "C" else self._strided(column)
            self.known[column] = found or _free(name, self.used)
        return self.known[column]

    def _channels(self, column: Column) -> str | None:
        """A column by the parameters that are numbers of channels."""
        name = self.wide.get(column)
        for factor in FACTORS if name is None else ():
            part = self.wide.get(tuple(size / factor for size in column))
            whole = self.wide.get(tuple(size * factor for size in column))
            if part or whole:
                return f"{factor}*{part}" if part else f"{whole}/{factor}"
        if name is None and _slope(column) in self.slopes:
            name, base = self.slopes[_slope(column)]
            more = str(column[0] - base)
            return f"{name} - {more[1:]}" if more[0] == "-" else f"{name} + {more}"
        return name

    def _strided(self, column: Column) -> str | None:
        """`ceil(H/stride)`, where the instances differ in a stride."""
        base = next((c for c in column if len(c.letters()) == 1), None)
        if base is None or not self.own:
            return None
        (name,) = base.letters()
        for parameter, values in self.steps:
            if all(isinstance(v, int) for v in values) and column == tuple(
                ceil_div(letter(name), int(str(v))) for v in values
            ):
                return f"ceil({name}/{parameter})"
        return None


def _slope(column: Column) -> Column:
    """What columns with a constant difference have in common."""
    return tuple(size - column[0] for size in column)


def _dims(parameter: ClassParameter) -> Column:
    return tuple(dim(v) if isinstance(v, int) else dim(0) for v in parameter.values)
