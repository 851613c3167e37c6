"""The auto-encoder as a torch module: rows to one vector each, and back. It does not train itself.

Encoder: a GRU reads the symbols; all its states, mixed by position in one linear map, give the
vector, brought to length sqrt(d). Decoder: the same in reverse; a linear map deals the vector out
to the places, and a GRU writes symbol after symbol. Linear heads read facts off the vector.
Sizes: B rows, T places, S symbols with `end`, d of the vector.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

Allowed = Callable[[Tensor | None, int], Tensor]  # the last symbols, the place -> [B, S]


class Network(nn.Module):
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
        states, last = self.read(self.embed(rows))
        vector: Tensor = self.mix(states.flatten(1) if self.mixed else last[0])
        found: Tensor = self.scale * nn.functional.normalize(vector, dim=1)
        return found

    def _dealt(self, vectors: Tensor) -> Tensor:
        """[B, d] -> [B, T, h / 2]: what the decoder sees of the vector at each place."""
        dealt: Tensor = self.deal(vectors)
        shape = (len(vectors), self.places if self.mixed else 1, -1)
        return dealt.reshape(shape).expand(-1, self.places, -1)

    def _started(self, vectors: Tensor) -> Tensor:
        return torch.tanh(self.begin(vectors))[None]

    def forward(self, rows: Tensor, wanted: Tensor) -> tuple[Tensor, Tensor, Tensor | None]:
        """Vectors; scores [B, T, S] of what follows each beginning of `wanted`; facts [B, F]."""
        vectors = self.encode(rows)
        seen = vectors
        if self.training and self.noise:
            seen = vectors + self.noise * torch.randn_like(vectors)
        dealt = self._dealt(seen)
        nothing = torch.full_like(wanted[:, :1], self.embed.num_embeddings - 1)
        before = self.embed(torch.cat([nothing, wanted[:, :-1]], dim=1))
        states, _ = self.write(torch.cat([before, dealt], dim=2), self._started(seen))
        scores = self.out(torch.cat([states, dealt], dim=2))
        return vectors, scores, self.heads(vectors) if self.heads else None

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
