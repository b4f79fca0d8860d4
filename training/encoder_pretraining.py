"""Stage 1: align the wave encoder with a frozen sentence encoder."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from .augmentation import drop_patches, sample_generator, to_augmented_input
from .checkpoints import MetricsLog, save_encoder, written_atomically
from .contrastive import WaveTextEncoder
from .dataset import SampleReader, WaveSample, model_inputs, read_samples, require_captions
from .encoder_config import EncoderTrainingConfig
from .errors import TrainingInputError
from .optimisation import (
    Progress,
    autocast,
    default_device,
    fastest_attention,
    parameter_groups,
    resolve_precision,
    torch_session,
    warmup_cosine,
)
from .preprocessing import DOPPLER_BINS, FRAMES, PATCHES
from .text_encoder import SentenceEncoder


class CaptionBank:
    """All captions of a split with their frozen sentence vectors.

    The text tower never changes, so captions beyond those of the batch cost no more than a matrix product: each step
    contrasts its waves with many of them.
    """

    def __init__(self, samples: Sequence[WaveSample], texts: SentenceEncoder, ignore_cosine: float) -> None:
        """Collect and embed; captions of all views of a motion are captions of that motion."""
        captions = sorted({caption for sample in samples for caption in sample.captions})
        place = {caption: index for index, caption in enumerate(captions)}
        by_motion: dict[str, set[int]] = {}
        for sample in samples:
            by_motion.setdefault(sample.motion_id, set()).update(
                place[caption] for caption in sample.captions
            )
        self._of_motion = {motion: np.array(sorted(members)) for motion, members in by_motion.items()}
        self._ignore_cosine = ignore_cosine
        self.vectors = torch.from_numpy(texts.embed(captions))

    def choose(self, motion_ids: Sequence[str], size: int, rng: np.random.Generator) -> np.ndarray:
        """Indices of the motions' own captions, filled up with others to `size`; sorted."""
        own = np.unique(np.concatenate([self._of_motion[motion] for motion in motion_ids]))
        others = np.setdiff1d(np.arange(len(self.vectors)), own)
        extra = rng.permutation(others)[: max(0, size - len(own))]
        return np.sort(np.concatenate([own, extra]))

    def relate(self, motion_ids: Sequence[str], chosen: np.ndarray) -> dict[str, torch.Tensor]:
        """Vectors [K, W] of the chosen captions (the motions' own among them); positives, ignored bool [B, K].

        A caption is ignored for a motion that has one with nearly the same meaning (Petrovich et al., 2023, TMR).
        """
        vectors = self.vectors[chosen]
        place = np.full(len(self.vectors), -1)
        place[chosen] = np.arange(len(chosen))
        positives = torch.zeros(len(motion_ids), len(chosen), dtype=torch.bool)
        ignored = torch.zeros_like(positives)
        for row, motion in enumerate(motion_ids):
            own = self._of_motion[motion]
            positives[row, torch.from_numpy(place[own])] = True
            ignored[row] = (vectors @ self.vectors[own].T >= self._ignore_cosine).any(dim=1)
        return {"sentences": vectors, "positives": positives, "ignored": ignored}


