"""Stage 2: teach a causal language model to read the wave encoder's patch tokens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from .checkpoints import CONFIG_FILE, MetricsLog, load_encoder, read_json, write_json, written_atomically
from .contrastive import WaveTextEncoder
from .dataset import SampleReader, WaveSample, read_samples, require_captions
from .errors import ConfigurationError
from .optimisation import (
    Progress,
    autocast,
    default_device,
    fastest_attention,
    quiet_transformers,
    resolve_precision,
    torch_session,
)
from .wavellm.base_model import assemble, load_base
from .wavellm.inference import ADAPTER_DIR, DESCRIPTION_FILE, WAVELLM_KIND
from .wavellm.modeling import IGNORED_LABEL, WaveLLMForCausalLM
from .wavellm.packing import PackingCollator, WaveItem
from .wavellm.phases import PhaseRun, language_groups, run_phase
from .wavellm.processing import WaveLLMProcessor, add_wave_tokens
from .wavellm.turns import TurnDataset, validation_items
from .wavellm_config import SMOKE_BASE, PhaseOptions, WaveLLMTrainingConfig


@dataclass(frozen=True)
class Stage:
    """What all phases of one run share."""

    config: WaveLLMTrainingConfig
    train: Sequence[WaveSample]
    val: Sequence[WaveSample]
    encoder: WaveTextEncoder
    log: MetricsLog
    progress: Progress | None

    @property
    def precision(self) -> str:
        """Resolved precision of this machine."""
        return resolve_precision(self.config.precision, default_device())

    @property
    def attention(self) -> str:
        """What to train with on this machine."""
        return fastest_attention(self.precision, default_device())

    def phase(self, name: str, options: PhaseOptions) -> PhaseRun:
        """A phase with this run's seed, precision, log and progress."""
        config = self.config
        return PhaseRun(
            name, options, config.seed, self.precision, config.max_grad_norm, self.log, self.progress
        )

    def processor(self, tokenizer: PreTrainedTokenizerBase) -> WaveLLMProcessor:
        """The processor with the encoder's recorded preprocessing."""
        return WaveLLMProcessor(tokenizer, self.encoder.preprocessing.to_dict())


def base_of(
    config: WaveLLMTrainingConfig, language_dir: Path | None
) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    """The base language model: a stock one by name or path, or the little Phi-3 of `pretrain_language`."""
    if config.base != SMOKE_BASE:
        return load_base(config.base)
    if language_dir is None:
        raise ConfigurationError(
            f"base {SMOKE_BASE!r} is the little Phi-3 that `pretrain_language` makes: give its directory as "
            "language_dir, or set base to the name or path of a causal language model"
        )
    return load_base(str(language_dir))


def align_projector(model: WaveLLMForCausalLM, processor: WaveLLMProcessor, stage: Stage) -> None:
    """Phase 2a: the projector alone, captions only."""
    config = stage.config
    model.requires_grad_(False)
    model.model.multi_modal_projector.requires_grad_(True)
    run_phase(
        model,
        TurnDataset(
            stage.train, stage.encoder.preprocessing, config.align, config.captions_per_sample, 0, config
        ),
        PackingCollator(processor, config.share_prefix),
        language_groups(model, config.align),
        stage.phase("align projector", config.align),
    )


def use_attention(model: WaveLLMForCausalLM, implementation: str) -> None:
    """Switch tower and language model to an attention implementation."""
    model.model.wave_tower.set_attn_implementation(implementation)
    model.model.language_model.set_attn_implementation(implementation)


def add_adapter(model: WaveLLMForCausalLM, config: WaveLLMTrainingConfig) -> PeftModel:
    """LoRA (Hu et al., 2022) in the language model, the projector, and the rows of `<wave_bos>`, `<wave_eos>`."""
    lora = LoraConfig(
        r=config.lora_rank,
        lora_alpha=config.lora_alpha,
        lora_dropout=config.lora_dropout,
        target_modules=config.lora_targets,
        modules_to_save=["multi_modal_projector"],
        trainable_token_indices={
            "embed_tokens": [model.config.wave_bos_token_id, model.config.wave_eos_token_id]
        },
        task_type="CAUSAL_LM",
    )
    return get_peft_model(model, lora)


