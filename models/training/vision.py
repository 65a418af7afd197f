"""A vision transformer with DINOv2's structure and parameter names, so that official weights can be dropped in."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from attention import attend
from config import PATCH_SIZE, PICTURE_SIZE

GRID = PICTURE_SIZE // PATCH_SIZE


class PatchEmbed(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.proj = nn.Conv2d(3, width, PATCH_SIZE, PATCH_SIZE)

    def forward(self, pixels: Tensor) -> Tensor:
        return self.proj(pixels).flatten(2).transpose(1, 2)


class Attention(nn.Module):
    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width)
        self.proj = nn.Linear(width, width)

    def forward(self, x: Tensor) -> Tensor:
        batch, length, width = x.shape
        query, key, value = self.qkv(x).reshape(batch, length, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4).unbind(0)
        mixed = attend(query, key, value)
        return self.proj(mixed.transpose(1, 2).reshape(batch, length, width))


class LayerScale(nn.Module):
    def __init__(self, width: int, initial: float) -> None:
        super().__init__()
        self.gamma = nn.Parameter(torch.full((width,), initial))

    def forward(self, x: Tensor) -> Tensor:
        return x * self.gamma


class Mlp(nn.Module):
    def __init__(self, width: int, hidden: int) -> None:
        super().__init__()
        self.fc1 = nn.Linear(width, hidden)
        self.fc2 = nn.Linear(hidden, width)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc2(functional.gelu(self.fc1(x)))


class Block(nn.Module):
    """Attention and MLP, each behind a norm and a layer scale: also used by the point-cloud encoder."""

    def __init__(self, width: int, heads: int, scale: float = 1.0) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(width, eps=1e-6)
        self.attn = Attention(width, heads)
        self.ls1 = LayerScale(width, scale)
        self.norm2 = nn.LayerNorm(width, eps=1e-6)
        self.mlp = Mlp(width, 4 * width)
        self.ls2 = LayerScale(width, scale)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.ls1(self.attn(self.norm1(x)))
        return x + self.ls2(self.mlp(self.norm2(x)))


class VisionTransformer(nn.Module):
    """`[n, 3, 224, 224]`, ImageNet-normalised → `[n, 257, width]`: class token, then 16×16 patches, row by row."""

    def __init__(self, width: int, depth: int, heads: int) -> None:
        super().__init__()
        self.patch_embed = PatchEmbed(width)
        self.cls_token = nn.Parameter(torch.randn(1, 1, width) * 0.02)
        self.pos_embed = nn.Parameter(torch.randn(1, 1 + GRID * GRID, width) * 0.02)
        self.mask_token = nn.Parameter(torch.zeros(1, width), requires_grad=False)
        self.blocks = nn.ModuleList([Block(width, heads, 0.3) for _ in range(depth)])
        self.norm = nn.LayerNorm(width, eps=1e-6)

    def forward(self, pixels: Tensor) -> Tensor:
        x = self.patch_embed(pixels)
        x = torch.cat([self.cls_token.expand(x.shape[0], -1, -1), x], dim=1) + self.pos_embed
        for block in self.blocks:
            x = block(x)
        return self.norm(x)


def from_official(path: Path) -> VisionTransformer:
    """Reads an official DINOv2 checkpoint (ViT-S, B or L; with register tokens these are left out).

    Width and depth are the checkpoint's; position embeddings are resampled from its grid to 16×16.
    """
    state: dict[str, Tensor] = torch.load(path, map_location="cpu", weights_only=True)
    width = state["cls_token"].shape[-1]
    depth = 1 + max(int(name.split(".")[1]) for name in state if name.startswith("blocks."))
    model = VisionTransformer(width, depth, heads=width // 64)
    kept = {name: value for name, value in state.items() if name in model.state_dict()}
    kept["pos_embed"] = resample_positions(state["pos_embed"])
    missing = sorted(set(model.state_dict()) - set(kept))
    if missing:
        raise ValueError(f"{path}: not a DINOv2 checkpoint with an MLP feed-forward: missing {', '.join(missing[:4])}")
    model.load_state_dict(kept)
    return model


def resample_positions(embedding: Tensor) -> Tensor:
    """`[1, 1 + n², width]` → `[1, 257, width]`."""
    first, grid = embedding[:, :1], embedding[:, 1:]
    side = round(grid.shape[1] ** 0.5)
    if side == GRID:
        return embedding
    image = grid.reshape(1, side, side, -1).permute(0, 3, 1, 2)
    image = functional.interpolate(image, size=(GRID, GRID), mode="bicubic", antialias=True, align_corners=False)
    return torch.cat([first, image.permute(0, 2, 3, 1).reshape(1, GRID * GRID, -1)], dim=1)
