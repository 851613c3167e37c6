"""Published cell encodings to SNAP programs.

    published  `from_genotype`: NASNet, AmoebaNet, DARTS, PNAS, NAS-Bench-101 and 201
    cells      cells of the NASNet family; nb101 and nb201 are those of the benchmarks
    macro      the networks around cells
    literals   encodings as people write them, read safely

Encoding -> cells -> network -> text -> program.
"""
