"""From shards to tensors: random bands of a few people, packed, with histories that have a model's mistakes in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from config import BAND_COUNT, BAND_SIZE, HEIGHT_LEVELS, MAX_BAND_POINTS
from heights import height_levels
from shards import Shard

_PICTURE_MEAN = np.array([0.485, 0.456, 0.406], np.float32)[:, None, None]
_PICTURE_DEVIATION = np.array([0.229, 0.224, 0.225], np.float32)[:, None, None]

"""Spread of the heights that are read of people whose true surface is not known."""
UNKNOWN_HEIGHT_LEVELS = 100.0
INFERRED_COLOR_NAMES = ("inferredRed", "inferredGreen", "inferredBlue")


@dataclass
class Batch:
    """n people, b bands each; r = n · b rows; t tokens a person (padded), p places a band (padded)."""

    picture: Tensor  # [n, 3, 224, 224]
    cloud_features: Tensor  # [n, groups · count, C]
    site_features: Tensor  # [n, b · 832, C]
    bands: Tensor  # [n, b] which bands
    token_site: Tensor  # [n, t] index into b · 832, -1 for a start token
    token_band: Tensor  # [n, t] index into b
    token_level: Tensor  # [n, t] height as the model reads it
    rows: Tensor  # [r, p] flattened token of each place
    places: Tensor  # [n · t] flattened place of each token
    governor: Tensor  # [r, 832] flattened token whose hidden state decides a site
    keep: Tensor  # [r, 832] 0 or 1
    keep_weight: Tensor  # [r, 832]
    height_token: Tensor  # [h] flattened token that governs a kept site
    height_site: Tensor  # [h] flattened site, into n · b · 832
    height_level: Tensor  # [h]
    child_features: Tensor  # [c, Cd]
    child_position: Tensor  # [c, 3]
    child_token: Tensor  # [c] flattened token of the parent
    child_color: Tensor  # [c, 3]
    inferred_color: Tensor  # [c, 3] what the server infers without the decoder
    child_color_weight: Tensor  # [c]
    child_shape_weight: Tensor  # [c] 0 where nothing is known of the true surface: on real people
    child_height: Tensor  # [c]
    child_coverage: Tensor  # [c]
    child_axes: Tensor  # [c, 3]

    def to(self, device: torch.device) -> Batch:
        return Batch(**{item.name: getattr(self, item.name).to(device, non_blocking=True) for item in fields(self)})


def picture_of(shard: Shard) -> NDArray[np.float32]:
    return (shard.tensors["image"].astype(np.float32) / 255 - _PICTURE_MEAN) / _PICTURE_DEVIATION


def inferred_color(child_features: Tensor, names: Sequence[str]) -> Tensor:
    """`[c, 3]`, 0…1: the colour that the decoder corrects is among its features, stretched to [-1, 1]."""
    return 0.5 + 0.5 * child_features[:, [names.index(name) for name in INFERRED_COLOR_NAMES]]


@dataclass
class Noise:
    """How far the history that the model reads is from the truth: it will have to read its own."""

    history: float = 0.0
    height_levels: float = 0.0
    blind: bool = False
    """The heights read are chance: nothing is known of the true ones."""


@dataclass
class History:
    """Points as a model reads them: which sites were taken, and their heights' levels."""

    taken: NDArray[np.bool_]  # [b, 832]
    levels: NDArray[np.int64]  # [b, 832]


