"""What authoring would ask and cost, before anybody is asked."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from data_lake import Lake, LakeError
from llm_prompts import (
    Answer,
    AuthorNotConfigured,
    Brief,
    GrammarAuthor,
    ModelAuthor,
    ModelClient,
    ModelRequest,
    Problem,
    Scenario,
    Spending,
    load_model_settings,
    open_model_client,
)

from .author_samples import AuthoringSettings, order_of
from .describe_scripts import MeasuredScript, Words, measure_script, phrase_words, write_words
from .open_author import budget_of
from .plan_dataset import load_bodies
from .settings import Workspace

N_TIMED = 4
_PLACEHOLDERS = {"OPENAI_API_KEY": "not-set", "MMFLYWHEEL_MODEL": "not-set"}


@dataclass(frozen=True)
class AuthoringPlan:
    """The briefs of a run, the requests that would be sent first, and what they would cost.

    `most` is what one call for each brief can cost at most, `likely` what stored calls of the same model tell
    (None: there are none); `most_words` and `likely_words` are the same for the calls that phrase captions and
    questions of every sample (None: nothing is phrased), by a few scripts of the grammar. Repairs and further
    briefs come on top. `own_s` is the time of engine and words.
    """

    briefs: tuple[Brief, ...]
    requests: tuple[ModelRequest, ...] = ()
    model: str | None = None
    not_configured: str = ""
    most: Spending | None = None
    likely: Spending | None = None
    most_words: Spending | None = None
    likely_words: Spending | None = None
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
    tried, seconds_each = _tried(settings, briefs[:N_TIMED], order.scenario)
    own_s = seconds_each * len(briefs)
    if settings.author == "grammar":
        return AuthoringPlan(briefs, own_s=own_s)
    environment, missing = _environment()
    with open_model_client(
        environment, _lake_of(settings), "dry-run", budget_of(settings), settings.concurrency
    ) as client:
        requests = tuple(ModelAuthor(client).first_request(brief) for brief in briefs)
        estimate = client.estimate(requests)
        most_words, likely_words = None, None
        if settings.phrase:
            most_words, likely_words = _words_estimate(client, tried, order.scenario, settings, len(briefs))
        return AuthoringPlan(
            briefs,
            requests,
            None if missing else client.settings.model,
            missing,
            estimate.most,
            estimate.likely,
            most_words,
            likely_words,
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


def _tried(
    settings: AuthoringSettings, briefs: tuple[Brief, ...], scenario: Scenario
) -> tuple[list[tuple[MeasuredScript, Words]], float]:
    """A few samples that the grammar writes, and the time of one on this machine without any server, s."""
    author, bodies = GrammarAuthor(settings.seed), load_bodies(settings.body)
    measure_script(author.write(briefs[0]), author.name, bodies)  # the first one loads libraries
    started, tried = time.monotonic(), []
    for brief in briefs:
        measured = measure_script(author.write(brief), author.name, bodies)
        tried.append((measured, write_words(measured, scenario)))
    return tried, (time.monotonic() - started) / len(briefs)


@dataclass
class _Listener:
    """Takes down what a model would be asked, and asks nobody."""

    requests: list[ModelRequest] = field(default_factory=list)

    def ask(self, request: ModelRequest) -> Answer | Problem:
        self.requests.append(request)
        return Problem("dry_run", ("nobody is asked",))


def _words_estimate(
    client: ModelClient,
    tried: list[tuple[MeasuredScript, Words]],
    scenario: Scenario,
    settings: AuthoringSettings,
    n: int,
) -> tuple[Spending, Spending | None]:
    """What phrasing n samples costs: at most, by the dearest of those tried, and likely (None: not known)."""
    estimates = []
    for measured, words in tried:
        listener = _Listener()
        phrase_words(measured, words, listener, scenario.wording, settings.ascii)
        estimates.append(client.estimate(listener.requests))
    dearest = max(estimates, key=lambda one: (one.most.usd_known, one.most.tokens))
    likely = None if dearest.likely is None else sum([dearest.likely] * n, Spending())
    return sum([dearest.most] * n, Spending()), likely
