"""Pairs of programs judged by hand from the statement of the laws, for all who decide sameness."""

from __future__ import annotations

SAME, LAWS, DIFFERENT = "same", "same by algebra only", "different"

SAME_PAIRS = [  # S1 to S5: at both levels
    # S1: wiring, names, words and repeats
    ("dup conv3 swap relu add", "dup relu swap conv3 add"),
    ("dup conv3 add", "-> x x conv3 x add"),
    ("[ relu | conv3 ] cat", "dup relu swap conv3 cat"),
    ("{ conv3 bn }*2", "conv3 bn conv3 bn"),
    ("def cb() { conv3 bn } cb cb", "conv3 bn conv3 bn"),
    ("in a b; a b add", "in 2 add"),
    ("conv(3x3, pad=1)", "conv3"),
    ("conv(3, groups=c)", "dwconv3"),
    ("conv(3, out=c)", "conv3"),
    ("leaky", "leaky(0.01)"),
    ("relu6", "relu(max=6)"),
    ("maxpool(2x2, stride=2)", "maxpool(2, stride=2)"),
    # not compared: how it trains, where its weights start
    ("bn(momentum=0.5)", "bn"),
    ("scale(init=0.5)", "scale"),
    # S2: what no output needs
    ("dup conv3 drop relu", "relu"),
    ("split swap drop", "split dup conv1 drop swap drop"),
    # S3: identities by their attributes
    ("identity relu identity", "relu"),
    ("add1 mul1 max1 mean1 cat1 split1", ""),
    ("shuffle1 upsample1 shift0 crop0", ""),
    ("maxpool1 avgpool1", ""),
    ("leaky1", ""),
    ("conv(1, dilation=2)", "conv1"),
    ("conv(1x3, dilation=2)", "conv(1x3, dilation=1x2)"),
    ("dropout0 droppath0 noise0", ""),
    # S4: commutative and associative, also through a sum that is used elsewhere
    ("in 3 add add", "in 3 rot add add"),
    ("in 3 add add", "in 3 add3"),
    ("in 3 mul mul", "in 3 mul3"),
    ("in 3 max swap max", "in 3 max3"),
    ("in 2 mean", "in 2 swap mean"),
    ("in 3 mean3", "in 3 rot mean3"),
    ("in a b c; a b add -> s s c add s out 2", "in a b c; a b add a b c add3 swap out 2"),
    ("{ dup add }*2", "dup dup dup add add add"),
    ("{ dup add }*2", "dup dup dup add4"),
    # S5: associative
    ("in 3 cat cat", "in 3 cat3"),
    ("in a b c; a b cat c cat", "in 3 cat3"),
]

ALGEBRA_PAIRS = [  # A1 to A4: at level algebra only
    # A1: parameter-free, deterministic
    ("dup relu swap relu add", "relu dup add"),
    ("dup relu conv3 swap relu conv1 add", "relu dup conv3 swap conv1 add"),
    ("dup gap swap gap mul", "gap dup mul"),
    ("dup inorm swap inorm cat", "inorm dup cat"),
    ("dup split add swap split add cat", "split add dup cat"),
    ("dup softmax swap softmax out 2", "softmax dup out 2"),
    ("in a b; a b add relu b a add relu mul", "in 2 add relu dup mul"),
    ("in a b; a b add a b add out 2", "in 2 add dup out 2"),
    # A2
    ("relu relu", "relu"),
    ("relu relu6", "relu6"),
    ("relu6 relu", "relu6"),
    ("relu6 relu(3)", "relu(3)"),
    ("relu(3) relu6", "relu(3)"),
    ("dup max", ""),
    ("dup dup mean3", ""),
    ("in a b; a a b max3", "in 2 max"),
    ("dup relu swap relu max", "relu"),
    # A3
    ("conv3 bn zero", "zero"),
    ("dup zero add", ""),
    ("dup zero swap conv3 zero add", "zero"),
    ("dup zero mul", "zero"),
    ("in 3 zero mul mul", "in 3 drop drop zero"),
    ("zero relu tanh gelu silu hswish leaky elu", "zero"),
    ("zero conv(3, bias=false)", "zero"),
    ("zero linear(bias=false)", "zero"),
    ("zero maxpool3 avgpool3", "zero"),
    ("zero dropout(0.5) prelu scale inorm", "zero"),
    ("zero shuffle2 shift1", "zero"),
    ("zero split add", "split drop zero"),
    ("dup zero swap zero cat", "dup cat zero"),
    ("dup zero swap zero mean", "zero"),
    ("dup zero swap zero max", "zero"),
    ("dup zero dup cat cat", "dup dup cat zero cat"),
    ("in a b; a zero a zero b cat3", "in a b; a a cat zero b cat"),
    ("in a b; a zero b zero a cat cat", "in a b; a b cat zero a cat"),
    ("zero gap", "gap zero"),
    # A4
    ("relu maxpool3", "maxpool3 relu"),
    ("sigmoid tanh gmp", "gmp sigmoid tanh"),
    ("hsigmoid leaky elu maxpool3", "maxpool3 hsigmoid leaky elu"),
    ("relu maxpool3 relu", "maxpool3 relu"),
    ("relu6 maxpool3 relu(3) gmp", "maxpool3 gmp relu(3)"),
    ("relu dup maxpool3 swap conv3 add", "dup maxpool3 relu swap relu conv3 add"),
    # together
    ("dup relu swap relu relu max sigmoid maxpool3", "maxpool3 relu sigmoid"),
    ("dup zero relu add relu maxpool3 relu", "maxpool3 relu"),
    # zeros at the seams of nested sequences
    ("dup zero cat dup zero cat", "dup dup dup cat3 zero cat"),
    ("dup zero swap cat dup zero swap cat", "dup dup dup cat3 zero swap cat"),
    ("-> a a a zero cat a zero a cat cat", "-> a a a a cat zero a cat3"),
    # two sequences down, at either end
    ("-> a a zero a zero a cat a cat cat", "-> a a a cat zero a a cat3"),
    ("-> a a a a zero cat cat a zero cat", "-> a a a a a cat zero cat3"),
]

