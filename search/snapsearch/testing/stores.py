"""The suite for stores: what `snapsearch.record.base` promises, whoever keeps it.

>>> from snapsearch.record.base import Memory
>>> check_store(Memory)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from snapsearch.record.base import TrialStore
from snapsearch.testing.contract import Contract, named
from snapsearch.trial import Candidate, Result, State, Trial


def check_store(store: Callable[[], TrialStore]) -> None:
    """Raise `AssertionError` where a store breaks its contract.

    `store` is the class, or a function without arguments that makes one, new and empty.

        check_store(MyStore)
        check_store(lambda: MyStore(tempfile.mkdtemp()))
    """
    contract = Contract(named(store))
    with contract.calling("__init__"):
        made: object = store()
    contract.keeps("is a TrialStore", isinstance(made, TrialStore), made)
    assert isinstance(made, TrialStore)
    with made:
        case = _TriedStore(contract, made)
        case.beginning()
        case.trials()
        case.notes()


@dataclass(frozen=True)
class _TriedStore:
    """A store that is tried."""

    contract: Contract
    store: TrialStore

    def beginning(self) -> None:
        """A new store is empty, and keeps what the run was given."""
        with self.contract.calling("trials"):
            found = self.store.trials()
        self.contract.keeps("is empty when it is new", list(found) == [], found)
        config, facts = {"seed": 3, "task": {"name": "x"}}, {"metric": "points", "inputs": ["N,8"]}
        with self.contract.calling("begin"):
            self.store.begin(config, facts)
        kept = (dict(self.store.config), dict(self.store.facts)) == (config, facts)
        promise = "keeps configuration and facts (`begin`)"
        self.contract.keeps(promise, kept, (self.store.config, self.store.facts))

    def trials(self) -> None:
        """Trials come back as they were, in order of number, in whatever order they end."""
        asked = [_trial(0, "first"), _trial(1, estimate=0.5), _trial(2), _trial(3)]
        with self.contract.calling("add"):
            for trial in asked:
                self.store.add(trial)
        self.same(asked)
        result = Result(1.5, {"accuracy": 0.25}, 3.0)
        failed = replace(asked[1], state=State.FAILED, reason="diverged: the loss is nan")
        complete = replace(asked[0], state=State.COMPLETE, result=result)
        for trial in (failed, complete):
            with self.contract.calling("finish"):
                self.store.finish(trial)
        self.same([complete, failed, *asked[2:]])
        self.store.trials().clear()
        self.same([complete, failed, *asked[2:]])

    def same(self, wanted: list[Trial]) -> None:
        """The trials that are there."""
        with self.contract.calling("trials"):
            found = self.store.trials()
        different = next((t for t in wanted if t not in found), "another order, or more")
        promise = "gives trials back as they were, in order of number"
        self.contract.keeps(promise, found == wanted, f"{found}; wrong: {different}")

    def notes(self) -> None:
        """It notes whether the space was used up, and can be told that it is in use."""
        with self.contract.calling("renew"):
            self.store.renew()
        for used_up in (True, False):
            with self.contract.calling("note_used_up"):
                self.store.note_used_up(used_up)
            found = self.store.used_up
            promise = "notes whether the space was used up"
            self.contract.keeps(promise, found is used_up, found)


def _trial(number: int, origin: str = "", estimate: float | None = None) -> Trial:
    candidate = Candidate((1, number), f"tanh conv{number + 1}", f"print:{number}")
    return Trial(number, candidate, origin=origin, estimate=estimate)
