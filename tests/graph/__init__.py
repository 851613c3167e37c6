"""Graphs and weights."""