class TrainingBatches:
    """Augmented batches whose maps depend only on (seed, epoch, sample id)."""

    def __init__(
        self, samples: Sequence[WaveSample], bank: CaptionBank, config: EncoderTrainingConfig
    ) -> None:
        """Keep the samples and their captions."""
        self._samples = list(samples)
        self._bank = bank
        self.config = config
        self.per_epoch = max(1, len(self._samples) // config.batch_size)

    def order(self, epoch: int) -> list[np.ndarray]:
        """Sample indices of each batch of an epoch; the incomplete last batch is dropped."""
        rng = np.random.default_rng([self.config.seed, epoch])
        size = min(self.config.batch_size, len(self._samples))
        shuffled = rng.permutation(len(self._samples))
        return [shuffled[start : start + size] for start in range(0, self.per_epoch * size, size)]

    def make(self, epoch: int, indices: np.ndarray) -> dict[str, torch.Tensor]:
        """Inputs, masks, sentence vectors and pair relations of one batch."""
        config = self.config
        inputs = np.zeros((len(indices), FRAMES, DOPPLER_BINS), dtype=np.float32)
        masks = np.zeros((len(indices), PATCHES), dtype=bool)
        for row, index in enumerate(indices):
            sample = self._samples[index]
            rng = sample_generator(config.seed, epoch, sample.sample_id)
            inputs[row], masks[row] = to_augmented_input(
                sample.decibels(), sample.n_valid, config.preprocessing, config.augmentation, rng
            )
            masks[row] = drop_patches(masks[row], config.max_patches, rng)
        motions = [self._samples[index].motion_id for index in indices]
        rng = sample_generator(config.seed, epoch, self._samples[indices[0]].sample_id + "/captions")
        chosen = self._bank.choose(motions, config.texts_per_step, rng)
        return {
            "inputs": torch.from_numpy(inputs),
            "masks": torch.from_numpy(masks),
            **self._bank.relate(motions, chosen),
        }


class Validation:
    """Fixed inputs and captions of the validation split: full pool, no augmentation."""

    def __init__(
        self, samples: Sequence[WaveSample], bank: CaptionBank, config: EncoderTrainingConfig
    ) -> None:
        """Prepare inputs once; every caption of the split is in the pool."""
        self._inputs, self._masks = model_inputs(samples, config.preprocessing)
        self.empty = not samples
        motions = [sample.motion_id for sample in samples]
        self._pairs = bank.relate(motions, np.arange(len(bank.vectors)))
        self.by_loss = len(set(motions)) < config.min_validation_motions

    @torch.inference_mode()
    def measure(self, model: WaveTextEncoder) -> dict[str, float]:
        """Validation loss and R@1 both ways; any caption or any view of the same motion is a hit.

        Nothing is measured where a small dataset version has no validation sample.
        """
        if self.empty:
            return {}
        pairs = {name: tensor.to(model.device) for name, tensor in self._pairs.items()}
        waves = torch.from_numpy(model.embed_waves(self._inputs, self._masks)).to(model.device)
        sentences = model.encode_sentences(pairs["sentences"])
        hits = pairs["positives"]
        loss = model.contrastive_loss(waves, sentences, hits, pairs["ignored"])
        similarity = waves @ sentences.T
        nearest_text, nearest_wave = similarity.argmax(dim=1), similarity.argmax(dim=0)
        return {
            "val_loss": float(loss),
            "val_wave_to_text_r1": float(hits.gather(1, nearest_text[:, None]).float().mean()),
            "val_text_to_wave_r1": float(hits.gather(0, nearest_wave[None]).float().mean()),
        }

    def score(self, measured: dict[str, float], step: int) -> float:
        """What the best checkpoint is chosen by; higher is better. Without validation samples the last is taken."""
        if self.empty:
            return float(step)
        if self.by_loss:
            return -measured["val_loss"]
        return 0.5 * (measured["val_wave_to_text_r1"] + measured["val_text_to_wave_r1"])


class EncoderRun:
    """One run of stage 1: the model, its optimiser and its best state so far."""

    def __init__(self, model: WaveTextEncoder, config: EncoderTrainingConfig, total_steps: int) -> None:
        """Set up AdamW over every trainable parameter."""
        self.model = model
        self.config = config
        self.total_steps = total_steps
        self.device = default_device()
        self.precision = resolve_precision(config.precision, self.device)
        model.tower.set_attn_implementation(fastest_attention(self.precision, self.device))
        groups = parameter_groups(model, config.learning_rate, config.weight_decay)
        self.optimiser = torch.optim.AdamW(groups, betas=config.betas)
        self.best_score = float("-inf")
        self.best_state: dict[str, torch.Tensor] = {}

    def step(self, number: int, batch: dict[str, torch.Tensor]) -> float:
        """One optimiser step; returns the loss."""
        warmup = max(1, round(self.config.warmup_fraction * self.total_steps))
        for group in self.optimiser.param_groups:
            group["lr"] = self.config.learning_rate * warmup_cosine(number, warmup, self.total_steps)
        moved = {name: tensor.to(self.device) for name, tensor in batch.items()}
        with autocast(self.precision, self.device):
            waves = self.model.encode_waves(moved["inputs"], moved["masks"])
            texts = self.model.encode_sentences(moved["sentences"])
        loss = self.model.contrastive_loss(waves, texts, moved["positives"], moved["ignored"])
        if not bool(torch.isfinite(loss)):
            raise TrainingInputError(
                f"the loss became {float(loss)} at step {number}: lower learning_rate "
                f"({self.config.learning_rate}) or train with precision float32"
            )
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), self.config.max_grad_norm)
        self.optimiser.step()
        self.model.clamp_scale()
        return float(loss.detach())

    def keep_if_best(self, score: float) -> None:
        """Remember the weights if `score` beats all before."""
        if score > self.best_score:
            self.best_score = score
            self.best_state = {
                name: tensor.detach().clone() for name, tensor in self.model.state_dict().items()
            }


