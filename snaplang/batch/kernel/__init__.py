"""The kernel: plain Python on arrays of fixed size, compiled by `../compiled.py`."""
