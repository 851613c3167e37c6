"""Free spaces: all well-typed programs over some symbols, up to a length.

    free     the space
    symbols  what each symbol does to a stack
    stack    types of stacks, and the automaton of programs
    linear   encodings of graphs; folding finds words again
    many     many programs at once
    change   small changes

Symbols -> effects -> automaton; sequences of tokens are programs.
"""
