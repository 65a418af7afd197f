"""The training command: data, steps, export, parity. See `npm run -s train -- --help`."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import time
from pathlib import Path
from typing import Any

import checkpoint
import parity
from config import CONFIG_NAMES, train_config
from export import export_generator
from lattice import read_lattice
from report import RunLog
from shards import ShardStore
from standin import invented_shard
from train import Trainer

PROJECT = Path(__file__).resolve().parents[2]
DATA = Path(os.environ.get("STIPPLE_CACHE", PROJECT / ".cache")) / "training"
LATTICE = PROJECT / "models" / "generator" / "sites.lattice"


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="npm run -s train --", description="Trains the point transformer and the Gaussian decoder.")
    parser.add_argument("--config", choices=CONFIG_NAMES, required=True, help="size of model and run")
    parser.add_argument("--steps", type=int, help="updates; the configuration's number unless given")
    parser.add_argument("--minutes", type=float, help="finish after so much training, however many steps that is")
    parser.add_argument("--data", type=Path, default=DATA, help="folder of shards (.safetensors)")
    parser.add_argument("--invented", action="store_true", help="train on invented shards: shows that the path works, no more")
    parser.add_argument("--run", type=Path, help="the run's folder; resumes what is there")
    parser.add_argument("--export", type=Path, help="where the graphs go; the run's folder unless given")
    parser.add_argument("--export-only", action="store_true", help="export the run's checkpoint as it is")
    parser.add_argument("--fresh", action="store_true", help="begin anew even where there is a checkpoint")
    parser.add_argument("--threads", type=int, help="processor threads")
    parser.add_argument("--seed", type=int)
    parser.add_argument("--learning-rate", type=float, help="the schedule's highest; the configuration's unless given")
    return parser.parse_args()


def main() -> None:
    options = arguments()
    begin = time.monotonic()
    config = train_config(options.config, steps=options.steps, threads=options.threads, seed=options.seed, learning_rate=options.learning_rate)
    folder: Path = options.run or DATA / "runs" / config.name
    if options.fresh and folder.exists():
        shutil.rmtree(folder)
    target: Path = options.export or folder / "export"
    log = RunLog(folder)
    if not options.export_only:
        trainer = Trainer(config, gather(options), folder, options.minutes)
        trainer.refused()
        trainer.fit()
    state = checkpoint.load(folder / "checkpoint.pt")
    generator = checkpoint.averaged_generator(state)
    manifest = export_generator(generator, target, lattice_hash=read_lattice(LATTICE).sha256, record=record(state, log))
    differences = parity.check(generator, target)
    total = sum(graph["bytes"] for graph in manifest["graphs"].values())
    log.say(f"exported {total / 1e6:.1f} MB; largest differences between PyTorch and ONNX: {json.dumps(differences)}")
    print(json.dumps({"run": config.name, "step": state["step"], "bytes": total, "parity": differences, "seconds": round(time.monotonic() - begin, 1)}))


def gather(options: argparse.Namespace) -> ShardStore:
    store = ShardStore(options.data)
    if options.invented:
        store.train = [invented_shard(seed, "train") for seed in range(4)]
        store.heldout = [invented_shard(seed, "heldout") for seed in range(4, 6)]
        store.folder = Path("/nonexistent")
        return store
    store.refresh()
    if not store.train:
        reasons = "; ".join(store.refused[:3])
        raise SystemExit(f"no shards to train on in {options.data}{f' ({reasons})' if reasons else ''}: make them with npm run -s train:data")
    return store


def record(state: dict[str, Any], log: RunLog) -> dict[str, Any]:
    """The training record of the manifest: what the weights are, and their last figures on held-out people."""
    figures = [entry for entry in log.entries() if entry["kind"] == "validation"]
    return {
        "config": state["train"]["name"],
        "seed": state["train"]["seed"],
        "steps": state["step"],
        "minutes": round(state["seconds"] / 60, 1),
        "heldout": figures[-1] if figures else {},
    }


if __name__ == "__main__":
    main()