def tune(model: PeftModel, processor: WaveLLMProcessor, stage: Stage) -> None:
    """Phase 2b: adapter, projector and token rows; captions and questions."""
    config = stage.config
    run_phase(
        model,
        TurnDataset(
            stage.train,
            stage.encoder.preprocessing,
            config.tune,
            config.captions_per_sample,
            config.questions_per_sample,
            config,
        ),
        PackingCollator(processor, config.share_prefix),
        language_groups(model, config.tune, config.projector_learning_rate),
        stage.phase("tune language model", config.tune),
    )


@torch.inference_mode()
def validation_loss(
    model: torch.nn.Module, items: Sequence[WaveItem], collate: PackingCollator
) -> float | None:
    """Mean loss per supervised token of unaugmented maps, in float32; None where there is no validation sample."""
    if not items:
        return None
    was_training = model.training
    model.eval()
    device = next(model.parameters()).device
    total, tokens = 0.0, 0
    for start in range(0, len(items), 16):
        batch = {name: tensor.to(device) for name, tensor in collate(items[start : start + 16]).items()}
        supervised = int((batch["labels"] != IGNORED_LABEL).sum())
        with autocast("float32", device):
            total += float(model(**batch).loss) * supervised
        tokens += supervised
    model.train(was_training)
    return total / max(1, tokens)


def finetune_wavellm(
    reader: SampleReader,
    encoder_dir: Path,
    config: WaveLLMTrainingConfig,
    out_dir: Path,
    progress: Progress | None = None,
    language_dir: Path | None = None,
) -> Path:
    """Train a WaveLLM on the train split of a dataset version.

    Args:
        reader: the dataset version.
        encoder_dir: what `pretrain_encoder` wrote; its tower is copied into the checkpoint, frozen.
        config: see `WaveLLMTrainingConfig`.
        out_dir: becomes the checkpoint directory in one rename. It holds everything: the assembled model, the
            adapter, tokenizer, preprocessing, metrics.jsonl.
        progress: called as (phase, step, steps).
        language_dir: what `pretrain_language` wrote, where `config.base` is "smoke".

    Returns:
        `out_dir`.

    Raises:
        TrainingInputError: an empty split or samples without captions.
        CheckpointError: the encoder or the base model cannot be loaded.
        ConfigurationError: the little Phi-3 is wanted and not given.
    """
    train, val = read_samples(reader, "train"), read_samples(reader, "val")
    require_captions(train, "train")
    if val:
        require_captions(val, "val")
    with (
        quiet_transformers(),
        torch_session(config.threads, config.seed),
        written_atomically(Path(out_dir)) as directory,
    ):
        encoder = load_encoder(encoder_dir)
        stage = Stage(config, train, val, encoder, MetricsLog(directory), progress)
        base, tokenizer = base_of(config, language_dir)
        add_wave_tokens(tokenizer)
        processor = stage.processor(tokenizer)
        model = assemble(encoder.tower, base, tokenizer, config.wave_feature_layer)
        use_attention(model, stage.attention)
        items = validation_items(val, encoder.preprocessing)
        collate = PackingCollator(processor, config.share_prefix)
        align_projector(model, processor, stage)
        stage.log.write(phase="align projector", val_loss=validation_loss(model, items, collate))
        model.cpu().save_pretrained(directory)
        processor.save_pretrained(directory)
        adapted = add_adapter(model.to(default_device()), config)
        tune(adapted, processor, stage)
        stage.log.write(phase="tune language model", val_loss=validation_loss(adapted, items, collate))
        adapted.cpu().save_pretrained(directory / ADAPTER_DIR)
        describe(directory, encoder_dir, reader.info.name, config)
    return Path(out_dir)


def describe(directory: Path, encoder_dir: Path, dataset_version: str, config: WaveLLMTrainingConfig) -> None:
    """Write wavellm.json: what this is, from which data and encoder, with which options."""
    encoder = read_json(Path(encoder_dir) / CONFIG_FILE, "wave encoder checkpoint")
    write_json(
        directory / DESCRIPTION_FILE,
        {
            "kind": WAVELLM_KIND,
            "dataset_version": dataset_version,
            "encoder": {name: encoder[name] for name in ("dataset_version", "training", "wave_config")},
            "training": asdict(config),
        },
    )
