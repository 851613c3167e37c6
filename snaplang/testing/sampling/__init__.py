"""Random programs, pairs that the laws make equal, and pairs that they cannot.

Everything is drawn from a `random.Random` that the caller brings: `snaplang.testing.strategies`
brings hypothesis's, a measurement brings a seed. Ops and what may be done with them come from the
op table.
"""
