"""Strategies: which candidate to evaluate next. `base` has the contract."""