def make_batch(
    people: Sequence[tuple[Shard, NDArray[np.int64]]],
    cloud_samples: NDArray[np.int64],
    random: np.random.Generator,
    noise: Noise,
    max_children: int,
    histories: Sequence[History] | None = None,
) -> Batch:
    """`people` are shards and the bands to take of each (as many of everyone). `histories`, where given, are the points
    that the model reads instead of the true ones with mistakes in them."""
    packed = [
        _pack(shard, bands, random, noise, max_children, None if histories is None else histories[n])
        for n, (shard, bands) in enumerate(people)
    ]
    count, bands = len(people), len(people[0][1])
    tokens = max(len(one.token_site) for one in packed)
    longest = max(one.longest for one in packed)
    rows = np.zeros((count * bands, longest), np.int64)
    places = np.zeros((count, tokens), np.int64)
    for n, one in enumerate(packed):
        for b in range(bands):
            first, last = one.starts[b], one.starts[b + 1]
            row = n * bands + b
            rows[row] = n * tokens + first
            rows[row, : last - first] = n * tokens + np.arange(first, last)
            places[n, first:last] = row * longest + np.arange(last - first)

    def padded(name: str, fill: int) -> NDArray[np.int64]:
        out = np.full((count, tokens), fill, np.int64)
        for n, one in enumerate(packed):
            out[n, : len(one.token_site)] = getattr(one, name)
        return out

    def joined(name: str, step: int) -> NDArray[np.int64]:
        """Indices within a person made indices into the whole batch."""
        return np.concatenate([getattr(one, name) + n * step for n, one in enumerate(packed)])

    def children(name: str) -> Tensor:
        return torch.from_numpy(np.concatenate([one.shard.tensors[name][one.children].astype(np.float32) for one in packed]))

    child_features = children("childFeatures")
    inferred = inferred_color(child_features, people[0][0].child_names)
    band_index = np.stack([chosen for _, chosen in people])
    tensor = torch.from_numpy
    return Batch(
        picture=tensor(np.stack([picture_of(shard) for shard, _ in people])),
        cloud_features=tensor(np.stack([shard.tensors["siteFeatures"][cloud_samples].astype(np.float32) for shard, _ in people])),
        site_features=tensor(np.stack([one.features for one in packed])),
        bands=tensor(band_index),
        token_site=tensor(padded("token_site", -1)),
        token_band=tensor(padded("token_band", 0)),
        token_level=tensor(padded("token_level", 0)),
        rows=tensor(rows),
        places=tensor(places.reshape(-1)),
        governor=tensor(np.concatenate([one.governor + n * tokens for n, one in enumerate(packed)])),
        keep=tensor(np.concatenate([one.keep for one in packed])),
        keep_weight=tensor(np.concatenate([one.keep_weight for one in packed])),
        height_token=tensor(joined("height_token", tokens)),
        height_site=tensor(joined("height_site", bands * BAND_SIZE)),
        height_level=tensor(joined("height_level", 0)),
        child_features=child_features,
        child_position=children("childPosition"),
        child_token=tensor(joined("child_token", tokens)),
        child_color=children("childColor"),
        inferred_color=inferred,
        child_color_weight=children("childColorWeight"),
        child_shape_weight=tensor(np.concatenate([np.full(len(one.children), one.shard.kind == "synthetic", np.float32) for one in packed])),
        child_height=children("childHeight"),
        child_coverage=children("childCoverage"),
        child_axes=children("childAxes"),
    )


@dataclass
class _Packed:
    shard: Shard
    features: NDArray[np.float32]
    token_site: NDArray[np.int64]
    token_band: NDArray[np.int64]
    token_level: NDArray[np.int64]
    starts: NDArray[np.int64]
    longest: int
    governor: NDArray[np.int64]
    keep: NDArray[np.float32]
    keep_weight: NDArray[np.float32]
    height_token: NDArray[np.int64]
    height_site: NDArray[np.int64]
    height_level: NDArray[np.int64]
    children: NDArray[np.int64]
    child_token: NDArray[np.int64]


