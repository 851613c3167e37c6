"""The public names of snapsearch, which are imported when they are first used."""

from __future__ import annotations

import subprocess
import sys

import pytest

import snapsearch
from snapsearch import space
from snapsearch.strategies.base import Proposal
from snapsearch.tasks.base import Options


@pytest.mark.parametrize("name", snapsearch.__all__)
def test_each_public_name_is_there_and_documented(name: str) -> None:
    assert getattr(snapsearch, name).__doc__
    assert name in snapsearch._HOMES


def test_what_a_strategy_a_task_and_a_space_are_made_with_is_public() -> None:
    assert {"Options", "Proposal", "build", "free", "from_file", "template"} <= {
        *snapsearch.__all__
    }
    assert snapsearch.Proposal is Proposal and snapsearch.Options is Options
    made = (snapsearch.free, snapsearch.template, snapsearch.from_file, snapsearch.build)
    assert made == (space.free, space.template, space.from_file, space.build)
    kinds = snapsearch.Space
    assert made == (kinds.free, kinds.template, kinds.from_file, kinds.build)
    assert snapsearch.build(snapsearch.free("dup add", 3).describe()).programs() == 2


def test_spaces_are_made_of_the_contract_alone() -> None:
    """Whichever module is imported first."""
    code = "from snapsearch.space.base import Space; print(Space.free('dup add', 3).programs())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.strip() == "2", done.stderr


def test_nothing_is_imported_before_it_is_used() -> None:
    code = "import snapsearch, sys; print('snaplang' in sys.modules, 'numpy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.split() == ["False", "False"], done.stderr


def test_other_names_are_errors() -> None:
    with pytest.raises(AttributeError, match="no attribute `fre`"):
        snapsearch.fre  # noqa: B018
