"""The Gaussian decoder: a splat's features, position and its point's hidden state → what the splat looks like."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from config import ModelConfig
from features import Fourier, Normaliser

"""Metres by which a splat may leave its point's surface."""
HEIGHT_RANGE_METERS = 0.02
"""Unit of the colour's residual: most are far below 1."""
COLOR_UNIT = 0.1


class GaussianDecoder(nn.Module):
    """`use` switches the transformer's features and the position off (trained with both dropped now and then)."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        hidden = config.decoder_hidden
        self.normalise = Normaliser(config.child_channels)
        self.fourier = Fourier(6, 12.0)
        self.from_parent = nn.Linear(config.width, 64)
        self.enter = nn.Linear(config.child_channels + self.fourier.width + 3 + 64, hidden)
        self.norms = nn.ModuleList([nn.LayerNorm(hidden) for _ in range(config.decoder_depth)])
        self.deepen = nn.ModuleList([nn.Linear(hidden, 2 * hidden) for _ in range(config.decoder_depth)])
        self.shallow = nn.ModuleList([nn.Linear(2 * hidden, hidden) for _ in range(config.decoder_depth)])
        self.norm = nn.LayerNorm(hidden)
        # colour 3, error of colour 1, opacity 1, stretch along and across as a doubled angle 2, size 1, height 1
        self.leave = nn.Linear(hidden, 9)
        nn.init.normal_(self.leave.weight, std=0.01)
        nn.init.zeros_(self.leave.bias)

    def raw(self, features: Tensor, position: Tensor, parent: Tensor, use: Tensor) -> Tensor:
        """`[n, Cd]`, `[n, 3]`, `[n, d]`, `use` `[2]` or `[n, 2]` → `[n, 9]`."""
        placed = torch.cat([position * 8.0, self.fourier(position)], dim=-1) * use[..., 1:2]
        told = self.from_parent(parent) * use[..., 0:1]
        x = self.enter(torch.cat([self.normalise(features), placed, told], dim=-1))
        for norm, deepen, shallow in zip(self.norms, self.deepen, self.shallow, strict=True):
            x = x + shallow(functional.gelu(deepen(norm(x))))
        out = self.leave(self.norm(x))
        return torch.cat([out[:, :3] * COLOR_UNIT, out[:, 3:]], dim=-1)

    def forward(self, child_features: Tensor, child_position: Tensor, parent_hidden: Tensor, use: Tensor) -> tuple[Tensor, ...]:
        """Returns color, color_trust, opacity, log_scale, angle, height as `decoder.onnx` does."""
        raw = self.raw(child_features, child_position, parent_hidden, use)
        stretch = torch.sqrt(raw[:, 5:6] ** 2 + raw[:, 6:7] ** 2 + 1e-12)
        size = raw[:, 7:8]
        angle = 0.5 * torch.atan2(raw[:, 6:7], raw[:, 5:6])
        log_scale = torch.cat([size + 0.5 * stretch, size - 0.5 * stretch, torch.zeros_like(size)], dim=-1)
        return (
            raw[:, 0:3],
            color_trust(raw[:, 3:4]),
            torch.sigmoid(raw[:, 4:5] + 2.0),
            log_scale,
            angle,
            HEIGHT_RANGE_METERS * torch.tanh(raw[:, 8:9]),
        )


def color_trust(raw: Tensor) -> Tensor:
    """Share in (0, 1): a half where the colour's expected error is 0.08 (of 0…1 a channel)."""
    return 1 / (1 + torch.exp(raw))


def log_color_error(raw: Tensor) -> Tensor:
    """Log of the Laplace scale that belongs to the trust."""
    return raw - 2.5257