def pretrain_encoder(
    reader: SampleReader, config: EncoderTrainingConfig, out_dir: Path, progress: Progress | None = None
) -> Path:
    """Train the wave-text encoder on the train split of a dataset version.

    Args:
        reader: the dataset version.
        config: see `EncoderTrainingConfig`.
        out_dir: becomes the checkpoint directory in one rename: config.json, model.safetensors, metrics.jsonl.
        progress: called as ("pretrain encoder", step, steps).

    Returns:
        `out_dir`.

    Raises:
        TrainingInputError: an empty split, samples without captions, or a diverged loss.
    """
    train = read_samples(reader, "train")
    val = read_samples(reader, "val")
    require_captions(train, "train")
    if val:
        require_captions(val, "val")
    with torch_session(config.threads, config.seed), written_atomically(Path(out_dir)) as directory:
        texts = SentenceEncoder(config.text_encoder)
        banks = [CaptionBank(samples, texts, config.caption_cosine_ignore) for samples in (train, val)]
        model = WaveTextEncoder(
            config.wave_config(), texts, config.embed_dim, config.pooling, config.loss,
            config.preprocessing, reader.info.name,
        ).to(default_device())  # fmt: skip
        _train(
            model,
            TrainingBatches(train, banks[0], config),
            Validation(val, banks[1], config),
            directory,
            progress,
        )
        save_encoder(model.cpu(), directory, config.to_dict())
    return Path(out_dir)


def _train(
    model: WaveTextEncoder,
    batches: TrainingBatches,
    validation: Validation,
    directory: Path,
    progress: Progress | None,
) -> None:
    """The loop; leaves the model with its best weights."""
    config = batches.config
    total = config.epochs * batches.per_epoch
    every = max(1, total // max(1, config.validations))
    run, log, number = EncoderRun(model, config, total), MetricsLog(directory), 0
    for epoch in range(config.epochs):
        for indices in batches.order(epoch):
            begun = time.perf_counter()
            batch = batches.make(epoch, indices)
            loaded = time.perf_counter()
            loss = run.step(number, batch)
            ended = time.perf_counter()
            number += 1
            log.write(
                step=number, epoch=epoch, loss=loss, lr=run.optimiser.param_groups[0]["lr"],
                logit_scale=float(model.logit_scale.detach().exp()), data_time_s=loaded - begun,
                step_time_s=ended - loaded, samples_per_s=len(indices) / (ended - begun),
            )  # fmt: skip
            if number % every == 0 or number == total:
                measured = validation.measure(model)
                log.write(step=number, epoch=epoch, **measured)
                run.keep_if_best(validation.score(measured, number))
            if progress is not None:
                progress("pretrain encoder", number, total)
    model.load_state_dict(run.best_state)
    model.tower.set_attn_implementation("sdpa")
