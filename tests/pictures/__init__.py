"""Golden pictures: a program each, and beside it what every text backend makes of it.

`python -m tests.pictures` writes them anew: read the difference before you commit.
"""
