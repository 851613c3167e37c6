"""Errors of programs and of requests about them: E1 to E5."""

from __future__ import annotations

from snaplang.diagnostics.codes.code import ErrorCode

SYNTAX = {
    "E101": ErrorCode(
        "unexpected token",
        "The program does not follow the grammar here; the hint lists what could stand\n"
        "instead. The words in out use def block true false none same are reserved.",
        "{ conv3 } relu",
        "{ conv3 }*2 relu",
    ),
    "E102": ErrorCode(
        "brackets do not pair",
        "Each of { [ ( < needs its closing partner, and they close in reverse order.",
        "[ | conv3 add",
        "[ | conv3 ] add",
    ),
    "E103": ErrorCode(
        "a character without meaning",
        "Names are made of ASCII letters, digits and underscores. Strings stand in double\n"
        "quotes on one line. Everything else belongs into a comment, which begins with #.",
        "dup conv3 & add",
        "dup conv3 add  # a + b",
    ),
    "E104": ErrorCode(
        "source too long",
        "A source has at most 1,000,000 characters. Repeats and words make long programs short.",
    ),
    "E105": ErrorCode(
        "nested too deeply",
        "Brackets, and words that use words, may be nested 200 deep.",
        "{ " * 201 + "relu" + " }*1" * 201,
        "{ { relu }*1 }*1",
    ),
}

NAMES = {
    "E201": ErrorCode(
        "unknown name",
        "No local name, parameter, word, core op or suffix reading has this name. Definitions\n"
        "stand before their uses. `snapc ops` lists the symbols.",
        "dup cnv3 add",
        "dup conv3 add",
    ),
    "E202": ErrorCode(
        "too few tensors on the stack",
        "A symbol takes its inputs from the top of the stack, which begins with the block's\n"
        "inputs. `dup` copies the top, `over` the one below it.",
        "conv3 add",
        "dup conv3 add",
    ),
    "E203": ErrorCode(
        "wrong number of tensors left",
        "A block ends with exactly its outputs on the stack: one, unless `out` says\n"
        "otherwise. A branch of [ | ] goes from one tensor to one.",
        "dup conv3",
        "dup conv3 add",
    ),
    "E204": ErrorCode(
        "a name bound twice",
        "A name is bound once in its scope, and is no core op. Names made inside { } [ ] < >\n"
        "are local to each run.",
        "dup conv3 -> a relu -> a a",
        "dup conv3 -> a relu a add",
    ),
    "E205": ErrorCode(
        "not a symbol that can be called so",
        "Names of tensors and pieces of program take no arguments; a parameter that is a\n"
        "number is no symbol.",
        "dup relu -> a a(3) add",
        "dup relu -> a a add",
    ),
    "E206": ErrorCode(
        "defined twice",
        "A file defines a word once, and a core op cannot be redefined; a word of the prelude can.",
        "def relu { tanh } relu",
        "def act { tanh } act",
    ),
    "E207": ErrorCode(
        "recursion",
        "A word cannot use itself: every program ends. `{ … }*n` repeats.",
        "def twice { conv3 twice } twice",
        "def twice { { conv3 }*2 } twice",
    ),
    "E208": ErrorCode(
        "unknown or repeated choice",
        "`<p: a | b>` makes a named choice, once; `<p>` repeats its decision afterwards,\n"
        "within the same body.",
        "<p: relu | tanh> conv3 <q>",
        "<p: relu | tanh> conv3 <p>",
    ),
    "E209": ErrorCode(
        "alternatives with different counts",
        "The alternatives of a choice take and leave as many tensors as each other, so that\n"
        "the rest of the program makes sense whatever is chosen. An empty one is the\n"
        "identity.",
        "dup < add | conv3 > drop",
        "dup < add | mul >",
    ),
}

VALUES = {
    "E301": ErrorCode(
        "too large an expansion",
        "A program expands to at most 100,000 nodes and 400,000 symbols.",
        "{ { { conv3 }*1000 }*1000 }*1000",
        "{ { conv3 }*10 }*10",
    ),
    "E302": ErrorCode(
        "a number that is too long",
        "Numbers have at most 18 digits, and computations stay within reason.",
        "dropout(0.1234567890123456789)",
        "dropout(0.123456789012345678)",
    ),
    "E303": ErrorCode(
        "a name that is no number",
        "A computation knows the parameters in scope, the width `c`, and letters of typed inputs.",
        "conv(3, out=k)",
        "in x(k, H, W); x conv(3, out=2*k)",
    ),
    "E304": ErrorCode(
        "a computation without a value",
        "Only numbers can be computed with; division is by a number other than zero.",
        "conv(3, out=c/0)",
        "conv(3, out=c/2)",
    ),
    "E305": ErrorCode(
        "a size beyond all bounds",
        "No size may exceed 1,000,000,000.",
        "{ dup cat }*40",
        "{ dup cat }*4",
    ),
    "E306": ErrorCode(
        "cannot repeat so often",
        "A repeat runs a whole number of times, 0 to 100,000, known when the program is\n"
        "lowered; `true` counts 1 and `false` 0.",
        "{ conv3 }*(1/2)",
        "{ conv3 }*2",
    ),
    "E307": ErrorCode(
        "arguments that do not fit",
        "Arguments go to parameters by place or by name, each once; a parameter without a\n"
        "default needs one. A suffix is the first argument.",
        "conv3(kernel=3)",
        "conv3(stride=2)",
    ),
    "E308": ErrorCode(
        "a bad argument",
        "The argument is missing, of the wrong kind, or outside the parameter's range.",
        "dropout(1.5)",
        "dropout(0.5)",
    ),
    "E309": ErrorCode(
        "a bad count of inputs or outputs",
        "`in n` and `out n` take a whole number from 1 to 1000.",
        "in 0 out 0",
        "in 1 out 1",
    ),
}

