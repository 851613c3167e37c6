"""The report in a real browser (Chromium): it draws, it answers the pointer, it logs no error."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from snapsearch.report import pictures, write, write_comparison
from tests.search.report.records import record

_BROWSER, _DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
pytestmark = [
    pytest.mark.skipif(_BROWSER is None or _DRIVER is None, reason="needs Chromium and its driver"),
    pytest.mark.xdist_group("browser"),
]
_FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-sync "
    "--disable-background-networking --disable-component-update --window-size=1200,900"
)


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = _BROWSER or ""
    for flag in [*_FLAGS.split(), f"--user-data-dir={tmp_path_factory.mktemp('chromium')}"]:
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options, Service(_DRIVER))
    yield driver
    driver.quit()


@pytest.fixture(scope="module")
def opened(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    path = tmp_path_factory.mktemp("report") / "report.html"
    write(record(), path, [record("runs/chance", "random", shift=-1.0)])
    browser.get(path.as_uri())
    return browser


def test_nothing_is_logged_and_nothing_runs_over_the_edge(opened: Any) -> None:
    assert opened.get_log("browser") == []
    wide = "return document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert opened.execute_script(wide) == 0


def test_every_plot_has_a_size(opened: Any) -> None:
    for name in ("progress", "estimates", "spending"):
        plot = opened.find_element("css selector", f"#{name} > svg")
        assert plot.size["width"] > 300 and plot.size["height"] > 150


def test_each_complete_trial_is_a_point_and_the_best_is_ringed(opened: Any) -> None:
    run = record()
    points = opened.find_elements("css selector", "#map circle")
    assert len(points) == len(run.complete)
    best = opened.find_element("css selector", "#map circle.best")
    assert run.best is not None and best.get_attribute("data-trial") == str(run.best.number)


def test_pointing_at_an_architecture_shows_its_block(opened: Any) -> None:
    from selenium.webdriver.common.action_chains import ActionChains

    box = opened.find_element("id", "hover")
    assert not box.is_displayed()
    best = record().best
    assert best is not None
    point = opened.find_element("css selector", "#map circle.best")
    opened.execute_script("arguments[0].scrollIntoView({block: 'center'})", point)
    ActionChains(opened).move_to_element(point).perform()
    assert box.is_displayed()
    assert f"trial {best.number}" in box.text and best.candidate.program in box.text
    if pictures.available():
        assert box.find_element("css selector", "svg").size["height"] > 50
    ActionChains(opened).move_to_element(opened.find_element("tag name", "h1")).perform()
    assert not box.is_displayed()


def test_the_list_of_trials_opens(opened: Any) -> None:
    table = opened.find_element("id", "trials")
    assert not table.is_displayed()
    opened.find_element("css selector", "details summary").click()
    assert table.is_displayed()
    assert len(table.find_elements("css selector", "tr")) == 1 + len(record().trials)


def test_a_small_screen_is_enough(opened: Any) -> None:
    opened.set_window_size(500, 900)
    wide = "return document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert opened.execute_script(wide) == 0
    opened.set_window_size(1200, 900)


def test_the_comparison_draws(browser: Any, tmp_path: Path) -> None:
    runs = [record("a", "latent"), record("b", "random", shift=-1.0)]
    browser.get(write_comparison(runs, tmp_path / "comparison.html").as_uri())
    assert browser.find_element("css selector", "#bands > svg").size["width"] > 300
    assert browser.get_log("browser") == []
