"""Settings: what the form sends, what is refused, what enters an id."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from data_lake.errors import InvalidInput
from flows.settings import SCALES, TurnSettings, flow_parameters, settings_from_flow


def test_form_values_come_back_as_the_same_settings(tmp_path: Path) -> None:
    settings = TurnSettings(
        dataset="ward-3", seed=5, n_motions=7, motions=tmp_path, overrides=("encoder.epochs=2",), workers=1
    )
    assert settings_from_flow(**flow_parameters(settings, with_training=True)) == settings


def test_empty_form_fields_mean_not_given() -> None:
    settings = settings_from_flow(dataset="a", n_motions=0, views=0, motions="", body="", workers=0)
    assert settings.n_motions is None and settings.views is None and settings.motions is None
    assert settings.workers >= 1


def test_seed_zero_is_a_seed_and_not_an_empty_field() -> None:
    assert settings_from_flow(seed=0).seed == 0


@pytest.mark.parametrize(
    "wrong",
    [
        {"dataset": "Mixed_Case"},
        {"views": 9},
        {"seed": -1},
        {"motions": "no/such/folder"},
        {"overrides": ("epochs=3",)},
        {"unknown": 1},
        {"scale": "huge"},
    ],
)
def test_bad_values_are_refused_at_the_door(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        TurnSettings.model_validate(wrong)


def test_overrides_are_read_as_values() -> None:
    settings = TurnSettings(
        overrides=("encoder.epochs=2", "encoder.text_encoder=my/model", "wavellm.lora_rank=8")
    )
    assert settings.options_for("encoder") == {"epochs": 2, "text_encoder": "my/model"}
    assert settings.options_for("wavellm") == {"lora_rank": 8}


def test_clips_are_seen_from_more_sides_than_scripts(tmp_path: Path) -> None:
    assert TurnSettings(motions=tmp_path).views_per_motion == SCALES["smoke"].views_per_clip
    assert TurnSettings().views_per_motion == SCALES["smoke"].views_per_motion
    assert TurnSettings(views=2).views_per_motion == 2


def test_smoke_makes_what_the_readme_promises() -> None:
    smoke = SCALES["smoke"]
    assert smoke.n_motions >= 96
    assert smoke.views_per_motion >= 2
    assert smoke.n_motions * smoke.views_per_motion >= 192


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"dataset": "Bad Name"}, "dataset 'Bad Name': String should match pattern"),
        (
            {"n_motions": -1, "views": 9},
            r"n_motions -1: .* greater than 0; views 9: .* less than or equal to 8",
        ),
        ({"overrides": ("epochs=1",)}, r"overrides .*'epochs=1' is not of the form encoder\.epochs=5"),
        ({"motions": "/nowhere"}, "motions '/nowhere': /nowhere does not exist"),
    ],
)
def test_what_a_form_may_not_hold_is_refused_in_words(given: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidInput, match=words) as caught:
        settings_from_flow(**given)
    assert "pydantic" not in str(caught.value)
