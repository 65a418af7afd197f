"""Sizes of model and training: tiny (tests), small (two CPU cores, an hour or a night), large (one GPU)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

BAND_COUNT = 48
BAND_SIZE = 832
SITE_COUNT = BAND_COUNT * BAND_SIZE
HEIGHT_LEVELS = 1024
"""Heights are asinh-companded, as server/generator/autoregressive/heightCodec.ts does it."""
HEIGHT_LIMIT_METERS = 0.08
HEIGHT_LINEAR_METERS = 0.002
"""Positions of a band's cache: the start token and at most 255 points."""
CACHE_LENGTH = 256
MAX_BAND_POINTS = CACHE_LENGTH - 1
PICTURE_SIZE = 224
PATCH_SIZE = 14


@dataclass(frozen=True)
class ModelConfig:
    """Shapes of the four graphs. Written into every checkpoint: a checkpoint explains itself."""

    site_channels: int
    child_channels: int
    """First of the three channels of a site's position, of the two of its pixel, and the channel of its threshold."""
    position_channel: int = 0
    pixel_channel: int = 33
    threshold_channel: int = 8
    vision_width: int = 192
    vision_depth: int = 4
    vision_heads: int = 3
    width: int = 192
    layers: int = 4
    heads: int = 4
    kv_heads: int = 1
    feed_forward: int = 576
    key_width: int = 32
    site_hidden: int = 160
    seen_width: int = 32
    cloud_groups: int = 3
    cloud_samples: int = 32
    cloud_depth: int = 2
    height_basis: int = 96
    decoder_hidden: int = 160
    decoder_depth: int = 3

    @property
    def head_width(self) -> int:
        return self.width // self.heads

    @property
    def memory_length(self) -> int:
        return 1 + (PICTURE_SIZE // PATCH_SIZE) ** 2 + BAND_COUNT * self.cloud_groups

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class TrainConfig:
    """One training run. A step sees `heads` people and `bands` random bands of each."""

    name: str
    seed: int = 1
    steps: int = 40_000
    heads: int = 2
    bands: int = 8
    children: int = 1536
    learning_rate: float = 1e-3
    final_rate_share: float = 0.03
    warmup_steps: int = 200
    weight_decay: float = 0.03
    gradient_clip: float = 1.0
    ema_decay: float = 0.995
    history_noise: float = 0.08
    own_history_share: float = 0.8
    own_history_from: int = 500
    height_noise_levels: float = 12.0
    height_smoothing_levels: float = 8.0
    real_share: float = 0.4
    validate_every: int = 300
    checkpoint_every_s: float = 180.0
    validation_heads: int = 12
    threads: int = 1


_MODELS: dict[str, dict[str, int]] = {
    "tiny": dict(
        vision_width=64, vision_depth=1, vision_heads=1, width=64, layers=2, heads=2, feed_forward=128, key_width=16,
        site_hidden=48, seen_width=16, cloud_depth=1, height_basis=48, decoder_hidden=48, decoder_depth=1,
    ),
    "small": {},
    "large": dict(
        vision_width=384, vision_depth=4, vision_heads=6, width=384, layers=6, heads=6, feed_forward=1536, key_width=64,
        site_hidden=384, seen_width=64, cloud_depth=3, height_basis=128, decoder_hidden=320, decoder_depth=4,
    ),
}

_RUNS: dict[str, TrainConfig] = {
    "tiny": TrainConfig(
        name="tiny", steps=20, heads=1, bands=4, children=256, warmup_steps=5, validate_every=10, validation_heads=2,
        ema_decay=0.9, own_history_from=10,
    ),
    "small": TrainConfig(name="small"),
    "large": TrainConfig(
        name="large", steps=12_000, heads=16, bands=24, children=4096, learning_rate=6e-4, warmup_steps=400,
        validation_heads=30, checkpoint_every_s=120.0,
    ),
}

CONFIG_NAMES = tuple(_RUNS)


def model_config(name: str, site_names: Sequence[str], child_names: Sequence[str]) -> ModelConfig:
    """The model called `name` for features of these names (SITE_FEATURE_NAMES and CHILD_FEATURE_NAMES of the server)."""
    return ModelConfig(
        site_channels=len(site_names),
        child_channels=len(child_names),
        position_channel=site_names.index("x"),
        pixel_channel=site_names.index("pixelX"),
        threshold_channel=site_names.index("density"),
        **_MODELS[name],
    )


def train_config(name: str, **overrides: Any) -> TrainConfig:
    """The run called `name`; overrides that are None are left as they are."""
    return replace(_RUNS[name], **{key: value for key, value in overrides.items() if value is not None})
