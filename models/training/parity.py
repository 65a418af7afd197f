"""Exported graphs beside PyTorch, cached decoding beside uncached, and golden values for the server's own tests."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import torch
from numpy.typing import NDArray

from config import BAND_COUNT, BAND_SIZE, PICTURE_SIZE, SITE_COUNT, ModelConfig
from export import conditioner_outputs, layer_names, rounded_copy, step_outputs
from generator import Generator
from onnx_files import read_file

"""Largest difference of a logit between PyTorch and ONNX, and between cached and uncached decoding."""
TOLERANCE = 5e-3
GOLDEN_STEPS = 24
GOLDEN_PLACES = 64
GOLDEN_CHILDREN = 64

Array = NDArray[Any]


def invented(count: int, seed: int) -> NDArray[np.float32]:
    """Numbers in [-1, 1) that any language makes alike: Knuth's multiplicative hash of index and seed."""
    index = np.arange(1, count + 1, dtype=np.uint64) + np.uint64(seed * 1_000_003)
    hashed = (index * np.uint64(2654435761)) & np.uint64(0xFFFFFFFF)
    hashed = ((hashed ^ (hashed >> np.uint64(15))) * np.uint64(2246822519)) & np.uint64(0xFFFFFFFF)
    hashed ^= hashed >> np.uint64(13)
    return (hashed.astype(np.float64) / 2**31 - 1).astype(np.float32)


@dataclass
class Written:
    """What a decode gave, step by step."""

    sites: list[Array]
    heights: list[Array]
    hidden: list[Array]
    site_logits: list[Array]
    height_logits: list[Array]


def open_graphs(folder: Path) -> dict[str, onnxruntime.InferenceSession]:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 2
    names = ("vision", "conditioner", "step", "decoder")
    return {name: onnxruntime.InferenceSession(read_file(folder / f"{name}.onnx"), options, ["CPUExecutionProvider"]) for name in names}


def check(generator: Generator, folder: Path) -> dict[str, Any]:
    """Compares everything on invented inputs, writes `golden.json` beside the graphs; raises AssertionError beyond TOLERANCE."""
    config = generator.config
    model, step = rounded_copy(generator)
    graphs = open_graphs(folder)
    picture = invented(3 * PICTURE_SIZE**2, 1).reshape(1, 3, PICTURE_SIZE, PICTURE_SIZE)
    features = invented(SITE_COUNT * config.site_channels, 2).reshape(SITE_COUNT, config.site_channels)
    with torch.no_grad():
        vision = model.vision(torch.from_numpy(picture))
        wanted = dict(zip(conditioner_outputs(config), model.conditioner(vision, torch.from_numpy(features)), strict=True))
    seen = graphs["vision"].run(None, {"pixel_values": picture})[0]
    given = dict(
        zip(
            conditioner_outputs(config),
            graphs["conditioner"].run(None, {"last_hidden_state": seen, "site_features": features}),
            strict=True,
        )
    )
    differences = {"vision": difference(seen, vision.numpy())}
    differences["conditioner"] = max(difference(given[name], wanted[name].numpy()) for name in given)

    noise = (invented(GOLDEN_STEPS * BAND_COUNT * 2, 3).reshape(GOLDEN_STEPS, BAND_COUNT, 2) + 1) / 2
    written = decode(graphs["step"], config, given, noise)
    torch_logits = replay_cached(step, config, given, written, noise)
    differences["siteLogits"] = max(finite_difference(a, b) for a, b in zip(written.site_logits, torch_logits[0], strict=True))
    differences["heightLogits"] = max(difference(a, b) for a, b in zip(written.height_logits, torch_logits[1], strict=True))
    with torch.no_grad():
        differences["cachedHidden"] = uncached_difference(model, config, given, written)
    inputs = (
        invented(GOLDEN_CHILDREN * config.child_channels, 4).reshape(-1, config.child_channels),
        0.2 * invented(GOLDEN_CHILDREN * 3, 5).reshape(-1, 3),
        invented(GOLDEN_CHILDREN * config.width, 6).reshape(-1, config.width),
        np.ones(2, np.float32),
    )
    names = [item.name for item in graphs["decoder"].get_inputs()]
    splats = graphs["decoder"].run(None, dict(zip(names, inputs, strict=True)))
    with torch.no_grad():
        reference = model.decoder(*(torch.from_numpy(value) for value in inputs))
    differences["decoder"] = max(difference(a, b.numpy()) for a, b in zip(splats, reference, strict=True) if a.shape[1:] != (1,) or a is not splats[4])
    grammar(written)
    result = {name: float(f"{value:.3g}") for name, value in differences.items()}
    for name, value in result.items():
        assert value <= TOLERANCE, f"parity: {name} differs by {value}, more than {TOLERANCE}"
    (folder / "golden.json").write_text(json.dumps(golden(written, splats), separators=(",", ":")) + "\n")
    return result


def difference(a: Array, b: Array) -> float:
    return float(np.abs(a - b).max(initial=0.0))


def finite_difference(a: Array, b: Array) -> float:
    """Over what is possible: impossible choices are as large as negative numbers come."""
    possible = (a > -1e4) & (b > -1e4)
    assert ((a > -1e4) == (b > -1e4)).all(), "parity: what grammar allows differs"
    return float(np.abs(a - b)[possible].max(initial=0.0))


