"""Products of matrices and attention, as PyTorch calls them, as terms."""

from __future__ import annotations

from typing import Any

import numpy as np

from snaplang.dims import dim
from snaplang.lift.terms import Const, Term, Value
from snaplang.lift.terms.shapes import UnfitError
from snaplang.lift.torch.tensor import Tracing


def _optional(t: Tracing, value: Any) -> Value:
    return None if value is None else t.value(value)


def matmul(t: Tracing, a: Any, b: Any) -> Any:
    """A product of matrices; of a tensor and a weight it is a linear map."""
    left, right = t.value(a), t.value(b)
    if isinstance(right, Const) and right.array.ndim == 2:
        return t.wrap(t.terms.make("linear", left, Const(right.array.T, right.root), None))
    return t.wrap(t.terms.make("matmul", left, right))


def attention(
    t: Tracing,
    query: Any,
    key: Any,
    value: Any,
    attn_mask: Any = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: Any = None,
    **kwargs: Any,
) -> Any:
    """`F.scaled_dot_product_attention`, spelt out."""
    if attn_mask is not None or is_causal or kwargs.get("enable_gqa"):
        return NotImplemented
    q, k, v = t.value(query), t.value(key), t.value(value)
    assert q is not None
    width = q.shape[-1].whole()
    if width is None:
        raise UnfitError("an attention over channels that are not known")
    number = Const(np.asarray(width**-0.5 if scale is None else float(scale)))
    scores = t.terms.make("matmul", q, t.terms.swapped(k, -1, -2))
    shares = t.terms.make("softmax", t.terms.combine("mul", scores, number), axis=len(q.shape) - 1)
    return t.wrap(t.terms.make("matmul", shares, v))


def multi_head(
    t: Tracing,
    query: Any,
    key: Any,
    value: Any,
    embed_dim: int,
    heads: int,
    weight: Any,
    bias: Any,
    bias_k: Any,
    bias_v: Any,
    add_zero_attn: bool,
    dropout_p: float,
    out_weight: Any,
    out_bias: Any,
    *args: Any,
    **kwargs: Any,
) -> Any:
    """`F.multi_head_attention_forward` on `[L, N, C]`, of one tensor with itself."""
    odd = [bias_k, bias_v, kwargs.get("attn_mask"), kwargs.get("key_padding_mask")]
    whole = kwargs.get("use_separate_proj_weight") or weight is None or add_zero_attn
    alone = t.value(query) is t.value(key) is t.value(value)
    if any(v is not None for v in odd) or whole or not alone or query.ndim != 3:
        return NotImplemented
    x = t.value(query)
    assert isinstance(x, Term)
    length, batch = x.shape[:2]
    rows = t.terms.make("linear", x, t.value(weight), _optional(t, bias))
    shape = (length, batch, dim(heads), dim(embed_dim // heads))
    parts = []
    for part in t.terms.split(rows, 2, [embed_dim] * 3):
        parts.append(t.wrap(t.terms.transpose(t.terms.reshape(part, shape), (1, 2, 0, 3))))
    mixed = t.value(attention(t, *parts))
    joined = t.terms.reshape(
        t.terms.transpose(mixed, (2, 0, 1, 3)), (length, batch, dim(embed_dim))
    )
    if dropout_p and kwargs.get("training", True):
        t.terms.notes.append(f"`{t.terms.place.name}`: dropout inside an attention is left out")
    return t.wrap(t.terms.make("linear", joined, t.value(out_weight), _optional(t, out_bias))), None
