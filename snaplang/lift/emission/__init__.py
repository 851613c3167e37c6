"""Tiles to a graph: instances, their weights, and how foreign tensors lie in SNAP values.

    emission  the graph under construction
    rules     op to rule; windows, moving, merging, attending are families of rules
    opaque    instances for what the table does not know
    naming    paths of weights from the model's names

Tiles -> instances in views -> graph. What cannot be written is said op by op.
"""
