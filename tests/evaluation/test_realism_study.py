from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from evaluation.errors import EvaluationError
from evaluation.realism_classes import CLASSES, class_of_label, make_clips
from evaluation.realism_clips import active_part, cruising_part, joints_on_one_body, read_real_clips
from evaluation.realism_metrics import MotionMetrics, motion_metrics
from evaluation.realism_ranges import METRICS, compare_ranges
from evaluation.realism_report import IMAGES_FOLDER, PAGE_FILE, VALUES_FILE, to_markdown, write_report
from evaluation.realism_study import (
    ALL,
    AS_RECORDED,
    ON_ONE_BODY,
    WALKS,
    MotionStudy,
    WindowCloud,
    study_motion,
)
from evaluation.realism_targets import judge_targets
from simulator import BodyModel, BodyMotion, load_body
from simulator.body.skeleton import Y_UP_TO_Z_UP

SHIPPED = Path(__file__).resolve().parents[1] / "data" / "motion"
N_RECORDED = 8


@pytest.fixture(scope="module")
def body() -> BodyModel:
    return load_body()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, body: BodyModel) -> Path:
    """Walks of the engine written as recordings would be, beside two real clips, a child and a broken file."""
    place = tmp_path_factory.mktemp("recorded")
    walk = next(each for each in CLASSES if each.name == "walk")
    clips = []
    for index, item in enumerate(make_clips(walk, N_RECORDED, body, seed=77)):
        np.save(place / f"walk{index}.npy", (item.clip.joints @ Y_UP_TO_Z_UP).astype(np.float32))
        clips.append({"id": f"walk{index}", "file": f"walk{index}.npy", "label": "walk"})
    for name, label in (("dm_kick", "kick"), ("dm_walk", "somersault")):
        (place / f"{name}.npy").write_bytes((SHIPPED / f"{name}.npy").read_bytes())
        clips.append({"id": name, "file": f"{name}.npy", "label": label})
    np.save(place / "child.npy", 0.65 * np.load(place / "walk0.npy"))
    (place / "broken.npy").write_bytes(b"\x93NUMPY")
    clips += [{"id": each, "file": f"{each}.npy", "label": "walk"} for each in ("child", "broken", "absent")]
    (place / "manifest.json").write_text(json.dumps({"clips": clips}))
    return place


@pytest.fixture(scope="module")
def study(folder: Path, body: BodyModel) -> tuple[MotionStudy, list[WindowCloud]]:
    return study_motion(folder, body, clips_per_class=8, n_scripts=0)


def test_recordings_are_read_as_they_are_and_on_the_body(folder: Path, body: BodyModel) -> None:
    found = read_real_clips(folder, body)
    assert {clip.name for clip in found.compared} == {
        *(f"walk{i}" for i in range(N_RECORDED)),
        "dm_kick",
        "dm_walk",
    }
    child = next(clip for clip in found.clips if clip.left_out)
    assert child.name == "child" and "a child" in child.left_out
    assert sorted(skip.path for skip in found.skipped) == ["absent.npy", "broken.npy"]
    kick = next(clip for clip in found.clips if clip.name == "dm_kick")
    original = np.load(SHIPPED / "dm_kick.npy") @ Y_UP_TO_Z_UP.T
    assert motion_metrics(kick.joints).jerk_mean_mps3 == pytest.approx(
        motion_metrics(original).jerk_mean_mps3, rel=1e-5
    )
    assert len(kick.on_body) == 1 and kick.on_body[0].shape == kick.joints.shape


def test_one_body_takes_size_away(body: BodyModel) -> None:
    walk = CLASSES[0]
    joints = [item.clip.on_body[0] for item in make_clips(walk, 3, body)]
    thigh = [float(np.linalg.norm(each[0, 4] - each[0, 1])) for each in joints]
    assert thigh == pytest.approx([thigh[0]] * 3, rel=1e-3)
    still = BodyMotion(body.betas_for(1.9), np.zeros((11, 3)), np.zeros((11, 23, 3)), np.zeros((11, 3)), 20.0)
    rest = joints_on_one_body(still, body)[0]
    expected = body.rest_joints(np.zeros(10))[:22]
    assert rest - rest[0] == pytest.approx(expected - expected[0], abs=1e-9)


def test_parts_leave_out_standing_and_ramps(body: BodyModel) -> None:
    joints = make_clips(CLASSES[0], 1, body)[0].clip.joints
    still = np.repeat(joints[:1], 20, axis=0)
    padded = np.concatenate([still, joints, np.repeat(joints[-1:], 20, axis=0)])
    assert len(active_part(padded)) <= len(joints) + 1
    cruise = cruising_part(padded)
    steps = np.linalg.norm(np.diff(cruise[:, 0, :2], axis=0), axis=1) * 20.0
    assert len(cruise) < len(joints) and steps.min() > 0.3 * steps.max()
    assert len(active_part(still)) == 20  # nothing moves: all of it


