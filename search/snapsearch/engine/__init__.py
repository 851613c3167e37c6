"""Engines: where evaluations run. `base` has the contract."""
