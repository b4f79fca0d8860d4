"""A language model chooses words, our rules decide: what captions and questions have in common when phrased."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from simulator.motion.script import MotionScript

from .answers import Problem, read_json
from .model_request import Answer, Message, ModelRequest
from .prompt_templates import load_template
from .text_screening import text_problems, to_ascii

MAX_REPAIRS = 2


class AsksModel(Protocol):
    """What phrasing needs of a client of language models."""

    def ask(self, request: ModelRequest) -> Answer | Problem:
        """Answer one request, or say why there is no answer."""


@dataclass
class Exchange:
    """What was asked of the model for one motion, and what became of its words.

    Attributes:
        requested: texts asked for.
        rejected: reason -> how many texts (or whole answers) were thrown away for it.
        request_ids: the calls, for lineage; equal calls are found in the request store.
        cost_usd: of the calls that were paid now; None where the price of one is not known.
        examples: some rejected texts, each with what is wrong; written by a model: escape where shown.
    """

    requested: int = 0
    accepted: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    request_ids: list[str] = field(default_factory=list)
    cost_usd: float | None = 0.0
    examples: list[tuple[str, str]] = field(default_factory=list)

    def reject(self, reason: str, text: str, problem: str) -> None:
        """Count a text that is not used."""
        self.rejected[reason] += 1
        if len(self.examples) < 8:
            self.examples.append((shown_text(text), shown_text(problem)))

    def book(self, answer: Answer) -> None:
        """Remember a call and what it cost."""
        self.request_ids.append(answer.request_id)
        if not answer.reused:
            unknown = self.cost_usd is None or answer.cost_usd is None
            self.cost_usd = None if unknown else (self.cost_usd or 0.0) + (answer.cost_usd or 0.0)


def shown_text(text: str, longest: int = 200) -> str:
    """What a model wrote, fit for a report: not too long, and without control characters."""
    short = text if len(text) <= longest else text[: longest - 3] + "..."
    return "".join(character if character.isprintable() else "?" for character in short)


Reader = Callable[[Mapping[str, Any]], str | None]
"""Takes an answer's object and gives the words of a repair prompt, or None where nothing is left to ask."""


def converse(client: AsksModel, first: ModelRequest, read: Reader, exchange: Exchange, repairs: int) -> None:
    """Ask, let `read` judge the answer, and send its words back while it gives any, `repairs` times at most.

    Raises:
        AuthorUnavailable, BudgetReached: as the client raises them; what was accepted before is kept.
    """
    request = first
    for _ in range(repairs + 1):
        answer = client.ask(request)
        if isinstance(answer, Problem):
            exchange.reject(answer.reason, "", "; ".join(answer.details))
            return
        exchange.book(answer)
        content = read_json(answer.text)
        if isinstance(content, Problem):
            exchange.reject(content.reason, answer.text, "; ".join(content.details))
            return
        repair = read(content)
        if repair is None:
            return
        said: tuple[Message, ...] = (
            {"role": "assistant", "content": answer.text},
            {"role": "user", "content": repair},
        )
        request = ModelRequest(
            purpose=first.purpose,
            messages=(*request.messages, *said),
            schema_name=first.schema_name,
            schema=first.schema,
            brief_hash=first.brief_hash,
            seed=first.seed,
            templates=first.templates,
        )


def plain_text(text: object, ascii_only: bool) -> str | None:
    """A model's text in lower case with single spaces; None where it is no text at all."""
    if not isinstance(text, str):
        return None
    words = to_ascii(text) if ascii_only else text
    return " ".join(words.split(" ")).strip().lower()


def form_problem(text: str, longest_words: int, ascii_only: bool) -> str | None:
    """The first reason why a text is not fit to be kept, whatever it says."""
    found = list(text_problems(text))
    if len(text.split()) > longest_words or "\n" in text:
        found.append("length")
    if ascii_only and not text.isascii():
        found.append("not_ascii")
    return found[0] if found else None


def template_versions(names: Sequence[str]) -> dict[str, str]:
    """template name -> version and the first digits of its hash, for the record."""
    return {name: f"{load_template(name).version}+{load_template(name).sha256[:12]}" for name in names}


def script_hash(script: MotionScript) -> str:
    """Identity of the script that words are asked for."""
    return hashlib.sha256(script.model_dump_json().encode()).hexdigest()


def prompt(system: str, user: str) -> tuple[Message, ...]:
    """A conversation's beginning."""
    return ({"role": "system", "content": system}, {"role": "user", "content": user})
