"""A turn small enough for a test: the real steps, few motions, few training steps."""

from __future__ import annotations

import pytest

from flows.settings import TurnSettings
from flows.turn_wheel import Turn, turn_wheel

FEW_STEPS = (
    "encoder.width=32", "encoder.depth=1", "encoder.heads=2", "encoder.epochs=1", "encoder.batch_size=4",
    "wavellm.base_width=32", "wavellm.base_depth=1", "wavellm.base_heads=2", "wavellm.language.epochs=1",
    "wavellm.align.epochs=1", "wavellm.tune.epochs=1",
)  # fmt: skip


@pytest.fixture(scope="session")
def small_settings(tmp_path_factory: pytest.TempPathFactory) -> TurnSettings:
    workspace = tmp_path_factory.mktemp("turn") / "workspace"
    return TurnSettings(n_motions=16, views=2, workspace=workspace, overrides=FEW_STEPS)


@pytest.fixture(scope="session")
def small_turn(small_settings: TurnSettings) -> Turn:
    """The turn of `small_settings`, made once."""
    return turn_wheel(small_settings, announce=lambda text: None)
