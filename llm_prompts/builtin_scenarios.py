"""The scenarios that ship with the project."""

from __future__ import annotations

from typing import Any

BUILTIN_SCENARIOS: dict[str, dict[str, Any]] = {
    "daily-living": {
        "name": "daily-living",
        "setting": "a living room with free floor in front of a radar on a wall",
        "activities": dict.fromkeys(
            (
                "bow",
                "fall",
                "jump",
                "jumping_jack",
                "kick",
                "pick_up",
                "punch",
                "run",
                "sit_down",
                "squat",
                "turn",
                "walk",
                "walk_backward",
                "wave",
            ),
            1.0,
        ),
    },
    "gesture-control": {
        "name": "gesture-control",
        "setting": "a person facing a screen and controlling it by gestures",
        "activities": dict.fromkeys(
            (
                "beckon",
                "bow",
                "circle",
                "clap",
                "cross_arms",
                "nod",
                "point",
                "push",
                "raise",
                "salute",
                "shake_head",
                "shrug",
                "stretch",
                "wave",
            ),
            1.0,
        ),
        "age_groups": {"young": 2.0, "adult": 2.0, "elderly": 1.0},
        "range_m": (2.4, 3.6),
    },
    "gym": {
        "name": "gym",
        "setting": "a gym with a mat on the floor",
        "activities": dict.fromkeys(
            (
                "arm_circle",
                "dance_sway",
                "high_knees",
                "jump",
                "jumping_jack",
                "kick",
                "lift",
                "lunge",
                "punch",
                "run",
                "side_bend",
                "squat",
                "throw",
                "toe_touch",
                "twist",
            ),
            1.0,
        ),
        "builds": {"slim": 1.0, "average": 1.0, "muscular": 2.0},
        "age_groups": {"young": 2.0, "adult": 2.0},
        "emotions": {"neutral": 3.0, "happy": 1.0, "tired": 1.0},
    },
    "bathroom-falls": {
        "name": "bathroom-falls",
        "setting": "a bathroom with a wet floor, watched over by a radar because of falls",
        # Falls are what it is about; the others are what they must not be mistaken for.
        "activities": {
            "fall": 4.0,
            "bend": 1.0,
            "crouch": 1.0,
            "kneel": 1.0,
            "limp": 1.0,
            "pick_up": 1.0,
            "reach": 1.0,
            "shuffle": 1.0,
            "sit_down": 2.0,
            "stand_up": 1.0,
            "touch_face": 1.0,
            "turn": 1.0,
            "walk": 2.0,
        },
        "age_groups": {"adult": 1.0, "elderly": 3.0},
        "emotions": {"neutral": 3.0, "tired": 1.0, "cautious": 1.0},
        "range_m": (2.4, 3.8),
        "heading_deg": (-90.0, 90.0),
    },
}
"""name -> content of a Scenario."""
