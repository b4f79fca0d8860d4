"""Reading a language model's answer: JSON, schema, rules, and whether it is what was asked."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from simulator.motion.script import (
    Idle,
    MotionScript,
    ScriptError,
    activity_of,
    plan_path,
    step_activity,
    step_duration_s,
    validate_script,
)

from .briefs import Brief
from .coverage import planned_direction
from .grammar_room import room_problem
from .json_answer import NoObject, find_object
from .pace_limits import pace_problem
from .step_details import main_step
from .text_screening import text_problems

REASONS: dict[str, str] = {
    "transport": "the server failed or did not answer",
    "rate_limit": "the server stayed too busy",
    "prompt_too_long": "the prompt does not fit the model",
    "refusal": "the model or a filter refused",
    "empty": "the answer was empty",
    "truncated": "the answer was cut off at the token limit",
    "too_large": "the answer was larger than allowed",
    "not_json": "the answer holds no JSON object, or several",
    "schema": "the JSON is not of the asked form",
    "text": "the words hold what no caption needs: control characters, markup, instructions, other languages",
    "rules": "the script breaks a rule of the validator",
    "off_brief": "the script is not what was asked",
}
"""Why an answer is no script, in words for people. Other writers count reasons of their own."""
MAX_PROBLEMS = 12
SHORTEST_ASKED_S, LONGEST_ASKED_S = 4.0, 9.8
ANOTHER_ACTION_S = 2.0
"""Time that a short action needs, with the pauses around it."""
_UNREADABLE = "\ufffd"  # stands for bytes that were no UTF-8
_TEXT_FAULTS = {
    "characters": "has control, invisible or unreadable characters",
    "length": "is empty or too long",
    "language": "is not English",
    "banned_markup": "has markup, code or an address",
    "banned_instructions": "gives instructions instead of telling what is done",
}


@dataclass(frozen=True)
class Problem:
    """Why an answer can't be used: a reason to count, words to send back, and the call that it came from."""

    reason: str
    details: tuple[str, ...]
    request_id: str | None = None


def read_json(text: str) -> dict[str, Any] | Problem:
    """The one JSON object in what a model wrote; see `find_object`."""
    try:
        return find_object(text)
    except NoObject as error:
        return Problem("not_json", (str(error),))


def read_script(content: str, brief: Brief) -> MotionScript | Problem:
    """Turn an answer into a valid script of the brief, or say what is wrong with it.

    Subject, style and start are the brief's, whatever the answer says: the sampler draws them.
    """
    raw = read_json(content)
    if isinstance(raw, Problem):
        return raw
    try:
        script = MotionScript.model_validate_json(json.dumps(raw))
    except ValidationError as error:
        return _unreadable(raw, error)
    update = {"subject": brief.subject, "style": brief.style, "start": brief.start}
    script = script.model_copy(update=update)
    faults = list(_text_faults(script))
    if faults:
        return Problem("text", tuple(faults[:MAX_PROBLEMS]))
    try:
        validate_script(script)
    except ScriptError as error:
        return Problem("rules", (str(error),))
    missed = brief_problems(script, brief)
    return Problem("off_brief", tuple(missed)) if missed else script


def brief_problems(script: MotionScript, brief: Brief) -> list[str]:
    """Where a valid script is not what was asked: activity, count, side, direction, pace, number of actions, room."""
    found = activity_of(script)
    if found != brief.activity:
        return [f"the longest step is {found!r}; make {brief.activity!r} the longest step"]
    main = main_step(script)
    problems = []
    if brief.count is not None and main.count != brief.count:
        problems.append(f"the main step has count {main.count}, asked was {brief.count}")
    if brief.side is not None and main.side != brief.side:
        problems.append(f"the main step has side {main.side!r}, asked was {brief.side!r}")
    way = planned_direction(script)
    if brief.direction is not None and way != brief.direction:
        problems.append(f"the main step goes {way or 'nowhere'}, asked was {brief.direction}")
    problems += [
        text for text in (pace_problem(main, script, brief), _actions_problem(script, brief)) if text
    ]
    reach = max(point.reach_m for point in plan_path(script))
    if reach > brief.reach_limit_m + 1e-6:
        problems.append(
            f"the path leads {reach:.2f} m from its start, allowed are {brief.reach_limit_m:.2f} m"
        )
    walls = room_problem(script, brief)
    return [*problems, walls] if walls else problems


def _actions_problem(script: MotionScript, brief: Brief) -> str:
    """Why the number of actions is not the asked one.

    Fewer are right where no time is left for another, or where the main one, which must be the longest, is so short
    that hardly any is shorter.
    """
    acting = [step for step in script.steps if not isinstance(step, Idle)]
    if len(acting) == brief.n_actions:
        return ""
    left_s = LONGEST_ASKED_S - sum(step_duration_s(step, script.style) for step in acting)
    main_s = main_step(script).duration_s
    if len(acting) < brief.n_actions and min(left_s, main_s) < ANOTHER_ACTION_S:
        return ""
    listed = ", ".join(step_activity(step) for step in acting)
    advice = "leave some out" if len(acting) > brief.n_actions else f"{left_s:.1f} s are left for more"
    return (
        f"the script has {len(acting)} action{'s' if len(acting) != 1 else ''} ({listed}), asked were "
        f"{brief.n_actions} (all steps but idle count): {advice}"
    )


def _text_faults(script: MotionScript) -> Iterator[str]:
    """What is wrong with the words of a script, whatever they say about the steps."""
    names = [("title", script.title), *(("a tag", tag) for tag in script.tags)]
    sentences = [("caption", script.caption), *(("an alt_caption", text) for text in script.alt_captions)]
    for is_sentence, texts in ((False, names), (True, sentences)):
        for place, text in texts:
            reasons: Sequence[str] = text_problems(text, is_sentence)
            if _UNREADABLE in text and "characters" not in reasons:
                reasons = ["characters", *reasons]
            for reason in reasons:
                yield f"{place} {text[:60]!a} {_TEXT_FAULTS.get(reason, 'is about what no script needs')}"


def _unreadable(raw: dict[str, Any], error: ValidationError) -> Problem:
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
