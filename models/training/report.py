"""What a run leaves to read: one JSON object a line, a log for people, and the curves as a picture."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any


class RunLog:
    """`log.jsonl` and `log.txt` in a run's folder; a resumed run goes on where it was."""

    def __init__(self, folder: Path, echo: bool = True) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.echo = echo

    def record(self, entry: dict[str, Any]) -> None:
        with (self.folder / "log.jsonl").open("a") as file:
            file.write(json.dumps(entry) + "\n")

    def say(self, line: str) -> None:
        text = f"{time.strftime('%H:%M:%S')}  {line}"
        with (self.folder / "log.txt").open("a") as file:
            file.write(text + "\n")
        if self.echo:
            print(text, file=sys.stderr, flush=True)

    def entries(self) -> list[dict[str, Any]]:
        path = self.folder / "log.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


PANELS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("keep: cross-entropy a site (nats)", ("keep", "keepBce")),
    ("height: nats a point", ("height", "heightNats")),
    ("colour error (0…1): decoder, inferred", ("color", "colorInferred", "colorPositionOnly")),
    ("height error (mm): hair", ("height.hair.mm", "heightZero.hair.mm")),
    ("height error (mm): scalp", ("height.scalp.mm", "heightZero.scalp.mm")),
    ("height error (mm): face", ("height.face.mm", "heightZero.face.mm")),
    ("share by which the number of points is off", ("countErrorShare",)),
    ("coverage error", ("coverage", "coverageAllOne")),
)


def draw_curves(entries: list[dict[str, Any]], path: Path, title: str) -> None:
    """Training losses (thin) and held-out figures (thick) over steps."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(2, 4, figsize=(18, 8))
    for (name, keys), axis in zip(PANELS, axes.flat, strict=True):
        axis.set_title(name, fontsize=10)
        for key in keys:
            for kind, width in (("train", 0.8), ("validation", 2.0)):
                points = [(entry["step"], entry[key]) for entry in entries if entry["kind"] == kind and key in entry and not entry.get("onTraining")]
                if points:
                    axis.plot(*zip(*points, strict=True), linewidth=width, label=f"{key} ({'training' if kind == 'train' else 'held out'})")
        axis.set_xlabel("step", fontsize=8)
        axis.grid(alpha=0.3)
        if axis.get_legend_handles_labels()[0]:
            axis.legend(fontsize=7)
    figure.suptitle(title)
    figure.tight_layout()
    figure.savefig(path, dpi=70)
    pyplot.close(figure)


def summary(figures: dict[str, float]) -> str:
    """The most telling figures of a validation in a line."""
    names = {
        "keepBce": "keep", "keepAccuracy": "accuracy", "countErrorShare": "count error", "heightNats": "height nats",
        "height.face.mm": "face mm", "heightZero.face.mm": "of", "height.scalp.mm": "scalp mm", "heightZero.scalp.mm": "of",
        "height.hair.mm": "hair mm", "heightZero.hair.mm": "of", "color": "colour", "colorInferred": "of", "coverage": "coverage",
        "coverageAllOne": "of",
    }  # fmt: skip
    return ", ".join(f"{label} {figures[key]:.4g}" for key, label in names.items() if key in figures)
