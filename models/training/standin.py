"""Invented shards of the right shapes: lets the whole training path run where no data has been made.

Kept sites and heights follow from the features, so that a model can be seen to learn; nothing looks like a person.
"""

from __future__ import annotations

import numpy as np

from config import SITE_COUNT
from shards import Shard

SITE_NAMES = ["x", "y", "z", "density", "faceRegion", "scalpRegion", "shellRegion", "change", "red", "green", "blue", "pixelX", "pixelY"]
CHILD_NAMES = ["inferredRed", "inferredGreen", "inferredBlue", "confidence", "facing", "scale"]


def invented_shard(seed: int, split: str) -> Shard:
    random = np.random.default_rng([seed, 77])
    sites = random.uniform(-1, 1, (SITE_COUNT, len(SITE_NAMES))).astype(np.float32)
    region = random.integers(0, 3, SITE_COUNT)
    sites[:, 4:7] = region[:, None] == np.arange(3)
    demand = -0.7 + 0.5 * sites[:, SITE_NAMES.index("change")] + 0.2 * sites[:, 1]
    keep = (sites[:, SITE_NAMES.index("density")] < demand).astype(np.uint8)
    height = (0.004 * sites[:, 0] + 0.0005 * random.standard_normal(SITE_COUNT)).astype(np.float16)
    parents = np.flatnonzero(keep)
    child_site = np.sort(random.choice(parents, 4000)).astype(np.uint32)
    children = random.uniform(-1, 1, (4000, len(CHILD_NAMES))).astype(np.float32)
    color = np.clip(children[:, :3] * 0.4 + 0.55, 0, 1)
    return Shard(
        id=f"invented-{seed}",
        kind="synthetic",
        split=split,
        traits={},
        site_names=SITE_NAMES,
        child_names=CHILD_NAMES,
        tensors={
            "image": random.integers(0, 256, (3, 224, 224), dtype=np.uint8),
            "siteFeatures": sites.astype(np.float16),
            "keep": keep,
            "keepWeight": np.ones(SITE_COUNT, np.uint8),
            "height": height,
            "heightWeight": np.ones(SITE_COUNT, np.uint8),
            "childFeatures": children.astype(np.float16),
            "childPosition": random.uniform(-0.2, 0.2, (4000, 3)).astype(np.float16),
            "childSite": child_site,
            "childColor": color.astype(np.float16),
            "childColorWeight": np.ones(4000, np.uint8),
            "childHeight": (0.002 * children[:, 0]).astype(np.float16),
            "childCoverage": (children[:, 1] > 0).astype(np.float16),
            "childAxes": np.stack([children[:, 2], children[:, 3], 0 * children[:, 0]], axis=1).astype(np.float16),
        },
    )
