from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from simulator.body.skeleton import JOINT
from simulator.errors import MotionFileError
from simulator.motion.importers.bvh import bvh_positions, read_bvh
from simulator.motion.importers.bvh_skeletons import joints_of_bvh, points_along
from simulator.motion.importers.joint_clip import leg_length_m

DATA = Path(__file__).parents[1] / "data" / "motion"
CMU = DATA / "cmu_131_01_30hz.bvh"

CHAIN = """HIERARCHY
ROOT Hips
{
  OFFSET 0 94 0
  CHANNELS 6 Xposition Yposition Zposition Zrotation Xrotation Yrotation
  JOINT Spine
  {
    OFFSET 0 10 0
    CHANNELS 3 Zrotation Xrotation Yrotation
    End Site
    {
      OFFSET 0 5 0
    }
  }
}
MOTION
Frames: 2
Frame Time:\t.05
1 2 3 0 0 0 0 0 0
1 2 3 90 0 0 0 90 0
"""

ARM_NAMES = {
    "hip": "UpLeg",
    "knee": "Leg",
    "ankle": "Foot",
    "foot": "ToeBase",
    "collar": "Shoulder",
    "shoulder": "Arm",
    "elbow": "ForeArm",
    "wrist": "Hand",
}
# A standing person, y up, metres: where each joint lies from its parent.
PERSON: dict[str, tuple[str | None, tuple[float, float, float]]] = {
    "Hips": (None, (0, 0, 0)),
    "Spine": ("Hips", (0, 0.2, 0)),
    "Neck": ("Spine", (0, 0.3, 0)),
    "Head": ("Neck", (0, 0.1, 0)),
    **{f"{side}UpLeg": ("Hips", (x * 0.1, -0.05, 0)) for side, x in (("Left", 1), ("Right", -1))},
    **{f"{side}Leg": (f"{side}UpLeg", (0, -0.4, 0)) for side in ("Left", "Right")},
    **{f"{side}Foot": (f"{side}Leg", (0, -0.42, 0)) for side in ("Left", "Right")},
    **{f"{side}ToeBase": (f"{side}Foot", (0, -0.06, 0.13)) for side in ("Left", "Right")},
    **{f"{side}Shoulder": ("Spine", (x * 0.05, 0.2, 0)) for side, x in (("Left", 1), ("Right", -1))},
    **{f"{side}Arm": (f"{side}Shoulder", (x * 0.13, 0, 0)) for side, x in (("Left", 1), ("Right", -1))},
    **{f"{side}ForeArm": (f"{side}Arm", (0, -0.27, 0)) for side in ("Left", "Right")},
    **{f"{side}Hand": (f"{side}ForeArm", (0, -0.25, 0)) for side in ("Left", "Right")},
}


def person_bvh(unit_m: float, z_up: bool = False, prefix: str = "", leave_out: str = "") -> str:
    def written(name: str, indent: str) -> str:
        x, y, z = (value / unit_m for value in PERSON[name][1])
        offset = f"{x} {-z} {y}" if z_up else f"{x} {y} {z}"
        channels = "Zrotation Xrotation Yrotation"
        channels = f"6 Xposition Yposition Zposition {channels}" if name == "Hips" else f"3 {channels}"
        inner = "".join(
            written(child, indent + " ")
            for child, (parent, _) in PERSON.items()
            if parent == name != leave_out
        )
        kind = "JOINT" if PERSON[name][0] else "ROOT"
        head = f"{indent}{kind} {prefix}{name}\n{indent}{{\n"
        return f"{head}OFFSET {offset}\nCHANNELS {channels}\n{inner}{indent}}}\n"

    n_channels = 3 * (len(written("Hips", "").split("CHANNELS")) - 1) + 3
    frame = " ".join(["0"] * n_channels) + "\n"
    return f"HIERARCHY\n{written('Hips', '')}MOTION\nFrames: 3\nFrame Time: 0.05\n{frame * 3}"


def write(tmp_path: Path, text: str) -> Path:
    (tmp_path / "clip.bvh").write_text(text)
    return tmp_path / "clip.bvh"


def test_positions_of_a_real_file_equal_two_independent_implementations() -> None:
    expected = json.loads((DATA / "cmu_131_01_positions.json").read_text())
    clip = read_bvh(CMU)
    assert list(clip.names) == expected["joints"]
    assert list(clip.parents) == expected["parents"]
    assert clip.frame_time_s == pytest.approx(0.0333332)
    ours = bvh_positions(clip)[expected["frames"]]
    assert np.abs(ours - np.array(expected["positions_file_units"])).max() < 1e-5


