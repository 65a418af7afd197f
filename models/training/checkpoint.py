"""Checkpoints that explain themselves and resume exactly: model, moving average, optimiser, step, seconds trained."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import torch

from config import ModelConfig
from generator import Generator


def save(path: Path, state: dict[str, Any]) -> None:
    """Whole or not at all: written beside and renamed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    torch.save(state, part)
    os.replace(part, path)


def load(path: Path) -> dict[str, Any]:
    state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    return state


def averaged_generator(state: dict[str, Any]) -> Generator:
    """The model to ship: the moving average of a checkpoint's weights."""
    model = Generator(ModelConfig(**state["config"]))
    model.load_state_dict(state["average"])
    return model.eval()
