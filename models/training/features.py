"""What goes into the networks: normalised features, Fourier features, bilinear looks at the picture's patches."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from vision import GRID


class Normaliser(nn.Module):
    """(x − mean) / deviation of the training data, clamped: constants of the model, measured once."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(channels))
        self.register_buffer("scale", torch.ones(channels))

    def measure(self, samples: Tensor) -> None:
        """`samples` is `[n, channels]`. A channel that never varies is left at its offset from the mean."""
        self.mean.copy_(samples.mean(0))
        self.scale.copy_(1 / samples.std(0).clamp_min(0.1))

    def forward(self, x: Tensor) -> Tensor:
        return ((x - self.mean) * self.scale).clamp(-6.0, 6.0)


class Fourier(nn.Module):
    """`[…, 3]` → `[…, 6 · octaves]`: sines and cosines of every coordinate, doubling in frequency."""

    def __init__(self, octaves: int, first_radians_per_unit: float) -> None:
        super().__init__()
        self.octaves = octaves
        self.first = first_radians_per_unit
        self.width = 6 * octaves

    def forward(self, x: Tensor) -> Tensor:
        angles = torch.cat([x * (self.first * 2.0**octave) for octave in range(self.octaves)], dim=-1)
        return torch.cat([angles.sin(), angles.cos()], dim=-1)


def look(patches: Tensor, pixel: Tensor) -> Tensor:
    """Bilinear samples of patch features where a site falls in the picture.

    Args:
        patches: `[n, 256, c]`, row by row.
        pixel: `[n, s, 2]` x, y in [-1, 1] over the picture; what lies outside is clamped to its rim.
    Returns:
        `[n, s, c]`.
    """
    batch, sites, _ = pixel.shape
    at = ((pixel + 1) * (GRID / 2) - 0.5).clamp(0.0, GRID - 1.0)
    low = at.floor().clamp(max=GRID - 2.0)
    share = at - low
    corner = low.to(torch.int64)
    index = corner[..., 1] * GRID + corner[..., 0]
    flat = patches.reshape(batch * GRID * GRID, -1)
    base = index + torch.arange(batch, device=index.device)[:, None] * (GRID * GRID)
    across, down = share[..., :1], share[..., 1:]

    def corner_rows(offset: int) -> Tensor:
        return flat.index_select(0, (base + offset).reshape(-1)).reshape(batch, sites, -1)

    top = corner_rows(0) * (1 - across) + corner_rows(1) * across
    bottom = corner_rows(GRID) * (1 - across) + corner_rows(GRID + 1) * across
    return top * (1 - down) + bottom * down


def height_features(levels: int) -> Tensor:
    """`[levels, 24]`: a smooth code of a height's level, from the coarsest to about a sixteenth of the range."""
    position = torch.linspace(-1, 1, levels)[:, None]
    octaves = math.pi / 2 * 2.0 ** torch.arange(6)
    sharp = torch.tanh(position * torch.tensor([1.0, 3.0, 9.0, 27.0]))
    wide = torch.cat([position**power for power in (1, 2, 3, 4)], dim=1)
    angles = position * octaves
    rest = torch.stack([angles.sin(), angles.cos()], dim=-1).flatten(1)
    return torch.cat([sharp, wide, rest, torch.exp(-((position * 20) ** 2)), torch.exp(-((position * 5) ** 2)), position.abs(), torch.ones_like(position)], dim=1)
