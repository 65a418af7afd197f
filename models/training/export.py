"""Exports a checkpoint as the four graphs of `models/generator` and their manifest."""

from __future__ import annotations

import copy
import hashlib
import json
from pathlib import Path
from typing import Any

import onnx
import torch
from torch import Tensor, nn

from config import BAND_COUNT, BAND_SIZE, CACHE_LENGTH, HEIGHT_LEVELS, MAX_BAND_POINTS, PICTURE_SIZE, SITE_COUNT, ModelConfig
from generator import Generator
from onnx_files import export, half_rounded, split_file
from step import DecodeStep

MANIFEST_VERSION = 1
DECODER_OUTPUTS = ("color", "color_trust", "opacity", "log_scale", "angle", "height")
"""Bytes of all graphs together."""
MAX_BYTES = 60 * 1024 * 1024


def layer_names(prefix: str, layers: int) -> list[str]:
    return [f"{prefix}.{layer}.{part}" for layer in range(layers) for part in ("key", "value")]


def conditioner_outputs(config: ModelConfig) -> list[str]:
    return ["site_keys", "site_bias", "site_embedding", "start_embedding", *layer_names("memory", config.layers)]


def step_outputs(config: ModelConfig) -> list[str]:
    return ["site", "height", "hidden", "site_logits", "height_logits", *layer_names("present", config.layers)]


def step_inputs(config: ModelConfig, bands: int = BAND_COUNT, places: int = CACHE_LENGTH) -> dict[str, Any]:
    """Example arguments of a step, zeros but for what has to be in range."""
    head = config.head_width
    memory_shapes = ((config.heads, head, config.memory_length), (config.heads, config.memory_length, head))
    return {
        "site_keys": torch.zeros(bands, BAND_SIZE, config.key_width),
        "site_bias": torch.zeros(bands, BAND_SIZE),
        "site_embedding": torch.zeros(bands, BAND_SIZE, config.width),
        "start_embedding": torch.zeros(bands, config.width),
        "previous_site": torch.full((bands,), -1, dtype=torch.int64),
        "previous_height": torch.zeros(bands, dtype=torch.int64),
        "step": torch.zeros(1, dtype=torch.int64),
        "noise": torch.full((bands, 2), 0.5),
        "temperature": torch.ones(2),
        "top_p": torch.ones(2),
        "memory": [torch.zeros(shape) for _ in range(config.layers) for shape in memory_shapes],
        "past": [torch.zeros(bands, config.kv_heads, places, head) for _ in range(2 * config.layers)],
    }


def rounded_copy(generator: Generator) -> tuple[Generator, DecodeStep]:
    """The weights as the files will hold them."""
    model = copy.deepcopy(generator).float().cpu().eval()
    half_rounded(model)
    step = DecodeStep(model.transformer).eval()
    half_rounded(step)
    return model, step


def export_generator(generator: Generator, folder: Path, *, lattice_hash: str, record: dict[str, Any]) -> dict[str, Any]:
    """Writes vision, conditioner, step, decoder and manifest.json into `folder`; returns the manifest."""
    config = generator.config
    model, step = rounded_copy(generator)
    folder.mkdir(parents=True, exist_ok=True)
    vision_shape = (1, 1 + (PICTURE_SIZE // 14) ** 2, config.vision_width)
    graphs: dict[str, onnx.ModelProto] = {}
    graphs["vision"] = export(
        model.vision,
        folder / "vision.onnx",
        {"pixels": torch.zeros(1, 3, PICTURE_SIZE, PICTURE_SIZE)},
        ["pixel_values"],
        ["last_hidden_state"],
    )
    graphs["conditioner"] = export(
        model.conditioner,
        folder / "conditioner.onnx",
        {"last_hidden_state": torch.zeros(vision_shape), "site_features": torch.zeros(SITE_COUNT, config.site_channels)},
        ["last_hidden_state", "site_features"],
        conditioner_outputs(config),
    )
    bands = {0: "bands"}
    inputs = step_inputs(config)
    graphs["step"] = export(
        step,
        folder / "step.onnx",
        inputs,
        [*list(inputs)[:-2], *layer_names("memory", config.layers), *layer_names("past_key_values", config.layers)],
        step_outputs(config),
        {
            **{name: bands for name in ("site_keys", "site_bias", "site_embedding", "start_embedding")},
            **{name: bands for name in ("previous_site", "previous_height", "noise")},
            "past": {0: "bands", 2: "places"},
        },
    )
    splats = {0: "splats"}
    graphs["decoder"] = export(
        model.decoder,
        folder / "decoder.onnx",
        {
            "child_features": torch.zeros(1000, config.child_channels),
            "child_position": torch.zeros(1000, 3),
            "parent_hidden": torch.zeros(1000, config.width),
            "use": torch.ones(2),
        },
        ["child_features", "child_position", "parent_hidden", "use"],
        DECODER_OUTPUTS,
        {"child_features": splats, "child_position": splats, "parent_hidden": splats},
    )
    manifest = {
        "version": MANIFEST_VERSION,
        "latticeSha256": lattice_hash,
        "bandCount": BAND_COUNT,
        "bandSize": BAND_SIZE,
        "heightLevels": HEIGHT_LEVELS,
        "cacheLength": CACHE_LENGTH,
        "maxBandPoints": MAX_BAND_POINTS,
        "width": config.width,
        "layers": config.layers,
        "heads": config.heads,
        "kvHeads": config.kv_heads,
        "headWidth": config.head_width,
        "keyWidth": config.key_width,
        "memoryLength": config.memory_length,
        "siteChannels": config.site_channels,
        "childChannels": config.child_channels,
        "visionWidth": config.vision_width,
        "graphs": {name: describe(folder / f"{name}.onnx", graph) for name, graph in graphs.items()},
        "training": record,
    }
    total = sum(graph["bytes"] for graph in manifest["graphs"].values())
    if total > MAX_BYTES:
        raise ValueError(f"the graphs are {total} bytes together, more than {MAX_BYTES}")
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n")
    return manifest


def describe(path: Path, graph: onnx.ModelProto) -> dict[str, Any]:
    """The manifest's entry of a graph. A large file is split; its parts then lie there instead of it."""
    data = path.read_bytes()
    parts = split_file(path)
    return {
        "file": path.name,
        "bytes": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
        **({"parts": parts} if parts else {}),
        "opset": graph.opset_import[0].version,
        "inputs": [tensor_description(value) for value in graph.graph.input],
        "outputs": [tensor_description(value) for value in graph.graph.output],
    }


def tensor_description(value: onnx.ValueInfoProto) -> dict[str, Any]:
    """A dimension of any length is given by its name."""
    tensor = value.type.tensor_type
    names = {onnx.TensorProto.FLOAT: "float32", onnx.TensorProto.INT64: "int64"}
    shape = [dim.dim_value if dim.HasField("dim_value") else dim.dim_param for dim in tensor.shape.dim]
    return {"name": value.name, "dtype": names[tensor.elem_type], "shape": shape}
