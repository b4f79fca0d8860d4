"""Reading what a server sent as a chat completion, whatever it sent."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Literal

Status = Literal["answered", "refused", "truncated", "empty", "too_large"]
_MOST_TOKENS = 10**9


@dataclass(frozen=True)
class Completion:
    """An answer as it came; None: the server did not say."""

    status: Status
    text: str | None
    answered_by: str | None = None
    finish_reason: str | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None


def read_completion(body: bytes) -> Completion | str:
    """Read the body of a chat completion, or say why it is none.

    Text that cannot be stored (half of a surrogate pair) is written as an escape; all else is untouched.
    """
    try:
        content = json.loads(body.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return "the server's answer is no JSON, or was cut off"
    if not isinstance(content, dict):
        return "the server's answer is no chat completion"
    if not isinstance(content.get("choices"), list):
        return f"the server's answer is no chat completion{_error_words(content)}"
    usage = _mapping(content.get("usage"))
    choice = _mapping(content["choices"][0] if content["choices"] else None)
    message = _mapping(choice.get("message"))
    finish = _text(choice.get("finish_reason"))
    status, text = _answer(message, finish)
    return Completion(
        status=status,
        text=text,
        answered_by=_text(content.get("model")),
        finish_reason=finish,
        prompt_tokens=_tokens(usage.get("prompt_tokens")),
        completion_tokens=_tokens(usage.get("completion_tokens")),
    )


def _answer(message: dict[str, Any], finish: str | None) -> tuple[Status, str | None]:
    refusal, text = _text(message.get("refusal")), _content(message.get("content"))
    if refusal or finish == "content_filter":
        return "refused", refusal or text
    if finish == "length":
        return "truncated", text
    return ("answered", text) if text and text.strip() else ("empty", text)


def _content(value: object) -> str | None:
    """The text of a message; some servers send it in parts."""
    if isinstance(value, list):
        parts = [part.get("text") for part in value if isinstance(part, dict)]
        value = "".join(part for part in parts if isinstance(part, str))
    return _text(value)


def _mapping(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str | None:
    return value.encode("utf-8", "backslashreplace").decode() if isinstance(value, str) else None


def _tokens(value: object) -> int | None:
    is_count = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _MOST_TOKENS
    return value if is_count else None  # type: ignore[return-value]


def _error_words(content: dict[str, Any]) -> str:
    """What some servers say in an answer that is marked as a success."""
    error = content.get("error")
    said = error.get("message") if isinstance(error, dict) else error
    return f": {said[:300]}" if isinstance(said, str) else ""
