"""The auto-encoder: what it decodes is valid, one point for each architecture, kept and found."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from snapsearch.space import free, template
from snapsearch.strategies.latent import cache
from snapsearch.strategies.latent.coder import Coder
from snapsearch.strategies.latent.grammar import Grammar
from snapsearch.strategies.latent.options import CoderOptions

FREE = free("dup swap add cat conv3 relu maxpool3 zero", 8)
FLAT = template("dup <conv3|conv1|identity> <relu|gelu|silu> <bn|ln> add <relu|identity>")
NESTED = template("dup <conv3 <relu|gelu>|conv1> add <bn|identity>")
SPACES = {"free": FREE, "flat": FLAT, "nested": NESTED}
TINY = CoderOptions(latent=16, hidden=16, samples=60, steps=5, batch=16)
RNG = np.random.default_rng(0)


@pytest.fixture(scope="module", params=SPACES)
def coder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Coder:
    folder = tmp_path_factory.mktemp("cache")
    return Coder(SPACES[request.param], TINY, 0, str(folder))


def test_random_latents_decode_to_valid_programs(coder: Coder) -> None:
    for size in (1e-3, 1.0, 1e3):
        decoded = coder.decode(size * RNG.normal(size=(60, coder.size)))
        assert all(p is not None for p in coder.space.fingerprints(decoded))


def test_without_masks_decodes_are_not_valid() -> None:
    """The untrained network alone would not do it: the test above can fail."""
    grammar = Grammar(FREE.canonical_automaton)
    rows = RNG.integers(grammar.width, size=(60, grammar.places))
    assert None in FREE.fingerprints(grammar.tokens(rows))


def test_vectors_have_one_length(coder: Coder) -> None:
    vectors = coder.encode([coder.space.sample_tokens(RNG) for _ in range(40)])
    assert vectors.shape == (40, 16)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 4, atol=1e-3)


def test_company_does_not_change_a_vector(coder: Coder) -> None:
    batch = [coder.space.sample_tokens(RNG) for _ in range(70)]
    assert (coder.encode(batch)[[3, 69]] == coder.encode([batch[3], batch[69]])).all()
    assert coder.encode([]).shape == (0, 16)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("dup swap relu add", "dup relu add"),  # wiring, and add's operands
        ("relu relu", "relu"),  # idempotent
        ("dup relu swap relu cat", "relu dup cat"),  # equal instances without weights
        ("relu maxpool3", "maxpool3 relu"),  # monotone through a pool
        ("conv3 dup zero add", "conv3"),  # zero
    ],
)
def test_encodings_of_one_architecture_are_one_point(one: str, other: str, tmp_path: Path) -> None:
    made = Coder(FREE, TINY, 0, str(tmp_path))
    both = made.encode([FREE.encode(one), FREE.encode(other)])
    assert (both[0] == both[1]).all()
    apart = made.encode([FREE.encode("conv3"), FREE.encode("relu")])
    assert np.linalg.norm(apart[0] - apart[1]) > 0.1


def test_it_learns_to_write_the_canonical_encoding(tmp_path: Path) -> None:
    options = replace(TINY, latent=32, hidden=48, steps=400, samples=300, rate=1e-2, noise=0.0)
    made = Coder(FLAT, options, 0, str(tmp_path))
    programs = list(FLAT.encodings())
    back = made.decode(made.encode(programs))
    assert np.mean([b == FLAT.canonical(p) for b, p in zip(back, programs, strict=True)]) == 1
    facts = made.facts(made.encode(programs[:5]))
    assert facts.shape == (5, len(made.corpus.names))


def test_all_lengths_are_taken_alike_or_all_programs() -> None:
    from snapsearch.strategies.latent.corpus import draw
    from snapsearch.strategies.latent.training import _chances

    grammar = Grammar(FREE.canonical_automaton)
    corpus = draw(FREE, replace(TINY, samples=200), 0)
    lengths = (corpus.wanted != grammar.end).sum(axis=1)
    chances = _chances(lengths, True)
    shares = [chances[lengths == n].sum() for n in sorted(set(lengths.tolist()))]
    assert len(shares) > 3 and np.allclose(shares, 1 / len(shares))
    assert np.allclose(_chances(lengths, False), 1 / len(lengths))


def test_programs_of_like_length_are_read_together() -> None:
    from snapsearch.strategies.latent.training import TOGETHER, _alike

    rng, end = np.random.default_rng(0), 5
    rows = rng.integers(0, end, (3 * TOGETHER, 9))
    lengths = rng.integers(0, 9, len(rows))
    rows[np.arange(9) >= lengths[:, None]] = end
    groups = list(_alike(rows, rows + 10, end + 10))
    assert sum(len(read) for read, _, _ in groups) == len(rows)
    assert all((wanted - read == 10).all() for read, wanted, _ in groups)
    assert sum(share for _, _, share in groups) == pytest.approx(1)
    longest = [int((read != end).sum(dim=1).max()) for read, _, _ in groups]
    assert len(groups) == 3 and longest == sorted(longest)
    assert len(list(_alike(rows[:, :0], rows[:, :0], end))) == 1


def test_rows_are_varied_where_they_are_read_as_written() -> None:
    from snapsearch.strategies.latent.corpus import draw
    from snapsearch.strategies.latent.training import _varied

    grammar = Grammar(FREE.canonical_automaton)
    options = replace(TINY, samples=60, swapped=0.0, grown=1.0)
    corpus, picks = draw(FREE, options, 0), np.arange(60)
    read, wanted = _varied(corpus, picks, grammar, options, np.random.default_rng(0))
    assert read is wanted
    before, after = grammar.tokens(corpus.read), grammar.tokens(read)
    assert all(a[: len(b)] == b for a, b in zip(after, before, strict=True))
    assert max(map(len, after)) == grammar.length and sum(map(len, after)) > sum(map(len, before))
    swapped = replace(options, swapped=1.0, grown=0.0)
    read, _ = _varied(corpus, picks, grammar, swapped, np.random.default_rng(0))
    assert [len(a) for a in grammar.tokens(read)] == [len(b) for b in before]
    assert 0.5 < (read != corpus.read)[corpus.read != grammar.end].mean() < 1
    anything = replace(options, reads="any", swapped=1.0)
    read, wanted = _varied(corpus, picks, grammar, anything, np.random.default_rng(0))
    assert (read == corpus.read).all() and (wanted == corpus.wanted).all()


def test_what_follows_the_end_is_not_read(tmp_path: Path) -> None:
    import torch

    network = Coder(FREE, TINY, 0, str(tmp_path)).network
    end = network.out.out_features - 1
    alone = torch.full((1, network.places), end)
    alone[0, :2] = torch.tensor([0, 1])
    beside = torch.cat([alone, torch.zeros_like(alone)])
    beside[:, -1] = end
    beside[0, 5] = 1
    with torch.inference_mode():
        assert torch.allclose(network.encode(alone)[0], network.encode(beside)[0], atol=1e-6)


def test_any_encoding_may_be_read(tmp_path: Path) -> None:
    options = replace(TINY, reads="any")
    made = Coder(FREE, options, 0, str(tmp_path))
    swapped = made.encode([FREE.encode("dup swap relu add"), FREE.encode("dup relu add")])
    assert (swapped[0] != swapped[1]).any()
    assert all(made.space.fingerprints(made.decode(swapped)))


# -- determinism and the cache -------------------------------------------------------------------


def weights(made: Coder) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    found: np.ndarray[tuple[int, ...], np.dtype[np.float32]] = (
        made.network.mix.weight.detach().numpy()
    )
    return found


def test_seed_and_options_decide(tmp_path: Path) -> None:
    one, same, other = (
        Coder(FLAT, TINY, seed, str(tmp_path / str(i))) for i, seed in enumerate((1, 1, 2))
    )
    assert (weights(one) == weights(same)).all() and (weights(one) != weights(other)).any()


def test_torchs_own_generator_is_left_alone(tmp_path: Path) -> None:
    import torch

    torch.manual_seed(3)
    wanted = torch.rand(1)
    torch.manual_seed(3)
    Coder(FLAT, TINY, 0, str(tmp_path))
    assert torch.rand(1) == wanted


def test_a_second_coder_is_read_from_the_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = Coder(FLAT, TINY, 0, str(tmp_path))
    monkeypatch.setattr(Coder, "_trained", lambda self: pytest.fail("trained again"))
    assert (weights(Coder(FLAT, TINY, 0, str(tmp_path))) == weights(first)).all()
    for changed in (Coder, lambda *a: Coder(FREE, *a[1:])):
        with pytest.raises(pytest.fail.Exception, match="trained again"):
            changed(FLAT, replace(TINY, steps=6), 0, str(tmp_path))


@pytest.mark.parametrize("damage", ["cut", "flipped", "empty", "text"])
def test_a_damaged_file_is_trained_again(tmp_path: Path, damage: str) -> None:
    first = Coder(FLAT, TINY, 0, str(tmp_path))
    (file,) = tmp_path.iterdir()
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    made = {"cut": content[:100], "flipped": content, "empty": b"", "text": b"no network"}

    file.write_bytes(bytes(made[damage]))
    assert cache.load(tmp_path, file.stem) is None
    assert (weights(Coder(FLAT, TINY, 0, str(tmp_path))) == weights(first)).all()
    assert cache.load(tmp_path, file.stem) is not None


def test_a_folder_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    Coder(FLAT, TINY, 0, str(tmp_path / "file"))
    assert os.listdir(tmp_path) == ["file"]


def test_progress_is_told(tmp_path: Path) -> None:
    heard: list[tuple[str, float]] = []
    Coder(FLAT, TINY, 0, str(tmp_path), lambda what, share: heard.append((what, share)))
    assert {what for what, _ in heard} == {"programs for the auto-encoder", "auto-encoder"}
    assert heard[-1] == ("auto-encoder", 1.0)
