"""One HTTP call to an OpenAI-compatible server, and what its failure means."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from .call_pace import retry_after_s
from .model_settings import OPENAI_HOST, ModelSettings

if TYPE_CHECKING:
    import openai

FailureKind = Literal[
    "transport", "rate_limit", "unfit_request", "prompt_too_long", "refusal", "key", "quota"
]
SHORTEST_SECRET = 8  # shorter keys are words for servers that ask for none
_QUOTA = re.compile(r"insufficient_quota|billing|exceeded your current quota|credit balance", re.IGNORECASE)
_TOO_LONG = re.compile(r"context[_ ](length|window|size)|maximum context|prompt is too long", re.IGNORECASE)
_FILTERED = re.compile(r"content_filter|content_policy|content management policy", re.IGNORECASE)
_SAID_CHARACTERS = 400


@dataclass(frozen=True)
class Received:
    """The whole body of an answer; None where it was larger than allowed and not read to its end."""

    body: bytes | None
    latency_s: float


@dataclass(frozen=True)
class Failure:
    """Why there is no answer, in the server's words without the key."""

    kind: FailureKind
    said: str
    retry_after_s: float | None = None
    may_be_paid: bool = False
    """The server may have written an answer that never arrived."""
    is_busy: bool = False
    """The server has too much to do: fewer calls at once may help."""


class ChatEndpoint:
    """Sends requests, one HTTP call each: whoever asks decides about another one. Thread-safe."""

    def __init__(self, settings: ModelSettings) -> None:
        import openai  # half a second, which authors without a model need not wait for

        self._settings = settings
        self._client = openai.OpenAI(
            api_key=settings.api_key.get_secret_value(),
            base_url=settings.base_url
            or f"https://{OPENAI_HOST}/v1",  # else the library asks the environment
            timeout=settings.timeout_s,
            max_retries=0,
        )

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def send(self, body: dict[str, Any]) -> Received | Failure:
        """Ask once; every way to fail is returned, none is raised."""
        import openai

        started = time.monotonic()
        try:
            with self._client.chat.completions.with_streaming_response.create(**body) as response:
                return self._read(response, started)
        except openai.APIStatusError as error:
            return self._refused(error)
        except openai.APITimeoutError:
            said = f"no answer within {self._settings.timeout_s:g} s"
            return Failure("transport", said, may_be_paid=True, is_busy=True)
        except openai.APIConnectionError as error:
            cause = error.__cause__ or error
            return Failure("transport", self._plain(f"no connection: {cause}"), may_be_paid=_was_sent(cause))
        except (openai.OpenAIError, OSError, ValueError, RuntimeError) as error:
            return Failure("transport", self._plain(f"no answer: {error}"), may_be_paid=True)
        except Exception as error:
            # The transport library has error classes of its own while a body is read; none may get out.
            if type(error).__module__.split(".")[0] not in ("httpx", "httpx2", "httpcore", "httpcore2"):
                raise
            return Failure("transport", self._plain(f"the answer broke off: {error}"), may_be_paid=True)

    def without_key(self, text: str) -> str:
        """The text with the key struck out."""
        key = self._settings.api_key.get_secret_value()
        return text.replace(key, "***") if len(key) >= SHORTEST_SECRET else text

    def _read(self, response: Any, started: float) -> Received | Failure:
        """Read a body up to the size and the time allowed."""
        parts, size = [], 0
        for part in response.iter_bytes():
            parts.append(part)
            size += len(part)
            if size > self._settings.max_body_bytes:
                return Received(None, time.monotonic() - started)
            if time.monotonic() - started > self._settings.timeout_s:
                said = f"the answer was not whole after {self._settings.timeout_s:g} s"
                return Failure("transport", said, may_be_paid=True, is_busy=True)
        return Received(b"".join(parts), time.monotonic() - started)

    def _refused(self, error: openai.APIStatusError) -> Failure:
        """What an error status means."""
        status = error.status_code
        words = _words_of(error)
        said = self._plain(f"{status}: {words}")
        whole = f"{words} {error.code} {error.type}"
        if status == 402 or (status == 429 and _QUOTA.search(whole)):
            return Failure("quota", said)
        if status in (401, 403):
            return Failure("key", said)
        if status == 429:
            return Failure("rate_limit", said, _pause_asked(error), is_busy=True)
        if status in (408, 409, 425) or status >= 500:
            may_be_paid = status in (408, 504)
            return Failure("transport", said, _pause_asked(error), may_be_paid=may_be_paid, is_busy=True)
        if status == 413 or _TOO_LONG.search(whole):
            return Failure("prompt_too_long", said)
        return Failure("refusal" if _FILTERED.search(whole) else "unfit_request", said)

    def _plain(self, text: str) -> str:
        """One short line without the key."""
        line = " ".join(self.without_key(text).split())
        return line if len(line) <= _SAID_CHARACTERS else f"{line[:_SAID_CHARACTERS]} ..."


def _words_of(error: openai.APIStatusError) -> str:
    """The client's words, and the server's where the client leaves them out: it reads `error.message` only.

    Servers on FastAPI put them into `detail`: a text, or a list of places and messages (beside which stands the
    whole request, which is no message).
    """
    body = error.body
    if not body or " - " in error.message:
        return error.message
    words: object = body.get("detail", body) if isinstance(body, Mapping) else body
    if isinstance(words, list):
        words = "; ".join(
            f"{'.'.join(map(str, one.get('loc', ())))}: {one.get('msg')}"
            if isinstance(one, Mapping)
            else str(one)
            for one in words
        )
    return f"{error.message} - {words if isinstance(words, str) else json.dumps(words)}"


def _pause_asked(error: openai.APIStatusError) -> float | None:
    return retry_after_s({name.lower(): value for name, value in error.response.headers.items()})


def _was_sent(cause: BaseException) -> bool:
    """Whether the request can have reached the server: not where no connection was made."""
    return type(cause).__name__ not in ("ConnectError", "ConnectTimeout", "PoolTimeout")
