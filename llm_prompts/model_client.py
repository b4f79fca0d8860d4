"""Asks any OpenAI-compatible server: answers are paid once, failures bounded, hostile answers counted."""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NoReturn, Self, TypeVar

from data_lake import Lake, LakeError

from .answer_format import Dialect, Dialects
from .answers import Problem, read_json
from .budget import NOTHING, Budget, Spending
from .call_pace import CallPace, TurnResult
from .call_record import CallBook, outcome_of
from .chat_endpoint import ChatEndpoint, Failure, Received
from .completion import Completion, read_completion
from .errors import AuthorNotConfigured, AuthorUnavailable, BudgetReached, QuotaExhausted
from .model_request import Answer, ModelRequest
from .model_settings import CONCURRENCY_VARIABLE, PRICES_VARIABLE, ModelSettings, load_model_settings
from .ordered_work import in_order
from .prices import PriceTable, load_prices
from .request_store import CallRow, RequestStore

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True)
class Tally:
    """What one purpose has cost this client, and how many of its answers came from the store."""

    spent: Spending = NOTHING
    reused: int = 0


@dataclass(frozen=True)
class Estimate:
    """What requests would cost: at most, and likely (None: no such call was answered before)."""

    most: Spending
    likely: Spending | None
    reused: int
    """Requests whose answer is in the store."""


