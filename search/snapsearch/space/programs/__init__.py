"""Free spaces: all well-typed programs over some symbols, up to a length.

    free     the space
    symbols  a vocabulary read, and what its words are made of
    stack    types of stacks, and the automaton of programs
    drawing  programs counted, and drawn uniformly
    linear   encodings of graphs; folding finds words again
    many     many programs at once
    change   small changes

Symbols -> `snap.Symbols` -> effects -> automaton; sequences of tokens are programs.
"""
