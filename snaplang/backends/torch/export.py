"""PyTorch source of a graph: a module as a person would write it, which needs torch alone.

Words with weights become classes, instances of a word share one; state_dict keys are the nodes'
paths. torch is never imported here. The work is done in `torch_scopes` (what is a class),
`torch_classes` (which are the same), `torch_ops` (op to PyTorch) and `torch_forward` (the text).

>>> from snaplang.api import lower
>>> print(source(lower("conv3 bn relu", inputs=["N,8,H,W"]), "Small"))
\"\"\"Small: [N, 8, H, W] -> [N, 8, H, W]. Made by snaplang; needs PyTorch alone.\"\"\"
<BLANKLINE>
import torch.nn.functional as F
from torch import Tensor, nn
<BLANKLINE>
<BLANKLINE>
class Small(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(8, 8, 3, padding=1)
        self.bn1 = nn.BatchNorm2d(8)
<BLANKLINE>
    def forward(self, x: Tensor) -> Tensor:  # [N, 8, H, W]
        x = self.conv1(x)  # [N, 8, H, W]
        x = self.bn1(x)    # [N, 8, H, W]
        x = F.relu(x)      # [N, 8, H, W]
        return x
<BLANKLINE>
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from snaplang.backends.torch.classes import Class, classes
from snaplang.backends.torch.conditions import checks
from snaplang.backends.torch.forward import class_text, input_names
from snaplang.backends.torch.helpers import HELPERS, helper
from snaplang.backends.torch.names import Names, root_name
from snaplang.backends.torch.ops import EMITTERS
from snaplang.backends.torch.scopes import tree
from snaplang.diagnostics import fail
from snaplang.graph import Graph
from snaplang.graph.specialize import prepare
from snaplang.ops.functions import Function, function_of

WIDTH = 100


@dataclass(frozen=True)
class WrittenModule:
    """Source of a module, and the name of its last class, which is the whole graph."""

    text: str
    name: str


def source(graph: Graph, name: str | None = None) -> str:
    """Python source of a module that computes `graph`; its last class is called `name`.

    `forward` takes a tensor per input, by the inputs' names, and returns a tensor or a tuple; sizes
    that the graph's conditions forbid are a `ValueError`. Raises `SnapError`: open choices (E507),
    open widths (E508), a user's op without a usable function (E904), a `name` that Python does not
    take (E730).
    """
    return written(graph, name).text


def written(graph: Graph, name: str | None = None) -> WrittenModule:
    """`source`, and what its last class is called."""
    if name is not None and not (name.isidentifier() and Names().take(name) == name):
        raise fail("E730", f"`{name}` cannot be the name of a class", hint="for example `MyBlock`")
    graph = prepare(graph)
    functions = _functions(graph)
    names = Names(functions)
    whole = names.take(name or root_name(graph.name))
    made = classes(graph, tree(graph), whole, names)
    used = _helpers(made)
    helpers = {key: names.take(key) for key in HELPERS if key in used}
    parts = list(dict.fromkeys(f.text for f in functions.values()))
    parts += [helper(key, called) for key, called in helpers.items()]
    parts += [class_text(graph, c, input_names(c), helpers) for c in made[:-1]]
    parts.append(_root(graph, made[-1], names, helpers))
    body = "\n\n\n".join(parts)
    head = [*_doc(graph, whole), "", *_imports(body, list(functions.values()))]
    return WrittenModule("\n".join(head) + f"\n\n\n{body}\n", whole)


def _functions(graph: Graph) -> dict[str, Function]:
    """The functions of user ops by what they define; two different things of a name are an error.

    The values repeat where a text defines several names.
    """
    found: dict[str, Function] = {}
    means: dict[str, str] = {}
    for spec in dict.fromkeys(node.op for node in graph.nodes if node.op.id not in EMITTERS):
        function = function_of(spec)
        for name, what in function.defines:
            found.setdefault(name, function)
            if means.setdefault(name, what) != what:
                message = f"the torch functions of two user ops define `{name}`"
                raise fail("E904", message, hint="rename one of the two")
    return found


def _helpers(made: Sequence[Class]) -> set[str]:
    return {key for cls in made for item in cls.items for key in item.emission.helpers}


def _root(graph: Graph, made: Class, names: Names, helpers: dict[str, str]) -> str:
    """The class of the whole graph, its inputs called as in the program."""
    own = Names(names.taken)
    inputs = [own.take(port.name) for port in graph.inputs]
    return class_text(graph, made, inputs, helpers, checks(graph, inputs))


def _doc(graph: Graph, name: str) -> list[str]:
    def shapes(values: Sequence[int]) -> str:
        return ", ".join(text.text(graph.batch) for text in graph.shapes_of(tuple(values)))

    before, after = shapes(range(len(graph.inputs))), shapes(graph.outputs)
    said = f"{name}: {before} -> {after}."
    made = "Made by snaplang; needs PyTorch alone."
    if len(said) + len(made) + 7 <= WIDTH:
        return [f'"""{said} {made}"""']
    return [f'"""{name}. {made}', "", f"{before}", f"-> {after}", '"""']


def _imports(body: str, functions: Sequence[Function]) -> Iterable[str]:
    """The imports that the text makes use of."""
    if functions:  # annotations of a user's function may name what is not there
        yield "from __future__ import annotations\n"
    own = {"math": r"\bmath\.", "reduce": r"\breduce\(", "torch": r"\btorch\.", "F": r"\bF\."}
    used = {name for name, pattern in own.items() if re.search(pattern, body)}
    used |= {name for function in functions for name in function.uses}
    if "math" in used:
        yield "import math"
    if "reduce" in used:
        yield "from functools import reduce"
    if used & {"math", "reduce"}:
        yield ""
    if "torch" in used:
        yield "import torch"
    if "F" in used:
        yield "import torch.nn.functional as F"
    yield "from torch import Tensor, nn"
