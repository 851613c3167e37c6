"""One order of the nodes of a normal form: colour refinement, then ties broken exactly.

    colours    the first colour of a node: all that is said of it alone
    wires      edges as refinement sees them; readers says who reads what
    partition  refinement until it is equitable
    exchange   automorphisms; ties searches what refinement leaves alike
    numbering  all of it: a normal form to the order of its nodes

Normal form -> colours -> equitable partition -> ties -> numbers, the same for isomorphic graphs.
"""

from __future__ import annotations

from snaplang.canonical.order.numbering import (
    final_colours,
)

__all__ = [
    "final_colours",
]
