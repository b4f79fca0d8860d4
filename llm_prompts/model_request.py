"""What is asked of a language model, and what comes back."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeAlias

Message: TypeAlias = Mapping[str, str]
"""`role` (system, user or assistant) and `content`."""


@dataclass(frozen=True)
class ModelRequest:
    """One question to a model. Equal requests are asked once; `purpose` and `templates` are for the record.

    Attributes:
        purpose: script, captions, questions, scenario.
        messages: the rendered prompt.
        schema_name: names the schema to the server.
        schema: strict JSON schema of the answer: every key required, no others, no bounds or defaults.
        brief_hash: identity of what is asked for; empty where no brief is behind it.
        seed: sent where the server takes one; another seed is another request.
        templates: prompt template -> version and first digits of its hash.
        planner: asks the planner's model instead of the worker's.
        max_answer_tokens: cap on the answer's length; None: the settings'.
    """

    purpose: str
    messages: tuple[Message, ...]
    schema_name: str
    schema: Mapping[str, Any]
    brief_hash: str
    seed: int
    templates: Mapping[str, str] = field(default_factory=dict)
    planner: bool = False
    max_answer_tokens: int | None = None

    @cached_property
    def schema_hash(self) -> str:
        """Hash of the schema."""
        return _sha256(json.dumps(self.schema, sort_keys=True))

    def key(self, model: str) -> str:
        """Identity of the call: model, rendered messages, brief, seed and schema."""
        messages = [{"role": message["role"], "content": message["content"]} for message in self.messages]
        parts = {
            "model": model,
            "messages": messages,
            "brief": self.brief_hash,
            "seed": self.seed,
            "schema": self.schema_hash,
        }
        return f"req-{_sha256(json.dumps(parts, sort_keys=True))[:40]}"


@dataclass(frozen=True)
class Answer:
    """What a model wrote, as it came: read it with `read_json`. None: unknown."""

    request_id: str
    text: str
    reused: bool
    """Found in the store: cost nothing now."""
    format: str
    """How it was asked for: json_schema, json_object or text."""
    prompt_tokens: int | None
    completion_tokens: int | None
    cost_usd: float | None
    latency_s: float


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
