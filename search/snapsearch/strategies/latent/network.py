"""The auto-encoder as a torch module: rows to one vector each, and back. It does not train itself.

Encoder: a GRU reads the symbols; all its states, mixed by position in one linear map, give the
vector, brought to length sqrt(d). Decoder: the same in reverse; a linear map deals the vector out
to the places, and a GRU writes symbol after symbol. Linear heads read facts off the vector.
Sizes: B rows, T places, S symbols with `end`, the last, d of the vector. What follows the first
`end` of a row is not read, and takes no time.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional

Allowed = Callable[[Tensor | None, int], Tensor]  # the last symbols, the place -> [B, S]


class CoderNetwork(nn.Module):
    """One vector for a whole program."""

    def __init__(
        self,
        symbols: int,
        places: int,
        facts: int,
        latent: int,
        hidden: int,
        mixed: bool = True,
        noise: float = 0.0,
    ) -> None:
        super().__init__()
        self.places, self.mixed, self.noise = places, mixed, noise
        self.scale = latent**0.5
        self.embed = nn.Embedding(symbols + 1, hidden // 2)  # the last: nothing was written yet
        self.read = nn.GRU(hidden // 2, hidden, batch_first=True)
        self.mix = nn.Linear(hidden * (places if mixed else 1), latent, bias=False)
        self.deal = nn.Linear(latent, places * (hidden // 2) if mixed else hidden // 2)
        self.begin = nn.Linear(latent, hidden)
        self.write = nn.GRU(hidden, hidden, batch_first=True)
        self.out = nn.Linear(hidden + hidden // 2, symbols)
        self.heads = nn.Linear(latent, facts) if facts else None

    def encode(self, rows: Tensor) -> Tensor:
        """[B, T] -> [B, d], of length sqrt(d)."""
        live = self._live(rows)
        states, _ = self.read(self.embed(rows[:, : live.shape[1]]))
        if self.mixed:
            states = states * live[:, :, None]
            rest = self.places - live.shape[1]
            vector = self.mix(functional.pad(states, (0, 0, 0, rest)).flatten(1))
        else:
            vector = self.mix(states[torch.arange(len(rows)), live.sum(dim=1) - 1])
        found: Tensor = self.scale * functional.normalize(vector, dim=1)
        return found

    def _live(self, rows: Tensor) -> Tensor:
        """[B, T'] Which places are up to the `end` of their row, it included, as far as any is."""
        lengths = (rows == self.out.out_features - 1).int().argmax(dim=1) + 1
        places = torch.arange(int(lengths.max()))
        found: Tensor = places < lengths[:, None]
        return found

    def _dealt(self, vectors: Tensor) -> Tensor:
        """[B, d] -> [B, T, h / 2]: what the decoder sees of the vector at each place."""
        dealt: Tensor = self.deal(vectors)
        shape = (len(vectors), self.places if self.mixed else 1, -1)
        return dealt.reshape(shape).expand(-1, self.places, -1)

    def _started(self, vectors: Tensor) -> Tensor:
        return torch.tanh(self.begin(vectors))[None]

    def forward(self, rows: Tensor, wanted: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Vectors; scores [P, S] of what follows each beginning of `wanted`, and what does [P].

        P are the places of all rows up to their `end`.
        """
        vectors = self.encode(rows)
        seen = vectors
        if self.training and self.noise:
            seen = vectors + self.noise * torch.randn_like(vectors)
        dealt = self._dealt(seen)
        nothing = torch.full_like(wanted[:, :1], self.embed.num_embeddings - 1)
        before = self.embed(torch.cat([nothing, wanted[:, :-1]], dim=1))
        live = self._live(wanted)
        some = live.shape[1]
        reads = torch.cat([before[:, :some], dealt[:, :some]], dim=2)
        states, _ = self.write(reads, self._started(seen))
        scores = self.out(torch.cat([states, dealt[:, :some]], dim=2)[live])
        return vectors, scores, wanted[:, :some][live]

    def decode(self, vectors: Tensor, allowed: Allowed) -> Tensor:
        """[B, d] -> rows [B, T]: at each place the likeliest symbol of those that are allowed."""
        dealt, state = self._dealt(vectors), self._started(vectors)
        last = torch.full((len(vectors),), self.embed.num_embeddings - 1)
        rows: list[Tensor] = []
        for place in range(self.places):
            at = dealt[:, place : place + 1]
            states, state = self.write(torch.cat([self.embed(last)[:, None], at], dim=2), state)
            scores = self.out(torch.cat([states, at], dim=2))[:, 0]
            mask = allowed(rows[-1] if rows else None, place)
            last = scores.masked_fill(~mask, -torch.inf).argmax(dim=1)
            rows.append(last)
        return torch.stack(rows, dim=1)
