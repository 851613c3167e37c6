"""Tests of batches. All need the compiled kernel and share a worker, which compiles it once."""
