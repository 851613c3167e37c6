"""Random graphs and programs of everything the language has, and what holds of all of them.

    growing    graphs on inputs of all kinds (inputs), of all ops at all values (arguments, userops)
    rewrites   laws of sameness at random places of a graph, in both directions
    near       changes in one place
    oracle     a second opinion on sameness, by nauty
    checks     what is tried at length: `python -m snaplang.testing laws 100000`

>>> import random
>>> from snaplang.testing.generators.growing import Plan, grow
>>> grow(random.Random(0), Plan(size=4)) == grow(random.Random(0), Plan(size=4))
True
"""
