"""Joint names of common rigs, tried on one standing person whose joints are named in each rig's way."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter1d

from simulator.body.skeleton import JOINT
from simulator.errors import MotionFileError
from simulator.motion.importers.bvh import bvh_positions, read_bvh
from simulator.motion.importers.bvh_rigs import match_rig
from simulator.motion.importers.bvh_skeletons import joints_of_bvh
from simulator.motion.importers.humanml3d import read_joint_array
from simulator.motion.importers.joint_clip import JointClip, leg_length_m
from simulator.motion.importers.joint_sites import has_smpl_sites

ROOT = Path(__file__).parents[2]
SHARED = ROOT.parent / "shared" / "real_motion"
LIMBS = ("hip", "knee", "ankle", "foot", "collar", "shoulder", "elbow", "wrist")
# Each rig: pelvis, spine, neck, head, then a pattern for the side and the eight limb joints.
NAMES: dict[str, tuple[tuple[str, str, str, str], tuple[str, str], str]] = {
    "Mixamo": (
        ("mixamorig:Hips", "mixamorig:Spine", "mixamorig:Neck", "mixamorig:Head"),
        ("mixamorig:Left{}", "mixamorig:Right{}"),
        "UpLeg Leg Foot ToeBase Shoulder Arm ForeArm Hand",
    ),
    "LAFAN": (
        ("Hips", "Spine", "Neck", "Head"),
        ("Left{}", "Right{}"),
        "UpLeg Leg Foot Toe Shoulder Arm ForeArm Hand",
    ),
    "HumanIK": (
        ("Character1_Hips", "Character1_Spine", "Character1_Neck", "Character1_Head"),
        ("Character1_Left{}", "Character1_Right{}"),
        "UpLeg Leg Foot ToeBase Shoulder Arm ForeArm Hand",
    ),
    "Rokoko": (
        ("Hips", "Spine", "Neck", "Head"),
        ("Left{}", "Right{}"),
        "Thigh Shin Foot Toe Shoulder Arm ForeArm Hand",
    ),
    "Xsens": (
        ("Hips", "Chest", "Neck", "Head"),
        ("Left{}", "Right{}"),
        "Hip Knee Ankle Toe Collar Shoulder Elbow Wrist",
    ),
    "SMPL": (
        ("Pelvis", "Spine1", "Neck", "Head"),
        ("L_{}", "R_{}"),
        "Hip Knee Ankle Foot Collar Shoulder Elbow Wrist",
    ),
    "Biped": (
        ("Bip01 Pelvis", "Bip01 Spine", "Bip01 Neck", "Bip01 Head"),
        ("Bip01 L {}", "Bip01 R {}"),
        "Thigh Calf Foot Toe0 Clavicle UpperArm Forearm Hand",
    ),
    "Truebones": (
        ("Bip01_Pelvis", "Bip01_Spine", "Bip01_Neck", "Bip01_Head"),
        ("Bip01_L_{}", "Bip01_R_{}"),
        "Thigh Calf Foot Toe0 Clavicle UpperArm Forearm Hand",
    ),
    "Unreal": (
        ("pelvis", "spine_01", "neck_01", "head"),
        ("{}_l", "{}_r"),
        "thigh calf foot ball clavicle upperarm lowerarm hand",
    ),
    "Unity": (
        ("Hips", "Spine", "Neck", "Head"),
        ("{}_L", "{}_R"),
        "UpperLeg LowerLeg Foot Toes Shoulder UpperArm LowerArm Hand",
    ),
    "VRM": (
        ("J_Bip_C_Hips", "J_Bip_C_Spine", "J_Bip_C_Neck", "J_Bip_C_Head"),
        ("J_Bip_L_{}", "J_Bip_R_{}"),
        "UpperLeg LowerLeg Foot ToeBase Shoulder UpperArm LowerArm Hand",
    ),
    "Daz": (
        ("hip", "chest", "neck", "head"),
        ("l{}", "r{}"),
        "Thigh Shin Foot Toe Collar Shldr ForeArm Hand",
    ),
    "Motive": (
        ("Hip", "Ab", "Neck", "Head"),
        ("L{}", "R{}"),
        "Thigh Shin Foot Toe Shoulder UArm FArm Hand",
    ),
    "Rigify": (
        ("DEF-spine", "DEF-spine.001", "DEF-spine.004", "DEF-spine.006"),
        ("DEF-{}.L", "DEF-{}.R"),
        "thigh shin foot toe shoulder upper_arm forearm hand",
    ),
    "Character Creator": (
        ("CC_Base_Hip", "CC_Base_Waist", "CC_Base_NeckTwist01", "CC_Base_Head"),
        ("CC_Base_L_{}", "CC_Base_R_{}"),
        "Thigh Calf Foot ToeBase Clavicle Upperarm Forearm Hand",
    ),
    "a skeleton's own prefix": (
        ("Anna 2_Hips", "Anna 2_Spine", "Anna 2_Neck", "Anna 2_Head"),
        ("Anna 2_Left{}", "Anna 2_Right{}"),
        "UpLeg Leg Foot ToeBase Shoulder Arm ForeArm Hand",
    ),
}
OFFSETS = {
    "hip": (0.1, -0.05, 0.0),
    "knee": (0.0, -0.4, 0.0),
    "ankle": (0.0, -0.42, 0.0),
    "foot": (0.0, -0.06, 0.13),
    "collar": (0.05, 0.2, 0.0),
    "shoulder": (0.13, 0.0, 0.0),
    "elbow": (0.0, -0.27, 0.0),
    "wrist": (0.0, -0.25, 0.0),
}
CENTRE = {"spine": (0.0, 0.2, 0.0), "neck": (0.0, 0.3, 0.0), "head": (0.0, 0.1, 0.0)}


def joint(name: str, offset: tuple[float, ...], inner: str, unit_m: float = 0.01, root: bool = False) -> str:
    kind, positions = ("ROOT", "Xposition Yposition Zposition ") if root else ("JOINT", "")
    written = " ".join(f"{value / unit_m:.6f}" for value in offset)
    channels = f"{6 if root else 3} {positions}Zrotation Xrotation Yrotation"
    inner = inner or "End Site {\nOFFSET 0 -3 9\n}\n"
    return f"{kind} {name}\n{{\nOFFSET {written} \nCHANNELS {channels} \n{inner}}}\n"


def rig_bvh(rig: str, without: tuple[str, ...] = (), unit_m: float = 0.01, around: str = "") -> str:
    """A person standing still, in centimetres; `around` is a root that pelvis and spine hang on."""
    (pelvis, spine, neck, head), sides, stems = NAMES[rig]
    named = dict(zip(LIMBS, stems.split(), strict=True))

    def limb(side: int, joints: tuple[str, ...]) -> str:
        here = next((name for name in joints if name not in without), None)
        if here is None:
            return ""
        skipped = joints[: joints.index(here)]
        x, y, z = np.sum([OFFSETS[name] for name in (*skipped, here)], axis=0)
        name = sides[side].format(named[here])
        return joint(name, (-x if side else x, y, z), limb(side, joints[joints.index(here) + 1 :]), unit_m)

    legs = "".join(limb(side, LIMBS[:4]) for side in (0, 1))
    arms = "".join(limb(side, LIMBS[4:]) for side in (0, 1))
    upper = joint(neck, CENTRE["neck"], joint(head, CENTRE["head"], "", unit_m), unit_m)
    trunk = joint(spine, CENTRE["spine"], upper + arms, unit_m)
    if around:
        body = joint(around, (0, 0.94, 0), joint(pelvis, (0, 0, 0), legs, unit_m) + trunk, unit_m, root=True)
    else:
        body = joint(pelvis, (0, 0.94, 0), legs + trunk, unit_m, root=True)
    n_channels = 3 * (body.count("CHANNELS") + 1)
    frame = f"0 {0.92 / unit_m} 0{' 0' * (n_channels - 3)} \n"
    return f"HIERARCHY\n{body}MOTION\nFrames:\t3\nFrame Time:\t.0083333\n{frame * 3}"


def read(tmp_path: Path, text: str) -> JointClip:
    (tmp_path / "clip.bvh").write_text(text)
    return joints_of_bvh(read_bvh(tmp_path / "clip.bvh"))


@pytest.mark.parametrize("rig", NAMES)
def test_the_joints_of_common_rigs_are_found_by_name(tmp_path: Path, rig: str) -> None:
    clip = read(tmp_path, rig_bvh(rig))
    joints = clip.joints[0] - clip.joints[0, 0]
    assert clip.rate_hz == pytest.approx(120.0, rel=1e-4)
    assert leg_length_m(clip.joints) == pytest.approx(0.82)
    assert clip.joints[0, 0, 2] == pytest.approx(0.92)  # root channels are absolute: 0.94 is not added
    assert joints[JOINT["left_hip"]] == pytest.approx([0.1, 0.0, -0.05], abs=1e-6)
    assert joints[JOINT["right_shoulder"]] == pytest.approx([-0.18, 0.0, 0.4], abs=1e-6)
    assert joints[JOINT["left_foot"]] - joints[JOINT["left_ankle"]] == pytest.approx([0, -0.13, -0.06])
    assert joints[JOINT["left_wrist"], 2] == pytest.approx(0.4 - 0.52)
    assert joints[JOINT["neck"]] == pytest.approx([0, 0, 0.5]) and joints[JOINT["head"], 2] > 0.59
    assert clip.notes == ("lengths read as centimetres by the legs, y as up by the head above the ankles",)


def test_a_spine_beside_the_pelvis_is_found(tmp_path: Path) -> None:
    """Biped: pelvis and spine both hang on the root."""
    clip = read(tmp_path, rig_bvh("Biped", around="Bip01"))
    assert clip.joints[0, JOINT["neck"]] - clip.joints[0, 0] == pytest.approx([0, 0, 0.5])
    assert clip.joints[0, JOINT["spine2"]] - clip.joints[0, 0] == pytest.approx([0, 0, 0.25])


def test_toes_come_from_end_sites_and_collars_from_the_shoulders(tmp_path: Path) -> None:
    clip = read(tmp_path, rig_bvh("LAFAN", without=("foot", "collar")))
    joints = clip.joints[0]
    toe = joints[JOINT["left_foot"]] - joints[JOINT["left_ankle"]]
    assert toe == pytest.approx([0, -0.09, -0.03])
    neck, shoulder, collar = (joints[JOINT[name]] for name in ("neck", "left_shoulder", "left_collar"))
    assert collar == pytest.approx(neck + (shoulder - neck) / 4)
    assert not has_smpl_sites(clip.joints)
    assert clip.notes[1] == (
        "its skeleton lacks left_foot, left_collar, right_foot, right_collar: placed by the joints around"
    )


@pytest.mark.parametrize(
    ("unit_m", "told"),
    [(1.0, "metres"), (0.001, "millimetres"), (0.0254, "inches"), (0.056444, "CMU's units of 5.6444 cm")],
)
def test_the_unit_is_told_from_the_legs(tmp_path: Path, unit_m: float, told: str) -> None:
    clip = read(tmp_path, rig_bvh("Mixamo", unit_m=unit_m))
    assert clip.notes[0].startswith(f"lengths read as {told} ")
    assert leg_length_m(clip.joints) == pytest.approx(0.82, abs=1e-4)


def test_what_is_missing_is_listed_in_the_words_of_the_nearest_rig() -> None:
    names = [name for name in NAMES["Biped"][0] if "Neck" not in name]
    for side in ("L", "R"):
        names += [
            f"Bip01 {side} {stem}" for stem in ["Thigh", "Foot", "Clavicle", "UpperArm", "Forearm", "Hand"]
        ]
    with pytest.raises(MotionFileError, match="its skeleton lacks") as refused:
        match_rig(names)
    assert "lacks left knee (calf), right knee (calf) (nearest are the names of Biped)" in str(refused.value)
    assert refused.value.kind == "missing joints"


def test_an_animal_is_refused(tmp_path: Path) -> None:
    text = rig_bvh("LAFAN").replace("Hand", "Paw").replace("Arm", "Limb").replace("Leg", "Hind")
    with pytest.raises(MotionFileError, match=r"left shoulder \(arm\), .*it has Hips, LeftUpHind"):
        read(tmp_path, text)


def test_headers_without_blanks_are_read(tmp_path: Path) -> None:
    text = rig_bvh("LAFAN").replace("Frames:\t", "Frames:").replace("Time:\t", "Time:")
    assert read(tmp_path, "\ufeff" + text).rate_hz == pytest.approx(120.0, rel=1e-4)
    assert read(tmp_path, text.replace("\n", "\r\n")).rate_hz == pytest.approx(120.0, rel=1e-4)


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared real clips are not on this machine")
@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("shippable/original/131_01.bvh", "lengths read as CMU's units of 5.6444 cm and y as up"),
        ("shippable/original/01_01.bvh", "lengths read as CMU's units of 5.6444 cm and y as up"),
        ("shippable/original/jesse_dance.bvh", "lengths read as centimetres by the legs, y as up"),
        ("evaluation_only/original/dab.bvh", "lengths read as inches by the legs, z as up"),
        ("evaluation_only/original/zombie.bvh", "lengths read as inches by the legs, z as up"),
    ],
)
def test_units_and_axes_of_real_files_are_told(name: str, told: str) -> None:
    clip = joints_of_bvh(read_bvh(SHARED / name))
    assert clip.notes[0].startswith(told) and len(clip.notes) == 1
    assert 0.5 < leg_length_m(clip.joints) < 0.95


BVH_OF_CLIP = {
    "ad_jumping": "evaluation_only/original/jumping.bvh",
    "ad_wave_hello": "evaluation_only/original/wave_hello.bvh",
    "ad_zombie": "evaluation_only/original/zombie.bvh",
    "ad_dab": "evaluation_only/original/dab.bvh",
    "ad_jesse_dance": "shippable/original/jesse_dance.bvh",
    "cmu_131_01": "shippable/original/131_01.bvh",
    "cmu_01_01": "shippable/original/01_01.bvh",
}


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared real clips are not on this machine")
@pytest.mark.parametrize("name", BVH_OF_CLIP.values())
def test_positions_of_real_files_equal_two_independent_implementations(name: str) -> None:
    expected = json.loads((SHARED / "reference" / "bvh_positions.json").read_text())[name]
    clip = read_bvh(SHARED / name)
    assert list(clip.names) == expected["joints"] and list(clip.parents) == expected["parents"]
    ours = bvh_positions(clip)[expected["at_frames"]]
    assert np.abs(ours - np.array(expected["positions_file_units"])).max() < 1e-5


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared real clips are not on this machine")
@pytest.mark.parametrize("clip_id", BVH_OF_CLIP)
def test_real_files_give_the_reference_joints_in_metres(clip_id: str) -> None:
    """All but the spine, whose joints the reference took from the file's and this project sites like SMPL's."""
    clip = joints_of_bvh(read_bvh(SHARED / BVH_OF_CLIP[clip_id]))
    entries = json.loads((SHARED / "manifest.json").read_text())["clips"]
    file = next(entry["file"] for entry in entries if entry["id"] == clip_id)
    joints = clip.joints[1:] if clip_id == "cmu_01_01" else clip.joints  # its first frame was dropped
    if clip.rate_hz > 30:
        joints = gaussian_filter1d(joints, 0.32 * clip.rate_hz / 20, axis=0, mode="nearest")
    reference = read_joint_array(SHARED / file).from_origin().joints
    frames = np.arange(len(reference)) * clip.rate_hz / 20.0
    flat = joints.reshape(len(joints), -1)
    even = np.stack([np.interp(frames, np.arange(len(flat)), column) for column in flat.T], axis=1)
    ours = JointClip(even.reshape(-1, 22, 3), 20.0).from_origin().joints
    spine = [JOINT[name] for name in ("spine1", "spine2", "spine3")]
    apart_mm = np.delete(np.linalg.norm(ours - reference, axis=2), spine, axis=1) * 1e3
    # 30 frames/s is where smoothing starts: the reference's rate was a little below
    assert apart_mm.mean() < (1.0 if clip_id in ("ad_dab", "ad_zombie") else 0.05), clip_id
