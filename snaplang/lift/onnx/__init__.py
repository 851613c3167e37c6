"""Reading ONNX models: from nodes and initializers to terms.

    file    the bytes, safely; own knows our own files by their record
    read    a model to terms; terms, layers and moves read ops
    names   what nodes are called; shapes are their sizes

Bytes -> nodes -> terms; what comes after is the same for every reader.
"""
