"""Before stage 2 at smoke scale: a little Phi-3 made from scratch reads the texts of a dataset version.

It needs no wave and no wave encoder, so it can be trained beside stage 1.
"""

from __future__ import annotations

from pathlib import Path

from .checkpoints import MetricsLog, write_json, written_atomically
from .dataset import SampleReader, read_samples, require_captions
from .optimisation import (
    Progress,
    default_device,
    fastest_attention,
    quiet_transformers,
    resolve_precision,
    torch_session,
)
from .wavellm.base_model import little_phi3, save_base, train_tokenizer
from .wavellm.phases import PhaseRun, ReadingCollator, language_groups, run_phase
from .wavellm.processing import WaveLLMProcessor
from .wavellm.turns import ReadingDataset, training_texts
from .wavellm_config import WaveLLMTrainingConfig

LANGUAGE_KIND = "language_model"
LANGUAGE_FILE = "language.json"


def pretrain_language(
    reader: SampleReader, config: WaveLLMTrainingConfig, out_dir: Path, progress: Progress | None = None
) -> Path:
    """Train tokenizer and little Phi-3 on the captions and questions of the train split.

    Args:
        reader: the dataset version.
        config: its `language_options` count.
        out_dir: becomes, in one rename, an ordinary Hugging Face directory with metrics.jsonl beside the weights.
        progress: called as ("teach language", step, steps).

    Returns:
        `out_dir`.

    Raises:
        TrainingInputError: an empty split or samples without captions.
        TrainingError: the loss became NaN or infinite.
    """
    train = read_samples(reader, "train")
    require_captions(train, "train")
    with (
        quiet_transformers(),
        torch_session(config.threads, config.seed),
        written_atomically(Path(out_dir)) as directory,
    ):
        precision = resolve_precision(config.precision, default_device())
        tokenizer = train_tokenizer(training_texts(train), config.vocabulary)
        model = little_phi3(tokenizer, config.base_width, config.base_depth, config.base_heads)
        model.set_attn_implementation(fastest_attention(precision, default_device()))
        run_phase(
            model,
            ReadingDataset(train, config.language, config.seed),
            ReadingCollator(WaveLLMProcessor(tokenizer)),
            language_groups(model, config.language),
            PhaseRun(
                "teach language", config.language, config.seed, precision, config.max_grad_norm,
                MetricsLog(directory), progress,
            ),
        )  # fmt: skip
        save_base(model.cpu(), tokenizer, directory)
        write_json(
            directory / LANGUAGE_FILE,
            {
                "kind": LANGUAGE_KIND,
                "dataset_version": reader.info.name,
                "training": config.language_options(),
            },
        )
    return Path(out_dir)
