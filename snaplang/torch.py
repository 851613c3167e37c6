"""`Block`: a SNAP program as an ordinary PyTorch module, running the source that can be printed.

The emitted source is executed as a module of its own, once per text; `Block(...)` is then an
instance of a class that derives from `Block` and from the emitted class. Nothing is interpreted
when it runs. This is the only file of the package that imports torch.

>>> import torch
>>> block = Block("dup conv3 bn relu add", channels=8)
>>> block(torch.zeros(2, 8, 5, 5)).shape
torch.Size([2, 8, 5, 5])
>>> list(block.state_dict())[:2]
['conv1.weight', 'conv1.bias']
"""

from __future__ import annotations

import hashlib
import linecache
import os
import pickle
import sys
import weakref
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import ModuleType
from typing import Any, Unpack

import torch
from torch import nn

from snaplang.api import Lowering, Snappable, lower, source_of
from snaplang.backends.torch import written
from snaplang.diagnostics import fail
from snaplang.diagnostics.source import Source
from snaplang.graph import Graph
from snaplang.graph.weights import aboard
from snaplang.ops import TABLE
from snaplang.syntax import Program
from snaplang.syntax.parser import parse

__all__ = ["Block"]

KEPT = 1024  # programs whose classes are kept for the next `Block` of the same text


class Block(nn.Module):
    """A module that computes a program.

    `x` is text (`str`), a file (`os.PathLike`), a Program or a Graph; the keywords are those of
    `snaplang.Lowering`; `channels=64` means `inputs=["N,64,H,W"]`. Weights start as PyTorch starts
    them, or are those of a lifted Graph; their names are the paths of words
    (`basic2.conv1.weight`).
    `forward` takes a tensor `[N, C, *spatial]` per input and returns one per output, several as a
    tuple. Axes on which a condition of the graph lies (`a multiple of 4`) are exported as
    `4 * Dim("h")` or `Dim.AUTO`.

    The result's class derives from `Block` and from the emitted class. It is pickled together with
    its source, so that it loads where the program is not available. Raises `SnapError` for what is
    no program (E731), for `channels` beside `inputs` (E732), and for whatever `snaplang.lower` and
    `snaplang.to_torch_source` reject.
    """

    _plan: _Plan

    def __init__(
        self,
        x: Snappable,
        channels: int | None = None,
        **lowering: Unpack[Lowering],
    ) -> None:
        if channels is not None:
            lowering["inputs"] = _inputs(channels, lowering.get("inputs"))
        plan = _plan_of(x, lowering)
        object.__setattr__(self, "__class__", plan.class_for(_own_class(type(self))))
        plan.generated.__init__(self)
        weights = aboard(x) if isinstance(x, Graph) else None
        if weights is not None:
            tensors = {key: torch.from_numpy(array.copy()) for key, array in weights.items()}
            left = self.load_state_dict(tensors, strict=False)
            assert all(key.endswith("num_batches_tracked") for key in left.missing_keys), left

    @property
    def source(self) -> str:
        """The PyTorch source that runs; it needs torch alone."""
        return self._plan.source

    @property
    def graph(self) -> Graph:
        """The graph that was compiled."""
        return self._plan.graph

    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:
        """Class and plan first: they make the classes that the state speaks of."""
        state: Any = super().__reduce_ex__(2)[2]
        return _rebuild, (_own_class(type(self)), self._plan), state


# -- source to classes -----------------------------------------------------------------------------


class _Loaded:
    """Emitted source, executed as a module that `sys.modules` knows as long as this lives.

    torch.compile looks the module up by name, tracebacks look its lines up by file name.
    """

    def __init__(self, source: str) -> None:
        self.source = source
        digest = hashlib.sha256(source.encode()).hexdigest()[:16]
        name, file = f"snaplang._generated.{digest}", f"<snaplang {digest}>"
        self.module = ModuleType(name, "Source that snaplang has emitted.")
        linecache.cache[file] = (len(source), None, source.splitlines(True), file)
        sys.modules[name] = self.module
        weakref.finalize(self, _forget, name, file, weakref.ref(self.module)).atexit = False
        try:
            exec(compile(source, file, "exec"), self.module.__dict__)
        except Exception as error:
            message = f"the source cannot be executed: {type(error).__name__}: {error}"
            raise fail("E904", message, hint="look at the torch functions of user ops") from error
        made: list[Any] = [v for v in vars(self.module).values() if isinstance(v, type)]
        for cls in made:
            if cls.__module__ == name and issubclass(cls, nn.Module):
                cls._snap_source, cls.__reduce_ex__ = source, _reduce_part


_loaded: weakref.WeakValueDictionary[str, _Loaded] = weakref.WeakValueDictionary()


def _load(source: str) -> _Loaded:
    """The module of a source, made once."""
    found = _loaded.get(source)
    if found is None:
        found = _loaded[source] = _Loaded(source)
    return found


def _forget(name: str, file: str, module: weakref.ref[ModuleType]) -> None:
    if name in sys.modules and sys.modules[name] is module():
        del sys.modules[name]
        linecache.cache.pop(file, None)


def _reduce_part(self: Any, protocol: Any) -> tuple[Any, ...]:
    """How a word's module is pickled: with the source of its class."""
    state: Any = object.__reduce_ex__(self, 2)[2]
    return _rebuild_part, (type(self)._snap_source, type(self).__name__), state


