"""Reading genotypes as people have them: JSON, or what Python prints. Nothing is ever evaluated.

Python text may have lists, tuples, dicts, numbers, strings, `range(a, b)`, and one call with
keywords around them all, such as `Genotype(normal=…)`, which becomes a dict. It may be assigned.

>>> literal("Genotype(normal=[('skip_connect', 0)], normal_concat=range(2, 4))")
{'normal': [('skip_connect', 0)], 'normal_concat': [2, 3]}
"""

from __future__ import annotations

import ast
import json
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

from snaplang.diagnostics import Diagnostic, SnapError

MOST = 100_000  # characters; published genotypes have a thousand
_DEEPEST = 20
_LARGEST = 10**9  # no index, size or count of a genotype is larger


def rejected(message: str, hint: str | None = None) -> SnapError:
    """The error for data that is no genotype."""
    return SnapError(Diagnostic("E801", message, hint=hint))


def literal(text: str) -> Any:
    """The data in a text; raises `SnapError` for anything but plain data."""
    if len(text) > MOST:
        raise rejected(f"{len(text):,} characters are no genotype")
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        pass
    try:
        with warnings.catch_warnings():  # Python's parser has opinions on style
            warnings.simplefilter("ignore")
            (statement,) = ast.parse(text.strip()).body
        if isinstance(statement, ast.Assign | ast.Expr):
            return _value(statement.value, 0)
        raise ValueError("no data")
    except (SyntaxError, TypeError, ValueError, RecursionError, MemoryError):
        shown = " ".join(text.split())[:60]
        hint = "give JSON, or the text that Python prints: `Genotype(normal=[...], ...)`"
        raise rejected(f"`{shown}` is no plain data", hint) from None


def _value(node: ast.expr, depth: int) -> Any:
    if depth > _DEEPEST:
        raise ValueError("nested too deep")
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float | str | None):
        return node.value
    if isinstance(node, ast.List):
        return [_value(item, depth + 1) for item in node.elts]
    if isinstance(node, ast.Tuple):
        return tuple(_value(item, depth + 1) for item in node.elts)
    if isinstance(node, ast.Dict) and all(node.keys):
        pairs = zip(node.keys, node.values, strict=True)
        return {_value(k, depth + 1): _value(v, depth + 1) for k, v in pairs if k is not None}
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        return _call(node, node.func.id, depth)
    raise ValueError(ast.dump(node)[:40])


def _call(node: ast.Call, name: str, depth: int) -> Any:
    places = [_value(item, depth + 1) for item in node.args]
    if name == "range" and not node.keywords and 1 <= len(places) <= 2:
        start, stop = (0, *places)[-2:]
        if isinstance(start, int) and isinstance(stop, int) and stop - start < 1000:
            return list(range(start, stop))
    named = {k.arg: _value(k.value, depth + 1) for k in node.keywords}
    if depth == 0 and not places and None not in named:
        return named
    raise ValueError(name)


def plain(data: Any, depth: int = 0) -> Any:
    """Data with its arrays, named tuples and other sequences as lists and dicts.

    What is none of these stays for the caller to judge. Raises `SnapError` for what is nested too
    deep (a list that holds itself) and for numbers that nothing in a genotype can be.
    """
    if depth > _DEEPEST:
        raise rejected("data nested so deep are no genotype")
    if hasattr(data, "tolist"):  # of numpy or torch; the benchmark's matrices are arrays
        data = data.tolist()
    if hasattr(data, "_asdict"):  # a named tuple, as DARTS has them
        data = data._asdict()
    if isinstance(data, int) and abs(data) > _LARGEST:
        shown = str(data) if data.bit_length() < 100 else f"a number of {data.bit_length()} bits"
        raise rejected(f"{shown} is no number of a genotype")
    if isinstance(data, Mapping):
        return {str(k)[:80]: plain(v, depth + 1) for k, v in data.items()}
    if isinstance(data, Sequence) and not isinstance(data, str | bytes):
        if len(data) > MOST:
            raise rejected(f"{len(data):,} entries are no genotype")
        return [plain(item, depth + 1) for item in data]
    return data
