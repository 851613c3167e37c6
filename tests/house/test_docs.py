"""What the docs say is so: generated pages are up to date, every block runs, shown output is real.

A page is run from top to bottom in a folder of its own, which has `examples/`; its Python shares
one namespace. `tests/support/pages.py` says what a block may be.
"""

from __future__ import annotations

import re
import shlex
import shutil
import sys
import tomllib
from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest

import snaplang as snap
from snaplang.cli import main
from snaplang.ops import CORE_NAMES, TABLE, remove
from tests.support.architecture import ROOT
from tests.support.pages import DOCS, Fence, anchors, fences, links, pages

sys.path.insert(0, str(DOCS))

from generate import PAGES

# Every example of a code, wrong and right, is run by these; the pages are made from the codes.
BY_CODE = {
    "docs/reference/errors.md": "tests/house/test_codes.py",
    "docs/search/errors.md": "tests/search/test_codes.py",
}
EXCUSED = 12  # blocks that are not run; each says why


def ran(page: Path) -> list[Fence]:
    """The blocks of a page that are run here."""
    if str(page.relative_to(ROOT)) in BY_CODE:
        return []
    runs = (f for f in fences(page) if f.language not in ("text", "mermaid"))
    return [fence for fence in runs if not fence.reason]


class Reader:
    """Somebody who follows a page: a folder, and a session of Python."""

    def __init__(self, folder: Path, printed: Callable[[], str]) -> None:
        self.folder, self.printed = folder, printed
        self.names: dict[str, Any] = {"__name__": "page"}

    def run(self, fence: Fence) -> None:
        """Do what a block says."""
        if fence.file:
            (self.folder / fence.file).write_text(fence.text, "utf-8")
        getattr(self, f"_{fence.language}")(fence)

    def _python(self, fence: Fence) -> None:
        text = "\n" * fence.line + fence.text  # so that a traceback has the page's lines
        names = {"__name__": fence.file} if fence.file else self.names
        exec(compile(text, str(fence.page), "exec"), names)

    def _snap(self, fence: Fence) -> None:
        inputs = re.findall(r"# --input (\S+)", fence.text) or None
        if not fence.code:
            snap.lower(fence.text, inputs=inputs)
            return
        with pytest.raises(snap.SnapError) as caught:
            snap.lower(fence.text, inputs=inputs)
        assert {d.code for d in caught.value.diagnostics} == {fence.code}, fence

    def _toml(self, fence: Fence) -> None:
        from snapsearch.config import Config

        Config(**{"task": "digits", **tomllib.loads(fence.text)})

    def _sh(self, fence: Fence) -> None:
        for command, _ in fence.commands:
            code, output = self._called(command)
            assert code == 0, f"{fence}: {command}\n{output}"

    def _console(self, fence: Fence) -> None:
        for command, shown in fence.commands:
            _, output = self._called(command)
            assert alike(output, shown), f"{fence}: {command} prints\n{output}"

    def _called(self, command: str) -> tuple[object, str]:
        """The exit code of a command and what it prints."""
        from snapsearch.cli import main as search

        name, *words = shlex.split(command)
        assert name in ("snapc", "snapsearch"), command
        if shutil.which("dot") is None and re.search(r"\.(svg|png)$|=(svg|png)$", command):
            return 0, ""
        self.printed()
        with pytest.raises(SystemExit) as ended:
            main(words) if name == "snapc" else search(words)
        return ended.value.code or 0, self.printed().rstrip()


def alike(output: str, shown: str) -> bool:
    """Whether output is what a page shows; `…` stands for any text. Nothing shown is anything."""
    if "…" not in shown:
        return not shown or output == shown
    return fnmatchcase(output, re.sub(r"([*?[])", r"[\1]", shown).replace("…", "*"))


@pytest.fixture
def clean_table() -> Iterator[None]:
    """Takes back what a page declares."""
    yield
    for name in set(TABLE) - CORE_NAMES:
        remove(TABLE[name])


@pytest.fixture
def reader(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    clean_table: None,
) -> Iterator[Reader]:
    """A reader in a folder of its own, whose modules are forgotten afterwards."""
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield Reader(tmp_path, lambda: "".join(capsys.readouterr()))
    for path in tmp_path.glob("*.py"):
        sys.modules.pop(path.stem, None)


@pytest.mark.parametrize("page", [*filter(ran, pages())], ids=lambda p: str(p.relative_to(ROOT)))
def test_a_page_runs(page: Path, reader: Reader) -> None:
    prepare(page, reader.folder)
    for fence in ran(page):
        reader.run(fence)


def prepare(page: Path, folder: Path) -> None:
    """Write the model of the page on models that someone else has made."""
    if page.name == "lifting.md":
        model = snap.to_onnx("conv3 tanh conv3 sigmoid", inputs=["N,8,H,W"])
        model.producer_name = "someone"
        for node, op in ((model.graph.node[1], "Softplus"), (model.graph.node[3], "Celu")):
            node.op_type, node.name = op, f"/block/{op.lower()}/{op}"
        (folder / "odd.onnx").write_bytes(model.SerializeToString())


