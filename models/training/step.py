"""One decoding step of all bands: what `step.onnx` holds. Sampling happens inside, from noise that the caller gives."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from config import BAND_SIZE, HEIGHT_LEVELS
from transformer import Layer, PointTransformer

"""Log-probability of what grammar forbids: finite, so that sums stay numbers."""
IMPOSSIBLE = -1e9


class DecodeStep(nn.Module):
    """Takes the point chosen last in every band, gives the next one.

    Shapes: B bands, S sites a band, T places of the cache, L layers, d width, dk key width.
    """

    def __init__(self, transformer: PointTransformer) -> None:
        super().__init__()
        self.transformer = transformer
        with torch.no_grad():
            self.register_buffer("table", transformer.level_table().detach().clone())

    def forward(
        self,
        site_keys: Tensor,
        site_bias: Tensor,
        site_embedding: Tensor,
        start_embedding: Tensor,
        previous_site: Tensor,
        previous_height: Tensor,
        step: Tensor,
        noise: Tensor,
        temperature: Tensor,
        top_p: Tensor,
        memory: list[Tensor],
        past: list[Tensor],
    ) -> tuple[Tensor, ...]:
        """`memory` and `past` hold a key and a value a layer: separate tensors, since a slice of one would be a copy.

        Memory's keys are `[H, dh, Tm]`, its values `[H, Tm, dh]`; the cache's are `[B, Hkv, T, dh]` both. Returns site,
        height, hidden, site_logits, height_logits, and the new place's key and value `[B, Hkv, 1, dh]` of every layer.
        """
        bands = previous_site.shape[0]
        flat = site_embedding.reshape(-1, start_embedding.shape[1])
        band_base = torch.arange(bands, device=previous_site.device) * BAND_SIZE
        inside = previous_site.clamp(0, BAND_SIZE - 1)
        point = flat.index_select(0, band_base + inside) + self.table.index_select(0, previous_height)
        x = torch.where((previous_site < 0)[:, None], start_embedding, point)

        beyond = torch.arange(past[0].shape[2], device=step.device) >= step
        blocked = beyond.to(x.dtype) * IMPOSSIBLE
        present: list[Tensor] = []
        for index, layer in enumerate(self.transformer.layers):
            x = cross_all(layer, x, memory[2 * index], memory[2 * index + 1])
            x, key, value = self_step(layer, x, past[2 * index], past[2 * index + 1], blocked)
            x = layer.feed(x)
            present += [key, value]
        hidden = self.transformer.norm(x)

        hazards = self.transformer.hazard_logits(hidden, site_keys, site_bias)
        passed = torch.arange(BAND_SIZE, device=step.device)[None] <= previous_site[:, None]
        site_logits = next_site_log_probabilities(hazards, passed)
        site = sample_site(hazards, passed, noise[:, 0], temperature[0], top_p[0])
        height_logits = self.transformer.height_logits(hidden, flat.index_select(0, band_base + site.clamp(max=BAND_SIZE - 1)))
        height = sample_height(height_logits, noise[:, 1], temperature[1], top_p[1])
        return site, height, hidden, site_logits, height_logits, *present


def cross_all(layer: Layer, x: Tensor, key: Tensor, value: Tensor) -> Tensor:
    """All bands attend to the one memory: `x` `[B, d]`, `key` `[H, dh, Tm]`, `value` `[H, Tm, dh]`."""
    query = layer.cross_query(layer.cross_norm(x)).reshape(-1, layer.heads, layer.head_width).transpose(0, 1)
    scores = torch.softmax((query * layer.head_width**-0.5) @ key, dim=-1)
    mixed = (scores @ value).transpose(0, 1).reshape(-1, layer.heads * layer.head_width)
    return x + layer.cross_out(mixed)


def self_step(layer: Layer, x: Tensor, past_key: Tensor, past_value: Tensor, blocked: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Attention to the places filled so far and to itself; the cache is only read.

    Returns x `[B, d]` and the new place's key and value `[B, Hkv, 1, dh]`.
    """
    query, key, value = layer.split(x[:, None])
    group = layer.heads // layer.kv_heads
    query = (query * layer.head_width**-0.5).reshape(-1, layer.kv_heads, group, layer.head_width)
    key, value = key.transpose(1, 2), value.transpose(1, 2)
    past = query @ past_key.transpose(2, 3) + blocked
    own = (query * key).sum(-1, keepdim=True)
    scores = torch.softmax(torch.cat([past, own], dim=-1), dim=-1)
    mixed = scores[..., :-1] @ past_value + scores[..., -1:] * value
    return x + layer.self_out(mixed.reshape(-1, layer.heads * layer.head_width)), key, value


def next_site_log_probabilities(hazards: Tensor, passed: Tensor) -> Tensor:
    """log P(next = j) = log σ(h_j) + Σ_{passed < i < j} log(1 − σ(h_i)); the last column is 'end'. `[B, S + 1]`."""
    skip = torch.where(passed, torch.zeros_like(hazards), -functional.softplus(hazards))
    before = torch.cumsum(skip, dim=1)
    take = torch.where(passed, torch.full_like(hazards, IMPOSSIBLE), hazards + before)
    # log σ(h) = h − softplus(h), and before_j already holds −softplus(h_j)
    return torch.cat([take, before[:, -1:]], dim=1)


def sample_site(hazards: Tensor, passed: Tensor, noise: Tensor, temperature: Tensor, top_p: Tensor) -> Tensor:
    """Inverts the survival curve at `noise`. Temperature and nucleus act on each decision 'take or leave', so that
    sharpening does not change how many points there are: leave what is surer than top-p to be left, and likewise take."""
    log_take = functional.logsigmoid(hazards / temperature.clamp_min(1e-3))
    chance = torch.exp(log_take)
    chance = torch.where(chance > top_p, torch.ones_like(chance), chance)
    chance = torch.where(1 - chance > top_p, torch.zeros_like(chance), chance)
    left = torch.where(passed, torch.zeros_like(chance), torch.log((1 - chance).clamp_min(1e-30)))
    survival = torch.cumsum(left, dim=1)
    # Site j is next if survival is above log(1 − noise) before it and not after it: count those still above.
    # The clamp keeps sites of no chance at all unreachable, whatever the noise.
    level = torch.log1p(-noise.clamp(1e-6, 1 - 1e-7))
    return ((survival > level[:, None]) | passed).to(torch.int64).sum(1)


def sample_height(logits: Tensor, noise: Tensor, temperature: Tensor, top_p: Tensor) -> Tensor:
    """The level at a quantile of the distribution, i64 `[B]`: at temperature 0 the median, which a surface wants, at 1
    any quantile, without the tails that top-p cuts off."""
    quantile = 0.5 + (noise - 0.5) * (temperature * top_p).clamp(0.0, 1.0)
    below = torch.cumsum(torch.softmax(logits, dim=1), dim=1) < quantile[:, None]
    return below.to(torch.int64).sum(1).clamp(max=HEIGHT_LEVELS - 1)
