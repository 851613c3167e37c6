"""From an `nn.Module` to terms: torch.fx traces it, or torch.export where fx cannot.

Either way there is a graph of calls. It is run here on `Traced` tensors, which have symbolic sizes
and make terms; modules of torch.nn run their own `forward` on them. What the calls mean stands in
`terms.py`.
"""

from __future__ import annotations

import copy
import inspect
import operator
import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import fx, nn

from snaplang.diagnostics import SnapError, fail
from snaplang.dims import Dim
from snaplang.lift.terms import ModelPlace, Term, UnfitError
from snaplang.lift.terms.source import Foreign
from snaplang.lift.torch.tensor import Tracing, UnknownCallError
from snaplang.lift.torch.terms import run
from snaplang.lift.torch.unknown import unknown
from snaplang.lowering.inputs import parse_given

EXAMPLE = (48, 56, 64, 72, 80, 88)  # sizes that letters have where a module must be run


def read_torch(module: nn.Module, inputs: Sequence[str] | None) -> Foreign:
    """The terms of a module; raises `SnapError` (E813, E815, E816)."""
    if not isinstance(module, nn.Module):
        raise fail("E815", f"a {type(module).__name__} is no nn.Module")
    if isinstance(module, nn.DataParallel | nn.parallel.DistributedDataParallel):
        module = module.module
    shapes = _shapes(inputs)
    errors = []
    for trace, whole in ((_by_fx, False), (_by_export, False), (_by_fx, True)):
        tracing = Tracing(_names(module), call=run, whole=whole)
        try:
            return _interpreted(module, trace(module, shapes), shapes, tracing)
        except SnapError:
            raise
        except Exception as error:  # whatever a foreign forward may raise
            errors.append(error)
    raise _failed(module, errors)


def _failed(module: nn.Module, errors: list[Exception]) -> SnapError:
    name = type(module).__name__
    lines = [_line(error) for error in errors]
    message = f"`{name}` cannot be traced; torch.fx: {lines[0]}; torch.export: {lines[1]}"
    hint = "give the inputs' shapes as the module takes them, numbers where it needs numbers"
    return fail("E815", message, hint=hint)


def _line(error: Exception) -> str:
    text = str(error).strip().splitlines()
    return f"{type(error).__name__}: {text[0][:160]}" if text else type(error).__name__


def _shapes(inputs: Sequence[str] | None) -> list[tuple[str | None, tuple[Dim, ...]]]:
    if not inputs:
        hint = 'for example `inputs=["N,3,224,224"]`, letters for sizes that may be any'
        raise fail("E816", "`from_torch` needs the shapes of the module's inputs", hint=hint)
    given = [inputs] if isinstance(inputs, str) else list(inputs)
    found = [parse_given(text) for text in given]
    return [(g.name, (g.batch, *g.sizes)) for g in found]


def _names(module: nn.Module) -> dict[int, str]:
    """The name of each parameter and buffer, by where its data lies."""
    found: dict[int, str] = {}
    for name, tensor in (*module.named_parameters(), *module.named_buffers()):
        found.setdefault(id(tensor), name)
    return found


# -- two ways to a graph ---------------------------------------------------------------------------


class _Proxy(fx.Proxy):
    """A proxy that records `x += y` as the change in place that it is; fx's own makes it a sum."""


def _in_place(function: Callable[..., Any]) -> Callable[[fx.Proxy, Any], fx.Proxy]:
    def method(self: fx.Proxy, other: Any) -> fx.Proxy:
        return self.tracer.create_proxy("call_function", function, (self, other), {})

    return method


for _name in ("iadd", "isub", "imul", "itruediv", "ipow", "imatmul"):
    setattr(_Proxy, f"__{_name}__", _in_place(getattr(operator, _name)))


class _Tracer(fx.Tracer):
    """fx's tracer, with proxies that know what is changed in place."""

    def proxy(self, node: fx.Node) -> fx.Proxy:
        return _Proxy(node, self)


def _by_fx(module: nn.Module, shapes: Any) -> fx.GraphModule:
    graph = _Tracer(autowrap_functions=()).trace(module, _left_out(module, shapes) or None)
    return fx.GraphModule(module, graph)