ALGEBRA_PAIRS += [  # A5 to A12
    # A5: never below, or never beyond
    ("sigmoid relu", "sigmoid"),
    ("hsigmoid relu(1)", "hsigmoid"),
    ("softmax relu6 leaky(-3) elu", "softmax"),
    ("relu leaky(0.3)", "relu"),
    ("relu6 relu6", "relu6"),
    ("softmax maxpool3 relu", "softmax maxpool3"),
    ("sigmoid shuffle2 relu", "sigmoid shuffle2"),
    ("dup sigmoid swap conv3 max relu", "dup sigmoid swap conv3 max"),
    # A6
    ("leaky0", "relu"),
    ("elu0 maxpool3", "relu maxpool3"),
    # A3: a cap of 0
    ("conv3 relu(0)", "zero"),
    ("dup relu(0) add", ""),
    # A7: relu is a maximum with zero
    ("dup zero max", "relu"),
    ("in 2 relu swap relu max", "in 2 max relu"),
    ("in 2 relu max", "in 2 max relu"),
    ("in 3 zero max max", "in a b c; a b max relu"),
    ("in 3 relu max max", "in 3 relu swap relu max swap leaky0 max"),
    ("in 2 relu6 swap relu max", "in 2 relu6 max"),
    # A8: data movement below elementwise functions
    ("upsample2 relu", "relu upsample2"),
    ("gelu flatten", "flatten gelu"),
    ("silu tanh shift2 crop1", "shift2 crop1 silu tanh"),
    ("dup tanh swap like", "dup like tanh"),
    ("relu shuffle2 maxpool3", "shuffle2 maxpool3 relu"),
    # A9: folding
    ("shift2 shift3", "shift5"),
    ("shift2 shift(-2)", ""),
    ("crop1 crop(2x0)", "crop(3x1)"),
    ("upsample2 upsample3x1", "upsample6x2"),
    ("maxpool3 maxpool3", "maxpool5"),
    ("maxpool2 maxpool3", "maxpool4"),
    ("maxpool(3, pad=0) maxpool(3, pad=0, stride=2)", "maxpool(5, pad=0, stride=2)"),
    ("maxpool2 maxpool4", "maxpool4 maxpool2"),
    ("maxpool3x1 maxpool1x3", "maxpool3"),
    ("maxpool3 relu maxpool3", "maxpool5 relu"),
    # A10: one position, no axes
    ("gap gap", "gap"),
    ("gmp gmp", "gmp"),
    ("gap gmp", "gap"),
    ("gmp gap", "gmp"),
    ("gap maxpool3 avgpool(3, stride=2) shift1", "gap"),
    ("gap conv1 gap", "gap conv1"),
    ("flatten flatten", "flatten"),
    ("flatten linear flatten", "flatten linear"),
    # A11: sizes, not whose they are
    ("dup like", ""),
    ("dup conv3 swap bn like", "conv3"),
    ("dup gap swap conv3 like", "dup gap swap like"),
    ("dup zero maxpool(2, stride=2) swap like", "zero"),
    # A12: parts
    ("split cat", ""),
    ("in 2 cat split add", "in 2 add"),
    ("split4 drop drop cat", "split drop"),
    ("split split drop swap drop", "split4 drop swap drop swap drop"),
    ("split over swap cat cat", "dup split drop swap cat"),
    ("dup zero cat split drop", ""),
]

