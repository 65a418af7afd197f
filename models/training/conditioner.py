"""Portrait and fitted rig as the transformer sees them: memory to attend to, and a key, bias and embedding a site."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from config import BAND_COUNT, BAND_SIZE, ModelConfig
from features import Fourier, Normaliser, look
from vision import Block


class SiteEncoder(nn.Module):
    """Per-site features → embedding, key, bias and density. Most of what the portrait shows of a site enters here."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.config = config
        self.normalise = Normaliser(config.site_channels)
        self.fourier = Fourier(4, 2.0)
        self.seen = nn.Linear(config.vision_width, config.seen_width)
        self.enter = nn.Linear(config.site_channels + self.fourier.width + config.seen_width, config.site_hidden)
        self.norm = nn.LayerNorm(config.site_hidden)
        self.deepen = nn.Linear(config.site_hidden, 2 * config.site_hidden)
        self.shallow = nn.Linear(2 * config.site_hidden, config.site_hidden)
        self.leave_norm = nn.LayerNorm(config.site_hidden)
        self.embedding = nn.Linear(config.site_hidden, config.width)
        self.key = nn.Linear(config.site_hidden, config.key_width)
        # bias, demanded density, sharpness of the decision between demand and threshold
        self.decision = nn.Linear(config.site_hidden, 3)

    def forward(self, features: Tensor, patches: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """`features` `[n, s, C]`, `patches` `[n, 256, Dv]` → embedding `[n, s, d]`, key `[n, s, dk]`, bias `[n, s]`."""
        config = self.config
        position = features[..., config.position_channel : config.position_channel + 3]
        pixel = features[..., config.pixel_channel : config.pixel_channel + 2]
        normal = self.normalise(features)
        seen = look(self.seen(patches), pixel)
        x = self.enter(torch.cat([normal, self.fourier(position), seen], dim=-1))
        x = x + self.shallow(functional.gelu(self.deepen(self.norm(x))))
        x = functional.gelu(self.leave_norm(x))
        offset, demand, sharpness = self.decision(x).unbind(-1)
        threshold = normal[..., config.threshold_channel]
        bias = offset + functional.softplus(sharpness) * (demand - threshold)
        return self.embedding(x), self.key(x), bias


class PointCloudEncoder(nn.Module):
    """The fitted rig as tokens: groups of neighbouring sites pooled, then attention among the groups."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.normalise = Normaliser(config.site_channels)
        self.fourier = Fourier(4, 2.0)
        self.position_channel = config.position_channel
        self.enter = nn.Linear(config.site_channels + self.fourier.width, 96)
        self.leave = nn.Linear(2 * 96, config.width)
        self.blocks = nn.ModuleList([Block(config.width, config.heads) for _ in range(config.cloud_depth)])
        self.norm = nn.LayerNorm(config.width)
        self.register_buffer("samples", group_samples(config.cloud_groups, config.cloud_samples), persistent=False)

    def forward(self, chosen: Tensor) -> Tensor:
        """Features of the sites in `samples`, `[n, groups · count, C]` → `[n, groups, d]`."""
        groups, count = self.samples.shape
        position = chosen[..., self.position_channel : self.position_channel + 3]
        x = functional.gelu(self.enter(torch.cat([self.normalise(chosen), self.fourier(position)], dim=-1)))
        x = x.reshape(chosen.shape[0], groups, count, -1)
        x = self.leave(torch.cat([x.mean(2), x.amax(2)], dim=-1))
        for block in self.blocks:
            x = block(x)
        return self.norm(x)


def group_samples(groups: int, count: int) -> Tensor:
    """`[bands · groups, count]` site indices. A band's fine sites are ordered by height, so a run of them is a slab."""
    coarse = BAND_SIZE // 16
    band = torch.linspace(coarse, BAND_SIZE - 1, groups * count).round().to(torch.int64).reshape(groups, count)
    return (torch.arange(BAND_COUNT)[:, None, None] * BAND_SIZE + band).reshape(BAND_COUNT * groups, count)


class Conditioner(nn.Module):
    """Everything about one portrait that does not change from step to step."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.config = config
        self.site_encoder = SiteEncoder(config)
        self.cloud_encoder = PointCloudEncoder(config)
        self.from_vision = nn.Linear(config.vision_width, config.width)
        self.kind = nn.Parameter(torch.randn(2, config.width) * 0.02)
        self.memory_norm = nn.LayerNorm(config.width)
        self.memory_kv = nn.ModuleList([nn.Linear(config.width, 2 * config.width) for _ in range(config.layers)])
        self.start = nn.Parameter(torch.randn(BAND_COUNT, config.width) * 0.5)
        self.start_from_cloud = nn.Linear(config.width, config.width)

    def memory(self, vision: Tensor, cloud_features: Tensor) -> tuple[list[Tensor], Tensor]:
        """`cloud_features` are those of the sites in `cloud_encoder.samples`. Returns a `[2, n, H, Tm, dh]` a layer, and the start embeddings `[n, B, d]`."""
        config = self.config
        cloud = self.cloud_encoder(cloud_features)
        tokens = self.memory_norm(torch.cat([self.from_vision(vision) + self.kind[0], cloud + self.kind[1]], dim=1))
        batch, length, _ = tokens.shape
        layers = [
            kv(tokens).reshape(batch, length, 2, config.heads, config.head_width).permute(2, 0, 3, 1, 4) for kv in self.memory_kv
        ]
        pooled = cloud.reshape(batch, BAND_COUNT, config.cloud_groups, config.width).mean(2)
        return layers, self.start + self.start_from_cloud(pooled)

    def forward(self, vision: Tensor, features: Tensor) -> tuple[Tensor, ...]:
        """One whole portrait, as `conditioner.onnx` runs it: `[1, 257, Dv]` and `[M, C]` → site keys, biases, embeddings,
        start embeddings, then a key `[H, dh, Tm]` and a value `[H, Tm, dh]` a layer."""
        config = self.config
        layers, start = self.memory(vision, features.index_select(0, self.cloud_encoder.samples.reshape(-1))[None])
        embedding, key, bias = self.site_encoder(features[None], vision[:, 1:])
        shape = (BAND_COUNT, BAND_SIZE)
        memory = [part for layer in layers for part in (layer[0, 0].transpose(1, 2).contiguous(), layer[1, 0])]
        return (
            key.reshape(*shape, config.key_width),
            bias.reshape(*shape),
            embedding.reshape(*shape, config.width),
            start[0],
            *memory,
        )
