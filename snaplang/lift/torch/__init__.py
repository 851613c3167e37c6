"""Reading PyTorch modules: from a traced module to terms.

    read    a module to terms, by tracing or by `torch.export`
    terms   calls to terms; layers, moves and attention are tables of it
    tensor  symbolic tensors; sizes are their shapes
    unknown what no table knows

Module -> calls -> terms; what comes after is the same for every reader.
"""