def test_blocks_that_are_not_run_are_few_and_say_why() -> None:
    excused = [fence for page in pages() for fence in fences(page) if fence.reason]
    assert len(excused) == EXCUSED, "\n".join(f"{f}: {f.reason}" for f in excused)


@pytest.mark.parametrize("page", pages(), ids=lambda p: str(p.relative_to(ROOT)))
def test_no_command_hides_in_a_listing(page: Path) -> None:
    commands = re.compile(r"^(\$ |snapc |snapsearch |python |make |pip )", re.MULTILINE)
    assert not [f for f in fences(page) if f.language == "text" and commands.search(f.text)]
    prose = re.sub(r"^```.*?^```$", "", page.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    assert not re.search(r"\n\n    \S", prose), "an indented block escapes the tests: fence it"


def test_a_page_that_is_wrong_is_found(reader: Reader) -> None:
    page = ROOT / "README.md"
    for language, text in (
        ("python", "assert False"),
        ("console", "$ snapc -e relu\nrelu is fine"),
        ("sh", "snapc -e 'add'"),
        ("snap", "conv3 add"),
        ("toml", "trials = 0"),
    ):
        with pytest.raises((AssertionError, snap.SnapError, ValueError)):
            reader.run(Fence(page, 1, language, "", text))
    with pytest.raises((AssertionError, pytest.fail.Exception)):
        reader.run(Fence(page, 1, "snap", "rejected: E401", "relu"))
    assert alike("a 12 b", "a … b") and not alike("a 12 c", "a … b") and not alike("a", "b")


def test_the_picture_on_the_first_page_is_what_is_made() -> None:
    (picture,) = (f for f in fences(DOCS / "index.md") if f.language == "mermaid")
    assert picture.text == snap.to_mermaid("dup conv3 bn relu add", inputs=["N,64,H,W"])


@pytest.mark.parametrize("page", pages(), ids=lambda p: str(p.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for path, anchor in links(page):
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), f"{page}: {path}"
        assert not anchor or anchor in anchors(target), f"{page}: {path}#{anchor}"


def test_every_page_is_on_the_map() -> None:
    _, _, nav = (ROOT / "mkdocs.yml").read_text("utf-8").partition("\nnav:")
    listed = re.findall(r"[\w/]+\.md", nav)
    assert sorted(listed) == sorted(str(p.relative_to(DOCS)) for p in DOCS.rglob("*.md"))


def test_stops_of_the_walks_are_modules() -> None:
    text = (DOCS / "architecture.md").read_text("utf-8")
    stops = re.findall(r"^\d+\. `(?:\w+\.)?([\w/]+\.py)`", text, re.MULTILINE)
    assert len(stops) >= 20
    for stop in stops:
        roots = (ROOT / "snaplang", ROOT / "search" / "snapsearch")
        assert any((root / stop).is_file() for root in roots), stop


@pytest.mark.parametrize("name", PAGES)
def test_generated_pages_are_up_to_date(name: str) -> None:
    assert (DOCS / name).read_text("utf-8") == PAGES[name]()


def swish() -> None:
    """Declare the op of the page on ops."""
    (code,) = (f.text for f in fences(DOCS / "howto" / "op.md") if f.language == "python")
    exec(compile(code, "docs", "exec"), {"__name__": "docs"})


@pytest.mark.usefixtures("clean_table")
def test_a_users_op_is_treated_like_a_core_op() -> None:
    swish()
    text = "dup conv3 swish(beta=2) add"
    graph = snap.lower(text, inputs=["N,8,H,W"])
    assert snap.format("dup  conv3 swish( beta = 2 )add") == text + "\n"
    assert snap.lower(snap.format(graph)).nodes[1].attrs == graph.nodes[1].attrs
    assert [row.op for row in snap.stats(graph).per_op] == ["conv3", "swish2", "add"]
    for picture in (snap.to_dot(graph), snap.to_mermaid(graph), snap.to_json(graph)):
        assert "swish" in picture
    with pytest.raises(snap.SnapError, match="did you mean `swish`"):
        snap.lower("dup conv3 swihs add")
    with pytest.raises(snap.SnapError, match="`swish` has no parameter `gamma`"):
        snap.lower("swish(gamma=2)")


@pytest.mark.usefixtures("clean_table")
def test_a_users_op_agrees_between_torch_and_onnx() -> None:
    import onnxruntime
    import torch

    from snaplang.torch import Block

    swish()
    text = "dup conv3 swish(beta=2) add"
    block = Block(text, channels=8).eval()
    weights = {name: tensor.numpy() for name, tensor in block.state_dict().items()}
    model = snap.to_onnx(text, weights=weights, inputs=["N,8,H,W"])
    session = onnxruntime.InferenceSession(model.SerializeToString())
    x = torch.randn(2, 8, 5, 6, generator=torch.Generator().manual_seed(0))
    (ours,) = session.run(None, {"x": x.numpy()})
    torch.testing.assert_close(torch.from_numpy(ours), block(x).detach(), rtol=1e-4, atol=1e-5)
