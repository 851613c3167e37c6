"""Helpers of the printer's tests: the same graph, the shortest program, small random programs."""
