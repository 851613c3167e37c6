"""Benchmarks, one module for each part of the package; the protocol is `benchmarks/harness.py`."""
