"""A script's subject chooses the body: ids, rows and facts say which; a licensed file takes the place of all."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from data_lake import seed_of
from flows.make_shard import RowMaker
from flows.plan_dataset import SamplePlan, ScriptSource, configuration_id, load_bodies, sample_plan
from flows.settings import TurnSettings
from llm_prompts import GrammarAuthor, draw_briefs, load_scenario
from simulator import SEXES, BodyModel, MotionScript, load_body, synthesize

SCENARIO = load_scenario("daily-living")


@pytest.fixture(scope="module")
def plan() -> SamplePlan:
    return sample_plan(TurnSettings(views=1), SCENARIO.activity_labels)


@pytest.fixture(scope="module")
def script() -> MotionScript:
    """The shortest of a few scripts that the grammar writes."""
    author = GrammarAuthor(0)
    written = [author.write(brief) for brief in draw_briefs(SCENARIO, 12, 0)]
    return min((one for one in written if one), key=lambda one: len(one.steps))


def of_sex(script: MotionScript, sex: str) -> ScriptSource:
    subject = script.subject.model_copy(update={"sex": sex})
    return ScriptSource("scp-0", "grammar", script.model_copy(update={"subject": subject}))


@pytest.fixture(scope="module")
def licensed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The stand-in as a file in SMPL's layout."""
    body = load_body()
    path = tmp_path_factory.mktemp("bodies") / "SMPL_NEUTRAL.npz"
    kintree = np.stack([body.parents.astype(np.uint32), np.arange(24, dtype=np.uint32)])
    np.savez(
        path, v_template=body.v_template, f=body.faces, shapedirs=body.shapedirs, weights=body.weights,
        J_regressor=body.joint_regressor, kintree_table=kintree,
    )  # fmt: skip
    return path


def test_each_sex_has_its_body_and_ids_of_its_own(plan: SamplePlan, script: MotionScript) -> None:
    sources = [of_sex(script, sex) for sex in ("female", "male", "neutral")]
    bodies = [plan.body_of(source) for source in sources]
    assert [body.name for body in bodies] == ["female stand-in", "male stand-in", "stand-in"]
    assert len({source.motion_id(body) for source, body in zip(sources, bodies, strict=True)}) == 3
    assert len({plan.samples_of(source)[0].sample_id for source in sources}) == 3


def test_bodies_are_read_once_per_process(plan: SamplePlan) -> None:
    again = sample_plan(TurnSettings(views=1), ("walk",))
    assert all(again.bodies[sex] is plan.bodies[sex] for sex in SEXES)


def test_a_licensed_file_is_the_body_of_all(licensed: Path, script: MotionScript) -> None:
    settings = TurnSettings(views=1, body=licensed)
    plan = sample_plan(settings, SCENARIO.activity_labels)
    bodies: list[BodyModel] = [plan.body_of(of_sex(script, sex)) for sex in SEXES]
    assert bodies[0].name == "SMPL_NEUTRAL"
    assert bodies[0] is bodies[1] is bodies[2]
    assert load_bodies(licensed)["male"].content_hash == bodies[0].content_hash
    assert configuration_id(settings) != configuration_id(TurnSettings(views=1))


@pytest.mark.parametrize("sex", ["female", "male"])
def test_rows_say_which_body_moved_and_was_lit(plan: SamplePlan, script: MotionScript, sex: str) -> None:
    source = of_sex(script, sex)
    maker = RowMaker(plan, "cfg-0", "run-0")
    (motion,), (sample,) = maker.rows_of(source, plan.samples_of(source))
    body = plan.bodies[sex]
    assert motion["body_source"] == sample["body_source"] == body.source
    assert body.source.startswith(f"{sex} adults")
    assert json.loads(motion["facts"])["body"] == f"{sex} stand-in"
    made = synthesize(source.script, seed_of(motion["motion_id"], "motion"), body)
    assert np.allclose(np.frombuffer(motion["betas"], np.float32), made.betas, atol=1e-6)
    expected = body.betas_for(script.subject.height_m, script.subject.build)
    assert np.allclose(made.betas, expected)
