"""Conditions of a graph, tested at run time: said plainly, true to the graph, fit for compilers."""

from __future__ import annotations

from itertools import product

import pytest
import torch

import snaplang as snap
from snaplang.backends.torch import source
from snaplang.backends.torch.conditions import checks
from snaplang.dims import dim, substitute
from snaplang.graph import Graph
from tests.backends.emitted import module

HALVES = "dup maxpool(2, stride=2) upsample2 add"

# program, inputs, what a violation says for sizes that violate it
PROGRAMS = [
    (HALVES, ["N,3,H,W"], {"H": 7, "W": 8}, "H must be a multiple of 2, not 7"),
    (HALVES, ["N,3,H,W"], {"H": 8, "W": 9}, "W must be a multiple of 2, not 9"),
    (f"{HALVES} {HALVES}", ["N,3,L"], {"L": 3}, "L must be a multiple of 2, not 3"),
    (
        "dup maxpool(2, stride=2) dup maxpool(2, stride=2) upsample2 add upsample2 add",
        ["N,3,H,8"],
        {"H": 6},
        "H must be a multiple of 4, not 6",
    ),
    (
        "[ conv(1, stride=2) | crop1 conv(1, stride=2) ] cat",
        ["N,3,H,H"],
        {"H": 5},
        "H must be a multiple of 2, not 5",
    ),
    (  # true of 2, 5, 8, … too
        "[ conv(1, stride=3) | crop1 conv(1, stride=3) ] add",
        ["N,3,L"],
        {"L": 4},
        "ceil(L/3) = floor((L + 1)/3) does not hold for L = 4",
    ),
    ("flatten split4 add4", ["N,2,H,W"], {"H": 3, "W": 5}, "2*H*W is a multiple of 4 does not"),
    (
        "in low(2, L) skip(2, 2*L); skip maxpool(4, stride=4) upsample2 low add",
        None,
        {"L": 3},
        "L must be a multiple of 2, not 3",
    ),
    (
        "in x(2, 2*L + 1); x crop1 dup maxpool(4, stride=4) upsample(4) add",
        None,
        {"L": 3},
        "L must be a multiple of 2, not 3",
    ),
]


def holds(graph: Graph, sizes: dict[str, int]) -> bool:
    """Whether sizes meet the conditions, worked out with symbols."""
    known = {name: dim(size) for name, size in sizes.items()}
    for c in graph.conditions:
        left = substitute(c.left, known).whole()
        right = None if c.right is None else substitute(c.right, known).whole()
        assert left is not None
        if left != right if c.right is not None else left % c.of:
            return False
    return True


def inputs(graph: Graph, sizes: dict[str, int]) -> list[torch.Tensor]:
    known = {name: dim(size) for name, size in sizes.items()}
    shapes = [shape.substitute(known) for shape in graph.input_shapes()]
    return [
        torch.zeros([1] + [size.whole() or 0 for size in (s.channels, *s.spatial)]) for s in shapes
    ]


@pytest.mark.parametrize(("program", "shapes", "bad", "message"), PROGRAMS)
def test_sizes_are_rejected_exactly_where_a_condition_fails(
    program: str, shapes: list[str] | None, bad: dict[str, int], message: str
) -> None:
    graph = snap.lower(program, inputs=shapes)
    assert graph.conditions
    net = module(source(graph, "Net"), "Net").eval()
    with pytest.raises(ValueError) as caught:
        net(*inputs(graph, bad))
    assert str(caught.value).startswith(message)
    for numbers in product(range(4, 17), repeat=len(bad)):
        sizes = dict(zip(bad, numbers, strict=True))
        if holds(graph, sizes):
            net(*inputs(graph, sizes))
        else:
            with pytest.raises(ValueError, match=r"must be|does not hold"):
                net(*inputs(graph, sizes))


def test_sizes_that_are_numbers_are_not_tested_again() -> None:
    graph = snap.lower(HALVES, inputs=["N,3,8,8"])
    assert graph.conditions == () and checks(graph, ["x"]) == []


def test_one_letter_is_tested_once() -> None:
    graph = snap.lower(f"{HALVES} {HALVES} dup conv(2, stride=2) upsample2 add", inputs=["N,3,H,8"])
    assert checks(graph, ["x"]) == [
        "if x.shape[2] % 2:",
        '    raise ValueError(f"H must be a multiple of 2, not {x.shape[2]}")',
    ]


def test_conditions_on_one_letter_are_joined() -> None:
    thirds = "dup maxpool(3, stride=3, pad=0) upsample3 add"
    graph = snap.lower(f"{HALVES} {thirds}", inputs=["N,3,H,12"])
    assert checks(graph, ["x"])[0] == "if x.shape[2] % 6:"


def test_the_shortest_place_of_a_letter_is_read() -> None:
    text = "in low(2, 2*L) skip(2, L); skip dup maxpool(2, stride=2) upsample2 add low drop"
    assert checks(snap.lower(text), ["low", "skip"])[0] == "if skip.shape[2] % 2:"
    alone = "in low(2, 2*L); low maxpool(2, stride=2) dup maxpool(2, stride=2) upsample2 add"
    assert checks(snap.lower(alone), ["low"])[0] == "if low.shape[2] // 2 % 2:"


@pytest.mark.parametrize("dynamic", [False, True, None])
def test_a_condition_does_not_break_a_compiled_graph(dynamic: bool | None) -> None:
    torch._dynamo.reset()
    net = module(source(snap.lower(HALVES, inputs=["N,3,H,W"]), "Net"), "Net")
    compiled = torch.compile(net, fullgraph=True, backend="eager", dynamic=dynamic)
    for size in (8, 10, 12):
        x = torch.randn(1, 3, size, size)
        assert torch.equal(compiled(x), net(x))
    with pytest.raises(Exception, match="must be a multiple of 2"):
        compiled(torch.zeros(1, 3, 7, 8))
