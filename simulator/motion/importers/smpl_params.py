"""SMPL parameters in files: AMASS (.npz) and the plain ones of pose estimators and body fits (.npz, .pkl).

AMASS (Mahmood et al. 2019) writes `poses` (T, 156 | 165), `trans` (T, 3), `betas`, `gender` and
`mocap_framerate` (`mocap_frame_rate` for SMPL-X), z up. Others write `global_orient`, `body_pose`, `transl`
and `betas`, in any axes. In all of them the rest pose is SMPL's, y up, and the root turns about its joint.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from simulator.body.skeleton import N_BETAS, N_JOINTS, Y_UP_TO_Z_UP, Array, axis_angles, rotation_matrices
from simulator.body.smpl_pickle import read_smpl_pickle
from simulator.errors import BodyFileError, MotionFileError

from .joint_clip import check_pelvis_speed
from .numpy_files import UNREADABLE

PLAIN_RATE_HZ = 30.0
"""Taken for a file that states no rate when none is given: most plain files come from 30 Hz video."""

N_KEPT = 22  # SMPL, SMPL-H and SMPL-X agree in these; then come hands, jaw and eyes
# AMASS; then names of others that mean the same: of ROMP, AIST++ and WHAM
_POSES = ("poses", "pose", "smpl_poses", "poses_world")
_ROOT, _BODY = ("global_orient", "root_orient"), ("body_pose", "pose_body")
_PATH = ("transl", "trans", "smpl_trans", "trans_world")
_OTHER_NAMES = (*_POSES[1:], *_PATH[2:])
_PATH_SCALE = "smpl_scaling"  # of AIST++: what its path is divided by to be in metres
_AISTPP_RATE_HZ = 60.0
_AMASS_RATE = ("mocap_framerate", "mocap_frame_rate")
_RATE = (*_AMASS_RATE, "fps", "frame_rate", "framerate", "rate_hz")
_TEXTS = ("gender", "surface_model_type")
_SMPLX_ONLY = ("jaw_pose", "expression", "leye_pose", "pose_jaw")
_KNOWN = ("betas", _PATH_SCALE, *_POSES, *_ROOT, *_BODY, *_PATH, *_RATE, *_TEXTS)
_POSE_JOINTS = (22, 24, 52, 55)  # body only, SMPL, SMPL-H, SMPL-X
_BODY_JOINTS = (21, 23)  # SMPL-H and SMPL-X, SMPL
_NEEDED = (
    "needed are poses (T, 72 | 156 | 165) or global_orient (T, 3) with body_pose (T, 63 | 69), and trans or "
    "transl (T, 3)"
)
_LARGEST_ANGLE_RAD = 4 * np.pi
_HIGHEST_PELVIS_M = 12.0  # somebody may be on a ladder or an upper floor
_UPRIGHT_COSINE = 0.6
_UPRIGHT_SHARE = 0.9  # of the poses
_STANDING_M, _LYING_M, _LEVEL_M = (
    (0.6, 1.7),
    (0.03, 0.5),
    0.5,
)  # heights of a pelvis, and how little they vary
_TO_Z_UP: dict[str, Array] = {
    "z": np.eye(3),
    "y": Y_UP_TO_Z_UP,
    "-y": np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, -1.0, 0.0]]),  # a camera's axes: y down
}


@dataclass(frozen=True)
class SmplRecording:
    """One person's SMPL parameters over time, turned to z up.

    Attributes:
        rotations: (T, 24, 3) axis-angle, rad, local to the parent, the root's first; hands are zero.
        pelvis: (T, 3) path of the pelvis, m, from where it starts.
        rate_hz: poses per second.
        betas: (10,) in SMPL's shape space, or None where the file has none or another model's.
        gender: of the model that the betas belong to: "male", "female", "neutral", or "" where not stated.
        notes: what was assumed or left out, a sentence each.
        format: "AMASS SMPL-H", "AMASS SMPL-X", or "SMPL parameters" of any other layout.
    """

    rotations: Array
    pelvis: Array
    rate_hz: float
    betas: Array | None
    gender: str
    notes: tuple[str, ...]
    format: str = "SMPL parameters"


def read_smpl_params(path: Path, rate_hz: float | None = None) -> SmplRecording:
    """Read an AMASS .npz, or SMPL parameters as .npz or .pkl (no code in a pickle is run).

    A rate that the file states wins over `rate_hz`; without either it is `PLAIN_RATE_HZ`. AMASS is z up by
    definition; of other files the up axis (z, y, or a camera's -y) is the one that the trunk keeps to.

    Raises:
        MotionFileError: unreadable or unsafe, keys missing, shapes or values that are no person's motion.
    """
    data, names = (_from_npz if _is_archive(path) else _from_pickle)(path)
    notes: list[str] = []
    vectors, pelvis = _rotations(data, names), _numbers(data, _first_of(data, names, _PATH))
    if _PATH_SCALE in data:
        pelvis = pelvis / _path_scale(data)
    if pelvis.shape != (len(vectors), 3):
        raise MotionFileError(
            f"{_first_of(data, names, _PATH)} has shape {pelvis.shape}; its {len(vectors)} poses "
            f"need ({len(vectors)}, 3)",
            "wrong shape",
        )
    rate = _rate(data, rate_hz, notes)
    check_pelvis_speed(pelvis, rate)
    is_amass = any(key in data for key in _AMASS_RATE)
    _check_height(pelvis, is_amass)
    turn = _TO_Z_UP[_up_axis(vectors[:, 0], pelvis, is_amass, notes)]
    rotations = np.zeros((len(vectors), N_JOINTS, 3))
    rotations[:, :N_KEPT] = vectors
    rotations[:, 0] = axis_angles(turn @ rotation_matrices(vectors[:, 0]))
    return SmplRecording(
        rotations=rotations,
        pelvis=(pelvis - pelvis[0]) @ turn.T,
        rate_hz=rate,
        betas=_betas(data, names, notes),
        gender=_text(data.get("gender")),
        notes=tuple(notes),
        format=_format(data, names),
    )


def _path_scale(data: Mapping[str, Any]) -> float:
    values = _numbers(data, _PATH_SCALE)
    if values.size != 1 or not float(values.ravel()[0]) > 0:
        raise MotionFileError(
            f"{_PATH_SCALE} is {values.tolist()}; it must be one number above 0", "wrong units"
        )
    return float(values.ravel()[0])


def _format(data: Mapping[str, Any], names: list[str]) -> str:
    if "poses" not in data or not any(key in data for key in _AMASS_RATE):
        return "SMPL parameters"
    return "AMASS SMPL-X" if _is_smplx(data, names) else "AMASS SMPL-H"


def _is_smplx(data: Mapping[str, Any], names: list[str]) -> bool:
    named = "smplx" in _text(data.get("surface_model_type")) or any(key in names for key in _SMPLX_ONLY)
    return named or ("poses" in data and np.asarray(data["poses"])[0].size == 165)


def _is_archive(path: Path) -> bool:
    with path.open("rb") as file:
        return path.suffix.lower() == ".npz" or file.read(4) == b"PK\x03\x04"


def _from_npz(path: Path) -> tuple[Mapping[str, Any], list[str]]:
    data: dict[str, Any] = {}
    key = ""
    try:
        with np.load(path, allow_pickle=False) as stored:
            if not isinstance(stored, np.lib.npyio.NpzFile):
                raise MotionFileError(
                    f"it is one array {stored.shape}, not an .npz archive; {_NEEDED}", "wrong shape"
                )
            for key in stored.files:  # others may hold objects, which are of no use here
                if key in _KNOWN:
                    data[key] = stored[key]
            return data, list(stored.files)
    except MotionFileError:
        raise
    except UNREADABLE as error:
        what = f"its {key}" if key else "it"
        if "allow_pickle" in str(error):
            raise MotionFileError(
                f"{what} holds Python objects (a pickle), which are refused because they may run code; {_NEEDED}, "
                "as plain arrays",
                "unsafe",
            ) from error
        raise MotionFileError(
            f"{what} is not readable as plain arrays: truncated or damaged ({error})"
        ) from error


def _from_pickle(path: Path) -> tuple[Mapping[str, Any], list[str]]:
    try:
        data = read_smpl_pickle(path)
    except BodyFileError as error:
        is_unsafe = "refused" in str(error)
        raise MotionFileError(
            f"its pickle was not read ({error.__cause__ or error}); it must be a dictionary of numpy arrays: "
            f"turn other objects, such as tensors, into arrays and save them with np.savez; {_NEEDED}",
            "unsafe" if is_unsafe else "damaged",
        ) from error
    return data, list(data)


def _first_of(data: Mapping[str, Any], names: list[str], keys: tuple[str, ...]) -> str:
    for key in keys:
        if key in data:
            return key
    shown = f"{', '.join(sorted(names)[:12])}{', ...' if len(names) > 12 else ''}" or "nothing"
    if "betas" in data and keys[0] in _POSES and not any(key in data for key in (*_BODY, *_PATH)):
        raise MotionFileError(
            f"it holds a shape and no motion, as shape.npz and the stage I files of AMASS do; it has {shown}",
            "wrong shape",
        )
    usual = " or ".join(key for key in keys if key not in _OTHER_NAMES)
    raise MotionFileError(f"it has no {usual}, it has {shown}; {_NEEDED}", "wrong shape")


def _numbers(data: Mapping[str, Any], key: str) -> Array:
    try:
        array = np.asarray(data[key], dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise MotionFileError(f"{key} is no array of numbers ({error})", "wrong shape") from error
    bad = int((~np.isfinite(array)).any(axis=tuple(range(1, array.ndim))).sum()) if array.ndim else 0
    if bad or not np.isfinite(array).all():
        raise MotionFileError(
            f"{bad} of {len(array)} rows of {key} hold values that are not finite (NaN), the first is row "
            f"{_first_bad(array)}: repair or cut the clip"
            if array.ndim
            else f"{key} is {array}; it must be finite",
            "not finite",
        )
    return array


def _first_bad(array: Array) -> int:
    return int((~np.isfinite(array)).any(axis=tuple(range(1, array.ndim))).argmax())


def _rotations(data: Mapping[str, Any], names: list[str]) -> Array:
    """(T, 22, 3) axis-angle of pelvis to wrists, in the file's own axes."""
    poses_key = next((key for key in _POSES if key in data), None)
    if poses_key:
        return _joint_vectors(poses_key, _numbers(data, poses_key), _POSE_JOINTS)[:, :N_KEPT]
    root_key, body_key = _first_of(data, names, ("poses", *_ROOT)), _first_of(data, names, _BODY)
    root = _joint_vectors(root_key, _numbers(data, root_key), (1,))
    body = _joint_vectors(body_key, _numbers(data, body_key), _BODY_JOINTS)
    if len(root) != len(body):
        raise MotionFileError(
            f"{root_key} has {len(root)} poses and {body_key} {len(body)}: they must agree", "wrong shape"
        )
    return np.concatenate([root, body[:, : N_KEPT - 1]], axis=1)


def _joint_vectors(key: str, array: Array, allowed: tuple[int, ...]) -> Array:
    """(T, J, 3) axis-angle from (T, 3 J), (T, J, 3) or rotation matrices (T, J, 3, 3), J one of `allowed`."""
    n = len(array) if array.ndim else 0
    is_one_matrix = allowed == (1,) and array.shape == (n, 3, 3)
    if n and ((array.ndim == 4 and array.shape[2:] == (3, 3)) or is_one_matrix):
        vectors = _vectors_of_matrices(key, array.reshape(n, -1, 3, 3))
    elif n and (array.ndim == 2 or (array.ndim == 3 and array.shape[2] == 3)) and array[0].size % 3 == 0:
        vectors = array.reshape(n, -1, 3)
    else:
        vectors = np.empty((0, 0, 3))
    if vectors.shape[1] not in allowed:
        widths = " | ".join(str(3 * joints) for joints in allowed)
        raise MotionFileError(
            f"{key} has shape {array.shape}, must be (T, {widths}) axis-angle in radians", "wrong shape"
        )
    largest = float(np.linalg.norm(vectors, axis=2).max())
    if largest > _LARGEST_ANGLE_RAD:
        raise MotionFileError(
            f"{key} holds rotations of up to {largest:.4g} rad; they must be axis-angle in radians"
            f"{': divide degrees by 57.3' if largest > 45 else ''}",
            "wrong units",
        )
    return vectors


def _vectors_of_matrices(key: str, matrices: Array) -> Array:
    off = np.abs(matrices @ matrices.swapaxes(-1, -2) - np.eye(3)).max()
    if off > 1e-2 or (np.linalg.det(matrices) < 0).any():
        raise MotionFileError(
            f"{key} holds 3 x 3 matrices that are no rotations (off by {off:.2g})", "wrong shape"
        )
    return axis_angles(matrices)


def _rate(data: Mapping[str, Any], given_hz: float | None, notes: list[str]) -> float:
    stated = next((key for key in _RATE if key in data), None)
    if stated is None and given_hz is None and "smpl_poses" in data:
        notes.append(f"the file states no frame rate: {_AISTPP_RATE_HZ:g} frames/s taken, as AIST++ has it")
        return _AISTPP_RATE_HZ
    if stated is None:
        if given_hz is None:
            notes.append(f"the file states no frame rate: {PLAIN_RATE_HZ:g} frames/s taken")
        return PLAIN_RATE_HZ if given_hz is None else given_hz
    values = _numbers(data, stated)
    rate = float(values.ravel()[0]) if values.size == 1 else 0.0
    if not 1.0 <= rate <= 1000.0:
        raise MotionFileError(
            f"{stated} is {values.tolist()}; it must be one rate of 1 to 1000 frames/s", "wrong units"
        )
    return rate


def _check_height(pelvis: Array, is_amass: bool) -> None:
    """In AMASS the floor is z = 0; elsewhere a camera may be far away."""
    height = float(np.median(pelvis[:, 2]))
    if is_amass and abs(height) > _HIGHEST_PELVIS_M:
        likely = ": it looks like centimetres, divide by 100" if 30 <= height <= 130 else ""
        raise MotionFileError(f"its pelvis is {height:.3g} m above the floor{likely}", "wrong units")


def _up_axis(root: Array, pelvis: Array, is_amass: bool, notes: list[str]) -> str:
    trunks = rotation_matrices(root)[:, :, 1]
    trunk = trunks.mean(0)
    axis = int(np.abs(trunk).argmax())
    name = ("" if trunk[axis] > 0 else "-") + "xyz"[axis]
    if is_amass:
        if (trunks[:, 1] > _UPRIGHT_COSINE).mean() > _UPRIGHT_SHARE and _stands_along_y(pelvis):
            notes.append("up axis y, told from the trunk and the pelvis's height; AMASS has z up")
            return "y"
        if name in ("y", "-y") and abs(trunk[axis]) > 0.9:
            notes.append(f"read as z up, as AMASS is: the body then lies along {name} throughout")
        return "z"
    if abs(trunk[axis]) < _UPRIGHT_COSINE or name not in _TO_Z_UP:
        raise MotionFileError(
            f"its up axis cannot be told: on average the trunk points along {np.round(trunk, 2).tolist()}, it "
            f"must be mostly upright along {', '.join(_TO_Z_UP)}; else turn it to z up and add mocap_framerate, "
            "as AMASS has it",
            "unknown axes",
        )
    notes.append(f"up axis {name}, told from the trunk")
    return name


def _stands_along_y(pelvis: Array) -> bool:
    """Whether a pelvis path (T, 3), m, is at a standing one's height along y and not at a lying one's along z."""
    low, middle, high = np.percentile(pelvis, [10, 50, 90], axis=0)
    is_level = high - low < _LEVEL_M
    stands = _STANDING_M[0] < middle[1] < _STANDING_M[1] and is_level[1]
    lies = _LYING_M[0] < middle[2] < _LYING_M[1] and is_level[2]
    return bool(stands and not lies)


def _betas(data: Mapping[str, Any], names: list[str], notes: list[str]) -> Array | None:
    """The first ten, the median over time where there is one set per pose."""
    if "betas" not in data:
        return None
    if _is_smplx(data, names):
        notes.append("its betas are SMPL-X's, another shape space than SMPL's: left out")
        return None
    betas = _numbers(data, "betas")
    if betas.ndim not in (1, 2) or not betas.size:
        raise MotionFileError(f"betas have shape {betas.shape}, must be (10,) or (T, 10)", "wrong shape")
    row = betas if betas.ndim == 1 else np.median(betas, axis=0)
    return np.pad(row[:N_BETAS], (0, max(0, N_BETAS - len(row))))


def _text(value: Any) -> str:
    """A string in lower case; AMASS has it 0-d, as `str`, `bytes` or the text "b'male'"."""
    plain = value.item() if isinstance(value, np.ndarray) and value.size == 1 else value
    text = plain.decode("latin-1") if isinstance(plain, bytes) else "" if plain is None else str(plain)
    return text.lower().removeprefix("b'").strip("'\" ")
