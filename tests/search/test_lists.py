"""Lists of tasks, strategies and engines, and the options of each."""

from __future__ import annotations

from dataclasses import fields

import pytest

from snapsearch.config.registry import STRATEGIES
from snapsearch.run.listing import option_rows
from snapsearch.strategies.latent.options import CoderOptions, LatentOptions
from tests.search.test_command import call


@pytest.mark.parametrize(
    ("words", "told"),
    (
        ("tasks digits", "  width      8          channels of the first stage"),
        ("strategies latent", "  kappa           1.0  "),
        ("strategies evolution", "  population  30    trials that are alive"),
        ("strategies random", "It has no options."),
        ("strategies tests.search.test_config:Needy", "  rate  required\n"),
        ("engines workers", "  workers       1     processes"),
    ),
)
def test_one_is_shown_with_its_options(words: str, told: str) -> None:
    done = call(*words.split())
    assert (done.exit_code, told in done.stdout) == (0, True), done.output


def test_names_that_are_none_are_told() -> None:
    done = call("strategies", "latnt")
    assert done.exit_code == 1 and "did you mean `latent`?" in done.stderr


def test_every_option_of_ours_says_what_it_is() -> None:
    for name in STRATEGIES:
        assert all(about for _, _, about in option_rows("strategy", name)), name
    keys = [key for key, _, _ in option_rows("strategy", "latent")]
    wanted = [f.name for f in fields(LatentOptions) if f.name != "coder"]
    wanted += [f"coder.{f.name}" for f in fields(CoderOptions)]
    assert keys[3:] == wanted