DIFFERENT_PAIRS = [  # at both levels
    # widths that speak of letters which sizes hide
    (
        "in x(8,H+K,W); x conv(1,out=H) x conv(3,out=K) cat",
        "in x(8,H+K,W); x conv(1,out=H) x conv(3,out=H) cat",
    ),
    (
        "in x(8,2*H+K,W); x conv(1,out=H) x conv(3,out=K) cat",
        "in x(8,2*H+K,W); x conv(1,out=K) x conv(3,out=H) cat",
    ),
    ("conv3 dup add", "dup conv3 swap conv3 add"),
    ("dup bn swap bn add", "bn dup add"),
    ("dup prelu swap prelu add", "prelu dup add"),
    ("dup dropout(0.5) swap dropout(0.5) add", "dropout(0.5) dup add"),
    ("dup noise(0.5) swap noise(0.5) max", "noise(0.5)"),
    ("conv3", "conv5"),
    ("conv3", "conv(3, pad=0)"),
    ("conv3", "conv(3, bias=false)"),
    ("conv3", "dwconv3"),
    ("conv1", "linear"),
    ("bn", "bn(eps=0.001)"),
    ("relu", "relu6"),
    ("leaky(-0.5) maxpool3", "maxpool3 leaky(-0.5)"),
    ("elu(-0.5) maxpool3", "maxpool3 elu(-0.5)"),
    ("gelu maxpool3", "maxpool3 gelu"),
    ("silu gmp", "gmp silu"),
    ("hswish gmp", "gmp hswish"),
    ("prelu gmp", "gmp prelu"),
    ("bn maxpool3", "maxpool3 bn"),
    ("relu avgpool3", "avgpool3 relu"),
    ("in 2 cat", "in 2 swap cat"),
    ("in 3 mean mean", "in 3 mean3"),
    ("in 3 add mul", "in 3 mul add"),
    ("in a b; a relu b add", "in a b; a b relu add"),  # the order of inputs
    ("in 2 drop", ""),  # unused inputs count
    ("in 2 drop", "in 2 swap drop"),
    ("relu", "relu dup out 2"),  # repeats of outputs count
    ("dup relu out 2", "dup relu swap out 2"),  # and their order
    ("split swap cat", "split cat"),
    ("dup split drop swap split swap drop add", "split add dup drop conv1"),
    ("zero", "gap zero"),  # the shape of a zero counts
    ("zero", ""),
    ("zero sigmoid", "zero"),
    ("zero conv3", "zero"),
    ("zero bn", "zero"),
    ("zero softmax", "zero"),
    ("zero noise(0.5)", "zero"),
    ("dup zero max", ""),
    ("dup zero mean", ""),
    ("dup zero cat", "dup zero swap cat"),
    # documented as no laws
    ("relu sigmoid", "sigmoid"),
    ("sigmoid relu(0.5)", "sigmoid"),
    ("tanh relu", "tanh"),
    ("relu relu(0.5)", "relu"),
    ("relu prelu", "relu"),
    ("in 2 relu6 max", "in 2 max relu6"),
    ("in 2 sigmoid swap sigmoid max", "in 2 max sigmoid"),
    ("avgpool3 avgpool3", "avgpool5"),
    ("maxpool(3, stride=2) maxpool3", "maxpool(5, stride=2)"),
    ("upsample(2, mode=linear) upsample(2, mode=linear)", "upsample(4, mode=linear)"),
    ("upsample(2, mode=linear) relu", "relu upsample(2, mode=linear)"),
    ("shift1", "shift2"),
    ("conv(1, stride=2) gap", "conv(1, stride=2)"),
    ("relu split add", "split relu swap relu add"),
    ("split swap cat", ""),
    ("dup maxpool(2, stride=2) like", "maxpool(2, stride=2) upsample2"),
    ("in 2 relu swap relu swap cat", "in 2 cat relu"),
    ("in a b c; a b add c mul", "in a b c; a c mul b c mul add"),
    ("conv3 bn", "conv3"),
    # functions that fall somewhere, or do not keep zero
    *((f"{name} maxpool3", f"maxpool3 {name}") for name in ("gelu", "silu", "hswish", "prelu")),
    *((f"{name} gmp", f"gmp {name}") for name in ("leaky(-0.1)", "elu(alpha=-1)", "softmax")),
    *((f"zero {name}", "zero") for name in ("sigmoid", "hsigmoid", "softmax", "bn", "gn2", "ln")),
    *((f"zero {name}", "zero") for name in ("noise(0.1)", "mhsa2", "conv3", "linear", "inorm(0)")),
    ("relu avgpool3", "avgpool3 relu"),
    ("sigmoid sigmoid", "sigmoid"),
]

PAIRS = [
    *((left, right, SAME) for left, right in SAME_PAIRS),
    *((left, right, LAWS) for left, right in ALGEBRA_PAIRS),
    *((left, right, DIFFERENT) for left, right in DIFFERENT_PAIRS),
]
