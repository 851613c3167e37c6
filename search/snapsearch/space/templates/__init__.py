"""Template spaces: a program with choices.

    template   the space
    choices    the automaton of decisions
    pasting    decided programs by cut and paste; unfolding writes each choice once

Program -> choices -> automaton; sequences of decisions are programs.
"""
