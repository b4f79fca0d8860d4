"""Round trip: read a phrased question and answer it again from the facts, without looking at its answer or kind.

Numbers are taken from the measurement where it has them, and answers in ranges from the words of the options,
so that a slip in writing a pair does not repeat itself here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from simulator.motion.script import MotionScript

from .answers_of_measurement import MEASURED_ANSWERS
from .answers_of_script import SCRIPT_ANSWERS
from .confirmation import Grounding, ground
from .facts import SampleFacts
from .known_facts import Known
from .qa_items import QAPair
from .question_reading import read_question

Verdict = Literal["", "unreadable", "disagrees"]
_ANSWERS = SCRIPT_ANSWERS | MEASURED_ANSWERS


def answer_from_facts(
    pair: QAPair, script: MotionScript | None, facts: SampleFacts, label: str | None = None
) -> str | None:
    """Answer a pair's question from script and measurement; its own answer and kind are not looked at.

    Args:
        pair: question and options.
        script: what was planned; None for an imported clip.
        facts: what was measured on the motion and in this view.
        label: the activity label of an imported clip, if it has one.

    Returns:
        One of the options, or None where the question cannot be read or the facts do not decide it.
    """
    grounding = ground(script, facts) if script is not None else None
    return answer_of_question(pair.question, pair.options, grounding, facts, label)


def round_trip(
    pair: QAPair, script: MotionScript | None, facts: SampleFacts, label: str | None = None
) -> Verdict:
    """Whether the facts answer a pair's question as the pair does: "" = they do."""
    answer = answer_from_facts(pair, script, facts, label)
    if answer is None:
        return "unreadable"
    return "" if answer == pair.answer else "disagrees"


def answer_of_question(
    question: str, options: Sequence[str], grounding: Grounding | None, facts: SampleFacts, label: str | None
) -> str | None:
    """As `answer_from_facts`, of a question with its options."""
    query = read_question(question, tuple(options), label)
    if query is None:
        return None
    known = Known(grounding, facts, label, tuple(options))
    answer = _ANSWERS[query.topic](known, query)
    return answer if answer in known.options else None
