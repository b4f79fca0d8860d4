"""Falling, lying and getting up keep every joint within its range of motion."""

from __future__ import annotations

from typing import Any

import pytest

from evaluation.realism_limits import limit_violations
from simulator import MotionScript, load_body, synthesize
from simulator.motion.script import CAPTION_STEMS, step_activity

Step = dict[str, Any]
STAND: Step = {"kind": "posture", "to": "stand", "duration_s": 3.0, "hold_s": 0.0}


def fall(direction: str, cause: str, recover: bool) -> Step:
    step = {"kind": "fall", "direction": direction, "cause": cause, "recover": recover}
    return step | {"duration_s": 6.0 if recover else 3.5}


def lie(to: str) -> Step:
    return {"kind": "posture", "to": to, "duration_s": 2.4, "hold_s": 1.0}


STEPS: dict[str, list[Step]] = {
    **{f"fall {d}": [fall(d, "slip", True)] for d in ("forward", "backward", "left", "right")},
    "slump": [fall("down", "faint", True)],
    "slump, stand": [fall("down", "faint", False), STAND],
    "faint forward": [fall("forward", "faint", False)],
    **{to: [lie(to), STAND] for to in ("lie_back", "lie_front", "lie_side", "sit_floor")},
    "swing": [
        {"kind": "strike", "action": "swing", "side": "both", "height": "low", "count": 2, "duration_s": 3.6}
    ],
}


@pytest.mark.parametrize("name", STEPS)
def test_joints_keep_to_their_ranges(name: str) -> None:
    found = []
    for seed, sex in enumerate(("female", "male")):
        motion = synthesize(script_of(STEPS[name], sex), seed, load_body(sex=sex))
        found += limit_violations(motion.body_pose)
    assert found == []


def script_of(steps: list[Step], sex: str) -> MotionScript:
    words = (
        "falls, lies down on the back, front or side, sits down on the floor, stands up or swings both arms"
    )
    style = dict.fromkeys(("energy", "tempo", "amplitude", "smoothness"), 0.5)
    script = MotionScript.model_validate(
        {
            "title": "ranges",
            "caption": "",
            "alt_captions": [],
            "subject": {"sex": sex, "height_m": 1.7, "build": "average"},
            "style": style | {"hesitation": 0.0, "emotion": "neutral", "age_group": "adult"},
            "start": {"range_m": 4.0, "azimuth_deg": 0.0, "heading_deg": 0.0},
            "steps": steps,
            "layers": [],
            "tags": [],
        }
    )
    words = dict.fromkeys(CAPTION_STEMS[step_activity(step)][0] for step in script.steps)
    return script.model_copy(update={"caption": "a person " + " and ".join(words)})
