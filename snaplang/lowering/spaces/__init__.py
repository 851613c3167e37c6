"""Search spaces: which members fit, found for all of them at once.

    survey    a run of the machine that takes every alternative, conditions beside it
    diagrams  decision diagrams of the conditions
    members   the member that is shown, and those that do not fit

A space whose members differ in too many ways is tried at some of them.
"""