def _rebuild_part(source: str, name: str) -> Any:
    """An empty instance of a class in emitted source; its state follows."""
    loaded = _load(source)
    _remember(("source", source), loaded)
    made = getattr(loaded.module, name)
    return made.__new__(made)


# -- programs to plans -----------------------------------------------------------------------------


class _Plan:
    """A compiled program: graph, source, and the classes made of it. Copies are the plan itself."""

    def __init__(self, graph: Graph | None, source: str, name: str, pickled: bytes = b"") -> None:
        self._graph, self.source, self.name, self._pickled = graph, source, name, pickled
        self.loaded = _load(source)
        self.generated: type[nn.Module] = getattr(self.loaded.module, name)
        self.classes: dict[type, type] = {}

    @property
    def graph(self) -> Graph:
        """The graph; after unpickling it is read when first asked for.

        It may name user ops, which must be declared then; the module runs without them.
        """
        if self._graph is None:
            self._graph = pickle.loads(self._pickled)
        assert self._graph is not None
        return self._graph

    def class_for(self, base: type) -> type:
        """The subclass of `base` (`Block`, or a user's subclass of it) that runs this plan."""
        if base not in self.classes:
            names = {"_plan": self, "__module__": base.__module__, "__doc__": base.__doc__}
            self.classes[base] = type(self.name, (base, self.generated), names)
        return self.classes[base]

    def __deepcopy__(self, memo: object) -> _Plan:
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        if not self._pickled:
            assert self._graph is not None
            self._pickled = pickle.dumps(replace(self._graph, state=None))  # modules have their own
            _pickled_plans[self._pickled] = self
        return _revived, (self._pickled, self.source, self.name)


_pickled_plans: weakref.WeakValueDictionary[bytes, _Plan] = weakref.WeakValueDictionary()


def _revived(pickled: bytes, source: str, name: str) -> _Plan:
    """The plan in a pickle: the one it was made from, where that still exists."""
    found = _pickled_plans.get(pickled)
    if found is None or found.source != source:
        found = _pickled_plans[pickled] = _Plan(None, source, name, pickled)
    return found


def _own_class(made: type) -> type:
    """The class that a person has written: `Block` or a subclass."""
    return next(c for c in made.__mro__ if "_plan" not in vars(c))


def _rebuild(base: type, plan: _Plan) -> Any:
    """An empty instance; its state follows."""
    made: Any = plan.class_for(base)
    return made.__new__(made)


_kept: OrderedDict[object, Any] = OrderedDict()


def _remember(key: object, value: Any) -> None:
    _kept[key] = value
    while len(_kept) > KEPT:
        _kept.popitem(last=False)


def _plan_of(x: Snappable, lowering: Lowering) -> _Plan:
    """The plan of a program; the same text with the same arguments is compiled once."""
    held = source_of(x) if isinstance(x, str | os.PathLike) else x  # read once: files change
    key = _key(held, lowering)
    found = _kept.get(key)
    if isinstance(found, _Plan):
        _kept.move_to_end(key)
        return found
    program = parse(held) if isinstance(held, Source) else held
    graph = lower(program, **lowering)
    emitted = written(graph)
    plan = _Plan(graph, emitted.text, emitted.name)
    if key is not None:
        _remember(key, plan)
    return plan


def _inputs(channels: int, inputs: Sequence[str] | None) -> Sequence[str]:
    """`channels=64` spelt out."""
    if inputs is not None:
        raise fail("E732", "`channels` and `inputs` are both given", hint="give one of them")
    if isinstance(channels, bool) or not isinstance(channels, int):
        raise fail("E732", f"`channels` is a whole number, not {channels!r}")
    return [f"N,{channels},H,W"]


def _key(x: Snappable | Source, lowering: Lowering) -> object:
    """What a plan depends on; None where that is more than the arguments say."""
    what, inputs, choose = _identity(x), lowering.get("inputs"), lowering.get("choose")
    given = (inputs if isinstance(inputs, str) else tuple(inputs or ()), lowering.get("block"))
    if isinstance(choose, Mapping):
        choice: object = tuple(choose.items())
    elif choose is None or (isinstance(choose, str) and "random" not in choose):
        choice = choose
    elif isinstance(choose, Sequence) and not isinstance(choose, str):
        choice = tuple(choose)
    else:
        return None
    bound = tuple((n, type(v), str(v)) for n, v in (lowering.get("params") or {}).items())
    ops = tuple(
        spec for spec in TABLE.values() if spec.family == "user"
    )  # each is like itself only
    key = (what, *given, choice, bound, ops)
    try:
        hash(key)
    except TypeError:
        return None
    return key if what else None


def _identity(x: object) -> tuple[object, ...] | None:
    """What tells a program from others; None for one that reads further files."""
    if isinstance(x, Graph):
        return ("graph", id(x))  # its plan keeps it alive
    if isinstance(x, Source):
        if "use" not in x.text:  # as the word must, where a file is used
            return ("text", x.name, x.text)
        x = parse(x)
    if isinstance(x, Program):
        return None if x.tree.uses else ("program", x.source.name, x.source.text, x.tree)
    hint = "give a program's text, a path (`pathlib.Path`), a Program or a Graph"
    raise fail("E731", f"a Block is made of a program, not of {type(x).__name__}", hint=hint)
