"""What authoring would ask and cost, before anybody is asked."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass

from data_lake import Lake, LakeError
from llm_prompts import (
    AuthorNotConfigured,
    Brief,
    GrammarAuthor,
    ModelAuthor,
    ModelRequest,
    Scenario,
    Spending,
    load_model_settings,
    open_model_client,
)

from .author_samples import AuthoringSettings, order_of
from .describe_scripts import measure_script, write_words
from .open_author import budget_of
from .plan_dataset import load_bodies
from .settings import Workspace

N_TIMED = 4
_PLACEHOLDERS = {"OPENAI_API_KEY": "not-set", "MMFLYWHEEL_MODEL": "not-set"}


@dataclass(frozen=True)
class AuthoringPlan:
    """The briefs of a run, the requests that would be sent first, and what they would cost.

    `most` is what one call for each brief can cost at most, `likely` what stored calls of the same model tell
    (None: there are none); repairs and further briefs come on top. `own_s` is the time of engine and words.
    """

    briefs: tuple[Brief, ...]
    requests: tuple[ModelRequest, ...] = ()
    model: str | None = None
    not_configured: str = ""
    most: Spending | None = None
    likely: Spending | None = None
    n_stored: int = 0
    own_s: float = 0.0


def plan_authoring(settings: AuthoringSettings) -> AuthoringPlan:
    """Draw the briefs, render the prompts and estimate; nothing is sent and nothing is written.

    Raises:
        InvalidScenario: no such scenario or gaps.
        AuthorNotConfigured: a variable has a value of no use.
    """
    order = order_of(settings)
    briefs = tuple(order.briefs())
    own_s = _seconds_each(settings, briefs[:N_TIMED], order.scenario) * len(briefs)
    if settings.author == "grammar":
        return AuthoringPlan(briefs, own_s=own_s)
    environment, missing = _environment()
    with open_model_client(
        environment, _lake_of(settings), "dry-run", budget_of(settings), settings.concurrency
    ) as client:
        requests = tuple(ModelAuthor(client).first_request(brief) for brief in briefs)
        estimate = client.estimate(requests)
        return AuthoringPlan(
            briefs,
            requests,
            None if missing else client.settings.model,
            missing,
            estimate.most,
            estimate.likely,
            estimate.reused,
            own_s,
        )


def _environment() -> tuple[Mapping[str, str], str]:
    """The environment, with words in the place of key and model where they are missing: a look costs no key."""
    try:
        load_model_settings(os.environ)
    except AuthorNotConfigured as error:
        filled = {name: os.environ.get(name, "").strip() or word for name, word in _PLACEHOLDERS.items()}
        environment = {**os.environ, **filled}
        load_model_settings(environment)  # other values that are of no use are told now
        return environment, str(error)
    return os.environ, ""


def _lake_of(settings: AuthoringSettings) -> Lake | None:
    try:
        return Lake.open(Workspace(settings.workspace).lake)
    except LakeError:
        return None  # a dry run makes none


def _seconds_each(settings: AuthoringSettings, briefs: tuple[Brief, ...], scenario: Scenario) -> float:
    """Time of one sample on this machine without any server, by a few that the grammar writes."""
    author, bodies = GrammarAuthor(settings.seed), load_bodies(settings.body)
    measure_script(author.write(briefs[0]), author.name, bodies)  # the first one loads libraries
    started = time.monotonic()
    for brief in briefs:
        write_words(measure_script(author.write(brief), author.name, bodies), scenario)
    return (time.monotonic() - started) / len(briefs)
