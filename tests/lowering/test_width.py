"""What `c` is: the first input's channels, unless a parameter in scope binds it."""

from __future__ import annotations

import pytest

import snaplang as snap


def channels(text: str, *inputs: str, **params: object) -> str:
    """The channels of a program's output."""
    graph = snap.lower(text, inputs=list(inputs) or None, params=params)
    return str(graph.shapes[graph.outputs[0]].channels)


@pytest.mark.parametrize(
    ("text", "inputs", "expected"),
    [
        ("conv3", (), "c"),
        ("conv3", ("N,8,H,W",), "8"),
        ("in x(3, H, W); x conv3", (), "3"),
        ("in low(2*c, H, W); low conv3", ("N,8,H,W",), "4"),
        ("block f(c=16) { conv3 }", ("N,8,H,W",), "16"),
        ("block f(o=2*c) { conv(3, out=o) }", (), "2*c"),
        ("block f(o=2*c) { conv(3, out=o) }", ("N,8,H,W",), "16"),
        ("block f(o=2*c) { in x(3, H, W); x conv(3, out=o) }", (), "6"),
        ("block f(o=c) { in low(2*c, H, W); low conv(3, out=o) }", ("N,8,H,W",), "4"),
        ("block f(c=5, o=2*c) { conv(3, out=o) }", ("N,8,H,W",), "10"),
        # a block used as a word starts at its own input's channels, a def at its caller's width
        ("block f(o=c) { conv(3, out=o) }\nblock g { conv(3, out=4) f }", ("N,8,H,W",), "4"),
        ("block f(o=c) { conv(3, out=o) }\nblock g { f(c=12) }", ("N,8,H,W",), "12"),
        ("def f(o=c) { conv(3, out=o) }\nblock g { conv(3, out=4) f }", ("N,8,H,W",), "8"),
    ],
)
def test_width(text: str, inputs: tuple[str, ...], expected: str) -> None:
    graph = snap.lower(text, inputs=inputs or None, block="g" if "block g" in text else None)
    assert str(graph.shapes[graph.outputs[0]].channels) == expected


def test_a_parameter_from_outside_wins() -> None:
    assert channels("block f(c=16, o=c) { conv(3, out=o) }", "N,8,H,W", c=32) == "32"
    assert channels("conv3", "N,8,H,W", c=32) == "32"


@pytest.mark.parametrize(
    ("text", "shape", "channels"),
    [
        ("block a(c=2*c) { conv3 }", "N,5,H", 10),
        ("block a(d=c/2, c=64) { conv(3, out=d) }", "N,16,H", 8),
        ("block a(c=64) { conv3 }", "N,16,H", 64),
    ],
)
def test_defaults_of_the_width_see_what_the_inputs_tell(
    text: str, shape: str, channels: int
) -> None:
    assert snap.lower(text, inputs=[shape]).shapes[-1].channels == channels
