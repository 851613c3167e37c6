"""Errors of files, backends, lifting and declarations: E6 to E9."""

from __future__ import annotations

from snaplang.diagnostics.codes.code import ErrorCode

FILES = {
    "E601": ErrorCode(
        "cannot read a file", "The file is missing, is a folder, or may not be read."
    ),
    "E602": ErrorCode("not UTF-8", "Programs are UTF-8 text."),
    "E603": ErrorCode(
        "files that use each other", "A file cannot use itself, directly or through others."
    ),
    "E604": ErrorCode(
        "a word from two files", "The same word comes from two used files: rename one."
    ),
    "E605": ErrorCode("cannot write a file", "The old content, if there was one, is untouched."),
    "E606": ErrorCode(
        "a model where a program belongs",
        "An ONNX file is lifted by commands that compile, draw, hash, compare or check; `fmt` and\n"
        "`count` are for programs.",
    ),
    "E607": ErrorCode(
        "an installation that is not whole",
        "The grammar of the language, `snap.lark`, comes with snaplang and cannot be read:\n"
        "install snaplang again.",
    ),
    "E608": ErrorCode(
        "not a regular file",
        "Programs, models and weights are regular files: a pipe, a device or a socket may never\n"
        "end. `-` reads standard input.",
    ),
    "E609": ErrorCode(
        "a file outside the program's folder",
        "`use` takes files from the folder of the program or below it; for standard input and\n"
        "`-e`, from the working directory. Links and `..` do not lead out. `--trust` lets a\n"
        "program use any file, and so does `with snaplang.files.trusted():` in Python.",
    ),
    "E610": ErrorCode(
        "an output that would replace its source",
        "An output has a file of its own: nothing that was read for it is overwritten, under\n"
        "whatever name.",
    ),
}

BACKENDS: dict[str, ErrorCode] = {
    "E710": ErrorCode(
        "Graphviz is missing",
        "Pictures as svg and png need Graphviz's program dot, which Debian ships as the package\n"
        "graphviz. `--emit dot` and `--emit mermaid` do without.",
    ),
    "E711": ErrorCode(
        "an unsupported opset",
        "ONNX models are written for opset 18 to the newest that the installed onnx knows.",
    ),
    "E712": ErrorCode(
        "an op without ONNX emitter",
        "A user's op can be written to ONNX if it was declared with `snap.op(…, onnx=…)`.",
    ),
    "E713": ErrorCode(
        "a model beyond 2 GB", "An ONNX file holds at most 2 GB; this one would be larger."
    ),
    "E714": ErrorCode(
        "an ONNX emitter failed",
        "The emitter of a user's op raised an error, or returned names that are not its results.",
    ),
    "E715": ErrorCode(
        "too large to draw", "Graphviz would take for ever; draw one block, or `--emit dot`."
    ),
    "E716": ErrorCode("Graphviz failed", "The program dot ended with an error of its own."),
    "E721": ErrorCode(
        "weights that do not fit",
        "Names and shapes must be those of the module's state_dict; all that differ are listed.",
    ),
    "E722": ErrorCode("not a safetensors file", "The file is damaged, or of another format."),
    "E730": ErrorCode("a bad class name", "The name of an emitted class is a Python identifier."),
    "E731": ErrorCode("not a program", "A Block is made of text, a path, a Program or a Graph."),
    "E732": ErrorCode(
        "channels that do not fit",
        '`channels=64` is short for `inputs=["N,64,H,W"]`: give one of them, a whole number.',
    ),
    "E790": ErrorCode(
        "no symbol for an op",
        "A graph from elsewhere holds an op with attributes that no argument gives, such as\n"
        "pads that differ on the two sides of an axis. It can be compiled, but not printed.",
    ),
}

DECLARATIONS = {
    "E901": ErrorCode(
        "a name that is taken",
        "A user's op cannot be called like a core op, a word of the prelude or of the language, a\n"
        "word of Python, or a name that emitted source needs. Nor may an id that is declared\n"
        "stand for another function: fingerprints see the id alone.",
    ),
    "E902": ErrorCode(
        "an unknown op", "A graph names an op that nothing in this process declares."
    ),
    "E903": ErrorCode(
        "a malformed declaration",
        "An op's id is `owner/name/version`, facts are named, inputs and outputs are counted, a\n"
        "parameter has a kind and a default of it.",
    ),
    "E904": ErrorCode(
        "a torch function that cannot be emitted",
        "A user op's torch function goes into the emitted source, so its source must be at\n"
        "hand, stand alone, and have names of its own. It takes the inputs, the weights, and the\n"
        "attributes by name.",
    ),
    "E905": ErrorCode(
        "a callback of a user's op failed",
        "The shape rule, `weights`, `macs` or `identity_if` of a user's op raised an error, or\n"
        "returned what it may not: the message says which and what.",
    ),
    "E906": ErrorCode(
        "facts that an op cannot have",
        "Laws rely on facts, and each needs something of the declaration: one input, no shape\n"
        "rule of its own, no weights. A shape rule that an instance shows to depend on the order\n"
        "of inputs, in an op that is declared COMMUTATIVE, is this error too.",
    ),
    "E999": ErrorCode("internal error", "A bug in snaplang: please report it with the program."),
}

LIFTING = {
    "E801": ErrorCode(
        "no genotype",
        "`snapc import` reads the published encodings of cells: lists of pairs (nasnet, darts,\n"
        "amoebanet, pnas), a matrix with operations (nb101), a string or an index (nb201). Data\n"
        "is read, as JSON or as Python prints it, and never evaluated.",
    ),
    "E810": ErrorCode(
        "ops that the table lacks",
        "The model holds ops that no symbol stands for, or known ones in a form that none has:\n"
        "each is listed with its place and, where that is not plain, what is wrong. With\n"
        "`--opaque` they are kept as they are: fingerprints, comparisons and pictures work, and\n"
        "nothing can be compiled from them.",
    ),
    "E811": ErrorCode(
        "no ONNX model",
        "The file is damaged, cut short, of another format, or claims more data than it holds.",
    ),
    "E812": ErrorCode(
        "external data that cannot be read",
        "An ONNX model may keep weights in files beside it. They are read only from the model's\n"
        "own folder, and only if they are as long as the model says.",
    ),
    "E813": ErrorCode(
        "a model that contradicts itself",
        "A node reads what nothing makes, or its inputs do not fit each other or its attributes.",
    ),
    "E814": ErrorCode(
        "weights in two places",
        "In a program every instance of an op has weights of its own. The model uses these in\n"
        "several places: give each a copy, or call the module once.",
    ),
    "E815": ErrorCode(
        "a module that cannot be traced",
        "`from_torch` traces with torch.fx, and with torch.export where fx cannot follow; both\n"
        "said no. Control flow that depends on the data is no architecture.",
    ),
    "E816": ErrorCode(
        "inputs that are not the module's",
        "`from_torch` needs a shape for each argument of `forward`, in the order and with the\n"
        "axes that the module takes.",
    ),
    "E817": ErrorCode(
        "inputs or outputs that programs cannot have",
        "A program takes and leaves tensors of floats `[N, C, ...]` with up to three sizes, all\n"
        "of one batch.",
    ),
    "E818": ErrorCode(
        "options for programs beside a model",
        "A model's inputs, blocks and choices are what they are: `--input`, `--block`, `--set`\n"
        "and `--choose` are for programs.",
    ),
}
