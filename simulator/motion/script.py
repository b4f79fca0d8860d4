"""The motion script: vocabulary, JSON schema, validator, planned durations and activity labels.

The one module that authors of scripts import; it pulls in nothing heavier than pydantic.
"""

from __future__ import annotations

from typing import Any

from simulator.errors import ScriptError

from .activities import ACTIVITIES, CAPTION_STEMS, activity_of, caption_problems, step_activity
from .durations import (
    FALL_DURATION_S,
    FALL_RECOVER_DURATION_S,
    FLOOR_POSTURE_DURATION_S,
    FLOOR_POSTURES,
    GET_UP_DURATION_S,
    HOLD_S,
    IDLE_DURATION_S,
    MAX_SCRIPT_S,
    MIN_SCRIPT_S,
    POSTURE_DURATION_S,
    REACH_DURATION_S,
    REPETITION_S,
    SPEED_RANGE_MPS,
    TURN_DURATION_S,
    TURN_RATE_DEG_PER_S,
    duration_range_s,
    locomote_distance_m,
    ramp_s,
    script_duration_s,
    step_duration_s,
)
from .facts_of_script import Comparison, compare_with_script
from .path_rules import FIELD_RANGE_M, PathPoint, plan_path, signed_deg
from .posture_rules import (
    CRAWL_POSTURE,
    FLOOR_EXERCISES,
    LAYER_ACTIONS,
    SEATED_ACTIONS,
    on_floor,
    posture_after,
    postures_before,
)
from .script_rules import (
    START_AZIMUTH_DEG,
    START_RANGE_M,
    SUBJECT_HEIGHT_M,
    validate_script,
)
from .step_rules import (
    ALLOWED_SIDES,
    JUMP_FORWARD_M,
    JUMP_HEIGHT_M,
    MAX_COUNT,
    REACH_HEIGHT_FRACTION,
)
from .vocabulary import (
    AGE_GROUPS,
    BUILDS,
    EMOTIONS,
    EXERCISE_ACTIONS,
    FALL_CAUSES,
    FALL_DIRECTIONS,
    GAITS,
    GESTURE_ACTIONS,
    POSTURES,
    REACH_ACTIONS,
    SEXES,
    STRIKE_ACTIONS,
    STRIKE_HEIGHTS,
    Exercise,
    Fall,
    Gesture,
    Idle,
    Jump,
    Layer,
    Locomote,
    MotionScript,
    Posture,
    Reach,
    Start,
    Step,
    Strike,
    Style,
    Subject,
    Turn,
)

__all__ = [
    "ACTIVITIES",
    "AGE_GROUPS",
    "ALLOWED_SIDES",
    "BUILDS",
    "CAPTION_STEMS",
    "CRAWL_POSTURE",
    "EMOTIONS",
    "EXERCISE_ACTIONS",
    "FALL_CAUSES",
    "FALL_DIRECTIONS",
    "FALL_DURATION_S",
    "FALL_RECOVER_DURATION_S",
    "FIELD_RANGE_M",
    "FLOOR_EXERCISES",
    "FLOOR_POSTURES",
    "FLOOR_POSTURE_DURATION_S",
    "GAITS",
    "GESTURE_ACTIONS",
    "GET_UP_DURATION_S",
    "HOLD_S",
    "IDLE_DURATION_S",
    "JUMP_FORWARD_M",
    "JUMP_HEIGHT_M",
    "LAYER_ACTIONS",
    "MAX_COUNT",
    "MAX_SCRIPT_S",
    "MIN_SCRIPT_S",
    "POSTURES",
    "POSTURE_DURATION_S",
    "REACH_ACTIONS",
    "REACH_DURATION_S",
    "REACH_HEIGHT_FRACTION",
    "REPETITION_S",
    "SEATED_ACTIONS",
    "SEXES",
    "SPEED_RANGE_MPS",
    "START_AZIMUTH_DEG",
    "START_RANGE_M",
    "STRIKE_ACTIONS",
    "STRIKE_HEIGHTS",
    "SUBJECT_HEIGHT_M",
    "TURN_DURATION_S",
    "TURN_RATE_DEG_PER_S",
    "Comparison",
    "Exercise",
    "Fall",
    "Gesture",
    "Idle",
    "Jump",
    "Layer",
    "Locomote",
    "MotionScript",
    "PathPoint",
    "Posture",
    "Reach",
    "ScriptError",
    "Start",
    "Step",
    "Strike",
    "Style",
    "Subject",
    "Turn",
    "activity_of",
    "caption_problems",
    "compare_with_script",
    "duration_range_s",
    "locomote_distance_m",
    "on_floor",
    "plan_path",
    "posture_after",
    "postures_before",
    "ramp_s",
    "script_duration_s",
    "script_schema",
    "signed_deg",
    "step_activity",
    "step_duration_s",
    "validate_script",
]


def script_schema() -> dict[str, Any]:
    """JSON schema of a motion script for strict endpoints.

    Every property is required, no object takes further keys, unions are `anyOf`, and there are no
    defaults or bounds (those are checked by `validate_script`, which answers in words).
    """
    return MotionScript.model_json_schema()