SHAPES = {
    "E401": ErrorCode(
        "sizes that differ",
        "`add`, `max`, `mean` need equal shapes, `cat` equal spatial sizes; `mul` also\n"
        "stretches sizes that are 1. Sizes that agree whenever all letters are multiples of a\n"
        "number pass, and become a condition of the graph. In a space, an alternative that\n"
        "fits in no member is an error, and the message gives decisions; members that do not\n"
        "fit otherwise are listed by `check`.",
        "dup conv(3, stride=2) add",
        "dup conv(3, stride=2) swap maxpool(3, stride=2) add",
    ),
    "E402": ErrorCode(
        "channels that cannot be divided",
        "`split`, `shuffle`, `groups`, `gn` and `mhsa` divide the channels into equal parts.",
        "split3 add3",
        "split4 add4",
        ("N,64,H,W",),
    ),
    "E403": ErrorCode(
        "an op that cannot take this tensor",
        "The op has no meaning for tensors of this rank or size. Sizes that are letters may leave\n"
        "nothing too: that they do not is then a condition of the graph, `H >= 5`.",
        "conv(9, pad=0)",
        "conv(5, pad=0)",
        ("N,8,6,6",),
    ),
    "E404": ErrorCode(
        "a size that is not whole",
        "Widths are computed exactly, without rounding, and must come out whole.",
        "conv(3, out=c/3)",
        "conv(3, out=c/4)",
        ("N,64,H,W",),
    ),
    "E405": ErrorCode(
        "sizes per axis for another rank",
        "A kernel such as 1x7 has one size per spatial axis of the tensor.",
        "conv1x7",
        "conv7",
        ("N,8,L",),
    ),
    "E406": ErrorCode(
        "a tensor that a word's typed input rejects",
        "The tensors on the stack must have the shapes that the word writes for its inputs.",
        "def rgb { in x(3, H, W); x relu } conv3 rgb",
        "def rgb { in x(3, H, W); x relu } conv(3, out=3) rgb",
        ("N,8,H,W",),
    ),
}

REQUESTS = {
    "E501": ErrorCode(
        "a malformed input shape",
        "Write the batch, the channels and up to three sizes: `N,64,H,W`. Letters stay dynamic.",
    ),
    "E502": ErrorCode("no such input", "Shapes go to inputs in order, or by name: `h0=N,64,H,W`."),
    "E503": ErrorCode(
        "an input shape that the program rejects",
        "What is given for an input must agree with what the program writes for it.",
        "in x(3, H, W); x conv3",
        "in x(8, H, W); x conv3",
        ("N,8,H,W",),
    ),
    "E504": ErrorCode(
        "no such parameter",
        "`--set NAME=VALUE` binds a parameter of the block, or `c`, to a number, `true`, a\n"
        "word, or a piece of program in braces.",
    ),
    "E505": ErrorCode(
        "which block?",
        "A file with several blocks needs `--block NAME`, and holds no bare body beside them.",
        "block a { relu } tanh",
        "block a { relu }",
    ),
    "E506": ErrorCode(
        "a decision that fits no choice",
        "`--choose 0,2,1` decides in order of expansion, `--choose p=2` by name, from 0.",
    ),
    "E507": ErrorCode(
        "open choices",
        "A program with open choices is a search space; a model needs every choice decided.",
    ),
    "E508": ErrorCode(
        "an open width",
        "A model's weights need sizes: give the input's channels, `--input N,64,H,W`, or the\n"
        "width, `--set c=64`.",
    ),
    "E509": ErrorCode(
        "a graph cannot be lowered again",
        "Keywords such as `inputs` belong to programs; a Graph has taken them in already.",
    ),
    "E510": ErrorCode(
        "no such level",
        "Sameness has two levels: `structure`, where only the graph counts, and `algebra`, the\n"
        "default, with the laws of algebra.",
    ),
    "E511": ErrorCode(
        "a space that is too large to count",
        "Members of a space are counted one by one, up to `--limit`.",
    ),
    "E512": ErrorCode(
        "no vocabulary",
        "A vocabulary is a list of symbols: no inputs, outputs or definitions.",
    ),
    "E513": ErrorCode(
        "a normal form that is too large",
        "By law A4 a pool moves below the activations under it; hundreds of each in turn, all\n"
        "of them outputs, would make a form that is many times the program.",
    ),
    "E514": ErrorCode(
        "a symbol that is not in the vocabulary",
        "`Vocabulary.encode` takes programs over the symbols that the vocabulary was made of.",
    ),
    "E515": ErrorCode(
        "numba is missing",
        "Batches are compiled by numba, which snaplang needs for nothing else:\n"
        '`pip install "snaplang[batch]"`.',
    ),
    "E516": ErrorCode(
        "what a vocabulary does not take",
        "Tokens are whole numbers, one row for each program, and -1 where a row is shorter:\n"
        "what `Vocabulary.encode` makes of programs, which are texts, as inputs are.",
    ),
}
