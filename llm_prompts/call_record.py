"""What a call costs at most and in fact, and its row in the request store."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from .answer_format import Dialect
from .answers import Problem
from .budget import Spending
from .completion import Completion, Status
from .model_request import Answer, ModelRequest
from .model_settings import ModelSettings
from .night_ledger import estimated_tokens
from .prices import PriceTable
from .request_store import CallRow

TOKENS_PER_MESSAGE = 8
# Status of a call -> why it is no answer, and what to tell whoever asked.
_PROBLEMS: dict[Status, tuple[str, str]] = {
    "refused": ("refusal", "the model or its filter refused"),
    "truncated": ("truncated", "the answer was cut off at the token limit: be brief"),
    "empty": ("empty", "the answer was empty"),
    "too_large": ("too_large", "the answer was larger than allowed: be brief"),
}


@dataclass(frozen=True)
class CallBook:
    """Reckons the calls of one endpoint.

    Args:
        settings: cap on the answer's length, host.
        prices: what tokens cost.
        without_key: strikes the key out of a text that a server sent back.
    """

    settings: ModelSettings
    prices: PriceTable
    without_key: Callable[[str], str]

    def answer_cap(self, request: ModelRequest) -> int:
        """Tokens that an answer may have."""
        return request.max_answer_tokens or self.settings.max_answer_tokens

    def most(self, request: ModelRequest, model: str, body: Mapping[str, Any]) -> Spending:
        """The most that a call can cost: a generous count of the prompt, and the longest answer."""
        text = json.dumps([body["messages"], body.get("response_format")], ensure_ascii=False)
        prompt = estimated_tokens(text) + TOKENS_PER_MESSAGE * (len(body["messages"]) + 1)
        return self._priced(model, prompt, self.answer_cap(request))

    def row(
        self,
        request: ModelRequest,
        request_id: str,
        model: str,
        body: Mapping[str, Any],
        dialect: Dialect,
        completion: Completion,
        latency_s: float,
    ) -> dict[str, Any]:
        """The row of table `requests`. Tokens that the server did not count are estimated for the cost only."""
        prompt, written = completion.prompt_tokens, completion.completion_tokens
        if prompt is None:
            prompt = self.most(request, model, body).prompt_tokens
        if written is None:
            is_cut = completion.status == "too_large"
            written = self.answer_cap(request) if is_cut else estimated_tokens(completion.text)
        return {
            "request_id": request_id,
            "purpose": request.purpose,
            "model": model,
            "answered_by": self._hidden(completion.answered_by),
            "templates": json.dumps(dict(request.templates), sort_keys=True),
            "messages": self.without_key(json.dumps(body["messages"])),
            "brief_hash": request.brief_hash,
            "seed": request.seed,
            "schema_hash": request.schema_hash,
            "format": dialect.format,
            "status": completion.status,
            "answer": self._hidden(completion.text),
            "finish_reason": self._hidden(completion.finish_reason),
            "prompt_tokens": completion.prompt_tokens,
            "completion_tokens": completion.completion_tokens,
            "cost_usd": self._priced(model, prompt, written).usd,
            "latency_s": latency_s,
            "answer_cap": self.answer_cap(request),
        }

    def spent(self, row: CallRow, most: Spending) -> Spending:
        """What an answered call has cost."""
        prompt, written, cost = row["prompt_tokens"], row["completion_tokens"], row["cost_usd"]
        return Spending(
            usd_known=cost or 0.0,
            unpriced=int(cost is None),
            prompt_tokens=most.prompt_tokens if prompt is None else prompt,
            completion_tokens=estimated_tokens(row["answer"]) if written is None else written,
            requests=1,
        )

    def priced_as(self, usual: Spending, model: str) -> Spending:
        """A usual call with its price."""
        return replace(self._priced(model, usual.prompt_tokens, usual.completion_tokens), wall_s=usual.wall_s)

    def _priced(self, model: str, prompt_tokens: int, completion_tokens: int) -> Spending:
        price = self.prices.price_of(model, self.settings.host)
        return Spending(
            usd_known=price.cost_usd(prompt_tokens, completion_tokens) if price else 0.0,
            unpriced=int(price is None),
            prompt_tokens=prompt_tokens,
            completion_tokens=completion_tokens,
            requests=1,
        )

    def _hidden(self, text: str | None) -> str | None:
        return self.without_key(text) if text is not None else None


def outcome_of(row: CallRow, reused: bool) -> Answer | Problem:
    """What a stored call means to whoever asked."""
    if row["status"] != "answered" or row["answer"] is None:
        reason, said = _PROBLEMS.get(row["status"], _PROBLEMS["empty"])
        if reason == "refusal" and row["answer"]:
            said = str(row["answer"])
        return Problem(reason, (said,), row["request_id"])
    return Answer(
        request_id=row["request_id"],
        text=row["answer"],
        reused=reused,
        format=row["format"],
        prompt_tokens=row["prompt_tokens"],
        completion_tokens=row["completion_tokens"],
        cost_usd=row["cost_usd"],
        latency_s=row["latency_s"],
    )