def fixed_inputs(given: dict[str, Array]) -> dict[str, Array]:
    return {**given, "temperature": np.ones(2, np.float32), "top_p": np.array([1.0, 0.95], np.float32)}


def empty_cache(config: ModelConfig) -> dict[str, Array]:
    shape = (BAND_COUNT, config.kv_heads, GOLDEN_PLACES, config.head_width)
    return {name: np.zeros(shape, np.float32) for name in layer_names("past_key_values", config.layers)}


def decode(session: onnxruntime.InferenceSession, config: ModelConfig, given: dict[str, Array], noise: Array) -> Written:
    written = Written([], [], [], [], [])
    site, height = np.full(BAND_COUNT, -1, np.int64), np.zeros(BAND_COUNT, np.int64)
    cache = empty_cache(config)
    names = step_outputs(config)
    for index in range(len(noise)):
        state = {"previous_site": site, "previous_height": height, "step": np.array([index]), "noise": noise[index]}
        out = dict(zip(names, session.run(names, {**fixed_inputs(given), **state, **cache}), strict=True))
        for name in cache:
            cache[name][:, :, index] = out[name.replace("past_key_values", "present")][:, :, 0]
        site, height = out["site"], out["height"]
        for field, name in (("sites", "site"), ("heights", "height"), ("hidden", "hidden"), ("site_logits", "site_logits"), ("height_logits", "height_logits")):
            getattr(written, field).append(out[name])
    return written


def replay_cached(step: Any, config: ModelConfig, given: dict[str, Array], written: Written, noise: Array) -> tuple[list[Array], list[Array]]:
    """The same decode by PyTorch, given the choices that ONNX made."""
    tensors = {name: torch.from_numpy(value) for name, value in fixed_inputs(given).items()}
    cache = [torch.from_numpy(value) for value in empty_cache(config).values()]
    memory = [tensors[name] for name in layer_names("memory", config.layers)]
    site, height = torch.full((BAND_COUNT,), -1), torch.zeros(BAND_COUNT, dtype=torch.int64)
    site_logits, height_logits = [], []
    with torch.no_grad():
        for index in range(len(noise)):
            out = step(
                *(tensors[name] for name in ("site_keys", "site_bias", "site_embedding", "start_embedding")),
                site, height, torch.tensor([index]), torch.from_numpy(noise[index]), tensors["temperature"], tensors["top_p"],
                memory, cache,
            )  # fmt: skip
            site_logits.append(out[3].numpy())
            height_logits.append(out[4].numpy())
            for place, row in zip(cache, out[5:], strict=True):
                place[:, :, index] = row[:, :, 0]
            site, height = torch.from_numpy(written.sites[index]), torch.from_numpy(written.heights[index])
    return site_logits, height_logits


def uncached_difference(model: Generator, config: ModelConfig, given: dict[str, Array], written: Written) -> float:
    """Hidden states of the teacher-forced pass over the written points, beside those of the steps with a cache."""
    transformer = model.transformer
    steps = len(written.sites)
    embedding = torch.from_numpy(given["site_embedding"])
    table = transformer.level_table()
    tokens = [torch.from_numpy(given["start_embedding"])]
    for sites, heights in zip(written.sites[:-1], written.heights[:-1], strict=True):
        inside = torch.from_numpy(sites).clamp(max=BAND_SIZE - 1)
        tokens.append(embedding[torch.arange(BAND_COUNT), inside] + table[torch.from_numpy(heights)])
    x = torch.stack(tokens, dim=1).reshape(1, BAND_COUNT * steps, -1)
    places = torch.arange(BAND_COUNT * steps)
    memory = [
        torch.stack([torch.from_numpy(given[f"memory.{layer}.key"]).transpose(1, 2), torch.from_numpy(given[f"memory.{layer}.value"])])[:, None]
        for layer in range(config.layers)
    ]
    hidden = transformer.hidden_states(x, memory, places.reshape(BAND_COUNT, steps), places)
    return difference(hidden.reshape(BAND_COUNT, steps, -1).numpy(), np.stack(written.hidden, axis=1))


def grammar(written: Written) -> None:
    """Sites rise until the end, after which a band stays ended."""
    previous = np.full(BAND_COUNT, -1)
    for site, height in zip(written.sites, written.heights, strict=True):
        assert ((site > previous) | ((site == BAND_SIZE) & (previous == BAND_SIZE))).all(), "grammar: sites must rise"
        assert ((height >= 0) & (height < 1024)).all(), "grammar: heights have 1,024 levels"
        previous = site


def golden(written: Written, splats: list[Array]) -> dict[str, Any]:
    """Inputs follow from `invented` (seeds 1 picture, 2 site features, 3 noise, 4 to 6 the decoder's)."""

    def short(values: Array) -> list[float]:
        return [float(f"{value:.5g}") for value in values.ravel()]

    bands = (0, 17, 47)
    return {
        "steps": len(written.sites),
        "temperature": [1, 1],
        "topP": [1, 0.95],
        "sites": [site.tolist() for site in written.sites],
        "heights": [height.tolist() for height in written.heights],
        "bands": list(bands),
        "endLogits": [short(logits[list(bands), -1]) for logits in written.site_logits],
        "heightLogits": [short(logits[list(bands), ::128]) for logits in written.height_logits],
        "hidden": [short(hidden[list(bands), :8]) for hidden in written.hidden],
        "color": short(splats[0][:8]),
        "opacity": short(splats[2][:8]),
        "logScale": short(splats[3][:8]),
    }