class ModelClient:
    """Calls of language models for all who write. Thread-safe.

    Args:
        settings: which server and models.
        store: holds every answered call; an equal one is found there and costs nothing.
        budget: looked at before each call.
        prices: what tokens cost; the built-in table by default.

    Raises:
        AuthorNotConfigured: a budget in money, but no known price of a model.
    """

    def __init__(
        self, settings: ModelSettings, store: RequestStore, budget: Budget, prices: PriceTable | None = None
    ) -> None:
        self.settings = settings
        self.store = store
        self.budget = budget
        self._endpoint = ChatEndpoint(settings)
        self._book = CallBook(
            settings, prices if prices is not None else load_prices(), self._endpoint.without_key
        )
        self._dialects = Dialects(settings.host)
        self._pace = CallPace(settings.concurrency)
        self._tallies: dict[str, Tally] = {}
        self._failed_in_a_row = 0
        self._stopped: Exception | None = None
        self._lock = threading.Lock()
        self._check_prices()

    def __enter__(self) -> Self:
        """Use as a context manager: `close` at the end."""
        return self

    def __exit__(self, *exception: object) -> None:
        """See `close`."""
        self.close()

    def close(self) -> None:
        """Bring all answers into the lake and close the connections.

        Raises:
            LakeError: the table cannot be written; the answers stay in the journal.
        """
        self._pace.stop()
        try:
            self.store.close()
        finally:
            self._endpoint.close()

    def model_of(self, request: ModelRequest) -> str:
        """The model that a request goes to."""
        return self.settings.planner if request.planner else self.settings.model

    def tally(self, purpose: str) -> Tally:
        """What one purpose has cost so far."""
        with self._lock:
            return self._tallies.get(purpose, Tally())

    def ask(self, request: ModelRequest) -> Answer | Problem:
        """The answer to a request, from the store or else from the server.

        Returns:
            The answer as it came, or a problem that is this request's own: refusal, truncated, empty,
            too_large, prompt_too_long, transport, rate_limit.

        Raises:
            AuthorUnavailable: the server refuses key or request, or fails again and again.
            BudgetReached: the call could cost more than what is left.
            LakeError: an answer could not be kept.
        """
        with self.store.claimed(request.key(self.model_of(request))):
            request_id, row = self._stored(request)
            if row is None:
                return self._ask_server(request, request_id)
        self._count(request, NOTHING, reused=1)
        return outcome_of(row, reused=True)

    def ask_many(self, requests: Iterable[ModelRequest]) -> Iterator[Answer | Problem]:
        """Answers in the order of the requests, many under way at once; see `run_in_order`."""
        for _, outcome in self.run_in_order(self.ask, requests):
            yield outcome

    def run_in_order(
        self, work: Callable[[Item], Result], items: Iterable[Item]
    ) -> Iterator[tuple[Item, Result]]:
        """Do work that asks, for each item, in as many threads as calls may be under way.

        Pairs come in the order of the items. After a stop those that were done meanwhile still come.

        Raises:
            AuthoringError, LakeError: as `ask`.
        """
        return in_order(work, items, self.settings.concurrency, self._end_waiting)

    def estimate(self, requests: Iterable[ModelRequest]) -> Estimate:
        """What these requests would cost, each asked once; nothing is sent. Stored answers cost nothing."""
        most, likely, reused = NOTHING, NOTHING, 0
        usual: dict[tuple[str, str], Spending | None] = {}
        for request in requests:
            model = self.model_of(request)
            if self._stored(request)[1] is not None:
                reused += 1
                continue
            body = self._body(request, self._dialects.of(model))
            most += self._book.most(request, model, body)
            kind = (request.purpose, model)
            if kind not in usual:
                usual[kind] = self.store.usual(*kind)
            before = usual[kind]
            likely += NOTHING if before is None else self._book.priced_as(before, model)
        known = None not in usual.values()
        return Estimate(most, self._at_once(likely) if known else None, reused)

    def _at_once(self, one_by_one: Spending) -> Spending:
        """The same with as many calls under way at once as allowed."""
        return replace(one_by_one, wall_s=one_by_one.wall_s / self.settings.concurrency)

    def _stored(self, request: ModelRequest) -> tuple[str, CallRow | None]:
        """Identity of a call and its stored row. A cut answer counts only if no more was allowed than now."""
        request_id, cap = request.key(self.model_of(request)), self._book.answer_cap(request)
        row = self.store.find(request_id)
        if row is not None and row["status"] == "truncated" and (row["answer_cap"] or cap) < cap:
            request_id = f"{request_id}-{cap}"
            row = self.store.find(request_id)
        return request_id, row

    def _check_prices(self) -> None:
        for model in sorted({self.settings.model, self.settings.planner}):
            if self.budget.in_money and self._book.prices.price_of(model, self.settings.host) is None:
                example = json.dumps({"models": {model: {"input": 0.1, "output": 0.4}}})
                raise AuthorNotConfigured(
                    f"a budget in USD needs the price of model {model!r} at {self.settings.host}, which is "
                    f"not known: name a price file by {PRICES_VARIABLE} (such as {example}, in USD per "
                    "million tokens), or give the budget in tokens or requests"
                )

    def _ask_server(self, request: ModelRequest, request_id: str) -> Answer | Problem:
        """Send, as often as the failures allow."""
        failures = {"transport": 0, "rate_limit": 0}
        allowed = {
            "transport": self.settings.transport_retries,
            "rate_limit": self.settings.rate_limit_retries,
        }
        while True:
            outcome = self._call(request, request_id)
            if not isinstance(outcome, Failure):
                with self._lock:
                    self._failed_in_a_row = 0
                return outcome
            if outcome.kind in ("refusal", "prompt_too_long"):
                return Problem(outcome.kind, (outcome.said,), request_id)
            if outcome.kind in failures:
                failures[outcome.kind] += 1
                if failures[outcome.kind] > allowed[outcome.kind]:
                    return self._given_up(outcome, request_id)
                self._wait(outcome, sum(failures.values()))

    def _call(self, request: ModelRequest, request_id: str) -> Answer | Problem | Failure:
        """One call within pace and budget; an answer is durable on return.

        Failures that another call cannot mend stop everything.
        """
        began = self._pace.enter()
        if began is None:
            self._raise_stopped()
        model = self.model_of(request)
        dialect = self._dialects.of(model)
        body = self._body(request, dialect)
        most = self._book.most(request, model, body)
        result: TurnResult = "failed"
        try:
            self._reserve(most)
            actual, recorded = Spending(requests=1), False
            try:
                read = self._read(self._endpoint.send({"model": model, **body}))
                if isinstance(read, Failure):
                    result = "busy" if read.is_busy else "failed"
                    actual = most if read.may_be_paid else actual
                else:
                    row = self._book.row(request, request_id, model, body, dialect, read[0], read[1])
                    actual = self._book.spent(row, most)
                    self._keep(row)
                    recorded, result = True, "answered"
            finally:
                self.budget.settle(most, actual, recorded)
                self._count(request, actual)
        finally:
            self._pace.leave(began, result)
        if isinstance(read, Failure):
            self._stop_if_final(read, model, dialect)
            return read
        self._note_form(model, dialect, request, read[0])
        return outcome_of(row, reused=False)

    def _read(self, received: Received | Failure) -> tuple[Completion, float] | Failure:
        if isinstance(received, Failure):
            return received
        if received.body is None:
            return Completion("too_large", None), received.latency_s
        completion = read_completion(received.body)
        if isinstance(completion, str):
            return Failure("transport", self._endpoint.without_key(completion), may_be_paid=True)
        return completion, received.latency_s

    def _body(self, request: ModelRequest, dialect: Dialect) -> dict[str, Any]:
        return dialect.body(
            request.messages,
            request.schema_name,
            request.schema,
            request.seed,
            self._book.answer_cap(request),
        )

    def _reserve(self, most: Spending) -> None:
        try:
            self.budget.reserve(most, self.store.spent_tonight)
        except BudgetReached as reached:
            self._stop(reached)
            raise

    def _keep(self, row: dict[str, Any]) -> None:
        try:
            self.store.record(row)
        except LakeError as error:
            self._stop(error)
            raise

    def _note_form(self, model: str, dialect: Dialect, request: ModelRequest, completion: Completion) -> None:
        """Whether the server keeps to the way it was asked, seen from the answer's outermost keys."""
        if completion.status != "answered":
            return
        content = read_json(completion.text or "")
        wanted = set(request.schema.get("required", ()))
        self._dialects.answered(model, dialect, isinstance(content, dict) and wanted <= set(content))

    def _given_up(self, failure: Failure, request_id: str) -> Problem:
        with self._lock:
            self._failed_in_a_row += 1
            failed = self._failed_in_a_row
        if failed >= self.settings.failures_before_stop:
            self._stop(
                AuthorUnavailable(
                    f"the server failed for {failed} requests in a row, last: {failure.said}; what was "
                    "answered before is kept: try again later"
                )
            )
        return Problem(failure.kind, (failure.said,), request_id)

    def _wait(self, failure: Failure, n_failed: int) -> None:
        """Pause before the next attempt: as the server says, else longer each time, never beyond the budget."""
        settings = self.settings
        left_s = max(self.budget.remaining_s, 0.0)
        if failure.retry_after_s is not None:
            pause_s = min(failure.retry_after_s, settings.longest_retry_after_s, left_s)
            self._pace.close_for(pause_s)
        else:
            most_s = min(settings.longest_pause_s, settings.first_pause_s * 2 ** (n_failed - 1))
            pause_s = min(random.uniform(0.5, 1.0) * most_s, left_s)
        self._pace.rest(pause_s)

    def _stop_if_final(self, failure: Failure, model: str, dialect: Dialect) -> None:
        if failure.kind == "key":
            self._stop(AuthorUnavailable(self._refusal(failure, "check the key and what it may do")))
        elif failure.kind == "quota":
            said = "the account behind the key has no quota or money left: raise it, then run the same again"
            self._stop(QuotaExhausted(self._refusal(failure, said)))
        elif failure.kind == "unfit_request" and not self._dialects.refused(model, dialect, failure.said):
            self._stop(AuthorUnavailable(self._refusal(failure, f"model {model!r} was asked for")))
        else:
            return
        self._raise_stopped()

    def _refusal(self, failure: Failure, what: str) -> str:
        return (
            f"the server {self.settings.host} refuses the request ({failure.said}); {what}; see OPENAI_API_KEY, "
            "OPENAI_BASE_URL and MMFLYWHEEL_MODEL; what was answered before is kept"
        )

    def _stop(self, error: Exception) -> None:
        """Let nothing more be asked; whoever waits or asks gets this error."""
        with self._lock:
            if self._stopped is None:
                self._stopped = error
        self._end_waiting()

    def _end_waiting(self) -> None:
        self._pace.stop()
        self.store.stop_waiting()

    def _raise_stopped(self) -> NoReturn:
        error = self._stopped
        if error is None:
            raise AuthorUnavailable("the client is closed; nothing more is asked")
        raise type(error)(*error.args)  # one error object must not be raised in several threads

    def _count(self, request: ModelRequest, spent: Spending, reused: int = 0) -> None:
        with self._lock:
            before = self._tallies.get(request.purpose, Tally())
            self._tallies[request.purpose] = Tally(before.spent + spent, before.reused + reused)


def open_model_client(
    environment: Mapping[str, str],
    lake: Lake | None,
    run_id: str,
    budget: Budget | None = None,
    concurrency: int | None = None,
) -> ModelClient:
    """A client as the environment says, with the request store of a lake. Close it at the end.

    Args:
        environment: variables, see `load_model_settings`; MMFLYWHEEL_PRICES may name a price file.
        lake: keeps the answers; None: they are forgotten with the client.
        run_id: the run that asks.
        budget: None: without limits.
        concurrency: calls under way at most; None: as the environment says, else 16.

    Raises:
        AuthorNotConfigured: a variable is missing or of no use.
        LakeError: the request store cannot be opened.
    """
    changes = {CONCURRENCY_VARIABLE: str(concurrency)} if concurrency is not None else {}
    settings = load_model_settings({**environment, **changes})
    named = environment.get(PRICES_VARIABLE, "").strip()
    prices = load_prices(Path(named) if named else None)
    return ModelClient(settings, RequestStore(lake, run_id), budget or Budget(), prices)
