"""Tasks: what a program is worth. `base` has the contract, each other module one task."""
