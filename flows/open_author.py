"""The author that settings name, with its request store and its limits, closed at the end whatever happens."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from data_lake import Lake
from llm_prompts import Author, Budget, GrammarAuthor, Limits, ModelAuthor, open_model_client

from .settings import AuthorSettings


@contextmanager
def open_author(settings: AuthorSettings, seed: int, lake: Lake | None, run_id: str) -> Iterator[Author]:
    """The author while the block works; what a model answered is in the lake when it ends.

    Args:
        settings: who writes, and the limits.
        seed: of the grammar.
        lake: holds the answers of a model; None: they are forgotten.
        run_id: the run that asks.

    Raises:
        AuthorNotConfigured: key, model or a price that a limit needs is missing.
    """
    if settings.author == "grammar":
        yield GrammarAuthor(seed)
        return
    budget = budget_of(settings)
    with open_model_client(os.environ, lake, run_id, budget, settings.concurrency) as client:
        yield ModelAuthor(client)


def budget_of(settings: AuthorSettings) -> Budget:
    """The limits of a run and of a night."""
    run = (settings.budget_usd, settings.budget_tokens, settings.budget_requests, settings.budget_minutes)
    night = (settings.night_usd, settings.night_tokens, settings.night_requests, settings.night_minutes)
    return Budget(_limits(*run), _limits(*night))


def _limits(usd: float | None, tokens: int | None, requests: int | None, minutes: float | None) -> Limits:
    return Limits(usd, tokens, requests, None if minutes is None else 60.0 * minutes)
