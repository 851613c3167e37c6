"""Pages: whole, self-contained, the same every time, and never with a stranger's markup."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from snapsearch.errors import SearchError
from snapsearch.report import Record, pictures, write, write_comparison
from tests.search.report.records import HOSTILE, record

_VOID = {"meta", "link", "br", "img", "hr", "input"}


class _Wellformed(HTMLParser):
    """Complains of tags that are not closed in order; collects what a page would fetch."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.fetched: list[str] = []
        self.ids: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _VOID:
            self.open.append(tag)
        known = dict(attrs)
        self.ids += [known["id"] or ""] if "id" in known else []
        target = known.get("src") or known.get("href") or known.get("xlink:href") or ""
        if target and not target.startswith(("#", "data:")):
            self.fetched.append(target)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def read(path: Path) -> _Wellformed:
    parser = _Wellformed()
    parser.feed(path.read_text(encoding="utf-8"))
    assert parser.open == []
    return parser


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    beside = [record("runs/chance", "random", shift=-1.0)]
    return write(record(), tmp_path_factory.mktemp("report") / "report.html", beside)


def test_the_page_is_well_formed_and_fetches_nothing(page: Path) -> None:
    found = read(page)
    assert found.fetched == []
    assert "url(http" not in page.read_text()
    assert len(found.ids) == len(set(found.ids))


def test_the_page_shows_every_section(page: Path) -> None:
    text = page.read_text()
    heads = re.findall(r"<h2>(.*?)</h2>", text)
    assert heads == [
        "The best block",
        "Best so far",
        "The architectures, as the strategy sees them",
        "The best blocks",
        "Estimated and real",
        "Where trials came from, and what they cost",
        "Failures",
    ]
    assert "no random search beside" not in text


def test_markup_in_reasons_and_configuration_is_escaped(page: Path) -> None:
    text = page.read_text()
    assert HOSTILE not in text and "&lt;/script&gt;&lt;img" in text


def test_the_same_run_gives_the_same_bytes(tmp_path: Path) -> None:
    one, other = (write(record(), tmp_path / name).read_bytes() for name in ("a.html", "b.html"))
    assert one == other


def test_without_random_search_the_page_says_so(tmp_path: Path) -> None:
    assert "no random search beside" in write(record(), tmp_path / "r.html").read_text()


@pytest.mark.parametrize("n", [0, 1, 2])
def test_short_runs_have_pages_too(n: int, tmp_path: Path) -> None:
    found = read(write(record(n=n), tmp_path / "r.html"))
    assert found.fetched == []


def test_a_run_of_failures_alone(tmp_path: Path) -> None:
    run = record(n=5)
    text = write(replace(run, trials=run.trials[4:]), tmp_path / "r.html").read_text()
    assert "No trial is complete yet" in text and "diverged" in text


def test_without_graphviz_the_page_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "Graphviz was not there" in write(record(), tmp_path / "r.html").read_text()


@pytest.mark.skipif(not pictures.available(), reason="needs Graphviz")
def test_pictures_stand_in_the_order_of_programs() -> None:
    drawn = pictures.draw(["conv3 relu", "no such symbol", "bn"])
    assert drawn[0] is not None and "conv3" in drawn[0] and "bn" not in drawn[0]
    assert drawn[1] is None
    assert drawn[2] is not None and "bn" in drawn[2] and "conv3" not in drawn[2]


def test_a_page_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(SearchError) as caught:
        write(record(n=1), tmp_path / "file" / "report.html")
    assert caught.value.code == "S501" and str(tmp_path) in str(caught.value)
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


def test_a_comparison_tells_each_strategy_at_equal_budget(tmp_path: Path) -> None:
    runs = [
        record("a", "latent"),
        record("b", "latent", n=30, shift=1.0),
        record("c", "random", n=20),
    ]
    path = write_comparison(runs, tmp_path / "c.html")
    assert read(path).fetched == []
    rows = re.findall(
        r"<tr><td>(latent|random)</td><td class=\"n\">(\d+)</td>"
        r"<td class=\"n\">(\d+)</td><td class=\"n\">([\d.]+)</td>",
        path.read_text(),
    )
    assert rows == [("latent", "2", "30", "93"), ("random", "1", "20", "92.5")]


def test_runs_of_other_measures_are_not_compared(tmp_path: Path) -> None:
    other = replace(record("b"), metric="PSNR (dB)")
    with pytest.raises(SearchError, match="cannot be compared") as caught:
        write_comparison([record("a"), other], tmp_path / "c.html")
    assert caught.value.code == "S502" and not list(tmp_path.iterdir())


def test_runs_without_a_trial_are_not_compared(tmp_path: Path) -> None:
    with pytest.raises(SearchError, match="`empty` has no complete trial"):
        write_comparison([record("a"), record("empty", n=0)], tmp_path / "c.html")


DIGESTS = [{"file": "a.snap", "sha256": "1"}, {"file": "b.snap", "sha256": "1"}]


@pytest.mark.parametrize(
    ("what", "other"),
    [
        ("budget", replace(record("b"), budget=2.0)),
        ("task", replace(record("b"), config={"task": "another"})),
        ("space", replace(record("b"), space={"file": "a.snap", "sha256": "2"})),
    ],
)
def test_runs_of_another_kind_are_not_drawn_together(
    what: str, other: Record, tmp_path: Path
) -> None:
    first = replace(record("a"), space=DIGESTS[0] if what == "space" else {})
    told = f"S502.*have another {what}: these cannot"
    with pytest.raises(SearchError, match=told):
        write_comparison([first, other], tmp_path / "c.html")
    with pytest.raises(SearchError, match=told):
        write(first, tmp_path / "r.html", [other])
    assert not list(tmp_path.iterdir())


def test_a_used_up_space_is_told(tmp_path: Path) -> None:
    text = write(replace(record(), used_up=True), tmp_path / "r.html").read_text()
    assert '<p id="used-up">The space is exhausted' in text
    assert "used-up" not in write(record(), tmp_path / "r.html").read_text()


def test_a_space_elsewhere_is_the_same_space(tmp_path: Path) -> None:
    write_comparison([replace(record(), space=d) for d in DIGESTS], tmp_path / "c.html")
