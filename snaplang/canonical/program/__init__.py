"""The canonical graph: the normal form written as a graph that programs can be printed from.

    graph     the normal form to a graph
    inputs    the most general inputs that the fingerprint allows
    fitting   inputs that are verified by colours
    cutting   slices as `split` and `cat`
    route     attributes and shapes of what the laws have made
    sequence  the order in which instances are made

Normal form and its order -> instances -> inputs that fit -> graph.
"""
