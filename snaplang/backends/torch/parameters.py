"""From the arguments of a word's instances to the parameters of its class.

Each argument of the class's body is a column: its value in every instance. Equal values become
constants, the others parameters; a column that another parameter, or a multiple of it, explains
needs none of its own.

>>> found = Parameters()
>>> conv = [Arg("in_channels", 64, wide=True), Arg("in_channels", 128, wide=True)]
>>> norm = [Arg("num_features", 128, wide=True), Arg("num_features", 256, wide=True)]
>>> first, second = found.express(conv), found.express(norm)
>>> found.name([("in_channels", (64, 128))])
>>> first.text(), second.text(), found.express([Arg("k", 3), Arg("k", 3)]).text()
('in_channels', '2 * in_channels', '3')
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from snaplang.backends.torch.code import MISSING, Arg, Missing, Value, literal
from snaplang.backends.torch.names import Names
from snaplang.ops.reserved import MODULE

FACTORS = range(2, 9)

# What modules of PyTorch call a number of channels; a class has better names for its own.
CHANNELS = frozenset(
    [
        "in_channels",
        "out_channels",
        "in_features",
        "out_features",
        "num_features",
        "num_channels",
        "normalized_shape",
        "embed_dim",
        "channels",
        "mid_channels",
    ]
)


@dataclass(eq=False)
class ClassParameter:
    """A parameter of a class: its name and its value in each instance."""

    name: str
    values: tuple[Value, ...]
    wide: bool
    default: Value | Missing = MISSING
    kept: bool = False  # as an attribute, for `forward`

    @property
    def positional(self) -> bool:
        """Whether calls give it by place."""
        return self.default is MISSING and (self.wide or self.name.startswith("kernel_size"))

    def annotation(self) -> str:
        """Its type, as far as it is simple."""
        kinds = {type(value) for value in self.values}
        if not isinstance(self.default, Missing):
            kinds.add(type(self.default))
        if kinds <= {int, float} and float in kinds:
            return "float"
        if kinds <= {int, tuple} and tuple in kinds:
            return "int | tuple[int, ...]" if int in kinds else "tuple[int, ...]"
        return kinds.pop().__name__ if len(kinds) == 1 else "object"

    def argument(self, instance: int) -> Arg:
        """What an instance gives for it."""
        value = self.values[instance]
        return Arg(self.name, value, not self.positional, self.default, self.wide)


@dataclass(frozen=True)
class Expression:
    """An argument's text: a constant, or `template` about a parameter; None where it is left out.

    `{}` in the template is the parameter.
    """

    template: str | None
    parameter: ClassParameter | None = None

    def text(self, base: str = "") -> str | None:
        """Python, parameters reached through `base` (`self.`)."""
        if self.parameter is None or self.template is None:
            return self.template
        return self.template.format(base + self.parameter.name)


Column = tuple[str, ...]  # an argument's literals, one per instance


def _column(args: Sequence[Arg]) -> Column:
    """Values that can be compared: True is not 1."""
    return tuple(literal(arg.value) for arg in args)


class Parameters:
    """The parameters of one class."""

    def __init__(self) -> None:
        self.found: list[ClassParameter] = []
        self._by_column: dict[tuple[str, Column], ClassParameter] = {}

    def express(self, args: Sequence[Arg], kept: bool = False) -> Expression:
        """The text for an argument whose instances are `args`; `kept` if `forward` needs it."""
        first, column = args[0], _column(args)
        if first.key and all(
            not isinstance(a.default, Missing) and c == literal(a.default)
            for a, c in zip(args, column, strict=True)
        ):
            return Expression(None)
        if len(set(column)) == 1:
            return Expression(column[0])
        found = self._known(args, column) or Expression("{}", self._new(args, column))
        assert found.parameter is not None
        found.parameter.kept |= kept
        return found

    def _known(self, args: Sequence[Arg], column: Column) -> Expression | None:
        """A parameter that explains a column."""
        found = self._by_column.get((_kind(args[0]), column))
        if found is not None:
            return Expression("{}", found)
        values = tuple(arg.value for arg in args)
        for factor in FACTORS if args[0].wide else ():
            for scaled, template in (
                (_divided(values, factor), f"{factor} * {{}}"),
                (_multiplied(values, factor), f"{{}} // {factor}"),
            ):
                found = self._by_column.get((_kind(args[0]), scaled))
                if found is not None:
                    return Expression(template, found)
        return None

    def _new(self, args: Sequence[Arg], column: Column) -> ClassParameter:
        default = args[0].default
        if isinstance(default, Missing) or literal(default) not in column:
            default = MISSING
        values = tuple(arg.value for arg in args)
        parameter = ClassParameter(args[0].name, values, args[0].wide, default)
        self.found.append(parameter)
        self._by_column[_kind(args[0]), column] = parameter
        return parameter

    def name(self, roles: Sequence[tuple[str, tuple[Value, ...]]]) -> None:
        """Settle names and order; `roles` are names that columns of channels deserve."""
        names = Names(MODULE)  # they become attributes of a module
        for parameter in self.found:
            wanted = parameter.name.rstrip("0123456789")
            if parameter.wide and wanted in CHANNELS:
                fit = [role for role, values in roles if values == parameter.values]
                wanted = "channels" if len(fit) > 1 else (*fit, "mid_channels")[0]
            parameter.name = names.take(wanted)
        self.found.sort(key=lambda p: (p.default is not MISSING, not p.positional, not p.wide))


def _kind(arg: Arg) -> str:
    """What may share a parameter: all numbers of channels, or arguments of one name."""
    return "channels" if arg.wide else f"={arg.name}"


def _divided(values: Sequence[Value], factor: int) -> Column:
    whole = [v for v in values if isinstance(v, int) and v % factor == 0]
    return tuple(literal(v // factor) for v in whole) if len(whole) == len(values) else ()


def _multiplied(values: Sequence[Value], factor: int) -> Column:
    return tuple(literal(v * factor) for v in values if isinstance(v, int))
