"""The suite for tasks: what `snapsearch.tasks.base` promises, whoever keeps it.

>>> from snapsearch.testing.samples import Obliging
>>> check_task(Obliging(), programs=["value 1", "value 2", "fail"])
"""

from __future__ import annotations

import math
import pickle
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from numbers import Real

import numpy as np

from snapsearch.errors import SearchError
from snapsearch.run.assembly import make_space, space_of
from snapsearch.space.base import Space
from snapsearch.tasks.base import Failure, Task
from snapsearch.testing.contract import Contract, named
from snapsearch.trial import Result

SEED = 7


def check_task(
    task: Task | Callable[[], Task], programs: Sequence[str] = (), space: Space | None = None
) -> None:
    """Raise `AssertionError` where a task breaks its contract.

    `task` is one, or a class or function without arguments that makes one. It evaluates `programs`
    at its smallest budget, three times each: in a single process, in another order, and as a copy
    that was pickled. By default these are two programs of `space`, or of the task's own space.

        check_task(MyTask(MyOptions(width=4)))
        check_task(MyTask, programs=["conv3 relu", "dup conv1 add"])
    """
    contract = Contract(named(task))
    with contract.calling("__init__"):
        made: object = task if isinstance(task, Task) else task()
    contract.keeps("is a Task", isinstance(made, Task), made)
    assert isinstance(made, Task)
    case = _TriedTask(contract, made)
    case.names()
    case.budgets()
    if space is None and made.default_space is not None:
        space = make_space(None, made)
    if not programs:
        contract.keeps("has a space of its own, unless programs are given", space is not None)
        assert space is not None
        rng = np.random.default_rng(SEED)
        programs = [space.sample(rng).program for _ in range(2)]
    if space is not None:
        with contract.calling("prepare"):
            made.prepare(space)
    case.description()
    case.evaluations(programs)


@dataclass(frozen=True)
class _TriedTask:
    """A task that is tried."""

    contract: Contract
    task: Task

    def names(self) -> None:
        """It says what it is and what it measures."""
        for name in ("name", "summary", "metric", "unit", "cost_unit"):
            with self.contract.calling(name):
                found = getattr(self.task, name)
            kept = isinstance(found, str) and found != ""
            self.contract.keeps(f"has a text as its `{name}`", kept, repr(found))
        inputs = self.task.inputs
        kept = inputs is None or (
            isinstance(inputs, tuple) and all(isinstance(shape, str) for shape in inputs)
        )
        self.contract.keeps("has None or a tuple of shapes as its `inputs`", kept, inputs)

    def budgets(self) -> None:
        """Budgets ascend; the last is the full one, and others are refused."""
        with self.contract.calling("budgets"):
            found = self.task.budgets
        ascending = sorted(set(found)) == list(found) and len(found) > 0 and min(found) > 0
        self.contract.keeps("has ascending positive `budgets`", ascending, found)
        full = self.task.full(None)
        self.contract.keeps("takes the last budget as the full one", full == found[-1], full)
        unknown = max(found) + 1
        try:
            took: object = self.task.full(unknown)
        except SearchError as error:
            took = error.code
        self.contract.keeps("refuses a budget that it has not (S201)", took == "S201", took)

    def description(self) -> None:
        """What a record keeps is JSON, and the digest of the data stays the same."""
        with self.contract.calling("describe"):
            self.contract.gives_json("describe", self.task.describe())
        with self.contract.calling("digest"):
            one, same = self.task.digest(), self.task.digest()
        kept = one == same and (one is None or isinstance(one, str))
        self.contract.keeps("has one `digest` as long as its data are the same", kept, (one, same))
        if self.task.default_space is not None:
            with self.contract.calling("default_space"):
                space_of(self.task.default_space)

    def evaluations(self, programs: Sequence[str]) -> None:
        """The same program and seed give the same, in any order and in a copy."""
        first = [self.evaluated(self.task, program) for program in programs]
        with self.contract.calling("model"):
            for program in programs:
                text, block, inputs = self.task.model(program)
                kept = isinstance(text, str) and isinstance(inputs, list)
                self.contract.keeps("builds a text of a program (`model`)", kept, (text, inputs))
                self.contract.keeps("names a block or None", block is None or bool(block), block)
        with self.contract.calling("__reduce__` of pickle, which workers need, of `evaluate"):
            copy = pickle.loads(pickle.dumps(self.task))
        for i, program in reversed(list(enumerate(programs))):
            again, copied = self.evaluated(self.task, program), self.evaluated(copy, program)
            promise = "gives the same result for a program and a seed, whatever came before"
            self.contract.keeps(promise, again == first[i], _between(program, first[i], again))
            promise = "gives the same result where it was pickled"
            self.contract.keeps(promise, copied == first[i], _between(program, first[i], copied))

    def evaluated(self, task: Task, program: str) -> object:
        """What comes of a program: value and metrics, or the reason of the failure."""
        with self.contract.calling("evaluate"):
            try:
                result: object = task.evaluate(program, task.budgets[0], SEED)
            except Failure as failure:
                return str(failure)
        self.contract.keeps("returns a Result", isinstance(result, Result), repr(result))
        assert isinstance(result, Result)
        figures = {**result.metrics, "value": result.value, "cost": result.cost}
        for name, figure in figures.items():
            kept = isinstance(figure, Real) and (name == "value" or math.isfinite(figure))
            promise = f"gives a finite number as `{name}` of a Result"
            self.contract.keeps(promise, kept, repr(figure))
        value = repr(result.value) if math.isnan(result.value) else result.value
        return value, dict(result.metrics)


def _between(program: str, one: object, other: object) -> str:
    return f"{one} and {other}, of {program!r}"
