from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
import torch

from training.dataset import WaveSample, read_samples
from training.encoder_config import EncoderTrainingConfig
from training.encoder_pretraining import pretrain_encoder

VERBS = ("walks", "waves", "falls")


@dataclass(frozen=True)
class VersionName:
    name: str = "tiny@1"


class MemoryReader:
    """A dataset version in memory; it refuses to hand out the test split, which training must never ask for."""

    def __init__(self, table: pa.Table) -> None:
        self.table = table
        self.info = VersionName()

    def samples(self, split: str | None = None, columns: Sequence[str] | None = None) -> pa.Table:
        assert split in ("train", "val"), f"training asked for split {split!r}"
        rows = self.table.filter(pc.equal(self.table["split"], split))
        return rows.select(columns) if columns else rows


def pattern(kind: int, n_valid: int, rng: np.random.Generator) -> np.ndarray:
    """Codes (496, 128) of a moving line whose course over time depends on the kind; 0.5 dB a step from -120 dB."""
    seconds = np.arange(n_valid) / 50.0
    centre = (64 + 30 * np.sin(2 * np.pi * 1.5 * seconds), np.full(n_valid, 90.0), 20 + 30 * seconds)[kind]
    bins = np.arange(128)
    power = 1e-6 * np.exp(-(((bins - centre[:, None]) / 3.0) ** 2)) + 1e-10 * rng.exponential(
        size=(n_valid, 128)
    )
    codes = np.zeros((496, 128), dtype=np.uint8)
    codes[:n_valid] = np.clip(np.rint((10 * np.log10(power) + 120) / 0.5), 0, 255)
    return codes


def make_row(motion: int, view: int, rng: np.random.Generator) -> dict:
    kind = motion % 3
    n_valid = int(rng.integers(40, 90))
    return {
        "sample_id": f"smp-{motion:03d}{'ABCDEFGH'[view]}",
        "motion_id": f"mot-{motion:03d}",
        "clip_id": None,
        "family_key": f"fam-{motion:03d}",
        "origin": "script",
        "split": "val" if motion % 4 == 3 else "train",
        "activity": VERBS[kind][:-1],
        "view": "ABCDEFGH"[view],
        "n_valid_frames": n_valid,
        "doppler_time": pattern(kind, n_valid, rng).tobytes(),
        "shape": [496, 128],
        "dtype": "uint8",
        "db_offset": -120.0,
        "db_step": 0.5,
        "captions": [
            {"text": f"a person {VERBS[kind]}", "style": "short"},
            {"text": f"someone {VERBS[kind]} here", "style": "long"},
        ],
        "qa_pairs": [
            {
                "role": "QA01",
                "kind": "activity",
                "question": "what does the person do?",
                "answer": VERBS[kind][:-1],
                "options": ["walk", "wave", "fall"],
            },
            {
                "role": "QA04",
                "kind": "distance",
                "question": "does the person move away?",
                "answer": "yes" if kind == 1 else "no",
                "options": None,
            },
        ],
    }


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def reader() -> MemoryReader:
    rng = np.random.default_rng(5)
    rows = [make_row(motion, view, rng) for motion in range(12) for view in range(2)]
    return MemoryReader(pa.Table.from_pylist(rows[::-1]))


@pytest.fixture(scope="session")
def train_samples(reader: MemoryReader) -> list[WaveSample]:
    return read_samples(reader, "train")


@pytest.fixture(scope="session")
def encoder_config() -> EncoderTrainingConfig:
    return EncoderTrainingConfig.for_scale(
        "smoke",
        threads=1,
        precision="float32",
        width=32,
        depth=2,
        heads=2,
        embed_dim=16,
        epochs=12,
        batch_size=9,
        learning_rate=3e-3,
        validations=3,
    )


@pytest.fixture(scope="session")
def encoder_dir(
    reader: MemoryReader, encoder_config: EncoderTrainingConfig, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    return pretrain_encoder(reader, encoder_config, tmp_path_factory.mktemp("encoder") / "checkpoint")
