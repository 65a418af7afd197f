"""Writes modules as ONNX files: exported by PyTorch, weights as 16-bit floats that are cast when a file is loaded."""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import Tensor, nn

OPSET = 20
"""Weights of fewer numbers stay in 32 bits."""
SMALL_TENSOR = 256
"""No file of a model is larger, in bytes: what is can be split."""
MAX_FILE_BYTES = 16 * 1024 * 1024


def export(
    module: nn.Module,
    path: Path,
    inputs: Mapping[str, Tensor | list[Tensor]],
    input_names: Sequence[str],
    outputs: Sequence[str],
    dynamic: Mapping[str, Mapping[int, str]] | None = None,
) -> onnx.ModelProto:
    """Exports `module` and returns the graph as written.

    Args:
        inputs: one example an argument, in the order of `forward`; a list where it takes a list.
        input_names: of all tensors, lists flattened.
        dynamic: for an argument, names of the axes that may have any length (the same for all of a list).
    """
    module.eval()
    axes = None
    if dynamic is not None:
        shared: dict[str, object] = {}
        axes = tuple(
            [named(dynamic.get(name, {}), shared)] * len(value) if isinstance(value, list) else named(dynamic.get(name, {}), shared)
            for name, value in inputs.items()
        )
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        program = torch.onnx.export(
            module,
            tuple(inputs.values()),
            input_names=list(input_names),
            output_names=list(outputs),
            opset_version=OPSET,
            dynamo=True,
            dynamic_shapes=axes,
            verbose=False,
            external_data=False,
        )
    assert program is not None
    program.optimize()
    graph = program.model_proto
    halve_weights(graph)
    strip(graph)
    onnx.checker.check_model(graph)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(graph.SerializeToString(deterministic=True))
    return graph


def named(axes: Mapping[int, str], shared: dict[str, object]) -> dict[int, object]:
    """The same object wherever an axis has the same name."""
    return {axis: shared.setdefault(label, torch.export.Dim(label, min=1, max=1 << 20)) for axis, label in axes.items()}


def halve_weights(model: onnx.ModelProto) -> None:
    """Replaces float32 initialisers by float16 ones and a Cast each; the runtime folds the Casts away at load."""
    casts = []
    for tensor in list(model.graph.initializer):
        if tensor.data_type != onnx.TensorProto.FLOAT or np.prod(tensor.dims) < SMALL_TENSOR:
            continue
        values = numpy_helper.to_array(tensor)
        limit = np.abs(values).max(initial=0)
        if limit > 60_000:
            continue
        name = tensor.name
        half = numpy_helper.from_array(values.astype(np.float16), f"{name}_half")
        tensor.CopyFrom(half)
        casts.append(onnx.helper.make_node("Cast", [f"{name}_half"], [name], to=onnx.TensorProto.FLOAT))
    nodes = list(model.graph.node)
    del model.graph.node[:]
    model.graph.node.extend(casts + nodes)


def strip(model: onnx.ModelProto) -> None:
    """Removes what only a debugger reads: source locations would write this machine's paths into the file."""
    del model.metadata_props[:]
    model.doc_string = ""
    model.producer_name = "stipple"
    model.producer_version = ""
    del model.graph.metadata_props[:]
    del model.graph.value_info[:]
    model.graph.doc_string = ""
    for node in model.graph.node:
        del node.metadata_props[:]
        node.doc_string = ""
    for value in [*model.graph.input, *model.graph.output]:
        del value.metadata_props[:]


def half_rounded(module: nn.Module) -> None:
    """Rounds parameters in place as the files do, so that PyTorch is compared with the very same weights."""
    with torch.no_grad():
        for parameter in [*module.parameters(), *module.buffers()]:
            if parameter.is_floating_point() and parameter.numel() >= SMALL_TENSOR:
                parameter.copy_(parameter.half().float())


def part_paths(path: Path) -> list[Path]:
    """The parts of a split file that are there, in order: `step.onnx.0`, `step.onnx.1`, …"""
    return sorted(path.parent.glob(f"{path.name}.[0-9]"))


def split_file(path: Path, limit: int = MAX_FILE_BYTES) -> list[dict[str, Any]]:
    """Replaces a file of more than `limit` bytes by parts of at most so many; returns name, bytes and SHA-256 of each.

    Parts of an earlier file of that name are removed. Returns nothing where the file is small enough to stay. Raises
    ValueError beyond ten parts.
    """
    for old in part_paths(path):
        old.unlink()
    data = path.read_bytes()
    if len(data) <= limit:
        return []
    if len(data) > 10 * limit:
        raise ValueError(f"{path.name}: expected at most {10 * limit} bytes, got {len(data)}")
    parts = []
    for index, first in enumerate(range(0, len(data), limit)):
        part = data[first : first + limit]
        name = f"{path.name}.{index}"
        (path.parent / name).write_bytes(part)
        parts.append({"file": name, "bytes": len(part), "sha256": hashlib.sha256(part).hexdigest()})
    path.unlink()
    return parts


def read_file(path: Path) -> bytes:
    """A file, joined where it was split."""
    return path.read_bytes() if path.exists() else b"".join(part.read_bytes() for part in part_paths(path))
