"""All four parts of the generator as one module: what a checkpoint holds."""

from __future__ import annotations

from torch import nn

from conditioner import Conditioner
from config import ModelConfig
from decoder import GaussianDecoder
from transformer import PointTransformer
from vision import VisionTransformer


class Generator(nn.Module):
    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.config = config
        self.vision = VisionTransformer(config.vision_width, config.vision_depth, config.vision_heads)
        self.conditioner = Conditioner(config)
        self.transformer = PointTransformer(config)
        self.decoder = GaussianDecoder(config)
        self.apply(initialise)

    def measure(self, site_samples, child_samples) -> None:  # type: ignore[no-untyped-def]
        """Sets the constants of normalisation from samples `[n, C]` and `[m, Cd]`."""
        self.conditioner.site_encoder.normalise.measure(site_samples)
        self.conditioner.cloud_encoder.normalise.measure(site_samples)
        self.decoder.normalise.measure(child_samples)

    def parameter_count(self) -> int:
        return sum(parameter.numel() for parameter in self.parameters())


def initialise(module: nn.Module) -> None:
    if isinstance(module, nn.Linear) and module.weight.std() > 0.02:
        nn.init.trunc_normal_(module.weight, std=module.in_features**-0.5)
        if module.bias is not None:
            nn.init.zeros_(module.bias)
