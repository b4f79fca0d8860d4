"""The author `model`: any OpenAI-compatible server, asked with a strict schema, counted honestly."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import openai
from openai.types.chat import ChatCompletion

from simulator.motion.script import MotionScript, script_schema

from .answers import Problem, Reason, read_script
from .briefs import Brief
from .errors import AuthorUnavailable
from .model_settings import ModelSettings
from .script_prompts import brief_prompt, prompt_identity, repair_prompt, system_prompt

if TYPE_CHECKING:
    from openai.types.chat import ChatCompletionMessageParam

# Such answers are final: asking again costs money and changes nothing.
FINAL_REASONS: frozenset[Reason] = frozenset({"transport", "refusal"})


@dataclass
class AuthorReport:
    """What was asked and what came back. `requested` = `answered` + all rejected; `repaired` are answered."""

    requested: int = 0
    answered: int = 0
    repaired: int = 0
    calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    rejected: dict[str, int] = field(default_factory=dict)

    def __str__(self) -> str:
        """One line for a log or a table."""
        reasons = ", ".join(f"{reason} {count}" for reason, count in sorted(self.rejected.items()))
        return (
            f"{self.requested} scripts asked, {self.answered} written ({self.repaired} after repair), "
            f"{sum(self.rejected.values())} rejected{f' ({reasons})' if reasons else ''}; "
            f"{self.calls} calls, {self.prompt_tokens} + {self.completion_tokens} tokens"
        )


class ModelAuthor:
    """Asks a language model for each script; an answer that can't be used is repaired, then rejected.

    The client itself repeats a call after a broken connection, 408, 409, 429 (waiting as the server
    says) and 5xx, `transport_retries` times. Other 4xx answers are never repeated.
    """

    name = "model"

    def __init__(self, settings: ModelSettings) -> None:
        self.settings = settings
        self.counts = AuthorReport()
        self._failures_in_a_row = 0
        self._client = openai.OpenAI(
            api_key=settings.api_key.get_secret_value(),
            base_url=settings.base_url,
            timeout=settings.timeout_s,
            max_retries=settings.transport_retries,
        )

    @property
    def model(self) -> str:
        """Name of the language model."""
        return self.settings.model

    def request_hash(self, brief: Brief) -> str:
        """Identity of the request: model, prompts with their templates and schema, and the whole brief."""
        text = "\0".join((self.name, self.model, prompt_identity(), brief_prompt(brief), brief.content_hash))
        return hashlib.sha256(text.encode()).hexdigest()

    def write(self, brief: Brief) -> MotionScript | None:
        """Ask for one script, sending the exact problems back for at most `repair_rounds` rounds.

        Returns:
            A valid script of the brief, or None where the answer was rejected; `counts` says why.

        Raises:
            AuthorUnavailable: the server refuses key, model or request, or fails again and again.
        """
        self.counts.requested += 1
        messages: list[ChatCompletionMessageParam] = [
            {"role": "system", "content": system_prompt()},
            {"role": "user", "content": brief_prompt(brief)},
        ]
        problem = Problem("empty", ("nothing was asked",))
        for round_number in range(self.settings.repair_rounds + 1):
            answer = self._ask(messages)
            outcome = read_script(answer, brief) if isinstance(answer, str) else answer
            if isinstance(outcome, MotionScript):
                self.counts.answered += 1
                self.counts.repaired += round_number > 0
                return outcome
            problem = outcome
            if problem.reason in FINAL_REASONS:
                break
            if isinstance(answer, str):
                messages.append({"role": "assistant", "content": answer})
            messages.append({"role": "user", "content": repair_prompt(problem.details)})
        self.counts.rejected[problem.reason] = self.counts.rejected.get(problem.reason, 0) + 1
        if self._failures_in_a_row >= self.settings.failures_before_stop:
            raise AuthorUnavailable(
                f"the server failed for {self._failures_in_a_row} briefs in a row, last: "
                f"{problem.details[0]}; what was written before is kept: try again later"
            )
        return None

    def report(self) -> str:
        """Counts so far, in one line."""
        return f"model {self.model}: {self.counts}"

    def _ask(self, messages: list[ChatCompletionMessageParam]) -> str | Problem:
        """One call (with the client's retries): the answer's text, or why there is none."""
        self.counts.calls += 1
        try:
            completion: Any = self._client.chat.completions.create(
                model=self.model,
                messages=messages,
                response_format={
                    "type": "json_schema",
                    "json_schema": {"name": "motion_script", "strict": True, "schema": script_schema()},
                },
            )
        except openai.APIStatusError as error:
            return self._failed_status(error)
        except openai.APIConnectionError as error:  # time-outs as well
            return self._failed(f"no answer from the server: {self._without_key(str(error))}")
        if not isinstance(completion, ChatCompletion) or not completion.choices:
            return self._failed("the server's answer is no chat completion")
        self._failures_in_a_row = 0
        return self._read_choice(completion)

    def _read_choice(self, completion: ChatCompletion) -> str | Problem:
        if completion.usage is not None:
            self.counts.prompt_tokens += completion.usage.prompt_tokens
            self.counts.completion_tokens += completion.usage.completion_tokens
        choice = completion.choices[0]
        if choice.message.refusal or choice.finish_reason == "content_filter":
            return Problem("refusal", (choice.message.refusal or "stopped by the server's filter",))
        if choice.finish_reason == "length":
            # The cut text is not sent back: it would only make the next prompt longer.
            return Problem("truncated", ("the answer was cut off at the token limit: be brief",))
        if not choice.message.content:
            return Problem("empty", ("the answer was empty",))
        return choice.message.content

    def _failed_status(self, error: openai.APIStatusError) -> Problem:
        said = self._without_key(str(error))
        if error.status_code in (408, 409, 429) or error.status_code >= 500:
            return self._failed(said)
        raise AuthorUnavailable(
            f"the server refuses the request for model {self.model!r}: {said}; check OPENAI_API_KEY, "
            "OPENAI_BASE_URL and MMFLYWHEEL_MODEL"
        ) from None  # the cause holds the request and with it the key

    def _failed(self, said: str) -> Problem:
        self._failures_in_a_row += 1
        return Problem("transport", (said,))

    def _without_key(self, text: str) -> str:
        return text.replace(self.settings.api_key.get_secret_value(), "***")
