"""Suites for what you write: call them in your own tests with your class.

    from snapsearch.testing import check_strategy, check_task

    def test_my_strategy():
        check_strategy(MyStrategy)

    def test_my_task():
        check_task(MyTask(), programs=["conv3 relu", "dup conv1 add"])

Each tries what the contract of its kind promises, and raises an `AssertionError` that says which
promise was broken, and by which value. They need no pytest. What snapsearch ships passes them.

    strategies, tasks, engines, spaces, stores    one suite each
    contract                                      how a broken promise is told
    samples                                       spaces, a task and values to try with
"""

from __future__ import annotations

from snapsearch.testing.engines import check_engine
from snapsearch.testing.spaces import check_space
from snapsearch.testing.stores import check_store
from snapsearch.testing.strategies import check_strategy
from snapsearch.testing.tasks import check_task

__all__ = ["check_engine", "check_space", "check_store", "check_strategy", "check_task"]