def _left_out(module: nn.Module, shapes: Any) -> dict[str, Any]:
    """Arguments of `forward` that no shape is given for, with their defaults."""
    named = {label for label, _ in shapes}
    given = sum(label is None for label, _ in shapes)
    left: dict[str, Any] = {}
    for i, (name, parameter) in enumerate(inspect.signature(module.forward).parameters.items()):
        if i >= given and name not in named and parameter.default is not parameter.empty:
            left[name] = parameter.default
    return left


def _by_export(module: nn.Module, shapes: Any) -> fx.GraphModule:
    shapes = _in_order(module, shapes)
    letters = sorted({n for _, sizes in shapes for size in sizes for n in size.letters()})
    known = {name: EXAMPLE[i % len(EXAMPLE)] for i, name in enumerate(letters)}
    known |= {name: 2 for name in shapes[0][1][0].letters()}  # the batch
    examples, axes = [], []
    for _, sizes in shapes:
        numbers = [known.get(str(size), size.whole()) for size in sizes]
        examples.append(torch.zeros([n or 1 for n in numbers]))
        axes.append({i: torch.export.Dim.AUTO for i, s in enumerate(sizes) if s.letters()})
    kinds = [p.kind for p in inspect.signature(module.forward).parameters.values()]
    moving: tuple[Any, ...] = tuple(axes)
    if inspect.Parameter.VAR_POSITIONAL in kinds:  # `*args` is one argument, a tuple
        first = kinds.index(inspect.Parameter.VAR_POSITIONAL)
        moving = (*axes[:first], tuple(axes[first:]))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        program = torch.export.export(module, tuple(examples), dynamic_shapes=moving)
        return program.module(check_guards=False)


def _in_order(module: nn.Module, shapes: Any) -> Any:
    """The shapes as `forward` takes them by position, where they are given by name."""
    places = list(inspect.signature(module.forward).parameters)
    if all(label in places for label, _ in shapes):
        return sorted(shapes, key=lambda pair: places.index(pair[0]))
    return shapes


# -- running a graph -------------------------------------------------------------------------------


def _interpreted(
    module: nn.Module, traced: fx.GraphModule, shapes: Any, tracing: Tracing
) -> Foreign:
    tracing.names |= _names(traced)
    env: dict[fx.Node, Any] = {}
    places = [node for node in traced.graph.nodes if node.op == "placeholder"]
    given = _placed(type(module).__name__, places, shapes)
    inputs: list[Term] = []
    result: Any = None
    for node in traced.graph.nodes:
        if node.op == "placeholder":
            sizes = given.get(node)
            if sizes is None:
                env[node] = node.args[0]
                continue
            inputs.append(tracing.terms.input(str(node.target), sizes))
            env[node] = tracing.wrap(inputs[-1])
        elif node.op == "get_attr":
            env[node] = _attribute(traced, str(node.target))
        elif node.op == "output":
            result = fx.node.map_arg(node.args[0], lambda n: env[n])
        else:
            env[node] = _called(traced, node, env, tracing)
    outputs = [_output(value, tracing) for value in _flat(result)]
    if not outputs:
        raise fail("E817", f"`{type(module).__name__}` returns no tensor")
    names = [f"out{i + 1}" for i in range(len(outputs))] if len(outputs) > 1 else ["out"]
    name = type(module).__name__
    terms, arrays, bare = tracing.terms, tracing.arrays, tracing.bare
    return Foreign(name, inputs, outputs, names, "PyTorch", terms, terms.notes, arrays, bare)


def _placed(name: str, places: list[fx.Node], shapes: Any) -> dict[fx.Node, tuple[Dim, ...]]:
    """Which shape each argument of `forward` has; the others have defaults."""
    free = [p for p in places if not p.args]
    if not len(free) <= len(shapes) <= len(places):
        need = str(len(free)) if len(free) == len(places) else f"{len(free)} to {len(places)}"
        message = f"`{name}` takes {need} inputs, {len(shapes)} shapes are given"
        raise fail("E816", message)
    by_name = {str(p.target): p for p in places}
    found = {}
    for i, (label, sizes) in enumerate(shapes):
        if label is not None and label not in by_name:
            raise fail("E816", f"`{name}` has no input `{label}`")
        found[by_name[label] if label is not None else places[i]] = sizes
    return found


