"""Levels of heights, the same as server/generator/autoregressive/heightCodec.ts."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from config import HEIGHT_LEVELS, HEIGHT_LIMIT_METERS, HEIGHT_LINEAR_METERS

_REACH = np.arcsinh(HEIGHT_LIMIT_METERS / HEIGHT_LINEAR_METERS)


def height_levels(meters: NDArray[np.floating]) -> NDArray[np.int64]:
    share = np.arcsinh(np.asarray(meters, np.float64) / HEIGHT_LINEAR_METERS) / _REACH
    return np.clip(np.floor((0.5 + 0.5 * share) * (HEIGHT_LEVELS - 1) + 0.5), 0, HEIGHT_LEVELS - 1).astype(np.int64)


def height_meters(levels: NDArray[np.integer]) -> NDArray[np.float32]:
    return (HEIGHT_LINEAR_METERS * np.sinh((2 * (levels / (HEIGHT_LEVELS - 1)) - 1) * _REACH)).astype(np.float32)
