"""One teacher-forced pass over a batch: hidden states, decisions, heights and splats, with their losses."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from batches import Batch, History
from config import BAND_SIZE, HEIGHT_LEVELS
from decoder import HEIGHT_RANGE_METERS, log_color_error
from generator import Generator


@dataclass
class Pass:
    """What a batch gives. Losses are means over what has weight; figures are detached."""

    hazards: Tensor  # [r, 832]
    height_logits: Tensor  # [h, 1024]
    splats: Tensor  # [c, 9]
    hidden: Tensor  # [n · t, d]
    losses: dict[str, Tensor]

    def total(self) -> Tensor:
        weights = {"keep": 8.0, "height": 0.8, "color": 6.0, "colorTrust": 0.1, "coverage": 0.5, "axes": 0.3, "splatHeight": 0.3}
        return torch.stack([weights[name] * loss for name, loss in self.losses.items()]).sum()


def run(model: Generator, batch: Batch, use: Tensor, smoothing: Tensor) -> Pass:
    """
    Args:
        use: `[c, 2]` which of transformer's features and position the decoder sees of each splat.
        smoothing: `[1024, 1024]` from `height_targets`.
    """
    hazards, hidden, sites = decide(model, batch)
    height_logits = model.transformer.height_logits(hidden[batch.height_token], sites[batch.height_site])
    splats = model.decoder.raw(batch.child_features, batch.child_position, hidden[batch.child_token].detach(), use)
    losses = {
        "keep": mean(functional.binary_cross_entropy_with_logits(hazards.float(), batch.keep, reduction="none"), batch.keep_weight),
        "height": height_loss(height_logits.float(), smoothing[batch.height_level]),
        **splat_losses(splats.float(), batch),
    }
    return Pass(hazards, height_logits, splats, hidden, losses)


def decide(model: Generator, batch: Batch) -> tuple[Tensor, Tensor, Tensor]:
    """Returns hazards `[r, 832]`, hidden states `[n · t, d]` and site embeddings `[n · b · 832, d]`."""
    people, tokens = batch.token_site.shape
    config = model.config
    vision = model.vision(batch.picture)
    memory, start = model.conditioner.memory(vision, batch.cloud_features)
    embedding, keys, bias = model.conditioner.site_encoder(batch.site_features, vision[:, 1:])
    sites = embedding.flatten(0, 1)

    base = torch.arange(people, device=sites.device)[:, None]
    site_index = batch.token_site.clamp_min(0) + base * batch.site_features.shape[1]
    starts = start.gather(1, batch.bands.gather(1, batch.token_band)[..., None].expand(-1, -1, config.width))
    points = sites[site_index] + model.transformer.level_table()[batch.token_level]
    x = torch.where((batch.token_site < 0)[..., None], starts, points)
    hidden = model.transformer.hidden_states(x, memory, batch.rows, batch.places).flatten(0, 1)

    # A hidden state decides all sites up to the next point: project first, gather the short queries.
    query = model.transformer.query(hidden) * config.key_width**-0.5
    shift = model.transformer.shift(hidden)[:, 0]
    rows = batch.keep.shape[0]
    keys = keys.reshape(rows, BAND_SIZE, -1)
    governing = query[batch.governor.flatten()].reshape(keys.shape)
    hazards = (keys * governing).sum(-1) + bias.reshape(rows, BAND_SIZE) + shift[batch.governor]
    return hazards, hidden, sites


@torch.no_grad()
def own_histories(model: Generator, batch: Batch, random: np.random.Generator | None) -> list[History]:
    """What the model would write where it is asked now: its own kind of mistakes, which at work it has to read.

    `random` None takes what is likelier than not. Heights are medians; to have them as unsure as at work, `batch` should
    tell nothing of the true ones.
    """
    hazards, hidden, sites = decide(model, batch)
    chance = torch.sigmoid(hazards.float()).cpu().numpy()
    sharp = random is None or random.random() < 0.5
    taken = chance > (0.5 if sharp or random is None else random.random(chance.shape))
    rows, columns = np.nonzero(taken)
    chosen = torch.from_numpy(rows * BAND_SIZE + columns).to(hidden.device)
    logits = model.transformer.height_logits(hidden[batch.governor.flatten()[chosen]], sites[chosen]).float()
    levels = np.full(taken.shape, HEIGHT_LEVELS // 2, np.int64)
    levels[rows, columns] = (torch.softmax(logits, -1).cumsum(-1) < 0.5).sum(-1).clamp(max=HEIGHT_LEVELS - 1).cpu().numpy()
    people = len(batch.token_site)
    shape = (people, -1, BAND_SIZE)
    return [History(one, level) for one, level in zip(taken.reshape(shape), levels.reshape(shape), strict=True)]


def mean(values: Tensor, weights: Tensor) -> Tensor:
    return (values * weights).sum() / weights.sum().clamp_min(1.0)


def height_loss(logits: Tensor, targets: Tensor) -> Tensor:
    if len(logits) == 0:
        return logits.sum() * 0
    return -(targets * functional.log_softmax(logits, dim=-1)).sum(-1).mean()


def height_targets(smoothing_levels: float) -> Tensor:
    """`[1024, 1024]`: for every true level the distribution that is asked for."""
    level = torch.arange(HEIGHT_LEVELS, dtype=torch.float32)
    return torch.softmax(-0.5 * ((level[None] - level[:, None]) / smoothing_levels) ** 2, dim=1)


def splat_losses(raw: Tensor, batch: Batch) -> dict[str, Tensor]:
    """Colour by L1, its trust as the scale of its error, coverage by cross-entropy, axes and height by Huber."""
    wanted = batch.child_color - batch.inferred_color
    error = (raw[:, 0:3] - wanted).abs().mean(-1)
    log_scale = log_color_error(raw[:, 3])
    trust = error.detach() * torch.exp(-log_scale) + log_scale
    coverage = functional.binary_cross_entropy_with_logits(raw[:, 4] + 2.0, batch.child_coverage.clamp(0, 1), reduction="none")
    axes = functional.smooth_l1_loss(raw[:, 5:8], batch.child_axes, beta=0.3, reduction="none").mean(-1)
    height = HEIGHT_RANGE_METERS * torch.tanh(raw[:, 8])
    height_error = functional.smooth_l1_loss(height / 0.004, batch.child_height / 0.004, beta=0.5, reduction="none")
    colored, shaped = batch.child_color_weight, batch.child_shape_weight
    return {
        "color": mean(error, colored),
        "colorTrust": mean(trust, colored),
        "coverage": mean(coverage, shaped),
        "axes": mean(axes, shaped),
        "splatHeight": mean(height_error, shaped),
    }
