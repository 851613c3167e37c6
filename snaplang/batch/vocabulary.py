"""`Vocabulary`: symbols as small integers, and what can be asked of arrays of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from snaplang.batch.compiled import cuda_found, require_numba
from snaplang.batch.engine import Engine, Given
from snaplang.batch.kernel import layout as k
from snaplang.canonical.fingerprint import checked
from snaplang.diagnostics import Diagnostic, SnapError
from snaplang.lowering.symbols import Symbols

PAD = k.PAD
DEVICES = ("cpu", "cuda")


class Vocabulary:
    """Symbols as integers from 0: programs by the million, as arrays of tokens.

    `symbols` is a text, whose symbols are taken one by one, or a sequence of texts, each of which
    is one symbol: ops with arguments, wiring, words of the prelude, ops of users, and pieces in
    brackets. `inputs` are the inputs' shapes (`["N,64,H,W"]`), as for `snap.lower`; without any
    there is one, untyped. A program over several inputs finds them on the stack, as behind `in 2`.

    Tokens are arrays [N, L] of whole numbers (a row alone is one program); -1 is no symbol and may
    stand anywhere, and any other number is invalid. `device` is "cpu" or "cuda"; `threads` of the
    CPU, all that there are without.

    `inputs`, `symbols` (as texts) and `pad` (-1) can be read. Raises `SnapError`: for symbols or
    inputs that are none, and E515 where numba is missing.
    """

    pad = PAD

    def __init__(
        self,
        symbols: str | Sequence[str],
        inputs: Sequence[str] | None = None,
        device: str = "cpu",
        threads: int | None = None,
    ) -> None:
        require_numba()
        if device not in DEVICES:
            hint = "the devices are `cpu` and `cuda`"
            raise SnapError(Diagnostic("E516", f"`{device}` is no device", hint=hint))
        if device == "cuda" and not cuda_found():
            hint = "leave `device` out to run on the CPU"
            raise SnapError(Diagnostic("E516", "there is no GPU that numba can use", hint=hint))
        whole = isinstance(threads, int) and not isinstance(threads, bool)
        if threads is not None and not (whole and threads > 0):
            message = f"`threads` is {threads!r}, but must be a whole number from 1"
            raise SnapError(Diagnostic("E516", message, hint="leave it out for all there are"))
        shapes = _texts(
            [inputs] if isinstance(inputs, str) else inputs or (), "`inputs` are shapes"
        )
        self._symbols = Symbols(symbols, shapes)
        self.symbols, self.inputs = self._symbols.texts, self._symbols.inputs
        self._device, self._threads = device, threads
        self._engines: dict[str, Engine] = {}

    def __getstate__(self) -> dict[str, Any]:
        """What is pickled: not the tables, which are worked out again where they are needed."""
        return {**self.__dict__, "_engines": {}}

    def __len__(self) -> int:
        return len(self.symbols)

    def __repr__(self) -> str:
        return f"Vocabulary({' '.join(self.symbols)!r})"

    def encode(self, programs: Iterable[str]) -> NDArray[np.int32]:
        """Programs as tokens [N, L], L the length of the longest; shorter ones end in -1.

        Raises `SnapError` for what is no program over these symbols.
        """
        texts = _texts([programs] if isinstance(programs, str) else programs, "programs are texts")
        rows = [self._symbols.numbers(text) for text in texts]
        tokens = np.full((len(rows), max(map(len, rows), default=0)), PAD, np.int32)
        for row, numbers in zip(tokens, rows, strict=True):
            row[: len(numbers)] = numbers
        return tokens

    def decode(self, tokens: ArrayLike) -> list[str]:
        """Tokens as programs, which `snap.lower` takes with the same inputs.

        Raises `SnapError` for tokens that are no symbols.
        """
        rows = self._tokens(tokens)
        strange = (rows < PAD) | (rows >= len(self))
        if strange.any():
            row, column = np.argwhere(strange)[0]
            message = f"token {rows[row, column]} in row {row} is no symbol: there are {len(self)}"
            raise SnapError(Diagnostic("E516", message))
        return [self._symbols.text([n for n in row if n != PAD]) for row in rows.tolist()]

    def valid(self, tokens: ArrayLike) -> NDArray[np.bool_]:
        """Whether each row is a well-typed program that leaves one tensor, [N]."""
        status, _, _ = self._engine("algebra").run(self._tokens(tokens), 0)
        found: NDArray[np.bool_] = status == k.OK
        return found

    def keys(self, tokens: ArrayLike, level: str = "algebra") -> NDArray[np.uint64]:
        """Keys [N, 2] of 128 bits: those of two programs are equal exactly if `snap.fingerprint`s
        are at that level. Programs that are not valid have the key 0, 0.

        A key is no fingerprint, and may change with the version of snaplang.
        """
        _, keys, _ = self._engine(checked(level)).run(self._tokens(tokens), k.KEYED)
        return keys

    def unique(
        self, tokens: ArrayLike, level: str = "algebra", return_inverse: bool = False
    ) -> tuple[Any, ...]:
        """The first program of each architecture, [U, L], and how many rows have it, [U].

        They come in order of appearance; programs that are not valid are left out. With
        `return_inverse` also which of them each row is, [N], -1 for those that are not valid.
        """
        rows = self._tokens(tokens)
        status, keys, _ = self._engine(checked(level)).run(rows, k.KEYED)
        valid = np.flatnonzero(status == k.OK)
        first, group, counts = distinct(keys[valid])
        found = (rows[valid[first]].astype(np.int32), counts)
        if not return_inverse:
            return found
        inverse = np.full(len(rows), -1, np.int64)
        inverse[valid] = group
        return (*found, inverse)

    @property
    def scalar_calls(self) -> int:
        """How many times the scalar canonicalizer decided what the kernel could not."""
        return sum(engine.scalar for engine in self._engines.values())

    def _engine(self, level: str) -> Engine:
        if level not in self._engines:
            self._engines[level] = Engine(self._symbols, level, self._device, self._threads)
        return self._engines[level]

    def _tokens(self, tokens: ArrayLike) -> Given:
        """Tokens as an array of two axes, of whole numbers."""
        if isinstance(tokens, np.ma.MaskedArray) and np.ma.is_masked(tokens):
            raise _no_tokens("an array with a mask")
        try:
            rows = np.asarray(tokens)
        except ValueError:  # rows of different lengths
            raise _no_tokens("rows of different lengths") from None
        if rows.size == 0 and rows.ndim < 3:
            rows = np.zeros((0, 0) if rows.ndim == 1 else rows.shape, np.int32)
        if rows.dtype.kind not in "iu":
            raise _no_tokens(f"an array of {rows.dtype}")
        if rows.ndim == 1:
            rows = rows[None]
        if rows.ndim != 2:
            raise _no_tokens(f"an array of {rows.ndim} axes")
        return rows


def distinct(
    keys: NDArray[np.uint64],
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Of keys [N, 2]: where each different one stands first, in order of appearance, which of
    these each row is, and how often each is there.
    """
    order = np.lexsort((keys[:, 1], keys[:, 0]))
    there = keys[order]
    starts = np.ones(len(keys), bool)
    starts[1:] = (there[1:] != there[:-1]).any(axis=1)
    first = order[starts]
    rank = np.empty(len(first), np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    group = np.empty(len(keys), np.int64)
    group[order] = rank[np.cumsum(starts) - 1]
    return np.sort(first), group, np.bincount(group, minlength=len(first))


def _texts(values: Any, what: str) -> list[str]:
    """Some texts. Raises `SnapError` E516 for anything else."""
    texts = list(values) if isinstance(values, Iterable) else [values]
    strange = next((text for text in texts if not isinstance(text, str)), None)
    if strange is not None or not isinstance(values, Iterable):
        hint = 'for example ["N,64,H,W"]' if "shapes" in what else "`decode` takes tokens"
        raise SnapError(Diagnostic("E516", f"{what}, not {strange!r:.80}", hint=hint))
    return texts


def _no_tokens(what: str) -> SnapError:
    hint = "tokens are whole numbers, [N, L]"
    return SnapError(Diagnostic("E516", f"{what} is no array of tokens", hint=hint))
