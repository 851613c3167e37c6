"""Names that a user's op may not have: those of the language, and those of emitted source.

>>> "se" in prelude_names(), "same" in LANGUAGE, "torch" in SPOKEN
(True, True, True)
"""

from __future__ import annotations

import builtins
import re
from functools import lru_cache
from pkgutil import get_data

# The grammar's own words; a test holds them against it. `c`, the width, is a name to it.
WORDS = frozenset(["in", "out", "use", "def", "block", "true", "false", "none", "same"])
LANGUAGE = WORDS | {"c"}

# What the emitted source itself says, and builtins that look like classes: not to be hidden.
_OWN = ["torch", "nn", "F", "Tensor", "reduce", "math", "self", "annotations"]
_BUILT_IN = ["super", "getattr", "tuple", "int", "float", "bool", "str", "object"]
SPOKEN = frozenset([*_OWN, *_BUILT_IN, *(name for name in dir(builtins) if name[0].isupper())])

VARIABLES = ("x", "y", "z", "u", "v", "w")  # of emitted `forward`s; then t1, t2, ...
_VARIABLE = re.compile(r"t[0-9]+\Z")

# What torch.nn.Module has already; a test holds it against torch.
_MODULE = """
    T_destination add_module apply bfloat16 buffers call_super_init children compile cpu cuda
    double dump_patches eval extra_repr float forward get_buffer get_extra_state get_parameter
    get_submodule half ipu load_state_dict modules mtia named_buffers named_children
    named_modules named_parameters parameters register_backward_hook register_buffer
    register_forward_hook register_forward_pre_hook register_full_backward_hook
    register_full_backward_pre_hook register_load_state_dict_post_hook
    register_load_state_dict_pre_hook register_module register_parameter
    register_state_dict_post_hook register_state_dict_pre_hook requires_grad_ set_extra_state
    set_submodule share_memory state_dict to to_empty train training type xpu zero_grad
"""
MODULE = frozenset(_MODULE.split())

_DEFINITION = re.compile(r"^(?:def|block) ([A-Za-z_][A-Za-z0-9_]*)", re.MULTILINE)


def is_variable(name: str) -> bool:
    """Whether emitted `forward`s may have a tensor of this name."""
    return name in VARIABLES or _VARIABLE.match(name) is not None


@lru_cache(maxsize=1)
def prelude_names() -> frozenset[str]:
    """The words of the prelude, read off its text: nothing below the parser can parse it."""
    data = get_data("snaplang", "prelude.snap")
    assert data is not None
    return frozenset(_DEFINITION.findall(data.decode("utf-8")))
