from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))  # the fault server, planted faults

from llm_prompts.briefs import draw_briefs
from llm_prompts.builtin_scenarios import BUILTIN_SCENARIOS
from llm_prompts.facts import SampleFacts
from llm_prompts.grammar_author import GrammarAuthor
from llm_prompts.scenario import load_scenario
from simulator.motion.script import MotionScript

STANDING: dict[str, Any] = {
    "duration_s": 5.0,
    "path_length_m": 0.2,
    "net_displacement_m": 0.05,
    "mean_speed_mps": 0.04,
    "net_turn_deg": 2.0,
    "pelvis_height_start_m": 0.95,
    "pelvis_height_min_m": 0.93,
    "pelvis_height_max_m": 0.96,
    "pelvis_height_end_m": 0.95,
    "radial_displacement_m": 0.02,
    "mean_range_m": 3.2,
}


class Make:
    """Builders of facts and scripts for tests."""

    def facts(self, **changes: float) -> SampleFacts:
        return SampleFacts.model_validate({**STANDING, **changes})

    def script(self, *steps: dict[str, Any], caption: str = "a person moves about") -> MotionScript:
        content = {
            "title": "test",
            "caption": caption,
            "alt_captions": [],
            "subject": {"sex": "neutral", "height_m": 1.7, "build": "average"},
            "style": {
                "energy": 0.5,
                "tempo": 0.5,
                "amplitude": 0.5,
                "smoothness": 0.5,
                "hesitation": 0.0,
                "emotion": "neutral",
                "age_group": "adult",
            },
            "start": {"range_m": 4.0, "azimuth_deg": 0.0, "heading_deg": 0.0},
            "steps": list(steps),
            "layers": [],
            "tags": [],
        }
        return MotionScript.model_validate(content)

    def walk(self, **changes: Any) -> dict[str, Any]:
        plain = {
            "kind": "locomote",
            "gait": "walk",
            "speed_mps": 1.1,
            "distance_m": 2.0,
            "duration_s": None,
            "heading_deg": 0.0,
            "turn_deg": 0.0,
        }
        return {**plain, **changes}

    def turn(self, angle_deg: float, duration_s: float = 2.0) -> dict[str, Any]:
        return {"kind": "turn", "angle_deg": angle_deg, "duration_s": duration_s}

    def wave(self, side: str = "left", count: int = 3, duration_s: float = 3.0) -> dict[str, Any]:
        return {"kind": "gesture", "action": "wave", "side": side, "count": count, "duration_s": duration_s}

    def kick(self, side: str = "right", count: int = 2, duration_s: float = 3.0) -> dict[str, Any]:
        fields = {"side": side, "count": count, "duration_s": duration_s}
        return {"kind": "strike", "action": "kick", "height": "mid", **fields}

    def fall(self, direction: str = "left", cause: str = "slip", recover: bool = False) -> dict[str, Any]:
        duration = 5.0 if recover else 3.0
        fields = {"direction": direction, "cause": cause, "recover": recover, "duration_s": duration}
        return {"kind": "fall", **fields}


@pytest.fixture(scope="session")
def make() -> Make:
    return Make()


@pytest.fixture(scope="session")
def many_scripts() -> list[MotionScript]:
    """Scripts of all built-in scenarios, 300 of them from the default one."""
    author = GrammarAuthor(7)
    wanted = {
        "daily-living": 300,
        "gesture-control": 60,
        "gym": 60,
        "bathroom-falls": 80,
        "home-care": 60,
        "security": 60,
    }
    return [
        author.write(brief)
        for name, n in wanted.items()
        for brief in draw_briefs(load_scenario(name), n, seed=11)
    ]


@pytest.fixture(scope="session")
def measured_samples() -> list[tuple[MotionScript, SampleFacts]]:
    """Scripts of every built-in scenario with the facts measured on their synthesised motions."""
    from simulator import load_body, measure_facts, synthesize

    bodies = {sex: load_body(None, sex) for sex in ("neutral", "female", "male")}
    found = []
    for name in sorted(BUILTIN_SCENARIOS):
        for brief in draw_briefs(load_scenario(name), 4, seed=5):
            script = GrammarAuthor(3).write(brief)
            body = bodies[script.subject.sex]
            measured = measure_facts(synthesize(script, 1, body), body).to_dict()
            radial = -measured["displacement_forward_m"]  # a radar straight ahead of the first pose
            found.append((script, SampleFacts.from_measurements(measured, radial, 3.0)))
    return found
