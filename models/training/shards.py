"""Training shards: one safetensors file a person, memory-mapped, picked up as they arrive."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from config import SITE_COUNT

_DTYPES = {"U8": np.uint8, "U16": np.uint16, "U32": np.uint32, "I64": np.int64, "F16": np.float16, "F32": np.float32}
_SITE_TENSORS = ("siteFeatures", "keep", "keepWeight", "height", "heightWeight")
_CHILD_TENSORS = (
    "childFeatures", "childPosition", "childSite", "childColor", "childColorWeight", "childHeight", "childCoverage", "childAxes",
)


@dataclass
class Shard:
    """One person. `tensors` are views of the mapped file: nothing is read until it is used."""

    id: str
    kind: str
    split: str
    traits: dict[str, Any]
    site_names: list[str]
    child_names: list[str]
    tensors: dict[str, NDArray[Any]] = field(repr=False)

    @cached_property
    def child_band_order(self) -> NDArray[np.int64]:
        """Children sorted by their point's site, so that those of a band lie together."""
        return np.argsort(self.tensors["childSite"], kind="stable")

    @cached_property
    def sorted_child_sites(self) -> NDArray[np.int64]:
        return self.tensors["childSite"][self.child_band_order].astype(np.int64)


def read_shard(path: Path) -> Shard:
    """Maps a safetensors file and checks names, shapes and metadata; ValueError says which is wrong."""
    mapped = np.memmap(path, np.uint8, "r")
    length = int(mapped[:8].view("<u8")[0])
    if length > len(mapped) - 8:
        raise ValueError(f"{path.name}: header: expected at most {len(mapped) - 8} bytes, got {length}")
    header: dict[str, Any] = json.loads(bytes(mapped[8 : 8 + length]))
    metadata: dict[str, str] = header.pop("__metadata__", {})
    tensors: dict[str, NDArray[Any]] = {}
    for name, entry in header.items():
        first, last = entry["data_offsets"]
        raw = mapped[8 + length + first : 8 + length + last]
        tensors[name] = raw.view(_DTYPES[entry["dtype"]]).reshape(entry["shape"])
    shard = Shard(
        id=metadata.get("id", path.stem),
        kind=metadata.get("kind", "synthetic"),
        split=metadata.get("split", "train"),
        traits=json.loads(metadata.get("traits", "{}")),
        site_names=json.loads(metadata.get("siteFeatureNames", "[]")),
        child_names=json.loads(metadata.get("childFeatureNames", "[]")),
        tensors=tensors,
    )
    check(path.name, shard)
    return shard


def check(name: str, shard: Shard) -> None:
    missing = [key for key in ("image", *_SITE_TENSORS, *_CHILD_TENSORS) if key not in shard.tensors]
    if missing:
        raise ValueError(f"{name}: missing {', '.join(missing)}")
    for key in _SITE_TENSORS:
        if shard.tensors[key].shape[0] != SITE_COUNT:
            raise ValueError(f"{name}: {key}: expected {SITE_COUNT} sites, got {shard.tensors[key].shape[0]}")
    children = shard.tensors["childSite"].shape[0]
    for key in _CHILD_TENSORS:
        if shard.tensors[key].shape[0] != children:
            raise ValueError(f"{name}: {key}: expected {children} children, got {shard.tensors[key].shape[0]}")
    if shard.tensors["siteFeatures"].shape[1] != len(shard.site_names):
        raise ValueError(f"{name}: siteFeatureNames: expected {shard.tensors['siteFeatures'].shape[1]}, got {len(shard.site_names)}")
    if shard.split not in ("train", "heldout"):
        raise ValueError(f"{name}: split: expected train or heldout, got {shard.split}")


class ShardStore:
    """All shards of a folder. `refresh` adds those that have come since."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.train: list[Shard] = []
        self.heldout: list[Shard] = []
        self._seen: set[str] = set()
        self.refused: list[str] = []

    def refresh(self) -> int:
        """Returns how many are new. A file that cannot be used is named in `refused`, once."""
        new = 0
        for path in sorted(self.folder.glob("*.safetensors")):
            if path.name in self._seen:
                continue
            self._seen.add(path.name)
            try:
                shard = read_shard(path)
            except (ValueError, KeyError) as error:
                self.refused.append(f"{path.name}: {error}")
                continue
            (self.train if shard.split == "train" else self.heldout).append(shard)
            new += 1
        return new

    def draw(self, random: np.random.Generator, real_share: float) -> Shard:
        """A training person: real with the given chance where there are both kinds."""
        kinds = {kind: [shard for shard in self.train if shard.kind == kind] for kind in ("real", "synthetic")}
        wanted = "real" if random.random() < real_share else "synthetic"
        pool = kinds[wanted] or self.train
        return pool[int(random.integers(len(pool)))]
