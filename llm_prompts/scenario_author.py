"""A free text as a scenario: by a language model where there is one, else by its keywords."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any, Protocol

from simulator.motion.script import START_AZIMUTH_DEG

from .answers import Problem, read_json
from .errors import AuthorUnavailable, InvalidScenario
from .model_request import Answer, Message, ModelRequest
from .plans import PLANS
from .prompt_templates import load_template
from .scenario import Scenario, checked_scenario
from .scenario_numbers import NEAREST_M
from .scenario_schema import SCHEMA_NAME, content_of_answer, model_rooms, scenario_schema
from .scenario_text import MOST_CHARACTERS, ScenarioReading, is_writable, read_scenario_text

PURPOSE = "scenario"
REPAIR_ROUNDS = 2
_TEMPLATES = ("scenario_system", "scenario_text", "scenario_repair")
_FARTHEST_M = 9.0


class AsksModels(Protocol):
    """What is needed of a `ModelClient`."""

    def ask(self, request: ModelRequest) -> Answer | Problem:
        """The answer of a language model, or why there is none."""


def describe_scenario(text: str, client: AsksModels | None = None, seed: int = 0) -> Scenario:
    """Turn a description in plain words into a scenario; see `read_scenario` for what was not understood.

    Args:
        text: such as "falls of elderly people in a bathroom at 2-4 m".
        client: asks a language model; None: the embedded author reads the keywords.
        seed: of the request to the model.

    Raises:
        InvalidScenario: no activity was understood, or no answer could be used.
        AuthoringError: the model cannot be asked.
    """
    return read_scenario(text, client, seed).scenario


def read_scenario(text: str, client: AsksModels | None = None, seed: int = 0) -> ScenarioReading:
    """`describe_scenario` with what was understood and what was not."""
    if client is None:
        return read_scenario_text(text)
    words = " ".join(text.split())
    if not words or len(words) > MOST_CHARACTERS:
        raise InvalidScenario(f"the description has {len(words)} characters; give 1 to {MOST_CHARACTERS}")
    messages = opening(words)
    problems: tuple[str, ...] = ()
    rounds = 0
    while rounds <= REPAIR_ROUNDS:
        rounds += 1
        answer = client.ask(_request(words, messages, seed))
        if isinstance(answer, Problem):
            problems = answer.details
            if answer.reason in ("transport", "rate_limit"):
                raise AuthorUnavailable(
                    f"the server gave no answer: {'; '.join(problems)}. Look at OPENAI_BASE_URL and try again later, "
                    "or let the embedded author read the description (--author grammar)"
                )
            if answer.reason in ("refusal", "prompt_too_long"):
                break
        else:
            outcome = _read_answer(answer.text)
            if isinstance(outcome, ScenarioReading):
                return outcome
            problems = outcome
            messages = [*messages, {"role": "assistant", "content": answer.text}]
        repair = load_template("scenario_repair").render(problems=problems)
        messages = [*messages, {"role": "user", "content": repair}]
    raise InvalidScenario(
        f"the model gave no usable scenario in {rounds} round{'s' if rounds > 1 else ''}; the last one failed because "
        f"{'; '.join(problems)}. Say it in other words, or let the embedded author read it (--author grammar)"
    )


def opening(text: str) -> list[Message]:
    """The first two messages: what a scenario is made of, and the text."""
    system = load_template("scenario_system").render(
        plans=dict(sorted(PLANS.items())),
        rooms=list(model_rooms()),
        range_m=(NEAREST_M, _FARTHEST_M),
        azimuth_deg=START_AZIMUTH_DEG,
    )
    asked = load_template("scenario_text").render(text=text.replace("<<<", "").replace(">>>", ""))
    return [{"role": "system", "content": system}, {"role": "user", "content": asked}]


def _request(text: str, messages: Sequence[Message], seed: int) -> ModelRequest:
    used = {name: load_template(name) for name in _TEMPLATES}
    return ModelRequest(
        purpose=PURPOSE,
        messages=tuple(messages),
        schema_name=SCHEMA_NAME,
        schema=scenario_schema(),
        brief_hash=hashlib.sha256(text.encode()).hexdigest(),
        seed=seed,
        templates={name: f"{template.version}+{template.sha256[:12]}" for name, template in used.items()},
        planner=True,
    )


def _read_answer(text: str) -> ScenarioReading | tuple[str, ...]:
    """The scenario of an answer, or what is wrong with it in words to send back."""
    raw = read_json(text)
    if isinstance(raw, Problem):
        return raw.details
    try:
        content = content_of_answer(raw)
        missed = tuple(_plain(str(words))[:200] for words in raw["not_possible"])
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        return (f"the object is not of the schema's form: {type(error).__name__} {error}",)
    try:
        scenario = checked_scenario(content, "the scenario")
    except InvalidScenario as error:
        first, *others = (line.strip() for line in str(error).splitlines())
        return tuple(others) or (first,)  # the first line of several only counts them
    if not is_writable(scenario):
        return (f"room {raw['room']!r} is too small for these motions: take smaller ranges, or free-space",)
    return ScenarioReading(scenario, _understood(scenario, raw), missed)


def _plain(text: str) -> str:
    """Without signs that a terminal would obey."""
    return "".join(sign if sign.isprintable() else " " for sign in text)


def _understood(scenario: Scenario, raw: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    shares = ", ".join(f"{name} {share:g}" for name, share in scenario.activities.items())
    people = ", ".join(scenario.age_groups)
    distances = f"{scenario.range_m[0]:g} to {scenario.range_m[1]:g} m"
    return (
        ("activities", shares),
        ("age_groups", people),
        ("range_m", distances),
        ("room", str(raw["room"])),
    )
