"""What is said of a script's motion: the engine performs it, its facts are measured, words follow from both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from data_lake import content_id, seed_of
from llm_prompts import (
    TEXT_VERSION,
    Answer,
    Caption,
    Exchange,
    ModelRequest,
    Problem,
    QAPair,
    SampleFacts,
    Scenario,
    left_out,
    phrase_captions,
    phrase_questions,
    qa_record,
    write_captions,
    write_qa,
)
from simulator import (
    SYNTHESIS_VERSION,
    BodyModel,
    BodyMotion,
    MotionScript,
    Placement,
    measure_facts,
    synthesize,
)

from .one_thread import in_one_thread
from .plan_dataset import ScriptSource

MAX_CAPTIONS = 8
VIEW = "A"
"""The view that the facts on range are for: the script's own start and heading, turned by nothing."""


class Asked(Protocol):
    """Who is asked for words: the client of a language model, or a look at what it would be asked."""

    def ask(self, request: ModelRequest) -> Answer | Problem:
        """Answer one request, or say why there is no answer."""


@dataclass(frozen=True)
class MeasuredScript:
    """A script with the facts of the motion that the engine makes of it: the same motion as in a dataset."""

    script_id: str
    script: MotionScript
    motion_id: str
    motion_seed: int
    facts: SampleFacts


@dataclass(frozen=True)
class Words:
    """Captions and questions of one sample, and what a language model was asked for them."""

    captions: tuple[Caption, ...]
    pairs: tuple[QAPair, ...]
    exchanges: tuple[Exchange, ...] = ()


def script_id_of(script: MotionScript) -> str:
    """Content hash of a script."""
    return content_id("scp", script.model_dump(mode="json"))


@in_one_thread
def measure_script(script: MotionScript, author: str, bodies: Mapping[str, BodyModel]) -> MeasuredScript:
    """Perform a script and measure the motion.

    The motion is the one that a dataset of this script has, with its id and its seed. What depends on the radar's
    place is measured on the pelvis for the view A; a dataset measures it on the whole body, for every view.

    Args:
        script: a valid script.
        author: who wrote it.
        bodies: a body for every sex.

    Raises:
        SimulatorError: the engine cannot perform the script.
    """
    source = ScriptSource(script_id_of(script), author, script)
    body = bodies[source.sex]
    motion_id = source.motion_id(body)
    motion_seed = seed_of(motion_id, "motion")
    motion = synthesize(script, motion_seed, body)
    start_m, end_m, mean_m = _ranges_m(motion, body, source.placement(VIEW))
    measured = measure_facts(motion, body).to_dict()
    facts = SampleFacts.from_measurements(measured, round(end_m - start_m, 3), round(mean_m, 3))
    return MeasuredScript(source.script_id, script, motion_id, motion_seed, facts)


def write_words(measured: MeasuredScript, scenario: Scenario) -> Words:
    """Captions and questions by our own rules; the same script has the same words on every machine."""
    script, facts, identity = measured.script, measured.facts, measured.script_id
    captions = write_captions(script, facts, seed_of(identity, "captions"))
    seed, roles = seed_of(identity, "words"), dict(scenario.qa_roles) or None
    return Words(tuple(captions), tuple(write_qa(script, facts, seed, scenario.activity_labels, roles)))


def phrase_words(
    measured: MeasuredScript, words: Words, client: Asked, wording: Sequence[str], ascii_only: bool
) -> Words:
    """The same facts in a language model's words, as far as they pass our rules; the others keep ours.

    Raises:
        AuthorUnavailable, BudgetReached: nothing more can be asked.
    """
    script, facts, identity = measured.script, measured.facts, measured.script_id
    phrased, of_captions = phrase_captions(
        script, facts, client, seed_of(identity, "captions"), wording=wording, ascii_only=ascii_only
    )
    pairs, of_questions = phrase_questions(
        words.pairs, script, facts, client, seed_of(identity, "words"), ascii_only
    )
    first = [caption for caption in words.captions if caption.style == "script"]
    rest = [caption for caption in words.captions if caption.style != "script"]
    captions = {caption.text: caption for caption in reversed([*first, *phrased, *rest])}
    kept = [*reversed(captions.values())][:MAX_CAPTIONS]
    return Words(tuple(kept), tuple(pairs), (of_captions, of_questions))


def sample_record(measured: MeasuredScript, words: Words) -> dict[str, Any]:
    """Motion, facts and words of one sample as JSON values."""
    return {
        "motion_id": measured.motion_id,
        "motion_seed": measured.motion_seed,
        "synthesis_version": SYNTHESIS_VERSION,
        "text_version": TEXT_VERSION,
        "facts": facts_row(measured.facts),
        "left_out": left_out(measured.script, measured.facts),
        "captions": [caption.model_dump(mode="json") for caption in words.captions],
        "qa": [qa_record(pair, measured.facts) for pair in words.pairs],
    }


def facts_row(facts: SampleFacts) -> dict[str, Any]:
    """All measured facts as JSON values, as a row of `samples` has them."""
    seen = {"mean_range_m": facts.mean_range_m, "radial_displacement_m": facts.radial_displacement_m}
    return {**facts.measured, **seen, "view": VIEW}


def _ranges_m(motion: BodyMotion, body: BodyModel, placement: Placement) -> tuple[float, float, float]:
    """Distance of the pelvis from the antennas at the start, at the end, and on average."""
    pelvis = body.rest_joints(motion.betas)[0] + motion.transl
    antennas = np.array([0.0, 0.0, placement.radar_height_m])
    distance_m = np.linalg.norm(pelvis @ placement.rotation.T + placement.origin_m - antennas, axis=1)
    return float(distance_m[0]), float(distance_m[-1]), float(distance_m.mean())
