"""The point transformer: decoder-only, one step a point, next site by hazard pointer, height by a softmax."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from attention import attend
from config import HEIGHT_LEVELS, ModelConfig
from features import height_features


class Layer(nn.Module):
    """Cross-attention to portrait and rig, causal self-attention along the band, feed-forward."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.heads = config.heads
        self.kv_heads = config.kv_heads
        self.head_width = config.head_width
        width = config.width
        self.cross_norm = nn.LayerNorm(width)
        self.cross_query = nn.Linear(width, width)
        self.cross_out = nn.Linear(width, width)
        self.self_norm = nn.LayerNorm(width)
        self.self_qkv = nn.Linear(width, width + 2 * config.kv_heads * config.head_width)
        self.self_out = nn.Linear(width, width)
        self.feed_norm = nn.LayerNorm(width)
        self.feed_in = nn.Linear(width, config.feed_forward)
        self.feed_out = nn.Linear(config.feed_forward, width)

    def cross(self, x: Tensor, memory: Tensor) -> Tensor:
        """`x` `[n, t, d]`, `memory` `[2, n, H, Tm, dh]`."""
        batch, length, width = x.shape
        query = self.cross_query(self.cross_norm(x)).reshape(batch, length, self.heads, self.head_width).transpose(1, 2)
        mixed = attend(query, memory[0], memory[1])
        return x + self.cross_out(mixed.transpose(1, 2).reshape(batch, length, width))

    def split(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """`[r, t, d]` → query `[r, t, H, dh]`, key and value `[r, t, Hkv, dh]`."""
        rows, length, width = x.shape
        query, key, value = self.self_qkv(self.self_norm(x)).split(
            [width, self.kv_heads * self.head_width, self.kv_heads * self.head_width], dim=-1
        )
        shape = (rows, length, self.kv_heads, self.head_width)
        return query.reshape(rows, length, self.heads, self.head_width), key.reshape(shape), value.reshape(shape)

    def attend(self, query: Tensor, key: Tensor, value: Tensor) -> Tensor:
        """Causal; arguments as `split` gives them. Returns `[r, t, d]`."""
        repeat = self.heads // self.kv_heads
        key, value = (part.transpose(1, 2).repeat_interleave(repeat, dim=1) for part in (key, value))
        mixed = attend(query.transpose(1, 2), key, value, causal=True)
        return mixed.transpose(1, 2).flatten(2)

    def feed(self, x: Tensor) -> Tensor:
        return x + self.feed_out(functional.gelu(self.feed_in(self.feed_norm(x))))


class PointTransformer(nn.Module):
    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.config = config
        self.layers = nn.ModuleList([Layer(config) for _ in range(config.layers)])
        self.norm = nn.LayerNorm(config.width)
        self.query = nn.Linear(config.width, config.key_width)
        self.shift = nn.Linear(config.width, 1)
        self.height_from_hidden = nn.Linear(config.width, config.width)
        self.height_from_site = nn.Linear(config.width, config.width)
        self.height_norm = nn.LayerNorm(config.width)
        self.height_basis = nn.Linear(config.width, config.height_basis)
        self.height_prior = nn.Parameter(torch.zeros(HEIGHT_LEVELS))
        self.level_hidden = nn.Linear(24, 64)
        self.level_out = nn.Linear(64, config.width)
        self.register_buffer("level_code", height_features(HEIGHT_LEVELS), persistent=False)
        self.register_buffer("bumps", height_bumps(config.height_basis), persistent=False)

    def level_table(self) -> Tensor:
        """`[1024, d]`: what a height adds to its point's embedding."""
        return self.level_out(functional.gelu(self.level_hidden(self.level_code)))

    def hidden_states(self, tokens: Tensor, memory: list[Tensor], rows: Tensor, places: Tensor) -> Tensor:
        """Teacher-forced pass over packed bands.

        Args:
            tokens: `[n, t, d]` embeddings, the bands of one person behind each other, padded to t.
            memory: a `[2, n, H, Tm, dh]` a layer.
            rows: `[r, p]` index into the flattened tokens of every place of every band (padding repeats any token).
            places: `[n · t]` index into the flattened `[r · p]` of every token (padding: any).
        Returns:
            `[n, t, d]`; entry i knows tokens 0…i of its band.
        """
        shape = tokens.shape
        x = tokens
        for layer, layer_memory in zip(self.layers, memory, strict=True):
            x = layer.cross(x, layer_memory)
            query, key, value = (part.flatten(0, 1) for part in layer.split(x))
            mixed = layer.attend(query[rows], key[rows], value[rows])
            x = x + layer.self_out(mixed.flatten(0, 1)[places]).reshape(shape)
            x = layer.feed(x)
        return self.norm(x)

    def hazard_logits(self, hidden: Tensor, keys: Tensor, bias: Tensor) -> Tensor:
        """`hidden` `[r, d]` or `[r, s, d]`, `keys` `[r, s, dk]`, `bias` `[r, s]` → logits of 'take this site' `[r, s]`."""
        query = self.query(hidden) * self.config.key_width**-0.5
        if hidden.dim() == 2:
            return (keys @ query[:, :, None])[..., 0] + bias + self.shift(hidden)
        return (keys * query).sum(-1) + bias + self.shift(hidden)[..., 0]

    def height_logits(self, hidden: Tensor, embedding: Tensor) -> Tensor:
        """Of sites chosen by the hidden states before them: `[r, d]`, `[r, d]` → `[r, 1024]`."""
        x = self.height_from_hidden(hidden) + self.height_from_site(embedding)
        return self.height_basis(functional.gelu(self.height_norm(x))) @ self.bumps + self.height_prior


def height_bumps(count: int) -> Tensor:
    """`[count, 1024]` overlapping bumps: neighbouring levels have to share what they learn."""
    centers = torch.linspace(0, HEIGHT_LEVELS - 1, count)[:, None]
    spacing = (HEIGHT_LEVELS - 1) / (count - 1)
    return torch.exp(-0.5 * ((torch.arange(HEIGHT_LEVELS)[None] - centers) / (1.1 * spacing)) ** 2)
