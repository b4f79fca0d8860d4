"""How a server is asked for JSON: by schema, by JSON mode, or in words; what works is remembered."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from .prompt_templates import load_template

Format = Literal["json_schema", "json_object", "text"]
LADDER: tuple[Format, ...] = ("json_schema", "json_object", "text")
_CAPS = ("max_completion_tokens", "max_tokens")
_ABOUT_FORMAT = re.compile(r"response_?format|json_?_?(schema|object)|structured|grammar", re.IGNORECASE)
# A server that takes the schema but does not keep to it is not asked that way for ever.
UNFIT_BEFORE_STEP = 2
TEMPLATE = "answer_format"


@dataclass(frozen=True)
class Dialect:
    """What a server understands: the answer's format, the name of the cap on its length, the seed."""

    format: Format = "json_schema"
    cap: str | None = "max_tokens"
    with_seed: bool = True

    def body(
        self,
        messages: Sequence[Mapping[str, str]],
        schema_name: str,
        schema: Mapping[str, Any],
        seed: int,
        max_answer_tokens: int,
    ) -> dict[str, Any]:
        """Fields of the request that differ between servers, and the messages as they are sent."""
        body: dict[str, Any] = {"messages": [dict(message) for message in messages]}
        if self.format == "json_schema":
            form = {"name": schema_name, "strict": True, "schema": dict(schema)}
            body["response_format"] = {"type": "json_schema", "json_schema": form}
        else:
            body["messages"] = _with_schema(body["messages"], schema)
        if self.format == "json_object":
            body["response_format"] = {"type": "json_object"}
        if self.cap is not None:
            body[self.cap] = max_answer_tokens
        if self.with_seed:
            body["seed"] = seed % 2**31  # some servers hold it in 32 bits
        return body


def _with_schema(messages: list[dict[str, str]], schema: Mapping[str, Any]) -> list[dict[str, str]]:
    """Put the schema at the end of the system message, or before the others where there is none."""
    text = load_template(TEMPLATE).render(schema=json.dumps(schema, separators=(",", ":")))
    if messages and messages[0]["role"] == "system":
        return [{**messages[0], "content": f"{messages[0]['content']}\n\n{text}"}, *messages[1:]]
    return [{"role": "system", "content": text}, *messages]


class Dialects:
    """The dialect of one endpoint for each model. Thread-safe.

    Args:
        host: OpenAI's own names the cap on the answer's length otherwise than most servers.
    """

    def __init__(self, host: str) -> None:
        self._first = Dialect(cap=_CAPS[0] if host.endswith("openai.com") else _CAPS[1])
        self._known: dict[str, Dialect] = {}
        self._unfit: dict[str, int] = {}
        self._caps_tried: dict[str, set[str]] = {}
        self._lock = threading.Lock()

    def of(self, model: str) -> Dialect:
        """How to ask this model now."""
        with self._lock:
            return self._known.get(model, self._first)

    def refused(self, model: str, used: Dialect, said: str) -> bool:
        """Note that the server refused a request in these words; tell whether another dialect may do.

        Only what the words name is changed, so that a request that is wrong otherwise is not repeated.
        """
        with self._lock:
            current = self._known.get(model, self._first)
            if current != used:
                return True  # another thread has found out meanwhile
            changed = self._changed(model, used, said)
            if changed is None:
                return False
            self._known[model] = changed
            self._unfit[model] = 0
            return True

    def answered(self, model: str, used: Dialect, fits: bool) -> None:
        """Note whether an answer had the asked form; a first few that do not lead down the ladder."""
        with self._lock:
            if self._known.get(model, self._first) != used or self._unfit.get(model, 0) < 0:
                return
            if fits:
                self._unfit[model] = -1  # it works: single misses are the model's, not the server's
                return
            self._unfit[model] = self._unfit.get(model, 0) + 1
            lower = _lower(used.format)
            if self._unfit[model] >= UNFIT_BEFORE_STEP and lower is not None:
                self._known[model] = replace(used, format=lower)
                self._unfit[model] = 0

    def _changed(self, model: str, used: Dialect, said: str) -> Dialect | None:
        tried = self._caps_tried.setdefault(model, set())
        if used.cap is not None and any(cap in said for cap in _CAPS):
            tried.add(used.cap)
            return replace(used, cap=next((cap for cap in _CAPS if cap not in tried), None))
        if used.with_seed and re.search(r"\bseed\b", said):
            return replace(used, with_seed=False)
        lower = _lower(used.format)
        if lower is not None and _ABOUT_FORMAT.search(said):
            return replace(used, format=lower)
        return None


def _lower(step: Format) -> Format | None:
    place = LADDER.index(step) + 1
    return LADDER[place] if place < len(LADDER) else None
