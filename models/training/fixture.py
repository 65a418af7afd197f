"""Writes the tiny generator that the server's tests run on: the contract of the real one, random weights, few sites.

    python models/training/fixture.py test/fixtures/generator

Sizes are constants of `config`, read when the other modules are imported; here they are set before.
"""

from __future__ import annotations

import sys
from pathlib import Path

import torch

import config

config.BAND_SIZE = 288
config.SITE_COUNT = config.BAND_COUNT * config.BAND_SIZE
"""Fewer than a band of random weights wants, more than the places that a cache begins with."""
config.CACHE_LENGTH = 96
config.MAX_BAND_POINTS = config.CACHE_LENGTH - 1

SEED = 7
SIZES = dict(
    site_channels=12, child_channels=6, position_channel=0, pixel_channel=8, threshold_channel=10, vision_width=16, vision_depth=1, vision_heads=2, width=16, layers=2, heads=2,
    feed_forward=32, key_width=4, site_hidden=16, seen_width=4, cloud_groups=1, cloud_samples=4, cloud_depth=1, height_basis=16,
    decoder_hidden=16, decoder_depth=1,
)  # fmt: skip


def main() -> None:
    import parity
    from export import export_generator
    from generator import Generator

    torch.manual_seed(SEED)
    generator = Generator(config.ModelConfig(**SIZES)).eval()
    folder = Path(sys.argv[1])
    manifest = export_generator(generator, folder, lattice_hash="0" * 64, record={"config": "fixture", "seed": SEED})
    print(sum(graph["bytes"] for graph in manifest["graphs"].values()), parity.check(generator, folder))


if __name__ == "__main__":
    main()