def _pack(
    shard: Shard,
    bands: NDArray[np.int64],
    random: np.random.Generator,
    noise: Noise,
    max_children: int,
    given: History | None,
) -> _Packed:
    def take(name: str) -> NDArray[np.generic]:
        whole = shard.tensors[name]
        return whole.reshape(BAND_COUNT, BAND_SIZE, *whole.shape[1:])[bands]

    keep, keep_weight = take("keep").astype(bool), take("keepWeight").astype(np.float32)
    height, height_weight = take("height").astype(np.float32), take("heightWeight") > 0
    truth = height_levels(np.where(height_weight & np.isfinite(height), height, 0))
    free = keep_weight > 0
    history = _with_mistakes(keep, free, random, noise.history) if given is None else np.where(free, given.taken, keep)
    if given is not None:
        read = given.levels
    else:
        # Nothing of the truth may be in what is read blindly: the mean of many noisy heights would give it away.
        blind = noise.blind or not height_weight.any()
        spread = UNKNOWN_HEIGHT_LEVELS if blind else noise.height_levels
        read = (HEIGHT_LEVELS // 2 if blind else truth) + np.rint(random.normal(0, 1, truth.shape) * spread).astype(np.int64)
    read = np.clip(read, 0, HEIGHT_LEVELS - 1)

    site_parts, band_parts, level_parts, starts = [], [], [], [0]
    governor = np.zeros(keep.shape, np.int64)
    token_of_site = np.full(keep.shape, -1, np.int64)
    for b in range(len(bands)):
        chosen = np.flatnonzero(history[b])
        if len(chosen) > MAX_BAND_POINTS:
            keep_weight[b, chosen[MAX_BAND_POINTS] :] = 0
            height_weight[b, chosen[MAX_BAND_POINTS] :] = False
            history[b, chosen[MAX_BAND_POINTS] :] = False
            chosen = chosen[:MAX_BAND_POINTS]
        site_parts.append(np.concatenate([[-1], chosen + b * BAND_SIZE]))
        level_parts.append(np.concatenate([[0], read[b, chosen]]))
        band_parts.append(np.full(len(chosen) + 1, b))
        governor[b] = starts[-1] + np.cumsum(history[b]) - history[b]
        token_of_site[b, chosen] = starts[-1] + 1 + np.arange(len(chosen))
        starts.append(starts[-1] + len(chosen) + 1)

    row, column = np.nonzero(keep & height_weight)
    children, child_token = _children(shard, bands, token_of_site, random, max_children)
    return _Packed(
        shard=shard,
        features=take("siteFeatures").astype(np.float32).reshape(len(bands) * BAND_SIZE, -1),
        token_site=np.concatenate(site_parts),
        token_band=np.concatenate(band_parts),
        token_level=np.concatenate(level_parts),
        starts=np.array(starts),
        longest=int(np.diff(starts).max()),
        governor=governor,
        keep=keep.astype(np.float32),
        keep_weight=keep_weight,
        height_token=governor[row, column],
        height_site=row * BAND_SIZE + column,
        height_level=truth[row, column],
        children=children,
        child_token=child_token,
    )


def _with_mistakes(keep: NDArray[np.bool_], free: NDArray[np.bool_], random: np.random.Generator, rate: float) -> NDArray[np.bool_]:
    """Leaves out some points and takes others instead; a third of the people are read as they are.

    How many of each differs from band to band: who reads a thin history must not conclude that points are few here.
    """
    if rate == 0 or random.random() < 1 / 3:
        return keep.copy()
    chance = random.random(keep.shape)
    lost, added = (rate * 2 * random.random((len(keep), 1)) for _ in range(2))
    kept_share = keep.sum(1, keepdims=True) / np.maximum(1, (free & ~keep).sum(1, keepdims=True))
    return np.where(keep, chance >= lost, free & (chance < added * np.minimum(1, kept_share)))


def _children(
    shard: Shard, bands: NDArray[np.int64], token_of_site: NDArray[np.int64], random: np.random.Generator, limit: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Indices of splats whose point is in the history, and the tokens of their points."""
    order, sites = shard.child_band_order, shard.sorted_child_sites
    parts, tokens = [], []
    for b, band in enumerate(bands):
        first, last = np.searchsorted(sites, [band * BAND_SIZE, (band + 1) * BAND_SIZE])
        token = token_of_site[b, sites[first:last] - band * BAND_SIZE]
        parts.append(order[first:last][token >= 0])
        tokens.append(token[token >= 0])
    children, token = np.concatenate(parts), np.concatenate(tokens)
    if len(children) > limit:
        chosen = random.permutation(len(children))[:limit]
        children, token = children[chosen], token[chosen]
    return children, token
