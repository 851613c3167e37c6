"""Template spaces: a program with choices.

    template   the space
    choices    the automaton of decisions

Program -> choices -> automaton; sequences of decisions are programs, which `snap.Decider` writes.
"""
