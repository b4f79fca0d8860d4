"""The author `model`: any OpenAI-compatible server, asked with a strict schema, counted honestly."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from simulator.motion.script import MotionScript

from .answers import Problem, read_script
from .briefs import Brief
from .model_client import ModelClient
from .model_request import Message, ModelRequest
from .phrasing import shown_text
from .request_store import CallRow
from .script_prompts import answer_schema, brief_prompt, prompt_versions, repair_prompt, system_prompt

PURPOSE = "script"
# Another round would cost money and change nothing.
FINAL_REASONS = frozenset({"transport", "rate_limit", "refusal", "prompt_too_long"})


@dataclass
class AuthorReport:
    """What was asked and what came back. `requested` = `answered` + all rejected; `repaired` are answered."""

    requested: int = 0
    answered: int = 0
    repaired: int = 0
    calls: int = 0
    """Calls sent to the server, failed ones with them."""
    reused: int = 0
    """Answers found in the request store, which cost nothing."""
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost_usd: float | None = 0.0
    """Money that this run has cost, USD; None: the price is not known."""
    rejected: dict[str, int] = field(default_factory=dict)
    examples: dict[str, str] = field(default_factory=dict)
    """Reason -> what was wrong with the first such answer; may quote the model: escape where shown."""

    def __str__(self) -> str:
        """One line for a log or a table."""
        reasons = ", ".join(f"{reason} {count}" for reason, count in sorted(self.rejected.items()))
        money = "cost unknown" if self.cost_usd is None else f"{self.cost_usd:.4f} USD"
        return (
            f"{self.requested} scripts asked, {self.answered} written ({self.repaired} after repair), "
            f"{sum(self.rejected.values())} rejected{f' ({reasons})' if reasons else ''}; "
            f"{self.calls} calls, {self.reused} answers reused, "
            f"{self.prompt_tokens} + {self.completion_tokens} tokens, {money}"
        )


class ModelAuthor:
    """Asks a language model for each script; an answer that can't be used is repaired, then rejected.

    An answer is data in a schema, whatever it says: it is read, checked by the validator and against the
    brief, and nothing of it is ever executed.
    """

    name = "model"

    def __init__(self, client: ModelClient) -> None:
        self.client = client
        self._requested = 0
        self._answered = 0
        self._repaired = 0
        self._rejected: dict[str, int] = {}
        self._examples: dict[str, str] = {}
        self._asked: dict[str, tuple[str, ...]] = {}
        self._lock = threading.Lock()

    @property
    def model(self) -> str:
        """Name of the language model."""
        return self.client.settings.model

    @property
    def counts(self) -> AuthorReport:
        """Counts so far."""
        tally = self.client.tally(PURPOSE)
        with self._lock:
            return AuthorReport(
                requested=self._requested,
                answered=self._answered,
                repaired=self._repaired,
                calls=tally.spent.requests,
                reused=tally.reused,
                prompt_tokens=tally.spent.prompt_tokens,
                completion_tokens=tally.spent.completion_tokens,
                cost_usd=tally.spent.usd,
                rejected=dict(self._rejected),
                examples=dict(self._examples),
            )

    def first_request(self, brief: Brief) -> ModelRequest:
        """The first request for a script, as it is sent: for a look at prompts and costs before any call."""
        return self._request(brief, opening(brief))

    def request_hash(self, brief: Brief) -> str:
        """Identity of the first request: its row in table `requests` has it as `request_id`."""
        return self.first_request(brief).key(self.model)

    def write(self, brief: Brief) -> MotionScript | None:
        """Ask for one script, sending the exact problems back for at most `repair_rounds` rounds.

        Returns:
            A valid script of the brief, or None where the answer was rejected; `counts` says why.

        Raises:
            AuthorUnavailable: the server refuses key, model or request, or fails again and again.
            BudgetReached: the next call could cost more than what is left.
            LakeError: an answer could not be kept.
        """
        messages, asked = opening(brief), []
        problem = Problem("empty", ("nothing was asked",))
        for round_number in range(self.client.settings.repair_rounds + 1):
            answer = self.client.ask(self._request(brief, messages))
            if answer.request_id is not None:
                asked.append(answer.request_id)
                with self._lock:
                    self._asked[brief.content_hash] = tuple(asked)
            outcome = answer if isinstance(answer, Problem) else read_script(answer.text, brief)
            if isinstance(outcome, MotionScript):
                self._count(None, round_number > 0)
                return outcome
            problem = outcome
            if problem.reason in FINAL_REASONS:
                break
            # Cut and empty answers are not sent back: they would only make the next prompt longer.
            if not isinstance(answer, Problem):
                messages = (*messages, {"role": "assistant", "content": answer.text})
            messages = (*messages, {"role": "user", "content": repair_prompt(problem.details)})
        self._count(problem, False)
        return None

    def write_many(self, briefs: Iterable[Brief]) -> Iterator[tuple[Brief, MotionScript | None]]:
        """Write many scripts, as many calls under way at once as the settings and the server allow.

        Raises:
            AuthorUnavailable, BudgetReached, LakeError: as `write`, after what was done has been yielded.
        """
        return self.client.run_in_order(self.write, briefs)

    def calls_of(self, brief: Brief) -> tuple[CallRow, ...]:
        """The answered calls of a brief that this author wrote, in the order of the rounds.

        Each has the columns of table `requests` but prompts: `request_id`, `status`, `cost_usd` (what it cost
        when it was paid, whichever run did), tokens, latency.
        """
        with self._lock:
            asked = self._asked.get(brief.content_hash, ())
        rows = (self.client.store.find(request_id) for request_id in asked)
        return tuple(row for row in rows if row is not None)

    def report(self) -> str:
        """Counts so far, in one line."""
        return f"model {self.model}: {self.counts}"

    def _request(self, brief: Brief, messages: tuple[Message, ...]) -> ModelRequest:
        return ModelRequest(
            purpose=PURPOSE,
            messages=messages,
            schema_name="motion_script",
            schema=answer_schema(),
            brief_hash=brief.content_hash,
            seed=brief.seed,
            templates=prompt_versions(),
        )

    def _count(self, problem: Problem | None, is_repaired: bool) -> None:
        with self._lock:
            self._requested += 1
            if problem is None:
                self._answered += 1
                self._repaired += is_repaired
            else:
                self._rejected[problem.reason] = self._rejected.get(problem.reason, 0) + 1
                self._examples.setdefault(problem.reason, shown_text("; ".join(problem.details)))


def opening(brief: Brief) -> tuple[Message, ...]:
    """The messages of the first round."""
    return ({"role": "system", "content": system_prompt()}, {"role": "user", "content": brief_prompt(brief)})
