"""The public functions, each once: what a user may ask of a program.

Every one takes text (`str`), a file (`os.PathLike`), a `Program` or a `Graph`, and the keywords of
`Lowering`. Nothing is computed here; backends are imported when they are called.

>>> lower("dup conv3 add", inputs=["N,8,H,W"]).shapes[-1]
Shape('[N, 8, H, W]')
>>> equivalent("dup relu swap relu add", "relu dup add")
True
>>> format("dup   conv3 add")
'dup conv3 add\\n'
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict, Union, Unpack

from snaplang.backends.stats import Stats
from snaplang.canonical.difference import Difference, difference
from snaplang.canonical.fingerprint import checked, fingerprint_of
from snaplang.canonical.normal import normal
from snaplang.canonical.pairs import Side, bound_to, matched
from snaplang.canonical.program.graph import canonical_graph
from snaplang.decisions import Decider
from snaplang.diagnostics import Diagnostic, SnapError
from snaplang.diagnostics.source import Source
from snaplang.graph import Choice, Graph
from snaplang.lowering.choices import Choose
from snaplang.lowering.lower import Parameters
from snaplang.lowering.lower import lower as lower_program
from snaplang.lowering.words import read_source
from snaplang.printing.header import input_texts
from snaplang.syntax import Program
from snaplang.syntax.parser import parse as parse_source

if TYPE_CHECKING:
    from onnx import ModelProto

Snappable = Union[str, "os.PathLike[str]", Program, Graph]


class Binding(TypedDict, total=False):
    """What a program is bound to: the keywords of `Lowering` but for the decisions.

    `inputs` are shapes (`"N,64,H,W"`, `"h0=N,64,H,W"`), `block` names one of several blocks,
    `params` binds parameters.
    """

    inputs: Sequence[str] | None
    block: str | None
    params: Parameters | None


class Lowering(Binding, total=False):
    """How a program is lowered: the keywords of every function here, with those of `Binding`.

    `choose` decides choices (`"0,2,1"`, `"p=2"`, `"random"`, numbers, a mapping, a generator). A
    `Graph` is lowered already: for it they must be left out (E509).
    """

    choose: Choose


# -- programs and graphs ---------------------------------------------------------------------------


def source_of(x: str | os.PathLike[str]) -> Source:
    """Text as a source of its own, a path as the file's."""
    if isinstance(x, str):
        return Source("<text>", x, Path())
    return read_source(Path(x))


def parse(x: str | os.PathLike[str]) -> Program:
    """The syntax tree of a program's text (`str`) or file (`os.PathLike`), with positions."""
    return parse_source(source_of(x))


def lower(
    x: Snappable,
    inputs: Sequence[str] | None = None,
    block: str | None = None,
    choose: Choose = None,
    params: Parameters | None = None,
    strict: bool = True,
) -> Graph:
    """The checked graph of text, a file, a Program or a Graph.

    The keywords are those of `Lowering`; unless `strict`, a space may have alternatives that fit in
    no member. Raises `SnapError` with every error of the program.
    """
    if isinstance(x, Graph):
        if inputs is not None or block is not None or choose is not None or params:
            message = "a Graph is lowered already: inputs, block, choose and params do not apply"
            raise SnapError(Diagnostic("E509", message, hint="give the program instead"))
        return x
    program = x if isinstance(x, Program) else parse(x)
    shapes = [inputs] if isinstance(inputs, str) else inputs
    return lower_program(program, shapes, block, choose, params, strict=strict)


def choices(x: Snappable, **lowering: Unpack[Lowering]) -> tuple[Choice, ...]:
    """The choices of a space in order of expansion; nested ones say what they stand in."""
    return lower(x, **lowering).choices


def decided(
    x: str | os.PathLike[str] | Program, choose: Choose, **binding: Unpack[Binding]
) -> Program:
    """The program of a member of a space, without choices, as near to the space's text as can be.

    >>> decided("dup <conv3 | conv1> <relu | gelu> add", "1,0").source.text
    'dup conv1 relu add\\n'

    Raises `SnapError`: E506 for a decision that fits no choice, E507 where one is missing. To
    decide many times, prepare a `Decider`.
    """
    return Decider(x if isinstance(x, Program) else parse(x), **binding).decided(choose)


def format(x: Snappable, **lowering: Unpack[Lowering]) -> str:
    """A source (text, file or Program), well set, comments kept; a Graph, printed as a program.

    With any of the keywords, a source is lowered and its graph printed.
    """
    if isinstance(x, Graph) or any(value is not None for value in lowering.values()):
        from snaplang.printing.printer import printed

        return printed(lower(x, **lowering))
    from snaplang.syntax.formatter import formatted_source

    return formatted_source(x.source if isinstance(x, Program) else source_of(x))


