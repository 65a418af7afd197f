"""Checks of the parts that a training run does not show: run by test/training (`python -m unittest checks`)."""

from __future__ import annotations

import tempfile
import unittest
from pathlib import Path

import numpy as np
import torch

import checkpoint
from batches import Noise, make_batch
from config import BAND_SIZE, HEIGHT_LEVELS, model_config, train_config
from generator import Generator
from heights import height_levels, height_meters
from onnx_files import part_paths, read_file, split_file
from shards import ShardStore
from standin import CHILD_NAMES, SITE_NAMES, invented_shard
from step import IMPOSSIBLE, next_site_log_probabilities, sample_height, sample_site
from train import Trainer
from vision import VisionTransformer, from_official


class NextSite(unittest.TestCase):
    def setUp(self) -> None:
        torch.manual_seed(0)
        self.hazards = torch.randn(5, BAND_SIZE) * 3
        self.previous = torch.tensor([-1, 0, 400, BAND_SIZE - 1, BAND_SIZE])
        self.passed = torch.arange(BAND_SIZE)[None] <= self.previous[:, None]

    def test_probabilities_sum_to_one(self) -> None:
        total = next_site_log_probabilities(self.hazards, self.passed).exp().sum(1)
        self.assertTrue(torch.allclose(total, torch.ones(5), atol=1e-5), total)

    def test_what_is_passed_is_impossible(self) -> None:
        logits = next_site_log_probabilities(self.hazards, self.passed)
        self.assertTrue((logits[:, :BAND_SIZE][self.passed] <= IMPOSSIBLE / 2).all())

    def test_sampling_follows_the_probabilities(self) -> None:
        draws = 20_000
        hazards = (torch.randn(1, BAND_SIZE) - 2).expand(draws, -1)
        passed = torch.zeros(draws, BAND_SIZE, dtype=torch.bool)
        noise = (torch.arange(draws) + 0.5) / draws
        sites = sample_site(hazards, passed, noise, torch.tensor(1.0), torch.tensor(1.0))
        wanted = next_site_log_probabilities(hazards[:1], passed[:1]).exp()[0]
        got = torch.bincount(sites, minlength=BAND_SIZE + 1) / draws
        self.assertLess(float((got - wanted).abs().max()), 2e-4)

    def test_any_noise_keeps_to_the_grammar(self) -> None:
        self.hazards[:, ::2] = -1e4
        for value in (0.0, 1e-9, 0.5, 1 - 2**-24):
            site = sample_site(self.hazards, self.passed, torch.full((5,), value), torch.tensor(1.0), torch.tensor(0.9))
            self.assertTrue(((site > self.previous) | (site == BAND_SIZE)).all(), (value, site))
            self.assertTrue(((site % 2 == 1) | (site == BAND_SIZE)).all(), "a forbidden site was taken")

    def test_no_temperature_is_the_median_height(self) -> None:
        logits = torch.randn(6, HEIGHT_LEVELS)
        height = sample_height(logits, torch.rand(6), torch.tensor(0.0), torch.tensor(0.9))
        total = torch.softmax(logits, 1).cumsum(1).gather(1, height[:, None])[:, 0]
        self.assertTrue(((total >= 0.5) & (total < 0.51)).all(), total)


class Parts(unittest.TestCase):
    def test_heights_survive_their_levels(self) -> None:
        levels = np.arange(HEIGHT_LEVELS)
        self.assertTrue(np.array_equal(height_levels(height_meters(levels)), levels))

    def test_official_weights_load(self) -> None:
        """A checkpoint as DINOv2 publishes them: other grid, register tokens, 64 channels a head."""
        source = VisionTransformer(128, 2, 2)
        state = source.state_dict()
        state["pos_embed"] = torch.randn(1, 1 + 37 * 37, 128)
        state["register_tokens"] = torch.zeros(1, 4, 128)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "dinov2.pth"
            torch.save(state, path)
            model = from_official(path)
        self.assertEqual(tuple(model(torch.zeros(1, 3, 224, 224)).shape), (1, 257, 128))
        self.assertTrue(torch.equal(model.blocks[1].attn.qkv.weight, source.blocks[1].attn.qkv.weight))

    def test_a_site_is_governed_by_the_last_point_before_it(self) -> None:
        shard = invented_shard(3, "train")
        batch = make_batch([(shard, np.array([0, 7]))], np.arange(8), np.random.default_rng(0), Noise(), 64)
        tokens = batch.token_site[0]
        for row in range(2):
            for site in (0, 100, BAND_SIZE - 1):
                point = int(tokens[int(batch.governor[row, site])])
                kept = np.flatnonzero(shard.tensors["keep"].reshape(-1, BAND_SIZE)[(0, 7)[row]][:site])
                self.assertEqual(point, int(kept[-1]) + row * BAND_SIZE if len(kept) else -1)

    def test_a_hidden_state_knows_no_later_point(self) -> None:
        torch.manual_seed(1)
        model = Generator(model_config("tiny", SITE_NAMES, CHILD_NAMES)).eval()
        config = model.config
        tokens = torch.randn(1, 10, config.width)
        memory = [torch.randn(2, 1, config.heads, 9, config.head_width) for _ in range(config.layers)]
        rows, places = torch.arange(10)[None], torch.arange(10)
        with torch.no_grad():
            before = model.transformer.hidden_states(tokens, memory, rows, places)
            tokens[0, 6] += torch.randn(config.width)
            after = model.transformer.hidden_states(tokens, memory, rows, places)
        self.assertTrue(torch.allclose(before[0, :6], after[0, :6], atol=1e-5))
        self.assertFalse(torch.allclose(before[0, 6:], after[0, 6:], atol=1e-2))


class Files(unittest.TestCase):
    def test_a_split_file_reads_as_before(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "step.onnx"
            path.write_bytes(bytes(range(25)))
            self.assertEqual([part["bytes"] for part in split_file(path, 10)], [10, 10, 5])
            self.assertFalse(path.exists())
            self.assertEqual(read_file(path), bytes(range(25)))
            path.write_bytes(b"smaller")
            self.assertEqual(split_file(path, 10), [])
            self.assertEqual(part_paths(path), [])
            self.assertEqual(read_file(path), b"smaller")


class Resuming(unittest.TestCase):
    def test_a_run_in_two_pieces_is_the_run_in_one(self) -> None:
        def trainer(folder: Path, steps: int) -> Trainer:
            store = ShardStore(Path("/nonexistent"))
            store.train, store.heldout = [invented_shard(0, "train")], [invented_shard(1, "heldout")]
            made = Trainer(train_config("tiny", steps=steps), store, folder, None)
            made.log.echo = False
            return made

        with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as two:
            whole = trainer(Path(one), 20)
            for _ in range(4):
                whole.train_step()
            first = trainer(Path(two), 20)
            for _ in range(2):
                first.train_step()
            first.save()
            second = trainer(Path(two), 20)
            for _ in range(2):
                second.train_step()
            second.save()
            saved = checkpoint.averaged_generator(checkpoint.load(second.path)).state_dict()
        for name, value in whole.average.state_dict().items():
            self.assertTrue(torch.allclose(saved[name], value.cpu(), atol=1e-6), name)


if __name__ == "__main__":
    unittest.main()
