"""What the docs say is so: generated pages are up to date, code runs, shown output is real."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import snaplang as snap
from snaplang.cli import main
from snaplang.ops import CORE_NAMES, TABLE, remove

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
sys.path.insert(0, str(DOCS))

from generate import PAGES  # noqa: E402 - the folder is no package


@pytest.fixture
def clean_table() -> Iterator[None]:
    """Takes back what a page declares."""
    yield
    for name in set(TABLE) - CORE_NAMES:
        remove(TABLE[name])


@pytest.mark.parametrize("name", PAGES)
def test_generated_pages_are_up_to_date(name: str) -> None:
    assert (DOCS / name).read_text("utf-8") == PAGES[name]()


@pytest.mark.usefixtures("clean_table")
def test_python_in_the_pages_runs(capsys: pytest.CaptureFixture[str]) -> None:
    pages = [ROOT / "README.md", *sorted(DOCS.glob("*.md"))]
    code = [c for p in pages for c in re.findall(r"```python\n(.*?)```", p.read_text(), re.DOTALL)]
    assert len(code) >= 2
    for text in code:
        exec(compile(text, "docs", "exec"), {"__name__": "docs"})
    assert "def swish(x, beta):" in capsys.readouterr().out


def sessions() -> list[tuple[str, str]]:
    """Each `$ snapc …` in README and docs that shows what it prints, and that output."""
    found = []
    for page in [ROOT / "README.md", *sorted(DOCS.glob("*.md"))]:
        for text in re.findall(r"```\n(\$ snapc.*?)```", page.read_text("utf-8"), re.DOTALL):
            for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
                command, _, output = part.partition("\n")
                if output.strip():
                    found.append((command.partition("   #")[0], output.rstrip()))
    return found


@pytest.mark.parametrize(("command", "output"), sessions())
def test_shown_output_is_real(
    command: str,
    output: str,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import shlex

    for folder in ("examples", "snaplang"):
        (tmp_path / folder).symlink_to(ROOT / folder)
    monkeypatch.chdir(tmp_path)
    models(command, tmp_path)
    with pytest.raises(SystemExit):
        main(shlex.split(command)[1:])
    out, err = capsys.readouterr()
    assert (out + err).rstrip() == output


def models(command: str, folder: Path) -> None:
    """The models that a shown command reads."""
    if "resnet50.onnx" in command:
        network = ROOT / "examples" / "networks" / "resnet50.snap"
        model = snap.to_onnx(network, inputs=["N,3,224,224"])
    elif "odd.onnx" in command:
        model = snap.to_onnx("conv3 tanh conv3 sigmoid", inputs=["N,8,H,W"])
        model.producer_name = "someone"
        for node, op in ((model.graph.node[1], "Softplus"), (model.graph.node[3], "Celu")):
            node.op_type, node.name = op, f"/block/{op.lower()}/{op}"
    else:
        return
    (folder / command.split()[-3 if "--emit" in command else -1]).write_bytes(
        model.SerializeToString()
    )


def test_there_are_shown_sessions() -> None:
    assert len(sessions()) >= 3


@pytest.mark.usefixtures("clean_table")
def test_a_users_op_is_treated_like_a_core_op() -> None:
    page = (DOCS / "user_ops.md").read_text("utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    exec(compile(code, "docs", "exec"), {"__name__": "docs"})
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

    page = (DOCS / "user_ops.md").read_text("utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    exec(compile(code, "docs", "exec"), {"__name__": "docs"})
    text = "dup conv3 swish(beta=2) add"
    block = Block(text, channels=8).eval()
    weights = {name: tensor.numpy() for name, tensor in block.state_dict().items()}
    model = snap.to_onnx(text, weights=weights, inputs=["N,8,H,W"])
    session = onnxruntime.InferenceSession(model.SerializeToString())
    x = torch.randn(2, 8, 5, 6, generator=torch.Generator().manual_seed(0))
    (ours,) = session.run(None, {"x": x.numpy()})
    torch.testing.assert_close(torch.from_numpy(ours), block(x).detach(), rtol=1e-4, atol=1e-5)
