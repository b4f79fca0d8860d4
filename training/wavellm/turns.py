"""Which turns are learnt from which sample: datasets whose item i is decided by i and the seed alone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from torch.utils.data import Dataset

from ..augmentation import drop_patches, sample_generator, to_augmented_input
from ..dataset import WaveSample, length_bucketed_order
from ..preprocessing import PreprocessingOptions, to_model_input
from ..wavellm_config import PhaseOptions, WaveLLMTrainingConfig
from .packing import Turn, WaveItem
from .processing import CAPTION_PROMPT, CAPTION_PROMPTS

# Half of the contexts lose their word order. A model that only sees whole sentences learns to copy what followed the
# same words before; radar patches hold no such words, so it must learn to look content up wherever it stands.
SHUFFLED_SHARE = 0.5


class EpochOrder:
    """An endless sequence of epochs over samples, each in its own length-bucketed order."""

    def __init__(self, lengths: Sequence[int], batch_size: int, seed: int) -> None:
        """`lengths` decide which samples share a batch."""
        self._lengths, self._batch_size, self._seed = list(lengths), batch_size, seed
        self._epoch, self._order = -1, np.zeros(0, dtype=np.int64)

    def __getitem__(self, index: int) -> tuple[int, int]:
        """Epoch and sample of item `index`."""
        epoch, place = divmod(index, len(self._lengths))
        if epoch != self._epoch:
            rng = np.random.default_rng([self._seed, epoch])
            self._order = length_bucketed_order(self._lengths, self._batch_size, rng)
            self._epoch = epoch
        return epoch, int(self._order[place])


def draw(items: Sequence, count: int, rng: np.random.Generator) -> list:
    """Up to `count` different items in random order."""
    return [items[int(index)] for index in rng.permutation(len(items))[:count]]


class TurnDataset(Dataset):
    """Maps with turns for phases 2a and 2b: `round(epochs * samples)` items."""

    def __init__(
        self,
        samples: Sequence[WaveSample],
        preprocessing: PreprocessingOptions,
        phase: PhaseOptions,
        captions: int,
        questions: int,
        config: WaveLLMTrainingConfig,
    ) -> None:
        """`captions` and `questions` are drawn per map; `config` says how maps are varied."""
        self._samples = list(samples)
        self._preprocessing, self._config = preprocessing, config
        self._captions, self._questions = captions, questions
        self._length = max(1, round(phase.epochs * len(self._samples)))
        self._order = EpochOrder([sample.n_valid for sample in samples], phase.batch_size, config.seed)

    def __len__(self) -> int:
        """Items over all epochs."""
        return self._length

    def __getitem__(self, index: int) -> WaveItem:
        """Item `index` with its augmentation and turns."""
        epoch, position = self._order[index]
        sample = self._samples[position]
        rng = sample_generator(self._config.seed, epoch, sample.sample_id)
        inputs, mask = to_augmented_input(
            sample.decibels(), sample.n_valid, self._preprocessing, self._config.augmentation, rng
        )
        turns = [
            Turn(CAPTION_PROMPTS[int(rng.integers(len(CAPTION_PROMPTS)))], caption)
            for caption in draw(sample.captions, self._captions, rng)
        ]
        turns += [Turn(pair.question, pair.answer) for pair in draw(sample.qa, self._questions, rng)]
        return WaveItem(inputs, drop_patches(mask, self._config.max_patches, rng), tuple(turns))


def validation_items(samples: Sequence[WaveSample], preprocessing: PreprocessingOptions) -> list[WaveItem]:
    """Unaugmented maps with their first caption and all questions."""
    items = []
    for sample in samples:
        inputs, mask = to_model_input(sample.decibels(), sample.n_valid, preprocessing)
        turns = [Turn(CAPTION_PROMPT, sample.captions[0])]
        turns += [Turn(pair.question, pair.answer) for pair in sample.qa]
        items.append(WaveItem(inputs, mask, tuple(turns)))
    return items


class ReadingDataset(Dataset):
    """Text-only turns for the little language model: a caption stands where the wave will stand.

    So the model learns, before it sees radar, to answer from what precedes the question. Each item asks for another
    wording of the caption, or for the answer to one of the sample's questions; many captions come with their words
    shuffled (Lewis et al., 2020, BART, use such noise).
    """

    def __init__(self, samples: Sequence[WaveSample], phase: PhaseOptions, seed: int) -> None:
        """One item per (sample, caption or question) and epoch."""
        self._seed = seed
        self._entries = [
            (sample, number) for sample in samples for number in range(len(sample.captions) + len(sample.qa))
        ]
        lengths = [len(sample.captions[0]) for sample, _ in self._entries]
        self._length = max(1, round(phase.epochs * len(self._entries)))
        self._order = EpochOrder(lengths, phase.batch_size, seed)

    def __len__(self) -> int:
        """Items over all epochs."""
        return self._length

    def __getitem__(self, index: int) -> tuple[str, Turn]:
        """The context text and the turn about it."""
        epoch, position = self._order[index]
        sample, number = self._entries[position]
        rng = sample_generator(self._seed, epoch, f"{sample.sample_id}/{number}")
        context = sample.captions[int(rng.integers(len(sample.captions)))]
        if rng.uniform() < SHUFFLED_SHARE:
            context = " ".join(draw(context.split(), len(context), rng))
        if number < len(sample.captions):
            prompt = CAPTION_PROMPTS[int(rng.integers(len(CAPTION_PROMPTS)))]
            return context, Turn(prompt, sample.captions[number])
        pair = sample.qa[number - len(sample.captions)]
        return context, Turn(pair.question, pair.answer)


def training_texts(samples: Sequence[WaveSample]) -> list[str]:
    """All texts of the split, for the tokenizer."""
    texts = set(CAPTION_PROMPTS)
    for sample in samples:
        texts.update(sample.captions)
        for pair in sample.qa:
            texts.update((pair.question, pair.answer))
    return sorted(texts)
