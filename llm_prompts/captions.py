"""Captions in the style of motion-language data sets: several distinct, true paraphrases of one motion.

Nothing here depends on where the radar stands, so all views of a motion share their captions.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from random import Random

from pydantic import BaseModel, ConfigDict

from simulator.motion.script import Locomote, MotionScript, locomote_distance_m

from .caption_check import CaptionChecker
from .caption_reading import read_caption
from .confirmation import Grounding, ground
from .facts import SampleFacts
from .qa_measured import STAYS_NET_M, STAYS_PATH_M
from .seeding import stream
from .step_clauses import Detail, clause_of, is_held
from .step_details import StepDetail, moving_steps
from .wording import NUMBER_WORDS, Form, inflect, wording_of

TEXT_VERSION = "5"
"""Counts up whenever captions, questions or answers of the same script and facts change."""

MIN_CAPTIONS, MAX_CAPTIONS = 4, 6
MAX_OWN_CAPTIONS = 2
SUBJECTS = ("a person", "a person", "a person", "the person", "someone", "somebody")
MAX_DRAWS = 60
MIN_PAUSE_S = 0.7
# The measured path holds sway and curved feet, the planned one does not.
PATH_AGREEMENT = 0.25


class Caption(BaseModel):
    """One sentence about a motion; style says how it was made.

    script = the author's own; plain, progressive, brief, detailed = paraphrases; given = came with a clip;
    model = phrased by a language model.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    text: str
    style: str


def write_captions(script: MotionScript, facts: SampleFacts | None = None, seed: int = 0) -> list[Caption]:
    """Paraphrase a script: 4 to 6 distinct captions, the script's own first.

    Every caption passes `CaptionChecker`: of the script's own ones those are taken that do. Every
    paraphrase names every step in order; all but the brief one give direction, pace, side and count.

    Args:
        script: a valid script.
        facts: measured facts; what they contradict is not said, and a distance only if they confirm it.
        seed: chooses among equal wordings; the same seed gives the same captions.
    """
    grounding = ground(script, facts)
    checker = CaptionChecker(grounding)
    own = normalised(script.caption)
    texts = [
        text
        for text in dict.fromkeys([own, *map(normalised, script.alt_captions)])
        if not checker.problems(read_caption(text))
    ]
    n_own = MAX_OWN_CAPTIONS + (texts[:1] == [own])
    captions = [Caption(text=text, style="script") for text in texts[:n_own]]
    rng = stream("captions", TEXT_VERSION, seed, own)
    wanted = ("plain", "progressive", "brief", "detailed", "plain")
    told = _distinct(list(captions), wanted, lambda style: _paraphrase(grounding, style, rng))
    return captions + [
        caption for caption in told[len(captions) :] if not checker.problems(read_caption(caption.text))
    ]


def first_caption(script: MotionScript, seed: int) -> str:
    """A plain caption for a script that has none yet."""
    rng = stream("first caption", TEXT_VERSION, seed)
    return f"a person {_joined([clause_of(step, rng, 'finite') for step in moving_steps(script)], rng)}"


def caption_clip(
    label: str | None, captions: Sequence[str], facts: SampleFacts, seed: int = 0
) -> list[Caption]:
    """Captions of an imported clip: the given ones, then what its label and the measurement say.

    Args:
        label: the clip's activity label, if its source names one.
        captions: captions that came with the clip.
        facts: measured facts.
        seed: as in `write_captions`.
    """
    given = [Caption(text=text, style="given") for text in dict.fromkeys(map(normalised, captions)) if text]
    rng = stream("clip captions", TEXT_VERSION, seed)
    wanted = ("plain", "progressive", "plain", "detailed", "plain")
    return _distinct(given[:MAX_CAPTIONS], wanted, lambda style: _clip_sentence(label, facts, style, rng))


def normalised(text: str) -> str:
    """Lower case, single spaces, no full stop at the end."""
    return re.sub(r"\s+", " ", text).strip().rstrip(".").strip().lower()


def _distinct(captions: list[Caption], wanted: Sequence[str], write: Callable[[str], str]) -> list[Caption]:
    """Add captions of the wanted styles in turn, each drawn again while it repeats another."""
    said = {caption.text for caption in captions}
    for draw in range(MAX_DRAWS):
        if len(captions) >= MAX_CAPTIONS or (draw >= 3 * len(wanted) and len(captions) >= MIN_CAPTIONS):
            break
        style = wanted[draw % len(wanted)]
        text = write(style)
        if text not in said:
            said.add(text)
            captions.append(Caption(text=text, style=style))
    return captions


