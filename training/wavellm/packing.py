"""Training sequences that share one wave prefix.

A map costs up to 250 tokens, a question and its answer about 20. Several questions about one map are therefore laid
one after another behind a single copy of its prefix; each sees the prefix and itself only, and counts its positions
from the prefix's end. Loss and gradients equal those of separate sequences, at a fraction of the tokens.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from ..errors import TrainingInputError
from .modeling import IGNORED_LABEL
from .processing import WaveLLMProcessor


@dataclass(frozen=True)
class Turn:
    """One question with the answer to be learnt."""

    prompt: str
    answer: str


@dataclass(frozen=True)
class WaveItem:
    """One map with the turns about it: inputs float32 (496, 128), mask bool (248,)."""

    inputs: np.ndarray
    mask: np.ndarray
    turns: tuple[Turn, ...]


@dataclass(frozen=True)
class Sequence4D:
    """One packed row: ids, labels, positions [L] and the branch of each token (0 = shared prefix)."""

    ids: list[int]
    labels: list[int]
    positions: list[int]
    branches: list[int]


class PackingCollator:
    """Batches of `WaveItem` to right-padded training tensors."""

    def __init__(self, processor: WaveLLMProcessor, share_prefix: bool = True) -> None:
        """`share_prefix=False` makes one sequence per turn (for attention kernels without free-form masks)."""
        self._processor = processor
        self._share_prefix = share_prefix

    def _branch(self, turn: Turn, patches: int) -> tuple[list[int], list[int], list[int]]:
        """Prefix ids through `<wave_eos>`, the rest of the ids, and labels of the rest."""
        prompt = self._processor.prompt(turn.prompt)
        ids = self._processor.token_ids(prompt, patches)
        split = ids.index(self._processor.wave_eos_id) + 1
        answer = self._processor.answer_ids(prompt, turn.answer)
        rest = ids[split:] + answer
        return ids[:split], rest, [IGNORED_LABEL] * (len(ids) - split) + answer

    def pack(self, turns: Sequence[Turn], patches: int) -> Sequence4D:
        """All turns about one map behind one prefix."""
        if not turns:
            raise TrainingInputError("a map without a question or caption: there is nothing to learn from it")
        prefix, _, _ = self._branch(turns[0], patches)
        ids, labels = list(prefix), [IGNORED_LABEL] * len(prefix)
        positions, branches = list(range(len(prefix))), [0] * len(prefix)
        for number, turn in enumerate(turns, start=1):
            own_prefix, rest, rest_labels = self._branch(turn, patches)
            if own_prefix != prefix:
                raise TrainingInputError(
                    "the chat template puts the question before <wave>: prefixes cannot be shared"
                )
            ids += rest
            labels += rest_labels
            positions += range(len(prefix), len(prefix) + len(rest))
            branches += [number] * len(rest)
        return Sequence4D(ids, labels, positions, branches)

    def __call__(self, items: Sequence[WaveItem]) -> dict[str, torch.Tensor]:
        """Training tensors of a batch."""
        if not self._share_prefix:
            items = [WaveItem(item.inputs, item.mask, (turn,)) for item in items for turn in item.turns]
        rows = [self.pack(item.turns, int(item.mask.sum())) for item in items]
        longest = max(len(row.ids) for row in rows)

        def padded(lists: list[list[int]], value: int) -> torch.Tensor:
            return torch.tensor([one + [value] * (longest - len(one)) for one in lists])

        branches = padded([row.branches for row in rows], -1)
        batch = {
            "input_ids": padded([row.ids for row in rows], self._processor.tokenizer.pad_token_id),
            "labels": padded([row.labels for row in rows], IGNORED_LABEL),
            "position_ids": padded([row.positions for row in rows], 0),
            "input_features": torch.from_numpy(np.stack([item.inputs for item in items]))[:, None],
            "input_features_mask": torch.from_numpy(np.stack([item.mask for item in items])),
        }
        if self._share_prefix:
            batch["attention_mask"] = branch_mask(branches)
        else:
            batch["attention_mask"] = (branches >= 0).long()
        return batch


def branch_mask(branches: torch.Tensor) -> torch.Tensor:
    """Which token sees which, bool [B, 1, L, L], from branch numbers [B, L] (0 prefix, -1 padding).

    Causal, and within the prefix or the own branch. Padding sees itself, so that no row of the softmax is empty.
    """
    length = branches.shape[1]
    causal = torch.ones(length, length, dtype=torch.bool, device=branches.device).tril()
    same = branches[:, :, None] == branches[:, None, :]
    shared = branches[:, None, :] == 0
    return (causal & (same | shared))[:, None]
