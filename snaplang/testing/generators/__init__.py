"""Random graphs, program texts and token rows, and families of graphs that are hard.

    inputs, arguments, userops   what a graph is made of: inputs, attributes, users' ops
    sizes, draft, growing        graphs that can be changed, grown op by op
    pieces, spelling, programs   program texts in all the syntax, and what they mean
    rows                         rows of tokens for `snaplang.batch`
    hard_graphs, tied            graphs full of ties and symmetry

All chance comes from a `random.Random` that the caller brings.

>>> import random
>>> from snaplang.testing.generators.growing import Plan, grow
>>> grow(random.Random(0), Plan(size=4)) == grow(random.Random(0), Plan(size=4))
True
"""
