"""Where an ONNX node comes from: the path of its module, as exporters write it into names.

>>> scope_of(onnx.NodeProto(name="/layer1/layer1.0/conv1/Conv"), "pytorch").scope
'layer1.0.conv1'
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping

import onnx

from snaplang.dims import Dim, ceil_div, dim, floor_div, letter
from snaplang.lift.terms import ModelPlace
from snaplang.lift.terms.shapes import UnfitError, quotient

_SCOPES = "pkg.torch.onnx.name_scopes"
_RULES = "pkg.onnxscript.rewriter.rule_name"


def scope_of(node: onnx.NodeProto, producer: str) -> ModelPlace:
    """A node's place: its name, its module's path, and the instance it belongs to."""
    name = node.name or (node.output[0] if node.output else node.op_type)
    if producer == "snaplang":
        path = name.rpartition("/")[0] or name
        return ModelPlace(name, path, path)
    for entry in node.metadata_props:
        if entry.key == _SCOPES:
            return ModelPlace(name, _innermost(entry.value))
    return ModelPlace(name, _joined(name.split("/")[1:-1]) if name.startswith("/") else "")


def is_fused(node: onnx.NodeProto) -> bool:
    """Whether the exporter says that it has folded a batch norm into a node."""
    return any(e.key == _RULES and "FuseBatchNorm" in e.value for e in node.metadata_props)


def _innermost(text: str) -> str:
    """The path in a list of scopes, the last of which is the op itself."""
    try:
        scopes = ast.literal_eval(text) if len(text) < 10_000 else []
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return ""
    return str(scopes[-2]) if isinstance(scopes, list) and len(scopes) > 1 else ""


def _joined(parts: Iterable[str]) -> str:
    """`layer1`, `layer1.0`, `conv1` is layer1.0.conv1: containers repeat what they stand in."""
    path = last = ""
    for part in parts:
        if last and part.startswith(last + "."):
            path += part[len(last) :]
        else:
            path += f".{part}" if path else part
        last = part
    return path


def axis_sizes(info: onnx.ValueInfoProto, known: dict[str, Dim]) -> tuple[Dim, ...]:
    """The sizes of an input; axes without a number or name get letters of their own.

    `known` maps the texts of axes to sizes, so that equal texts are equal sizes.
    """
    sizes = []
    for i, axis in enumerate(info.type.tensor_type.shape.dim):
        if axis.HasField("dim_value") and axis.dim_value > 0:
            sizes.append(dim(axis.dim_value))
            continue
        text = axis.dim_param or f"{info.name}_{i}"
        if text not in known:
            known[text] = _size(text, known)
        sizes.append(known[text])
    return tuple(sizes)


def _size(text: str, known: Mapping[str, Dim]) -> Dim:
    """A size from what it is called: `N`, or arithmetic such as `2*H`, or any name at all."""
    if not re.fullmatch(r"[A-Za-z_]\w*", text, re.ASCII):
        found = size_of(text)
        if found is not None:
            return found
    name = re.sub(r"\W+", "_", text, flags=re.ASCII).strip("_") or "n"
    name = f"n{name}" if name[0].isdigit() else "C" if name == "c" else name
    taken = {str(size) for size in known.values()}
    fresh, count = name, 1
    while fresh in taken:
        count += 1
        fresh = f"{name}_{count}"
    return letter(fresh)


def size_of(text: str) -> Dim | None:
    """The size that arithmetic on letters and numbers means, as in `2*H`; None where it is none."""
    if len(text) > 200:
        return None
    names = re.sub(r"[A-Za-z_]\w*+(?!\()", r"_\g<0>", text, flags=re.ASCII)  # `is` is a letter too
    try:
        return _arithmetic(ast.parse(names, mode="eval").body)
    except (SyntaxError, ValueError, UnfitError, MemoryError, RecursionError):
        return None


def _arithmetic(node: ast.expr) -> Dim:
    """Sums, products and quotients of letters and numbers; never evaluated as Python."""
    if isinstance(node, ast.Constant) and isinstance(node.value, int):
        return dim(node.value)
    if isinstance(node, ast.Name):
        return letter(node.id[1:])
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return -1 * _arithmetic(node.operand)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and len(node.args) == 1:
        arg = node.args[0]
        if isinstance(arg, ast.BinOp) and isinstance(arg.op, ast.Div):
            by = _arithmetic(arg.right).whole()
            divide = {"ceil": ceil_div, "floor": floor_div}.get(node.func.id)
            if divide and by:
                return divide(_arithmetic(arg.left), by)
    if isinstance(node, ast.BinOp):
        left, right = _arithmetic(node.left), _arithmetic(node.right)
        if isinstance(node.op, ast.Add):
            return left + right
        if isinstance(node.op, ast.Sub):
            return left - right
        if isinstance(node.op, ast.Mult):
            return left * right
        found = quotient(left, right) if isinstance(node.op, ast.Div | ast.FloorDiv) else None
        if found is not None:
            return found
        if isinstance(node.op, ast.FloorDiv) and right.whole():
            return floor_div(left, right.whole() or 1)
    raise ValueError("no arithmetic on sizes")
