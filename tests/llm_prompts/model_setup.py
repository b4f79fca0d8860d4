"""Clients and authors for tests: short pauses, a known key, any of the parts replaced."""

from __future__ import annotations

from typing import Any

from fault_server import FaultServer
from pydantic import SecretStr

from llm_prompts.briefs import Brief, draw_briefs
from llm_prompts.budget import Budget
from llm_prompts.model_author import ModelAuthor
from llm_prompts.model_client import ModelClient
from llm_prompts.model_request import ModelRequest
from llm_prompts.model_settings import ModelSettings
from llm_prompts.prices import PriceTable
from llm_prompts.request_store import RequestStore
from llm_prompts.scenario import load_scenario

KEY = "sk-very-secret-0123456789"
SCHEMA = {
    "title": "words",
    "type": "object",
    "properties": {"text": {"type": "string"}},
    "required": ["text"],
    "additionalProperties": False,
}


def settings_of(server: FaultServer, **changes: Any) -> ModelSettings:
    """Settings for a server, with pauses that a test can wait for."""
    quick = {"first_pause_s": 0.004, "longest_pause_s": 0.02, "timeout_s": 5.0, "rate_limit_retries": 4}
    values = {
        "api_key": SecretStr(KEY),
        "model": "test-model",
        "base_url": server.address,
        **quick,
        **changes,
    }
    return ModelSettings(**values)


def client_of(
    server: FaultServer,
    store: RequestStore | None = None,
    budget: Budget | None = None,
    prices: PriceTable | None = None,
    **changes: Any,
) -> ModelClient:
    """A client of a server; without a store, answers are forgotten with it."""
    store = store if store is not None else RequestStore(None, "run-1")
    return ModelClient(settings_of(server, **changes), store, budget or Budget(), prices)


def author_of(server: FaultServer, **changes: Any) -> ModelAuthor:
    """An author who asks a server."""
    return ModelAuthor(client_of(server, **changes))


def question(text: str = "say something", **changes: Any) -> ModelRequest:
    """A small request."""
    values: dict[str, Any] = {
        "purpose": "test",
        "messages": ({"role": "user", "content": text},),
        "schema_name": "words",
        "schema": SCHEMA,
        "brief_hash": "",
        "seed": 1,
    }
    return ModelRequest(**{**values, **changes})


def briefs_of(n: int, scenario: str = "daily-living") -> list[Brief]:
    """The first briefs of a scenario."""
    return draw_briefs(load_scenario(scenario), n, 0)
