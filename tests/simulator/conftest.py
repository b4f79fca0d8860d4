"""Fixtures that several simulator tests share: the stand-in body, and scripts from step fields."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from simulator.body.model import BodyModel, load_body
from simulator.motion.script import CAPTION_STEMS, MotionScript, step_activity

ScriptMaker = Callable[..., MotionScript]


@pytest.fixture(scope="session")
def standin_body() -> BodyModel:
    return load_body()


@pytest.fixture(scope="session")
def make_script() -> ScriptMaker:
    """Build a script from step dictionaries; the caption names every step unless one is given."""
    return _make_script


def _make_script(
    steps: list[dict[str, Any]],
    layers: list[dict[str, Any]] | None = None,
    caption: str | None = None,
    style: dict[str, Any] | None = None,
    subject: dict[str, Any] | None = None,
    start: dict[str, Any] | None = None,
) -> MotionScript:
    ordinary = {"energy": 0.5, "tempo": 0.5, "amplitude": 0.5, "smoothness": 0.5, "hesitation": 0.0}
    script = MotionScript.model_validate(
        {
            "title": "test",
            "caption": caption or "",
            "alt_captions": [],
            "subject": {"sex": "neutral", "height_m": 1.72, "build": "average"} | (subject or {}),
            "style": ordinary | {"emotion": "neutral", "age_group": "adult"} | (style or {}),
            "start": {"range_m": 5.5, "azimuth_deg": 0.0, "heading_deg": 0.0} | (start or {}),
            "steps": steps,
            "layers": layers or [],
            "tags": [],
        }
    )
    if caption is not None:
        return script
    parts = [*script.steps, *(layer.primitive for layer in script.layers)]
    named = sorted({CAPTION_STEMS[step_activity(part)][0] for part in parts})
    return script.model_copy(update={"caption": "a person " + " and ".join(named)})
