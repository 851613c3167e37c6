"""Golden diagnostics: each file holds a wrong program, its valid twin, and the entire message.

`python -m tests.diagnostics` writes the messages anew; read the difference before you commit it.
"""
