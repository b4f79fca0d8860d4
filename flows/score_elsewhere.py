"""Models of one dataset version on all of another one, such as recorded motion: what carries over."""

from __future__ import annotations

from collections.abc import Callable

from data_lake import Lake, VersionReader
from data_lake.errors import InvalidInput

from .make_dataset import Announce, make_dataset
from .open_lake import open_lake, recorded_run
from .score_checkpoints import Scored, score_checkpoints
from .settings import TurnSettings, Workspace
from .train_checkpoints import ENCODER, WAVELLM, Checkpoint

Progress = Callable[[str, int, int], None]


def score_elsewhere(
    settings: TurnSettings, trained_on: str, announce: Announce, progress: Progress | None = None
) -> Scored:
    """Score the newest models of `trained_on` on the dataset of the settings, which is made if it is of clips.

    Raises:
        LakeError: no such dataset version.
        InvalidInput: `trained_on` has no models.
    """
    lake = open_lake(settings)
    source = lake.open_version(trained_on)
    encoder, wavellm = newest_models(lake, source, Workspace(settings.workspace))
    announce(f"models of {source.info.name}: {encoder.checkpoint_id}, {wavellm.checkpoint_id}")
    with recorded_run(lake, "score", settings) as run:
        name = settings.dataset
        if settings.motions is not None:
            name = make_dataset(settings, lake, run, announce, progress).version.name
        reader = lake.open_version(name)
        return score_checkpoints(settings, lake, reader, encoder, wavellm, run, progress, source)


def newest_models(lake: Lake, reader: VersionReader, workspace: Workspace) -> tuple[Checkpoint, Checkpoint]:
    """Wave encoder and WaveLLM that were trained last on a dataset version.

    Raises:
        InvalidInput: there are none.
    """
    rows = [row for row in lake.read("checkpoints").to_pylist() if row["dataset_version"] == reader.info.name]
    known = {row["checkpoint_id"]: workspace.checkpoint(row["checkpoint_id"]) for row in rows}
    trained = [row for row in rows if row["kind"] == WAVELLM and known[row["checkpoint_id"]].is_dir()]
    if not trained:
        raise InvalidInput(
            f"{reader.info.name} has no trained WaveLLM in this workspace: train one with "
            f"`mmflywheel run --dataset {reader.info.name.partition('@')[0]}`, or name another version"
        )
    newest = max(trained, key=lambda row: row["created_at"])
    ids = {ENCODER: newest["parent"], WAVELLM: newest["checkpoint_id"]}
    encoder, wavellm = (Checkpoint(kind, name, known[name], reused=True) for kind, name in ids.items())
    return encoder, wavellm