def _attribute(module: nn.Module, path: str) -> Any:
    found: Any = module
    for name in path.split("."):
        found = getattr(found, name)
    return found


def _called(traced: fx.GraphModule, node: fx.Node, env: dict[fx.Node, Any], t: Tracing) -> Any:
    args = fx.node.map_arg(node.args, lambda n: env[n])
    kwargs = fx.node.map_arg(node.kwargs, lambda n: env[n])
    scope = _scope(node)
    target = str(node.target) if node.op != "call_function" else node.name
    name = ".".join(filter(None, [scope, target])) if node.op != "call_module" else target
    t.terms.place = ModelPlace(name, target if node.op == "call_module" else scope)
    try:
        if node.op == "call_module":
            return _module(_attribute(traced, target), args, kwargs, t)
        if node.op == "call_method":
            return run(t, target, args, kwargs)
        return _function(node.target, args, kwargs, t)
    except UnfitError as error:
        raise fail("E813", f"`{name}`: {error}") from None


def _scope(node: fx.Node) -> str:
    """The path of the module that a call stands in."""
    stack = node.meta.get("nn_module_stack") or {}
    last = list(stack.values())[-1] if stack else ("", None)
    path = str(last[0]) if isinstance(last, tuple) else ""
    return path.removeprefix("L['self'].").removeprefix("L['self']")


def _module(module: nn.Module, args: Any, kwargs: Any, t: Tracing) -> Any:
    if isinstance(module, nn.modules.batchnorm._BatchNorm):  # its own forward counts batches
        x, statistics = args[0], (module.running_mean, module.running_var)
        rest = (module.weight, module.bias, True, module.momentum, module.eps)
        return run(t, "batch_norm", (x, *statistics, *rest), {}, F.batch_norm)
    hooked = module._forward_hooks or module._forward_pre_hooks  # weight norm, spectral norm
    if hooked or not _holds_traced((args, kwargs)):
        return module(*args, **kwargs)
    if not t.whole:
        return module.forward(*args, **kwargs)
    try:
        return module.forward(*args, **kwargs)
    except (SnapError, UnfitError):
        raise
    except Exception:  # whatever a foreign forward may raise
        bare = copy.deepcopy(module).to("meta")
        return unknown(t, type(module).__name__, args, kwargs, bare, repr(module))


def _function(target: Any, args: Any, kwargs: Any, t: Tracing) -> Any:
    if not _holds_traced((args, kwargs)):
        name = getattr(target, "__name__", "")
        if name.endswith("_") and not name.endswith("__") and args:
            return args[0]  # nothing of the module itself is changed
        return target(*args, **kwargs)
    if isinstance(target, torch._ops.OpOverload):
        name = target._schema.name.rpartition("::")[2]
        return run(t, name, args, kwargs, target)
    if not isinstance(target, Callable):  # type: ignore[arg-type]
        raise UnknownCallError(str(target))
    return run(t, getattr(target, "__name__", str(target)), args, kwargs, target)


def _holds_traced(value: Any) -> bool:
    from snaplang.lift.torch.sizes import SymSize
    from snaplang.lift.torch.tensor import Traced

    if isinstance(value, Traced | SymSize):
        return True
    if isinstance(value, list | tuple):
        return any(map(_holds_traced, value))
    return isinstance(value, dict) and any(map(_holds_traced, value.values()))


def _flat(value: Any) -> Iterator[Any]:
    """Tensors in what a module returns, in order."""
    if isinstance(value, list | tuple):
        for item in value:
            yield from _flat(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from _flat(item)
    elif value is not None:
        yield value


def _output(value: Any, tracing: Tracing) -> Term:
    term = tracing.value(value)
    if not isinstance(term, Term):
        raise fail("E817", "an output does not depend on the inputs")
    return term
