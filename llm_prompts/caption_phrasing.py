"""Captions phrased by a language model from the steps in words; each is checked against the facts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from simulator.motion.script import MotionScript

from .caption_check import CaptionChecker
from .caption_reading import read_caption
from .captions import Caption, normalised
from .confirmation import Grounding, ground
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
from .seeding import stream
from .step_clauses import clause_of
from .wording import inflect, wording_of

N_CAPTIONS = 4
MIN_WORDS, MAX_WORDS = 3, 45
CAPTIONS_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"captions": {"type": "array", "items": {"type": "string"}}},
    "required": ["captions"],
    "additionalProperties": False,
}
_TEMPLATES = ("captions_system", "captions_request", "captions_repair")


def phrase_captions(
    script: MotionScript,
    facts: SampleFacts | None,
    client: AsksModel,
    seed: int = 0,
    wanted: int = N_CAPTIONS,
    wording: Sequence[str] = (),
    ascii_only: bool = False,
    repairs: int = 1,
) -> tuple[list[Caption], Exchange]:
    """Let a language model phrase captions of a motion.

    The model sees only the steps in words, as far as the measurement confirms them; every caption that it
    writes must pass `caption_problems_by_facts`. What does not is counted by its reason: `unreadable` (words
    that cannot be checked), `contradicts_facts`, `repeated`, `missing`, a reason of `text_problems` (length,
    language, characters ...), or why there was no answer at all.

    Args:
        script: a valid script.
        facts: measured facts; None = the script is trusted.
        client: asks the model.
        seed: varies the request; the same seed finds the same answer in the request store.
        wanted: how many captions to ask for.
        wording: how the scenario wishes captions to sound.
        ascii_only: typographic signs become plain ones, other letters are refused.
        repairs: how often the checker's words are sent back for what it refused.

    Returns:
        The accepted captions (style "model"), and what was asked and rejected.

    Raises:
        AuthorUnavailable, BudgetReached: nothing more can be asked.
    """
    grounding = ground(script, facts)
    told = load_template("captions_request").render(
        steps=_steps(grounding, seed), wanted=wanted, wording=list(wording)
    )
    request = ModelRequest(
        purpose="captions",
        messages=prompt(load_template("captions_system").render(shortest=MIN_WORDS, longest=MAX_WORDS), told),
        schema_name="captions",
        schema=CAPTIONS_SCHEMA,
        brief_hash=script_hash(script),
        seed=seed,
        templates=template_versions(_TEMPLATES),
    )
    judge = _Judge(CaptionChecker(grounding), wanted, ascii_only)
    converse(client, request, judge.read, judge.exchange, repairs)
    judge.exchange.accepted = len(judge.accepted)
    if judge.exchange.request_ids and judge.n_read < wanted:
        judge.exchange.rejected["missing"] += wanted - judge.n_read
    return list(judge.accepted.values())[:wanted], judge.exchange


class _Judge:
    """Reads the model's answers of one motion and keeps the captions that are true."""

    def __init__(self, checker: CaptionChecker, wanted: int, ascii_only: bool) -> None:
        self.checker, self.wanted, self.ascii_only = checker, wanted, ascii_only
        self.exchange = Exchange(requested=wanted)
        self.accepted: dict[str, Caption] = {}
        self.n_read = 0

    def read(self, content: Mapping[str, Any]) -> str | None:
        """Take what can be taken; the words of a repair prompt while captions are missing."""
        refused = []
        texts = content.get("captions")
        for text in texts[: 2 * self.wanted] if isinstance(texts, list) else [texts]:
            self.n_read += 1
            problem = self._judge(text)
            if problem:
                refused.append((str(text)[:200], problem))
        missing = self.wanted - len(self.accepted)
        if missing <= 0 or not refused:
            return None
        return load_template("captions_repair").render(problems=refused, wanted=missing)

    def _judge(self, text: object) -> str:
        """Accept one caption, or count why not; what is wrong with it, in words."""
        plain = plain_text(text, self.ascii_only)
        if plain is None:
            self.exchange.reject("schema", str(text), "no text")
            return "no text"
        reason = form_problem(plain, MAX_WORDS, self.ascii_only)
        said = normalised(plain)
        problems = [f"its {reason} is not as asked"] if reason else []
        if not problems and said in self.accepted:
            reason, problems = "repeated", ["it is there already"]
        if not problems:
            reading = read_caption(said)
            problems = self.checker.problems(reading)
            reason = "unreadable" if reading.unread or not reading.sayings else "contradicts_facts"
        if problems:
            self.exchange.reject(reason or "", said, problems[0])
            return "; ".join(problems[:3])
        self.accepted[said] = Caption(text=said, style="model")
        return ""


def _steps(grounding: Grounding, seed: int) -> list[dict[str, Any]]:
    """The steps as clauses with all that is confirmed, and other names for their activities."""
    rng = stream("captions prompt", seed)
    steps = []
    for detail in grounding.moving:
        names = (
            [] if detail.is_idle else [inflect(core, "finite") for core in wording_of(detail.activity).cores]
        )
        shown = [name for name in names if "{" not in name][:3]
        steps.append({"clause": clause_of(detail, rng, "finite"), "names": shown if len(shown) > 1 else []})
    return steps
