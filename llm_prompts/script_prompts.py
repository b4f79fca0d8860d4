"""The messages that ask a language model for a motion script; all bounds come from the validator's own."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from simulator.motion.script import (
    ALLOWED_SIDES,
    FALL_DURATION_S,
    FALL_RECOVER_DURATION_S,
    FLOOR_EXERCISES,
    FLOOR_POSTURE_DURATION_S,
    FLOOR_POSTURES,
    GET_UP_DURATION_S,
    HOLD_S,
    IDLE_DURATION_S,
    JUMP_FORWARD_M,
    JUMP_HEIGHT_M,
    LAYER_ACTIONS,
    MAX_COUNT,
    POSTURE_DURATION_S,
    REACH_DURATION_S,
    REACH_HEIGHT_FRACTION,
    REPETITION_S,
    SEATED_ACTIONS,
    SPEED_RANGE_MPS,
    TURN_DURATION_S,
    TURN_RATE_DEG_PER_S,
    script_schema,
)

from .answers import LONGEST_ASKED_S, SHORTEST_ASKED_S
from .briefs import Brief
from .grammar_room import NEAREST_M
from .pace_limits import asked_limits
from .prompt_templates import load_template


@lru_cache(maxsize=1)
def system_prompt() -> str:
    """What a script is and what it must keep."""
    return load_template("motion_script_system").render(
        shortest_s=SHORTEST_ASKED_S,
        longest_s=LONGEST_ASKED_S,
        speeds=SPEED_RANGE_MPS,
        max_count=MAX_COUNT,
        repetitions=REPETITION_S,
        reach_durations=REACH_DURATION_S,
        reach_heights=REACH_HEIGHT_FRACTION,
        allowed_sides=ALLOWED_SIDES,
        posture_s=POSTURE_DURATION_S,
        floor_posture_s=FLOOR_POSTURE_DURATION_S,
        floor_postures=FLOOR_POSTURES,
        floor_exercises=FLOOR_EXERCISES,
        seated_actions=SEATED_ACTIONS,
        get_up_s=GET_UP_DURATION_S,
        hold_s=HOLD_S,
        fall_s=FALL_DURATION_S,
        fall_recover_s=FALL_RECOVER_DURATION_S,
        turn_rate=TURN_RATE_DEG_PER_S,
        turn_s=TURN_DURATION_S,
        jump_height=JUMP_HEIGHT_M,
        jump_forward=JUMP_FORWARD_M,
        idle_s=IDLE_DURATION_S,
        layer_actions=LAYER_ACTIONS,
    )


@lru_cache(maxsize=1)
def answer_schema() -> dict[str, Any]:
    """The JSON schema of a script, built once; treat it as fixed."""
    return script_schema()


def brief_prompt(brief: Brief) -> str:
    """What this one script should be."""
    limits = asked_limits(brief)
    pace_in_words = limits.in_words(brief.pace) if limits is not None else ""
    return load_template("motion_script_brief").render(
        brief=brief, nearest_m=NEAREST_M, pace_in_words=pace_in_words
    )


def repair_prompt(problems: Sequence[str]) -> str:
    """What was wrong with the last answer, in the validator's own words."""
    return load_template("motion_script_repair").render(problems=list(problems))


def prompt_versions() -> dict[str, str]:
    """template name -> version and the first digits of its hash, for the record."""
    names = ("motion_script_system", "motion_script_brief", "motion_script_repair")
    return {name: f"{load_template(name).version}+{load_template(name).sha256[:12]}" for name in names}