def test_root_channels_replace_the_offset_and_rotations_are_intrinsic(tmp_path: Path) -> None:
    positions = bvh_positions(read_bvh(write(tmp_path, CHAIN)))
    assert np.allclose(positions[0], [[1, 2, 3], [1, 12, 3]])  # not 94 higher
    # 90 degrees about z carry the spine from +y to -x; the spine's own rotation does not move it
    assert np.allclose(positions[1], [[1, 2, 3], [-9, 2, 3]])


@pytest.mark.parametrize(("unit", "unit_m"), [("m", 1.0), ("cm", 0.01), ("mm", 0.001), ("inch", 0.0254)])
@pytest.mark.parametrize("z_up", [False, True])
@pytest.mark.parametrize("prefix", ["", "mixamorig:"])
def test_units_axes_and_prefixes_are_found_out(
    tmp_path: Path, unit: str, unit_m: float, z_up: bool, prefix: str
) -> None:
    clip = joints_of_bvh(read_bvh(write(tmp_path, person_bvh(unit_m, z_up, prefix))))
    joints = clip.joints[0]
    assert clip.rate_hz == pytest.approx(20.0)
    assert leg_length_m(clip.joints) == pytest.approx(0.82)
    assert np.allclose(joints[JOINT["left_hip"]], [0.1, 0.0, -0.05], atol=1e-9)
    assert np.allclose(joints[JOINT["left_foot"]] - joints[JOINT["left_ankle"]], [0, -0.13, -0.06], atol=1e-9)
    assert np.allclose(joints[JOINT["right_shoulder"]], [-0.18, 0.0, 0.4], atol=1e-9)
    assert np.allclose(joints[JOINT["spine1"]], [0, 0, 0.23 * 0.5], atol=1e-9)


def test_cmu_units_and_naming_with_collars() -> None:
    clip = joints_of_bvh(read_bvh(CMU))
    assert 0.78 < leg_length_m(clip.joints) < 0.82  # 14.2 units of 0.056444 m
    wrist, shoulder = clip.joints[:, JOINT["left_wrist"]], clip.joints[:, JOINT["left_shoulder"]]
    assert 0.35 < np.linalg.norm(wrist - shoulder, axis=1).max() < 0.45
    assert (clip.joints[:, JOINT["head"], 2] > clip.joints[:, JOINT["left_hip"], 2]).all()


def test_points_along_a_bent_line_are_measured_along_it() -> None:
    line = np.array([[[0.0, 0, 0], [1, 0, 0], [1, 3, 0]]])
    assert np.allclose(points_along(line, 0.25), [[1, 0, 0]])
    assert np.allclose(points_along(line, 0.5), [[1, 1, 0]])
    assert np.allclose(points_along(line, 1.0), [[1, 3, 0]])


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "does not begin with HIERARCHY"),
        ("a picture", "does not begin with HIERARCHY"),
        (CHAIN[: CHAIN.index("MOTION")], "no MOTION part"),
        (CHAIN[:-12], r"promises 2 frames of 9 channels but holds 1\.\d frames: truncated"),
        (CHAIN + "1 2\n", "promises 2 frames"),
        (CHAIN.replace("1 2 3 90", "1 nan 3 90"), "1 values that are not finite"),
        (CHAIN.replace("1 2 3 90", "1 two 3 90"), "not well-formed BVH"),
        (CHAIN.replace("\t.05", "\t0"), "positive frame time"),
        (CHAIN.replace("3 Zrotation", "3 Wrotation"), "unknown channels"),
        (CHAIN.replace("}\n}\nMOTION", "}\nMOTION"), "cut short"),
        (CHAIN.replace("Frames:", "Pictures:"), "must say Frames"),
        (CHAIN, r"lacks head \(head\), left hip \(upleg\), .* it has Hips, Spine; known are Mixamo"),
        (person_bvh(1.0, leave_out="LeftFoot"), "lacks left foot .the ball: toe base, or an end site"),
        (person_bvh(3e-5), "legs are .* units long; in none of metre"),
    ],
)
def test_damaged_and_foreign_files_are_refused_with_the_reason(
    tmp_path: Path, text: str, reason: str
) -> None:
    with pytest.raises(MotionFileError, match=reason):
        joints_of_bvh(read_bvh(write(tmp_path, text)))


def test_an_unknown_up_axis_is_refused(tmp_path: Path) -> None:
    lying = person_bvh(1.0).replace("0 0 0 0 0 0", "0 0 0 90 0 0", 1)
    lines = lying.splitlines()
    lines[-3:] = [lines[-3]] * 3
    with pytest.raises(MotionFileError, match="up axis cannot be told"):
        joints_of_bvh(read_bvh(write(tmp_path, "\n".join(lines))))
