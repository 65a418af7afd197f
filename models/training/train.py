"""`npm run -s train -- --config tiny|small|large`: data, training, export and parity by one command.

A run lives in its folder (checkpoint, log, curves) and resumes from there. Data is picked up while it arrives.
"""

from __future__ import annotations

import copy
import math
import signal
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

import checkpoint
from batches import Noise, make_batch
from config import BAND_COUNT, ModelConfig, TrainConfig, model_config
from generator import Generator
from passes import height_targets, own_histories, run
from report import RunLog, draw_curves, summary
from shards import Shard, ShardStore
from validation import measure_constants, validate


class Trainer:
    """One run of training: state, schedule, steps.

    Progress is the larger of steps done over all steps and seconds trained over `minutes`, so that a run can be told
    to be finished at a time on a machine whose speed is not known.
    """

    def __init__(self, config: TrainConfig, store: ShardStore, folder: Path, minutes: float | None) -> None:
        self.config = config
        self.store = store
        self.folder = folder
        self.minutes = minutes
        self.log = RunLog(folder)
        torch.set_num_threads(config.threads)
        torch.set_flush_denormal(True)
        torch.manual_seed(config.seed)
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.half = self.device.type == "cuda" or half_is_faster()
        self.step = 0
        self.seconds = 0.0
        self.stopped = False
        saved = checkpoint.load(self.path) if self.path.exists() else None
        if saved is None:
            first = (store.train + store.heldout)[0]
            self.model = Generator(model_config(config.name, first.site_names, first.child_names))
            measure_constants(self.model, store.train[:24] or store.heldout)
        else:
            self.model = Generator(ModelConfig(**saved["config"]))
            self.model.load_state_dict(saved["model"])
        self.model.to(self.device)
        self.average = copy.deepcopy(self.model)
        self.optimiser = self.make_optimiser()
        if saved is not None:
            self.average.load_state_dict(saved["average"])
            self.optimiser.load_state_dict(saved["optimiser"])
            self.step, self.seconds = saved["step"], saved["seconds"]
            self.log.say(f"resumed at step {self.step} after {self.seconds / 60:.1f} minutes of training")
        self.smoothing = height_targets(config.height_smoothing_levels).to(self.device)
        self.samples = self.model.conditioner.cloud_encoder.samples.reshape(-1).cpu().numpy()

    @property
    def path(self) -> Path:
        return self.folder / "checkpoint.pt"

    def make_optimiser(self) -> torch.optim.AdamW:
        decayed, free = [], []
        for parameter in self.model.parameters():
            if parameter.requires_grad:
                (decayed if parameter.dim() > 1 else free).append(parameter)
        groups = [{"params": decayed, "weight_decay": self.config.weight_decay}, {"params": free, "weight_decay": 0.0}]
        return torch.optim.AdamW(groups, lr=self.config.learning_rate, betas=(0.9, 0.98), fused=True)

    def progress(self) -> float:
        by_time = self.seconds / (60 * self.minutes) if self.minutes is not None else 0.0
        return min(1.0, max(self.step / self.config.steps, by_time))

    def rate(self) -> float:
        """Linear warm-up, then a cosine down to `final_rate_share`."""
        config = self.config
        floor = config.final_rate_share
        curve = floor + (1 - floor) * 0.5 * (1 + math.cos(math.pi * self.progress()))
        return config.learning_rate * curve * min(1.0, (self.step + 1) / config.warmup_steps)

    def train_step(self) -> dict[str, float]:
        """One update; a step's draws depend only on seed, step and the shards there are."""
        config = self.config
        random = np.random.default_rng([config.seed, self.step])
        people = [
            (self.store.draw(random, config.real_share), np.sort(random.choice(BAND_COUNT, config.bands, replace=False)))
            for _ in range(config.heads)
        ]
        own = random.random() < config.own_history_share and self.step >= config.own_history_from
        # What it would write by itself is asked without telling it the true heights.
        blind = own or random.random() < 0.5
        noise = Noise(config.history_noise, config.height_noise_levels, blind)
        batch = make_batch(people, self.samples, random, noise, config.children).to(self.device)
        if own:
            with torch.autocast(self.device.type, torch.bfloat16, enabled=self.half):
                histories = own_histories(self.model, batch, random)
            batch = make_batch(people, self.samples, random, noise, config.children, histories).to(self.device)
        use = torch.from_numpy((random.random((len(batch.child_color), 2)) > 0.2).astype(np.float32)).to(self.device)
        for group in self.optimiser.param_groups:
            group["lr"] = self.rate()
        self.model.train()
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.half):
            result = run(self.model, batch, use, self.smoothing)
            total = result.total()
        self.optimiser.zero_grad(set_to_none=True)
        total.backward()
        norm = torch.nn.utils.clip_grad_norm_(self.model.parameters(), config.gradient_clip)
        if not torch.isfinite(norm):
            self.log.say(f"step {self.step}: gradient is not finite ({', '.join(shard.id for shard, _ in people)}); left out")
        else:
            self.optimiser.step()
            self.move_average()
        self.step += 1
        figures = {name: float(loss.detach()) for name, loss in result.losses.items()}
        return {**figures, "total": float(total.detach()), "gradient": float(norm), "points": float((batch.token_site >= 0).sum())}

    @torch.no_grad()
    def move_average(self) -> None:
        decay = min(self.config.ema_decay, (1 + self.step) / (10 + self.step))
        averaged, current = list(self.average.parameters()), list(self.model.parameters())
        torch._foreach_lerp_(averaged, current, 1 - decay)

    def fit(self) -> dict[str, float]:
        """Trains to the end; returns the last held-out figures."""
        config = self.config
        self.log.say(
            f"{config.name}: {self.model.parameter_count() / 1e6:.2f} M parameters, {len(self.store.train)} people to train on, "
            f"{len(self.store.heldout)} held out, {self.device.type}{', bfloat16' if self.half else ''}"
        )
        figures: dict[str, float] = {}
        recent: list[dict[str, float]] = []
        saved_at = time.monotonic()
        validated_at = -1
        for signal_name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(signal_name, self.stop)
        while self.progress() < 1 and not self.stopped:
            begin = time.monotonic()
            recent.append(self.train_step())
            self.seconds += time.monotonic() - begin
            if self.step % 20 == 0:
                self.note(recent)
                recent = []
            if self.step % 100 == 0 and self.store.refresh() > 0:
                self.log.say(f"step {self.step}: {len(self.store.train)} people to train on, {len(self.store.heldout)} held out")
                self.refused()
            if self.step % config.validate_every == 0:
                figures = self.validate()
                validated_at = self.step
            if time.monotonic() - saved_at > config.checkpoint_every_s:
                self.save()
                saved_at = time.monotonic()
        self.save()
        if self.stopped:
            raise SystemExit(f"stopped at step {self.step}; the same command goes on from there")
        if validated_at != self.step:
            self.store.refresh()
            figures = self.validate()
        return figures

    def stop(self, *_: object) -> None:
        """Asked to end: finishes its step and saves."""
        self.stopped = True

    def note(self, recent: list[dict[str, float]]) -> None:
        means = {name: round(float(np.mean([one[name] for one in recent])), 5) for name in recent[0]}
        self.log.record({"kind": "train", "step": self.step, "seconds": round(self.seconds, 1), "rate": self.rate(), **means})
        if self.step % 100 == 0 or self.config.steps <= 100:
            losses = ", ".join(f"{name} {value:.4g}" for name, value in means.items())
            self.log.say(f"step {self.step} ({self.seconds / max(1, self.step):.2f} s each): {losses}")

    def refused(self) -> None:
        for line in self.store.refused:
            self.log.say(f"cannot use {line}")
        self.store.refused.clear()

    def validate(self) -> dict[str, float]:
        chosen, known = held_out(self.store, self.config.validation_heads)
        figures = validate(self.average, chosen, self.smoothing, self.device, self.half)
        entry = {"kind": "validation", "step": self.step, "seconds": round(self.seconds, 1), "people": len(chosen)}
        self.log.record({**entry, "onTraining": known, **figures})
        self.log.say(f"step {self.step} {'on training people, none is held out' if known else 'held out'} ({len(chosen)}): {summary(figures)}")
        draw_curves(self.log.entries(), self.folder / "curves.png", f"{self.config.name}, {self.step} steps, {self.seconds / 60:.0f} minutes")
        return figures

    def save(self) -> None:
        state: dict[str, Any] = {
            "config": self.model.config.as_json(),
            "train": asdict(self.config),
            "model": state_of(self.model),
            "average": state_of(self.average),
            "optimiser": self.optimiser.state_dict(),
            "step": self.step,
            "seconds": self.seconds,
        }
        checkpoint.save(self.path, state)


def half_is_faster() -> bool:
    """Whether this processor multiplies bfloat16 at least half as fast again as float32: some do, some crawl."""
    left, right = torch.randn(1024, 256), torch.randn(512, 256)

    def seconds(a: Tensor, b: Tensor) -> float:
        torch.nn.functional.linear(a, b)
        begin = time.process_time()
        for _ in range(20):
            torch.nn.functional.linear(a, b)
        return time.process_time() - begin

    return seconds(left, right) > 1.5 * seconds(left.bfloat16(), right.bfloat16())


def state_of(model: Generator) -> dict[str, Tensor]:
    return {name: value.detach().cpu() for name, value in model.state_dict().items()}


def held_out(store: ShardStore, count: int) -> tuple[list[Shard], bool]:
    """As many real as synthetic people where there are both, always the same ones; True when they had to be trained ones."""
    real = [shard for shard in store.heldout if shard.kind == "real"]
    synthetic = [shard for shard in store.heldout if shard.kind == "synthetic"]
    half = count // 2
    chosen = (real[: max(half, count - len(synthetic))] + synthetic[: max(half, count - len(real))])[:count]
    return (chosen, False) if chosen else (store.train[:count], True)
