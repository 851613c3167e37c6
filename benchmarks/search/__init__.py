"""Searches raced against each other on tables of results; `python -m benchmarks.search --help`."""
