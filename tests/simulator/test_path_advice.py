"""A path that leaves the radar's field is refused with lengths and a start that do fit."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from simulator.errors import ScriptError
from simulator.motion.path_rules import path_problems
from simulator.motion.script import MotionScript, validate_script

ScriptMaker = Callable[..., MotionScript]


def walk(distance_m: float) -> list[dict[str, Any]]:
    step = {
        "kind": "locomote",
        "gait": "walk",
        "speed_mps": 1.5,
        "distance_m": distance_m,
        "duration_s": None,
    }
    return [step | {"heading_deg": 0.0, "turn_deg": 0.0}]


def at(range_m: float) -> dict[str, float]:
    return {"range_m": range_m, "azimuth_deg": 0.0, "heading_deg": 0.0}


@pytest.mark.parametrize("range_m", [1.7, 2.013, 4.0, 6.5, 9.337])
def test_the_advice_on_a_path_that_is_too_long_is_right(make_script: ScriptMaker, range_m: float) -> None:
    fits = make_script(walk(1.0), start=at(range_m))
    too_long = fits.model_copy(update={"steps": make_script(walk(4.9), start=at(5.6)).steps})
    with pytest.raises(ScriptError, match=r"the path leads 4\.90 m") as refusal:
        validate_script(too_long)
    here, there, start = map(
        float,
        re.findall(
            r"at most (.+?) m away from there, or (.+?) m from a start at (.+?) m", str(refusal.value)
        )[0],
    )
    assert 0.9 < here < there == 4.89
    assert not path_problems(make_script(walk(here), start=at(range_m)))
    assert not path_problems(make_script(walk(there), start=at(start)))
    assert path_problems(too_long.model_copy(update={"steps": walk_steps(make_script, here + 0.02)}))


def walk_steps(make_script: ScriptMaker, distance_m: float) -> list[Any]:
    return make_script(walk(distance_m), start=at(5.6)).steps
