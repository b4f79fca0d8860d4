"""Time of the motion engine and of the joint fit for 10 s of motion, one thread, against skinning the same poses.

    python -m pytest -s tests/benchmarks/bench_motion.py

The baseline of every row is the neutral body's mesh posed at the 501 instants of 10 s, in the same run.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from llm_prompts import GrammarAuthor, draw_briefs, load_scenario
from llm_prompts.builtin_scenarios import BUILTIN_SCENARIOS
from llm_prompts.errors import AuthoringError
from simulator import load_body, measure_facts, read_motion_file, synthesize
from simulator.body.model import pose_vertices
from simulator.motion.script import MotionScript, script_duration_s

CLIPS = Path(__file__).parents[1] / "data" / "motion"
N_SCRIPTS = 12
SECONDS = 10.0


def written(scenario: str) -> list[MotionScript]:
    """Scripts of a scenario; draws that the author gives up are left out."""
    author, scripts = GrammarAuthor(0), []
    for brief in draw_briefs(load_scenario(scenario), N_SCRIPTS, 0):
        try:
            scripts.append(author.write(brief))
        except AuthoringError:
            continue
    return scripts


def test_engine_speed(measure: Callable, table: Callable) -> None:
    body = load_body()
    motion = synthesize(written("daily-living")[0], 0, body)
    ten_s = motion.n_poses / motion.rate_hz
    baseline = measure(lambda: pose_vertices(body, motion)).cpu_s * SECONDS / ten_s
    rows: list[list[object]] = [["skinning (baseline)", 1, baseline * 1e3, 1.0]]
    for scenario in BUILTIN_SCENARIOS:
        scripts = written(scenario)
        seconds = sum(script_duration_s(script) for script in scripts)
        spent = measure(lambda scripts=scripts: [synthesize(s, n, body) for n, s in enumerate(scripts)]).cpu_s
        per_ten = spent * SECONDS / seconds
        rows.append([f"synthesize, {scenario}", len(scripts), per_ten * 1e3, per_ten / baseline])
    spent = measure(lambda: measure_facts(motion, body)).cpu_s * SECONDS / ten_s
    rows.append(["measure_facts", 1, spent * 1e3, spent / baseline])
    for path in (CLIPS / "dm_walk.npy", CLIPS / "cmu_131_01_30hz.bvh"):
        clip = read_motion_file(path, body)
        per_ten = (
            measure(lambda path=path: read_motion_file(path, body)).cpu_s * SECONDS / clip.motion.duration_s
        )
        rows.append([f"read and fit {path.name}", 1, per_ten * 1e3, per_ten / baseline])
    table("CPU time of 10 s of motion", ["what", "clips", "ms", "x skinning"], rows)
    assert np.isfinite([row[2] for row in rows]).all()
