"""The whole evaluation: with oracle models, and with real checkpoints of tiny models."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from data_lake.tensor_codec import DEFAULT_CODEC, encode_db
from evaluation import model_scoring as entry
from evaluation.answers import read_answers
from evaluation.errors import EvaluationError
from evaluation.evaluation_config import EvaluationConfig
from evaluation.scorecard import Scorecard, read_scorecard
from training.dataset import WaveSample, read_samples
from training.preprocessing import DEFAULT_PREPROCESSING

CONFIG = EvaluationConfig(resamples=50, pool_repetitions=2, batch_size=7, meteor=False)
ACTIVITIES = ("walk", "kick", "wave", "sit_down")
SPLITS = ("train", "train", "val", "test", "test")


def row(motion: int, view: str) -> dict[str, Any]:
    """A sample whose range rate tells its activity; two captions that name motion and activity."""
    activity, split = ACTIVITIES[motion % 4], SPLITS[motion % 5]
    frames = 96 + 16 * (motion % 3)
    magnitude = np.full((496, 128), 1e-7)
    magnitude[:, 20 + 25 * (motion % 4) : 26 + 25 * (motion % 4)] = 1e-4
    side = "left" if motion % 2 else "right"
    question = {
        "role": "QA04", "kind": "side", "question": f"which side, {activity}?", "answer": side,
        "options": ["left", "right"],
    }  # fmt: skip
    return {
        "sample_id": f"sample-{motion:03d}{view}", "motion_id": f"motion-{motion:03d}", "clip_id": None,
        "family_key": f"family-{motion:03d}", "origin": "script", "activity": activity, "view": view,
        "split": split, "n_valid_frames": frames, **DEFAULT_CODEC.columns(encode_db(magnitude, frames)),
        "captions": [
            {"text": f"person {motion} does a {activity} to the {side}", "style": "plain"},
            {"text": f"someone, number {motion}, performs a {activity} {side}", "style": "short"},
        ],
        "qa_pairs": [
            question,
            {**question, "kind": "count", "question": "how often?", "answer": str(motion % 3), "options": []},
        ],
    }  # fmt: skip


@dataclass
class FakeReader:
    """Answers as a version reader does."""

    rows: list[dict[str, Any]]
    info: SimpleNamespace = field(default_factory=lambda: SimpleNamespace(name="made-up@1"))

    def samples(self, split: str | None = None, columns: Sequence[str] | None = None) -> pa.Table:
        chosen = [row for row in self.rows if split in (None, row["split"])]
        return pa.Table.from_pylist([{name: row[name] for name in columns or row} for row in chosen])


class OracleEncoder:
    """Embeds a text as the one-hot motion number in it, and a wave as that of the sample it was made from."""

    preprocessing = DEFAULT_PREPROCESSING

    def __init__(self, samples: Sequence[WaveSample]) -> None:
        self.order = [int(sample.sample_id[7:10]) for sample in samples]
        self.done = 0
        self.text_encoder = SimpleNamespace(embed=self.embed_texts)

    def to(self, _: object) -> OracleEncoder:
        return self

    def embed_waves(self, inputs: np.ndarray, masks: np.ndarray) -> np.ndarray:
        numbers = self.order[self.done : self.done + len(inputs)]
        self.done += len(inputs)
        return np.stack([self._vector(number, ACTIVITIES[number % 4]) for number in numbers])

    def embed_texts(self, texts: Sequence[str]) -> np.ndarray:
        return np.stack([self._embed(text) for text in texts])

    def _embed(self, text: str) -> np.ndarray:
        numbers = [int(word) for word in text.replace(",", "").split() if word.isdigit()]
        stems = {"walk": "walk", "kick": "kick", "wav": "wave", "sit": "sit_down", "seat": "sit_down"}
        named = [name for stem, name in stems.items() if stem in text]
        return self._vector(numbers[0] if numbers else None, named[0] if named else None)

    @staticmethod
    def _vector(number: int | None, activity: str | None) -> np.ndarray:
        vector = np.full(204, 1e-3)
        if number is not None:
            vector[number] = 1.0
        if activity is not None:
            vector[200 + ACTIVITIES.index(activity)] = 0.5
        return vector


class OracleWaveLLM:
    """Says the first caption and the true answers, or always the same."""

    preprocessing = DEFAULT_PREPROCESSING
    model = SimpleNamespace(to=lambda device: None)

    def __init__(self, samples: Sequence[WaveSample], constant: bool = False) -> None:
        self.samples, self.constant = list(samples), constant

    def generate_captions(
        self,
        inputs: np.ndarray,
        masks: np.ndarray,
        max_new_tokens: int,
        num_beams: int,
        progress: Any,
    ) -> list[str]:
        self.batch, self.samples = self.samples[: len(inputs)], self.samples[len(inputs) :]
        if progress is not None:
            progress("anything", len(inputs), len(inputs))
        return ["left" if self.constant else sample.captions[0].upper() + "." for sample in self.batch]

    def generate_answers(
        self,
        inputs: np.ndarray,
        masks: np.ndarray,
        prompts: Sequence[str],
        max_new_tokens: int,
        progress: Any,
    ) -> list[str]:
        answers = [f" {pair.answer}. " for sample in self.batch for pair in sample.qa]
        assert len(answers) == len(prompts) == len(inputs)
        if progress is not None:
            progress("anything", len(prompts), len(prompts))
        return ["left"] * len(prompts) if self.constant else answers


@pytest.fixture
def reader() -> FakeReader:
    return FakeReader([row(motion, view) for motion in range(100) for view in "AB"])


def run(reader: FakeReader, folder: Path, monkeypatch: pytest.MonkeyPatch, **options: Any) -> Scorecard:
    """Evaluate oracle models; the checkpoint folder holds one weight file to be fingerprinted."""
    samples = read_samples(reader, "test")
    folder.mkdir(exist_ok=True)
    (folder / "model.safetensors").write_bytes(b"weights")
    monkeypatch.setattr(entry, "load_encoder", lambda _: OracleEncoder(samples))
    constant = options.pop("constant", False)
    monkeypatch.setattr(entry, "load_wavellm", lambda _: OracleWaveLLM(samples, constant))
    wavellm_dir = options.pop("wavellm_dir", folder)
    return entry.evaluate_models(
        reader, folder, wavellm_dir, config=options.pop("config", CONFIG), out_dir=folder / "out", **options
    )


def test_oracles_are_perfect_in_everything(
    reader: FakeReader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = run(reader, tmp_path / "m", monkeypatch)
    pools = {"protocol": "pools of 32", "hit": "own sample only"}
    for direction in ("text to wave", "wave to text"):
        best = card.one("retrieval", "R@1", direction=direction, **pools)
        assert (best.value, best.chance, best.n_references, best.n_groups) == (1.0, 1 / 32, 32, 40)
        shared = card.one(
            "retrieval", "R@1", direction=direction, protocol="full split", hit="same motion or same text"
        )
        assert shared.value == 1.0
        assert shared.chance == pytest.approx(2 / 80)
    # In the full set the other view of the motion has the same embedding: a tie, which is not a hit.
    strict = card.one("retrieval", "R@1", direction="text to wave", protocol="full split", hit=pools["hit"])
    assert strict.value == 0.0
    assert card.one("zero-shot", "top-1").value == card.one("zero-shot", "macro-F1").value == 1.0
    assert card.one("zero-shot", "top-1").chance == 0.25
    assert card.one("captions", "BLEU-4").value == pytest.approx(1.0, abs=1e-6)
    assert card.one("questions", "accuracy", questions="all").value == 1.0
    assert card.one("questions", "accuracy", kind="side").chance == 0.5
    assert card.one("questions", "count error").value == 0.0
    assert card.confusion is not None
    assert np.trace(np.array(card.confusion.counts)) == 80


def test_every_number_has_its_rival_counts_and_version(
    reader: FakeReader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = run(reader, tmp_path / "m", monkeypatch)
    for measure in card.measures:
        assert measure.n_items > 0 and measure.n_groups > 0 and measure.version
        if measure.scale in ("share", "score", "rank") and measure.name != "answers among the options":
            assert measure.not_run or measure.strongest is not None, measure
            assert measure.not_run or measure.interval is not None, measure
    assert {measure.section for measure in card.headline()} == {
        "retrieval",
        "zero-shot",
        "captions",
        "questions",
    }
    assert {"best constant caption", "constant caption of training"} == {
        baseline.name for baseline in card.one("captions", "BLEU-4").baselines
    }


def test_a_constant_model_beats_no_constant_baseline(
    reader: FakeReader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = run(reader, tmp_path / "m", monkeypatch, constant=True)
    for name in ("BLEU-4", "ROUGE-L"):
        measure = card.one("captions", name)
        assert measure.value is not None and measure.strongest is not None
        assert measure.value <= measure.strongest.value
    assert card.one("captions", "different captions").value == 1.0
    assert card.one("questions", "accuracy", kind="side").value == pytest.approx(0.5, abs=0.1)


def test_files_are_written_and_the_same_bytes_again(
    reader: FakeReader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[tuple[str, int, int]] = []
    card = run(reader, tmp_path / "a", monkeypatch, progress=lambda *call: calls.append(call))
    run(FakeReader(reader.rows[::-1]), tmp_path / "b", monkeypatch)
    for name in ("scorecard.json", "scorecard.md", "answers.jsonl"):
        assert (tmp_path / "a" / "out" / name).read_bytes() == (tmp_path / "b" / "out" / name).read_bytes()
    assert read_scorecard(tmp_path / "a" / "out" / "scorecard.json") == card
    answers = read_answers(tmp_path / "a" / "out" / "answers.jsonl")
    assert len(answers) == 80
    one = answers["sample-003A"]
    assert one["activity"] == one["predicted_activity"] == "sit_down"
    assert one["predicted_caption"].lower().rstrip(".") == one["captions"][0]
    assert [question["correct"] for question in one["questions"]] == [True, True]
    for what, total in (("embed waves", 80), ("ask the WaveLLM", 240)):
        done = [call[1] for call in calls if call[0] == what]
        assert done == sorted(done) and done[-1] == total
        assert {call[2] for call in calls if call[0] == what} == {total}
    assert str(tmp_path) not in (tmp_path / "a" / "out" / "scorecard.json").read_text()


def test_without_a_wavellm_captions_are_not_run(
    reader: FakeReader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = run(reader, tmp_path / "m", monkeypatch, wavellm_dir=None)
    assert card.wavellm is None
    bleu = card.one("captions", "BLEU-4")
    assert bleu.value is None and bleu.not_run == "no WaveLLM was given"
    assert "not run" in (tmp_path / "m" / "out" / "scorecard.md").read_text()


def test_unlabelled_clips_leave_zero_shot_not_run(
    reader: FakeReader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    unlabelled = FakeReader([{**row, "activity": None} for row in reader.rows])
    card = run(unlabelled, tmp_path / "m", monkeypatch)
    assert "activity label" in str(card.one("zero-shot", "top-1").not_run)
    assert card.confusion is None


def test_questions_are_chosen_by_id(
    reader: FakeReader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from evaluation.score_wavellm import _chosen_questions

    samples = read_samples(reader, "test")
    chosen = [_chosen_questions(sample, 1)[0].kind for sample in samples]
    assert chosen == [_chosen_questions(sample, 1)[0].kind for sample in read_samples(reader, "test")]
    assert set(chosen) == {"side", "count"}


@pytest.mark.parametrize("shared", ["motion_id", "family_key"])
def test_a_motion_in_two_splits_is_refused(
    reader: FakeReader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shared: str
) -> None:
    leak = next(row for row in reader.rows if row["split"] == "train")
    reader.rows[-1] = {**reader.rows[-1], "split": "test", shared: leak[shared]}
    with pytest.raises(EvaluationError, match=str(leak[shared])):
        run(reader, tmp_path / "m", monkeypatch)


def test_an_empty_split_and_absent_weights_are_refused(
    reader: FakeReader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(EvaluationError, match="empty"):
        run(FakeReader(reader.rows[6:8]), tmp_path / "m", monkeypatch)
    with pytest.raises(EvaluationError, match=r"has no samples: .* of more motions"):
        run(FakeReader(reader.rows[:2]), tmp_path / "m", monkeypatch)
    silent = [{**row, "captions": []} for row in reader.rows]
    with pytest.raises(EvaluationError, match="have no caption, such as"):
        run(FakeReader(silent), tmp_path / "m", monkeypatch)
    with pytest.raises(EvaluationError, match="safetensors"):
        entry.checkpoint_fingerprint(tmp_path / "m" / "out")


@pytest.mark.slow
def test_real_checkpoints_of_tiny_models(reader: FakeReader, tmp_path: Path) -> None:
    from training import (
        EncoderTrainingConfig,
        WaveLLMTrainingConfig,
        finetune_wavellm,
        pretrain_encoder,
        pretrain_language,
    )
    from training.wavellm_config import PhaseOptions

    small = FakeReader([row for row in reader.rows if row["view"] == "A"][:40])
    encoder = EncoderTrainingConfig(
        width=32, depth=1, heads=2, embed_dim=32, epochs=2, batch_size=8, validations=1
    )
    brief = PhaseOptions(1.0, 8, 1e-3)
    wavellm = WaveLLMTrainingConfig(
        base_width=32,
        base_depth=1,
        base_heads=2,
        vocabulary=320,
        language=brief,
        align=brief,
        tune=brief,
        lora_rank=2,
    )
    pretrain_encoder(small, encoder, tmp_path / "encoder")
    language = pretrain_language(small, wavellm, tmp_path / "language")
    finetune_wavellm(small, tmp_path / "encoder", wavellm, tmp_path / "wavellm", language_dir=language)
    config = EvaluationConfig(resamples=20, pool_repetitions=1, max_new_tokens=8)
    folders = (tmp_path / "first", tmp_path / "second")
    for folder in folders:
        card = entry.evaluate_models(small, tmp_path / "encoder", tmp_path / "wavellm", None, config, folder)
    assert 0.0 <= (card.one("zero-shot", "top-1").value or 0.0) <= 1.0
    assert card.one("captions", "BLEU-4").value is not None
    assert len(read_answers(folders[0] / "answers.jsonl")) == 16
    for name in ("scorecard.json", "answers.jsonl"):
        assert (folders[0] / name).read_bytes() == (folders[1] / name).read_bytes()
    assert json.loads((folders[0] / "scorecard.json").read_text())["dataset"] == "made-up@1"
