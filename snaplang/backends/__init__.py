"""Backends: a graph to a model, to source text, to a picture. They see graphs, never syntax."""