def _paraphrase(grounding: Grounding, style: str, rng: Random) -> str:
    level: Detail = "rich" if style == "detailed" else "brief" if style == "brief" else "full"
    steps = _with_pauses(grounding.steps) if style == "detailed" else list(grounding.moving)
    known = _distance_known(grounding)

    def clauses(form: Form) -> list[str]:
        return [clause_of(step, rng, form, level, known) for step in steps]

    subject = rng.choice(SUBJECTS)
    if style == "progressive":
        gerunds = clauses("gerund")
        return f"{subject} is " + _joined(gerunds, rng)
    if len(steps) == 2 and rng.random() < 0.4:
        return _before_or_after(steps, rng, subject, level, known)
    return f"{subject} " + _joined(clauses("finite"), rng)


def _with_pauses(details: Sequence[StepDetail]) -> list[StepDetail]:
    """The steps, and the pauses between them; whoever keeps a posture is not said to stay still as well."""
    held = [False, *map(is_held, details)]
    kept = [
        detail
        for detail, after_held in zip(details, held, strict=False)
        if detail.is_named or (detail.duration_s >= MIN_PAUSE_S and not after_held)
    ]
    return kept if any(detail.is_named for detail in kept) else list(details[:1])


def _distance_known(grounding: Grounding) -> bool:
    facts = grounding.facts
    planned = sum(locomote_distance_m(step) for step in grounding.script.steps if isinstance(step, Locomote))
    return facts is not None and abs(facts.path_length_m - planned) <= PATH_AGREEMENT * planned


def _before_or_after(steps: list[StepDetail], rng: Random, subject: str, level: Detail, known: bool) -> str:
    if rng.random() < 0.5:
        first = clause_of(steps[0], rng, "finite", level, known)
        return f"{subject} {first} before {clause_of(steps[1], rng, 'gerund', level, known)}"
    first = clause_of(steps[0], rng, "gerund", level, known)
    return f"after {first}, {subject} {clause_of(steps[1], rng, 'finite', level, known)}"


def _joined(clauses: list[str], rng: Random) -> str:
    """The clauses as one sentence whose words keep their order in time."""
    if len(clauses) == 1:
        return clauses[0]
    *early, last = clauses
    if len(clauses) == 2:
        return early[0] + rng.choice((" and then ", ", then ")) + last
    link = rng.choice((", ", ", then "))
    return link.join(early) + rng.choice((" and then ", " and finally ")) + last


def _clip_sentence(label: str | None, facts: SampleFacts, style: str, rng: Random) -> str:
    subject = rng.choice(SUBJECTS)
    tails = measured_tails(facts)
    if label is None:
        verb = "is moving" if style == "progressive" else "moves"
        return f"{subject} {verb} {rng.choice(tails)}"
    core = rng.choice(wording_of(label).cores).replace("{limb}", "an arm")
    said = f"is {inflect(core, 'gerund')}" if style == "progressive" else inflect(core, "finite")
    if style == "detailed" or rng.random() < 0.4:
        return f"{subject} {said} {rng.choice(tails)}"
    return f"{subject} {said}"


def measured_tails(facts: SampleFacts) -> list[str]:
    """What the measurement adds to a sentence: distance, time, place, turn."""
    tails = []
    metres, seconds = round(facts.path_length_m), round(facts.duration_s)
    # Whoever stays in place sways and shifts too: such a path is no way that anybody went.
    if 1 <= metres <= 12 and facts.net_displacement_m > 0.5 * facts.path_length_m:
        tails.append(f"for about {NUMBER_WORDS[metres]} meter{'s' if metres > 1 else ''}")
    if 1 <= seconds <= 12:
        tails.append(f"for about {NUMBER_WORDS[seconds]} second{'s' if seconds > 1 else ''}")
    if facts.path_length_m <= STAYS_PATH_M and facts.net_displacement_m <= STAYS_NET_M:
        tails.append("in place")
    if facts.pelvis_height_end_m < facts.pelvis_height_start_m - 0.25:
        tails.append("and ends lower than at the start")
    return tails or ["for a short time"]
