"""Spaces: which programs a search may propose. `base` has the contract."""
