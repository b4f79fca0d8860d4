"""Questions put into other words by a language model; each is answered again from the facts before it is kept."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from simulator.motion.script import MotionScript

from .facts import SampleFacts
from .model_request import ModelRequest
from .phrasing import (
    AsksModel,
    Exchange,
    converse,
    form_problem,
    plain_text,
    prompt,
    script_hash,
    template_versions,
)
from .prompt_templates import load_template
from .qa_items import QAPair
from .question_check import round_trip

MAX_WORDS = 30
QUESTIONS_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "questions": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"number": {"type": "integer"}, "question": {"type": "string"}},
                "required": ["number", "question"],
                "additionalProperties": False,
            },
        }
    },
    "required": ["questions"],
    "additionalProperties": False,
}
_TEMPLATES = ("questions_system", "questions_request", "questions_repair")
_WHY = {
    "unreadable": "it cannot be answered from what was measured",
    "disagrees": "what was measured gives another answer to it",
}


def phrase_questions(
    pairs: Sequence[QAPair],
    script: MotionScript,
    facts: SampleFacts,
    client: AsksModel,
    seed: int = 0,
    ascii_only: bool = False,
    repairs: int = 1,
) -> tuple[list[QAPair], Exchange]:
    """Let a language model put questions into other words; answers, options, roles and kinds stay.

    Every new question must pass the round trip: read again and answered from the facts, it has to give the
    pair's answer. Where it does not, the pair keeps its own words and the reason is counted: `unreadable`,
    `disagrees`, `gives_away`, `repeated`, `missing`, a reason of `text_problems`, or why there was no answer at all.

    Args:
        pairs: of one sample, as `write_qa` gives them.
        script: the script of the sample.
        facts: measured on the motion and in this view.
        client: asks the model.
        seed: varies the request.
        ascii_only: as in `phrase_captions`.
        repairs: how often the checker's words are sent back for what it refused.

    Returns:
        As many pairs as were given, in their order, and what was asked and rejected.

    Raises:
        AuthorUnavailable, BudgetReached: nothing more can be asked.
    """
    judge = _Judge(pairs, script, facts, ascii_only)
    if not pairs:
        return [], judge.exchange
    request = ModelRequest(
        purpose="questions",
        messages=prompt(
            load_template("questions_system").render(longest=MAX_WORDS),
            load_template("questions_request").render(pairs=list(enumerate(pairs, start=1))),
        ),
        schema_name="questions",
        schema=QUESTIONS_SCHEMA,
        brief_hash=script_hash(script),
        seed=seed,
        templates=template_versions(_TEMPLATES),
    )
    converse(client, request, judge.read, judge.exchange, repairs)
    exchange, phrased = judge.exchange, judge.phrased
    exchange.accepted = len(phrased)
    if exchange.request_ids and len(judge.answered) < len(pairs):
        exchange.rejected["missing"] += len(pairs) - len(judge.answered)
    return [phrased.get(number, pair) for number, pair in enumerate(pairs, start=1)], exchange


class _Judge:
    """Reads the model's answers for one sample and keeps the questions that pass the round trip."""

    def __init__(
        self, pairs: Sequence[QAPair], script: MotionScript, facts: SampleFacts, ascii_only: bool
    ) -> None:
        self.pairs, self.script, self.facts, self.ascii_only = pairs, script, facts, ascii_only
        self.exchange = Exchange(requested=len(pairs))
        self.phrased: dict[int, QAPair] = {}
        self.answered: set[int] = set()

    def read(self, content: Mapping[str, Any]) -> str | None:
        """Take what can be taken; the words of a repair prompt for what was refused."""
        refused: dict[int, str] = {}
        texts = content.get("questions")
        for item in texts[: 2 * len(self.pairs)] if isinstance(texts, list) else [texts]:
            said = item if isinstance(item, dict) else {}
            number, question = said.get("number"), said.get("question")
            if type(number) is not int or not 1 <= number <= len(self.pairs):
                self.exchange.reject("schema", str(item), "it has no number of a question")
                continue
            self.answered.add(number)
            if number in self.phrased:
                self.exchange.reject("repeated", str(question), "this number is there already")
                continue
            outcome = self._judge(question, self.pairs[number - 1])
            if isinstance(outcome, QAPair):
                self.phrased[number] = outcome
                refused.pop(number, None)
            else:
                refused[number] = outcome
        if not refused:
            return None
        return load_template("questions_repair").render(problems=sorted(refused.items()))

    def _judge(self, text: object, pair: QAPair) -> QAPair | str:
        """The pair in its new words, or what is wrong with them (counted)."""
        plain = plain_text(text, self.ascii_only)
        if plain is None:
            self.exchange.reject("schema", str(text), "no text")
            return "no text"
        question = plain.rstrip(" ?.") + "?"
        reason = form_problem(question, MAX_WORDS, self.ascii_only)
        if reason is None and question in {other.question for other in self.phrased.values()}:
            reason = "repeated"
        if reason is None and _gives_away(question, pair):
            reason = "gives_away"
        if reason is not None:
            self.exchange.reject(reason, question, f"its {reason} is not as asked")
            return f"its {reason} is not as asked"
        candidate = pair.model_copy(update={"question": question})
        verdict = round_trip(candidate, self.script, self.facts)
        if verdict:
            self.exchange.reject(verdict, question, _WHY[verdict])
            return _WHY[verdict]
        return candidate


def _gives_away(question: str, pair: QAPair) -> bool:
    """Whether a question holds its answer, and not the other answers that stood beside it in ours."""
    said, before = _options_said(question, pair), _options_said(pair.question, pair)
    was_open = pair.answer in before and said >= before
    return pair.answer in said and not was_open and len(said) < len(pair.options)


def _options_said(question: str, pair: QAPair) -> set[str]:
    return {option for option in pair.options if re.search(rf"\b{re.escape(option)}\b", question)}
