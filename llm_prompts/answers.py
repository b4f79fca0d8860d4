"""Reading a language model's answer: JSON, schema, rules, and whether it is what was asked."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import ValidationError

from simulator.motion.script import MotionScript, ScriptError, activity_of, plan_path, validate_script

from .briefs import Brief
from .plans import PLANS
from .step_details import main_step

Reason = Literal["transport", "empty", "refusal", "truncated", "not_json", "schema", "rules", "off_brief"]
MAX_PROBLEMS = 12


@dataclass(frozen=True)
class Problem:
    """Why an answer can't be used: a reason to count and words to send back."""

    reason: Reason
    details: tuple[str, ...]


def read_script(content: str, brief: Brief) -> MotionScript | Problem:
    """Turn an answer into a valid script of the brief, or say what is wrong with it.

    Subject, style and start are the brief's, whatever the answer says: the sampler draws them.
    """
    try:
        script = MotionScript.model_validate_json(content)
    except ValidationError as error:
        return _unreadable(content, error)
    update = {"subject": brief.subject, "style": brief.style, "start": brief.start}
    script = script.model_copy(update=update)
    try:
        validate_script(script)
    except ScriptError as error:
        return Problem("rules", (str(error),))
    missed = brief_problems(script, brief)
    return Problem("off_brief", tuple(missed)) if missed else script


def brief_problems(script: MotionScript, brief: Brief) -> list[str]:
    """Where a valid script is not what was asked: activity, count, side, direction, room."""
    found = activity_of(script)
    if found != brief.activity:
        return [f"the longest step is {found!r}; make {brief.activity!r} the longest step"]
    main = main_step(script)
    problems = []
    if brief.count is not None and main.count != brief.count:
        problems.append(f"the main step has count {main.count}, asked was {brief.count}")
    if brief.side is not None and main.side != brief.side:
        problems.append(f"the main step has side {main.side!r}, asked was {brief.side!r}")
    if PLANS[brief.activity].shape in ("turn", "fall") and main.direction != brief.direction:
        problems.append(f"the main step goes {main.direction}, asked was {brief.direction}")
    reach = max(point.reach_m for point in plan_path(script))
    if reach > brief.reach_limit_m + 1e-6:
        problems.append(
            f"the path leads {reach:.2f} m from its start, allowed are {brief.reach_limit_m:.2f} m"
        )
    return problems


def _unreadable(content: str, error: ValidationError) -> Problem:
    try:
        raw = json.loads(content)
    except ValueError as broken:
        return Problem("not_json", (f"the answer is not JSON: {broken}",))
    relevant = [item for item in error.errors(include_url=False) if _concerns(raw, item["loc"])]
    listed = [f"{_place(item['loc'])}: {item['msg']}" for item in relevant] or [str(error)]
    if len(listed) > MAX_PROBLEMS:
        listed = [*listed[:MAX_PROBLEMS], f"and {len(listed) - MAX_PROBLEMS} more"]
    return Problem("schema", tuple(listed))


def _concerns(raw: Any, place: tuple[int | str, ...]) -> bool:
    """Whether an error is about the class that a step says it is, not about another of the union."""
    if len(place) < 3 or place[0] != "steps":
        return True
    try:
        kind = raw["steps"][place[1]]["kind"]
    except (KeyError, IndexError, TypeError):
        return True
    kinds = {"locomote", "turn", "posture", "jump", "strike", "fall", "reach", "gesture", "exercise", "idle"}
    return kind not in kinds or str(place[2]).lower() == kind


def _place(place: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in place) or "the answer"
