"""From the tree to the graph: the checker of the language.

    words        definitions, the prelude, files that are used
    scope        what a name means where it stands
    expressions  numbers and sizes worked out
    inputs       what is written of inputs, unified with what is given
    choices      decisions for the choices of a space
    machine      the stack machine: it runs items by a table of handlers, in a reading
    bodies       inputs, items and outputs of a word
    calls        arguments, ops and words
    items        the handlers: symbols, repeats, branches, choices, names
    architecture the reading in which every choice is decided
    spaces       the reading of all members of a space, without listing them
    symbols      what one symbol does to a stack
    lower        all of it in order: program in, graph out

Program -> words -> runs of the machine -> graph, all errors of a program at once.
"""
