"""One phase of stage 2 on transformers' Trainer: quiet, deterministic, with our groups and our log."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from tempfile import TemporaryDirectory
from typing import Any

import torch
from torch import nn
from torch.utils.data import Dataset
from transformers import PrinterCallback, Trainer, TrainerCallback, TrainingArguments

from ..checkpoints import MetricsLog
from ..errors import TrainingError
from ..optimisation import Progress, parameter_groups, warmup_cosine
from ..wavellm_config import PhaseOptions
from .modeling import IGNORED_LABEL
from .packing import Turn
from .processing import WaveLLMProcessor

Batch = dict[str, torch.Tensor]


@dataclass(frozen=True)
class PhaseRun:
    """A phase with what surrounds it: its name in log and progress, and the resolved precision."""

    name: str
    options: PhaseOptions
    seed: int
    precision: str
    max_grad_norm: float
    log: MetricsLog
    progress: Progress | None = None


class ReadingCollator:
    """Text-only turns to right-padded batches; only answers are learnt.

    Contexts come with shuffled words and questions are given: predicting them would teach word noise, and a small
    model then takes several times as long to find out that answers can be looked up in the context.
    """

    def __init__(self, processor: WaveLLMProcessor) -> None:
        """Chat marks and token ids come from the processor."""
        self._processor = processor

    def __call__(self, items: Sequence[tuple[str, Turn]]) -> Batch:
        """Ids, labels and attention mask [B, L]."""
        rows, labels = [], []
        for context, turn in items:
            prompt = self._processor.prompt(turn.prompt, context)
            given = self._processor.token_ids(prompt)
            answer = self._processor.answer_ids(prompt, turn.answer)
            rows.append(given + answer)
            labels.append([IGNORED_LABEL] * len(given) + answer)
        longest = max(len(row) for row in rows)
        pad = self._processor.tokenizer.pad_token_id
        return {
            "input_ids": torch.tensor([row + [pad] * (longest - len(row)) for row in rows]),
            "labels": torch.tensor([row + [IGNORED_LABEL] * (longest - len(row)) for row in labels]),
            "attention_mask": torch.tensor([[1] * len(row) + [0] * (longest - len(row)) for row in rows]),
        }


class _Reporter(TrainerCallback):
    """Sends the Trainer's log to metrics.jsonl and its steps to the progress callback."""

    def __init__(self, run: PhaseRun) -> None:
        """Report for one phase."""
        self._run = run

    def on_log(
        self, args: Any, state: Any, control: Any, logs: dict[str, float] | None = None, **_: Any
    ) -> None:
        """One JSON line per log."""
        kept = {
            name: value
            for name, value in (logs or {}).items()
            if name in ("loss", "learning_rate", "grad_norm")
        }
        if kept:
            self._run.log.write(phase=self._run.name, step=state.global_step, **kept)

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Steps done of all."""
        if self._run.progress is not None:
            self._run.progress(self._run.name, state.global_step, state.max_steps)


def language_groups(
    model: nn.Module, options: PhaseOptions, projector_learning_rate: float | None = None
) -> list[dict[str, Any]]:
    """Optimiser groups of a phase; the projector may have a learning rate of its own."""
    groups = parameter_groups(model, options.learning_rate, options.weight_decay)
    if projector_learning_rate is None:
        return groups
    projector = {id(p) for name, p in model.named_parameters() if "multi_modal_projector" in name}
    split = []
    for group in groups:
        own = [p for p in group["params"] if id(p) in projector]
        rest = [p for p in group["params"] if id(p) not in projector]
        split += [{**group, "params": own, "lr": projector_learning_rate}, {**group, "params": rest}]
    return [group for group in split if group["params"]]


def _arguments(run: PhaseRun, directory: str, batches: int) -> TrainingArguments:
    """Trainer arguments: nothing saved, nothing printed, no reporting, order left to the dataset."""
    cuda = torch.cuda.is_available()
    return TrainingArguments(
        output_dir=directory,
        per_device_train_batch_size=run.options.batch_size,
        num_train_epochs=1,  # the dataset holds all epochs, so that item i is the same whatever was done before
        train_sampling_strategy="sequential",
        max_grad_norm=run.max_grad_norm,
        bf16=run.precision == "bfloat16",
        use_cpu=not cuda,
        seed=run.seed,
        logging_steps=min(10, batches),  # a phase of a few steps is logged too
        save_strategy="no",
        report_to="none",
        disable_tqdm=True,
        remove_unused_columns=False,
        label_names=["labels"],
        dataloader_pin_memory=cuda,
    )


def run_phase(
    model: nn.Module,
    dataset: Dataset,
    collate: Callable[[Sequence[Any]], Batch],
    groups: list[dict[str, Any]],
    run: PhaseRun,
) -> None:
    """Train `model` in place over `dataset`, once through.

    Raises:
        TrainingError: the loss became NaN or infinite.
    """
    batches = -(-len(dataset) // run.options.batch_size)  # type: ignore[arg-type]
    warmup = max(1, round(run.options.warmup_fraction * batches))
    optimiser = torch.optim.AdamW(groups, betas=(0.9, 0.98))
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: warmup_cosine(step, warmup, batches))
    # The Trainer switches the cache off in the config and leaves it so; a saved model would then generate without.
    config: Any = model.config
    cached = config.use_cache if hasattr(config, "use_cache") else True
    with TemporaryDirectory() as directory:
        trainer = Trainer(
            model=model,
            args=_arguments(run, directory, batches),
            train_dataset=dataset,
            data_collator=collate,
            optimizers=(optimiser, schedule),
            callbacks=[_Reporter(run)],
        )
        trainer.remove_callback(PrinterCallback)
        result = trainer.train()
        config.use_cache = cached
    if not torch.isfinite(torch.tensor(result.training_loss)):
        raise TrainingError(
            f"phase {run.name!r} ended with loss {result.training_loss}: lower its learning rate "
            f"({run.options.learning_rate}) or train with precision float32"
        )
