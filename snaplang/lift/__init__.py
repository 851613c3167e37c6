"""From elsewhere into SNAP: published encodings of cells.

`genotypes` dispatches; `literals` reads data safely; `cells`, `darts` and `pairs` know cells of
pairs, `nb101` and `nb201` those of the two benchmarks; `macro` stacks cells into networks.
"""
