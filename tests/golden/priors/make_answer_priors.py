"""Counts the answers of motions of every activity: writes `llm_prompts/data/answer_priors.json` (about 2 minutes).

PYTHONPATH=. python tests/golden/priors/make_answer_priors.py

Each activity is asked for by itself, with people, places, paces, counts, sides, directions and companions as the
default scenario draws them; each motion is performed, measured, and seen in all eight views.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict

from flows.describe_scripts import MeasuredScript, measure_script
from flows.plan_dataset import load_bodies
from llm_prompts.answer_priors import PRIORS_PATH, ActivityCounts, is_weighed, prior_file_text
from llm_prompts.briefs import Brief, draw_briefs
from llm_prompts.captions import TEXT_VERSION
from llm_prompts.facts import SampleFacts
from llm_prompts.grammar_author import GRAMMAR_VERSION, GrammarAuthor
from llm_prompts.plans import PLANS
from llm_prompts.qa_pairs import possible_pairs
from llm_prompts.scenario import load_scenario
from simulator import SYNTHESIS_VERSION

BASE = "daily-living"
N_MOTIONS, N_VIEWS, SEED = 48, 8, 0


def counts_of(activity: str, n_motions: int = N_MOTIONS) -> ActivityCounts:
    """Answers of the motions of one activity."""
    bodies, author = load_bodies(None), GrammarAuthor(SEED)
    scenario = load_scenario(BASE).model_copy(update={"activities": {activity: 1.0}, "only": {}})
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for brief in draw_briefs(scenario, n_motions, SEED):
        measured = measure_script(author.write(brief), author.name, bodies)
        for view in range(N_VIEWS):
            seed = N_VIEWS * brief.index + view
            pairs = possible_pairs(measured.script, seen_from(brief, measured, view), seed)
            for pair in pairs:
                if is_weighed(pair):
                    found[pair.kind][pair.answer] += 1
    return ActivityCounts(n=n_motions * N_VIEWS, answers={kind: dict(found[kind]) for kind in sorted(found)})


def seen_from(brief: Brief, measured: MeasuredScript, view: int) -> SampleFacts:
    """The facts with the change of range that a view sees; views turn the motion about its start by 45 degrees."""
    facts, start = measured.facts.measured, brief.start
    azimuth = math.radians(start.azimuth_deg)
    turn = math.radians(start.heading_deg + 360.0 / N_VIEWS * view)
    forward_m, left_m = facts["displacement_forward_m"], facts["displacement_left_m"]
    across_m = start.range_m * math.sin(azimuth) + forward_m * math.sin(turn) + left_m * math.cos(turn)
    ahead_m = start.range_m * math.cos(azimuth) - forward_m * math.cos(turn) + left_m * math.sin(turn)
    change_m = round(math.hypot(across_m, ahead_m) - start.range_m, 3)
    return measured.facts.model_copy(update={"radial_displacement_m": change_m})


def main() -> None:
    """Count all activities and write the file."""
    counted = {activity: counts_of(activity) for activity in sorted(PLANS)}
    provenance: dict[str, str | int] = {
        "what": "kind -> answer -> samples of the activity that can be asked for it and give this answer",
        "script": "tests/golden/priors/make_answer_priors.py",
        "grid": f"scenario {BASE}, one activity at a time, all of its counts, sides, directions, paces and people",
        "author": f"grammar {GRAMMAR_VERSION}",
        "synthesis_version": str(SYNTHESIS_VERSION),
        "text_version": TEXT_VERSION,
        "motions_per_activity": N_MOTIONS,
        "views_per_motion": N_VIEWS,
        "seed": SEED,
    }
    PRIORS_PATH.write_text(prior_file_text(provenance, counted), encoding="utf-8")


if __name__ == "__main__":
    main()