def inference(x: Snappable, **lowering: Unpack[Lowering]) -> Graph:
    """The graph without what is the identity in eval mode, such as dropout."""
    from snaplang.graph.inference import inference as reduced

    return reduced(lower(x, **lowering))


def stats(x: Snappable, **lowering: Unpack[Lowering]) -> Stats:
    """Parameters, multiply-accumulates, depth, and both per op; MACs need bound sizes."""
    from snaplang.backends.stats import stats as count

    return count(lower(x, **lowering))


# -- sameness --------------------------------------------------------------------------------------


def canonicalize(x: Snappable, level: str = "algebra", **lowering: Unpack[Lowering]) -> Graph:
    """The canonical graph: equal architectures have equal ones, up to the paths of weights.

    Up to its inputs, too, where zeros have sizes that only an input has: then the letters in which
    the program wrote its inputs stay, so that two texts may have one fingerprint.

    `level` is "structure" (only the graph counts) or "algebra" (and the laws of algebra). Raises
    `SnapError`, also for open choices.
    """
    graph = lower(x, **lowering)
    return canonical_graph(graph, normal(graph, checked(level)))


def fingerprint(x: Snappable, level: str = "algebra", **lowering: Unpack[Lowering]) -> str:
    """`snap2:` (algebra) or `snap2s:` (structure) and 32 hex digits: the architecture's identity.

    With `c` open it is that of the family, bound that of the member. Raises `SnapError`, also for
    open choices.
    """
    return fingerprint_of(lower(x, **lowering), level)


def equivalent(
    a: Snappable, b: Snappable, level: str = "algebra", **lowering: Unpack[Lowering]
) -> bool:
    """Whether two are the same architecture. The keywords are for both.

    Where the inputs of one are bound and the other's are open, the open side is bound to them.
    Raises `SnapError` where a side is rejected.
    """
    left, right = matched(_side(a, lowering), _side(b, lowering))
    return fingerprint_of(left, level) == fingerprint_of(right, level)


def explain_difference(
    a: Snappable, b: Snappable, level: str = "algebra", **lowering: Unpack[Lowering]
) -> Difference | None:
    """The first difference of two architectures, on both sides; None where they are the same.

    `str()` of it is a text for people; it says which law would have been needed if one is near.
    """
    return difference(*matched(_side(a, lowering), _side(b, lowering)), checked(level))


def _side(x: Snappable, lowering: Lowering) -> Side:
    """One of two: lowered by itself, or on the inputs of the other."""

    def lowered(other: Graph | None) -> Graph:
        if isinstance(x, Graph):
            return x if other is None else bound_to(x, other)
        if other is None or lowering.get("inputs"):
            return lower(x, **lowering)
        on_its_inputs = lowering.copy()
        on_its_inputs["inputs"] = input_texts(other)
        return lower(x, **on_its_inputs)

    return lowered


# -- backends --------------------------------------------------------------------------------------


def to_onnx(
    x: Snappable,
    weights: Mapping[str, Any] | str | os.PathLike[str] | None = None,
    opset: int | None = None,
    seed: int = 0,
    **lowering: Unpack[Lowering],
) -> ModelProto:
    """An ONNX model, letters of the inputs as dynamic axes.

    `weights` is a mapping from state_dict keys to arrays, or a safetensors file; without it they
    are those of the model that a graph was lifted from, or drawn from `seed` as PyTorch would.
    Raises `SnapError` for open choices and open widths.
    """
    from snaplang.backends.onnx import model

    return model(lower(x, **lowering), weights, seed, opset)


def to_torch_source(x: Snappable, **lowering: Unpack[Lowering]) -> str:
    """PyTorch source of the same module as `snaplang.torch.Block`; it needs torch alone."""
    from snaplang.backends.torch import source
    from snaplang.graph.specialize import prepare

    return source(prepare(lower(x, **lowering)))


def to_dot(x: Snappable, **lowering: Unpack[Lowering]) -> str:
    """The graph as Graphviz text."""
    from snaplang.backends.pictures.dot import source

    return source(lower(x, **lowering))


def to_mermaid(x: Snappable, **lowering: Unpack[Lowering]) -> str:
    """The graph as a Mermaid flowchart."""
    from snaplang.backends.pictures.mermaid import source

    return source(lower(x, **lowering))


def to_json(x: Snappable, **lowering: Unpack[Lowering]) -> str:
    """The graph as JSON (`snap-graph/1`)."""
    from snaplang.backends.json import document

    return document(lower(x, **lowering))
