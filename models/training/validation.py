"""Figures on people never trained on: decisions, counts, heights by region, colours, each beside doing nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from batches import Noise, make_batch
from config import BAND_COUNT
from decoder import HEIGHT_RANGE_METERS
from generator import Generator
from heights import height_meters
from passes import own_histories, run
from shards import Shard

"""Regions that figures are told apart by, and the site features that mark them."""
REGIONS = {
    "face": ("faceRegion", "foldRegion", "browRegion", "lipRegion"),
    "scalp": ("scalpRegion",),
    "hair": ("shellRegion",),
    "other": ("earRegion", "neckRegion", "bustRegion", "eyeRegion", "mouthRegion"),
}


class Means:
    """Weighted means by name."""

    def __init__(self) -> None:
        self.sums: dict[str, float] = defaultdict(float)
        self.weights: dict[str, float] = defaultdict(float)

    def add(self, name: str, values: Tensor, weights: Tensor | None = None) -> None:
        weights = torch.ones_like(values) if weights is None else weights
        self.sums[name] += float((values * weights).sum())
        self.weights[name] += float(weights.sum())

    def result(self) -> dict[str, float]:
        return {name: round(total / self.weights[name], 5) for name, total in self.sums.items() if self.weights[name] > 0}


@torch.no_grad()
def validate(model: Generator, people: Sequence[Shard], smoothing: Tensor, device: torch.device, half: bool = False) -> dict[str, float]:
    """Over whole heads, reading what the model itself would have written. Lengths are millimetres, colours 0…1."""
    model.eval()
    means, counts, true_counts = Means(), [], []
    meters = torch.from_numpy(height_meters(np.arange(smoothing.shape[0])))
    samples = model.conditioner.cloud_encoder.samples.reshape(-1).cpu().numpy()
    for shard in people:
        everything = [(shard, np.arange(BAND_COUNT))]
        blind = make_batch(everything, samples, np.random.default_rng(0), Noise(blind=True), 0).to(device)
        with torch.autocast(device.type, torch.bfloat16, enabled=half):
            histories = own_histories(model, blind, None)
        # Twice, since heights that were told nothing are not yet those it reads at work.
        batch = make_batch(everything, samples, np.random.default_rng(0), Noise(), 0, histories).to(device)
        with torch.autocast(device.type, torch.bfloat16, enabled=half):
            histories = own_histories(model, batch, None)
        batch = make_batch(everything, samples, np.random.default_rng(0), Noise(), 6000, histories).to(device)
        use = torch.ones(2, device=device)
        with torch.autocast(device.type, torch.bfloat16, enabled=half):
            result = run(model, batch, use, smoothing)
        keep, weight, hazards = batch.keep.cpu(), batch.keep_weight.cpu(), result.hazards.float().cpu()
        cross_entropy = torch.nn.functional.binary_cross_entropy_with_logits(hazards, keep, reduction="none")
        means.add("keepBce", cross_entropy, weight)
        means.add(f"keepBce.{shard.kind}", cross_entropy, weight)
        means.add("keepAccuracy", ((hazards > 0) == (keep > 0.5)).float(), weight)
        means.add("keepShare", keep, weight)
        counts.append(float((torch.sigmoid(hazards) * weight).sum()))
        true_counts.append(float((keep * weight).sum()))

        if len(batch.height_level):
            logits = result.height_logits.float().cpu()
            means.add("heightNats", torch.nn.functional.cross_entropy(logits, batch.height_level.cpu(), reduction="none"))
            median = (torch.softmax(logits, -1).cumsum(-1) < 0.5).sum(-1).clamp(max=len(meters) - 1)
            truth = meters[batch.height_level.cpu()] * 1000
            error = (meters[median] * 1000 - truth).abs()
            features = batch.site_features.cpu().flatten(0, 1)[batch.height_site.cpu()]
            for region, names in REGIONS.items():
                inside = features[:, [shard.site_names.index(name) for name in names if name in shard.site_names]].sum(-1).clamp(0, 1)
                means.add(f"height.{region}.mm", error, inside)
                means.add(f"heightZero.{region}.mm", truth.abs(), inside)
        if len(batch.child_color):
            splats, colored = result.splats.float().cpu(), batch.child_color_weight.cpu()
            wanted = (batch.child_color - batch.inferred_color).cpu()
            means.add("color", (splats[:, :3] - wanted).abs().mean(-1), colored)
            means.add("colorInferred", wanted.abs().mean(-1), colored)
            means.add(f"color.{shard.kind}", (splats[:, :3] - wanted).abs().mean(-1), colored)
            means.add(f"colorInferred.{shard.kind}", wanted.abs().mean(-1), colored)
            without = model.decoder.raw(batch.child_features, batch.child_position, result.hidden[batch.child_token].float(), torch.tensor([0.0, 1.0], device=device))
            means.add("colorPositionOnly", (without[:, :3].float().cpu() - wanted).abs().mean(-1), colored)
            shaped = batch.child_shape_weight.cpu()
            coverage = batch.child_coverage.cpu().clamp(0, 1)
            means.add("coverage", (torch.sigmoid(splats[:, 4] + 2) - coverage).abs(), shaped)
            means.add("coverageAllOne", 1 - coverage, shaped)
            child_height = batch.child_height.cpu() * 1000
            means.add("splatHeight.mm", (1000 * HEIGHT_RANGE_METERS * torch.tanh(splats[:, 8]) - child_height).abs(), shaped)
            means.add("splatHeightZero.mm", child_height.abs(), shaped)
            means.add("axes", (splats[:, 5:7] - batch.child_axes.cpu()[:, :2]).abs().mean(-1), shaped)
            means.add("axesZero", batch.child_axes.cpu()[:, :2].abs().mean(-1), shaped)
    figures = means.result()
    true, expected = np.array(true_counts), np.array(counts)
    if len(true):
        figures["points"] = round(float(true.mean()), 1)
        figures["pointsExpected"] = round(float(expected.mean()), 1)
        figures["countErrorShare"] = round(float(np.mean(np.abs(expected - true) / np.maximum(true, 1))), 4)
    if len(true) > 2 and true.std() > 0 and expected.std() > 0:
        figures["countCorrelation"] = round(float(np.corrcoef(true, expected)[0, 1]), 4)
    return figures


def measure_constants(model: Generator, people: Sequence[Shard]) -> None:
    """Normalisation constants and the heights' prior, from the first training data there is."""
    sites = np.concatenate([shard.tensors["siteFeatures"][:: 4].astype(np.float32) for shard in people])
    children = np.concatenate([shard.tensors["childFeatures"].astype(np.float32) for shard in people])
    model.measure(torch.from_numpy(sites), torch.from_numpy(children))
    keep = [shard.tensors["keep"] for shard in people]
    rate = float(np.mean([one.mean() for one in keep]))
    with torch.no_grad():
        model.conditioner.site_encoder.decision.bias[0] = float(np.log(rate / (1 - rate)))

