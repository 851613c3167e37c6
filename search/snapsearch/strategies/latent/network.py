"""The auto-encoder as a torch module: token rows to one vector each, and back. No training here.

Encoder: a GRU reads the tokens; all its states, mixed by position in one linear map, give the
vector, brought to length sqrt(d). Decoder: the same in reverse; a linear map deals the vector out
to the places, and a GRU writes token after token, what cannot follow masked out. Linear heads read
facts off the vector. Sizes: B rows, T = length + 1 places, S = V + 1 symbols, d the vector's size.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn


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
        self.embed = nn.Embedding(symbols + 1, hidden // 2)  # the last one: nothing yet
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
        return self.scale * nn.functional.normalize(vector, dim=1)

    def dealt(self, vectors: Tensor) -> Tensor:
        """[B, d] -> [B, T, h / 2]: what the decoder sees of the vector at each place."""
        dealt: Tensor = self.deal(vectors)
        shape = (len(vectors), self.places if self.mixed else 1, -1)
        return dealt.reshape(shape).expand(-1, self.places, -1)

    def score(self, states: Tensor, dealt: Tensor) -> Tensor:
        """Scores of the next symbol."""
        scores: Tensor = self.out(torch.cat([states, dealt], dim=-1))
        return scores

    def forward(self, rows: Tensor, wanted: Tensor) -> tuple[Tensor, Tensor, Tensor | None]:
        """Vectors, scores of `wanted`'s symbols [B, T, S] given those before, and facts."""
        vectors = self.encode(rows)
        seen = vectors
        if self.training and self.noise:
            seen = vectors + self.noise * torch.randn_like(vectors)
        dealt = self.dealt(seen)
        nothing = torch.full_like(wanted[:, :1], self.embed.num_embeddings - 1)
        before = self.embed(torch.cat([nothing, wanted[:, :-1]], dim=1))
        start = torch.tanh(self.begin(seen))[None]
        states, _ = self.write(torch.cat([before, dealt], dim=2), start)
        return vectors, self.score(states, dealt), self.heads(vectors) if self.heads else None