def test_every_class_with_words_of_the_vocabulary_makes_valid_clips(body: BodyModel) -> None:
    made = {each.name: make_clips(each, 1, body) for each in CLASSES}
    for name in ("walk", "styled walk", "run", "jump", "kick", "punch", "wave", "dance", "squat", "fall"):
        assert len(made[name]) == 1, name
        assert motion_metrics(made[name][0].clip.joints).joint_speed_max_mps > 0.3
    again = make_clips(CLASSES[0], 1, body)[0].clip.joints
    assert np.array_equal(again, made["walk"][0].clip.joints)
    assert class_of_label("walk_style") is not None and class_of_label("somersault") is None


def metrics_with(**values: float | None) -> MotionMetrics:
    return MotionMetrics(**({name: 1.0 for name in METRICS} | values))  # type: ignore[arg-type]


def test_verdicts_say_on_which_side_the_median_lies() -> None:
    real = [(f"r{i}", metrics_with(skate_ratio=0.1 * i, jerk_mean_mps3=10.0 * i)) for i in range(1, 6)]
    made = [metrics_with(skate_ratio=0.0, jerk_mean_mps3=5.0, float_cm=2.0, stance_drift_mean_cm=None)] * 3
    found = compare_ranges("walk", made, real)
    verdicts = {row.metric: row.verdict for row in found.metrics}
    assert verdicts["skate_ratio"] == "cleaner"
    assert (verdicts["jerk_mean_mps3"], verdicts["float_cm"]) == ("below", "above")
    assert verdicts["root_speed_mean_mps"] == "inside"
    assert verdicts["stance_drift_mean_cm"] == "not judged"
    rows = {row.metric: row for row in found.metrics}
    jerk = rows["jerk_mean_mps3"].real
    assert jerk is not None and (jerk.p10, jerk.p50, jerk.p90) == pytest.approx((14.0, 30.0, 46.0))
    assert found.judged == len(METRICS) - 1
    assert compare_ranges("walk", made, real[:1]).judged == 0


def test_the_study_finds_the_engine_inside_its_own_walks(
    study: tuple[MotionStudy, list[WindowCloud]],
) -> None:
    found, clouds = study
    walk = next(row for row in found.classes if row.name == "walk")
    assert walk.judged >= 15 and walk.count("inside") >= walk.judged - 4
    assert len(walk.real_clips) == N_RECORDED and found.classes[-1].name == ALL
    for form in (AS_RECORDED, ON_ONE_BODY):
        compared = found.comparison(WALKS, form)
        assert compared is not None and compared.test.auc is not None
        assert compared.test.auc < 0.98  # few clips: the same motion reaches 0.85 by chance
        assert compared.distance.real_clips == N_RECORDED
    assert {cloud.group for cloud in clouds} == {WALKS, ALL}
    assert found.unmatched == [("somersault", 1)]
    assert [name for name, _ in found.left_out] == ["child"]
    targets = {target.name: target.verdict for target in judge_targets(found)}
    assert targets["script fidelity"] == "not measured"
    assert targets["classifier on walks"] in ("met", "missed")


def test_the_report_is_whole_and_the_same_again(
    study: tuple[MotionStudy, list[WindowCloud]], tmp_path: Path
) -> None:
    found, clouds = study
    page = write_report(found, clouds, tmp_path / "one")
    write_report(found, clouds, tmp_path / "two")
    names = {path.name for path in (tmp_path / "one" / IMAGES_FOLDER).iterdir()}
    assert names == {"ranges.png", "windows.png"}
    for path in (tmp_path / "one").rglob("*.*"):
        assert path.read_bytes() == (tmp_path / "two" / path.relative_to(tmp_path / "one")).read_bytes()
    text = page.read_text()
    assert page.name == PAGE_FILE
    assert "### walk: 8 engine clips" in text and "label somersault (1 clips)" in text
    assert "no real clips" in text
    stored = json.loads((tmp_path / "one" / VALUES_FILE).read_text())
    assert stored["targets"][0]["name"] == "metrics per class"
    assert MotionStudy.model_validate({k: v for k, v in stored.items() if k != "targets"}) == found


def test_too_few_recordings_still_make_a_page(body: BodyModel) -> None:
    found, clouds = study_motion(SHIPPED, body, clips_per_class=1, n_scripts=0)
    assert clouds == [] and found.sets == []
    text = to_markdown(found, has_windows=False)
    assert "Too few recordings" in text and "fewer than 2 recorded walks" in text


def test_a_folder_without_labels_is_refused_in_words(tmp_path: Path, body: BodyModel) -> None:
    (tmp_path / "a.npy").write_bytes((SHIPPED / "dm_walk.npy").read_bytes())
    with pytest.raises(EvaluationError, match=r"manifest\.json gives labels"):
        study_motion(tmp_path, body, clips_per_class=1, n_scripts=0)
