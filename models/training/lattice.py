"""Reader of `models/generator/sites.lattice` (written by models/generator/buildLattice.ts)."""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from config import BAND_COUNT, BAND_SIZE

HEADER_BYTES = 44


@dataclass(frozen=True)
class SiteLattice:
    """Sites are stored band by band in decoding order; see siteLattice.ts for every column."""

    sha256: str
    rig_sha256: str
    coarse_counts: NDArray[np.uint16]
    faces: NDArray[np.uint16]
    thresholds: NDArray[np.float32]


def read_lattice(path: Path) -> SiteLattice:
    """Raises ValueError naming the field, what was expected and what came."""
    data = path.read_bytes()
    magic, version, bands, size, _coarse = struct.unpack_from("<4sHHHH", data)
    if magic != b"STSL" or version != 1:
        raise ValueError(f"{path}: expected STSL version 1, got {magic!r} version {version}")
    if (bands, size) != (BAND_COUNT, BAND_SIZE):
        raise ValueError(f"{path}: expected {BAND_COUNT} bands of {BAND_SIZE} sites, got {bands} of {size}")
    sites = bands * size
    expected = HEADER_BYTES + 2 * bands + 14 * sites
    if len(data) != expected:
        raise ValueError(f"{path}: expected {expected} bytes, got {len(data)}")
    at = HEADER_BYTES
    coarse = np.frombuffer(data, "<u2", bands, at)
    faces = np.frombuffer(data, "<u2", sites, at + 2 * bands)
    thresholds = np.frombuffer(data, "<f4", sites, at + 2 * bands + 6 * sites)
    return SiteLattice(hashlib.sha256(data).hexdigest(), data[12:HEADER_BYTES].hex(), coarse, faces, thresholds)
