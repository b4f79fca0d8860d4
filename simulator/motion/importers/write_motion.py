"""Writes body motion in the formats that are read: HumanML3D's arrays, AMASS's layout and BVH."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np

from simulator.body.model import BodyModel, pose_joints
from simulator.body.skeleton import N_BETAS, Y_UP_TO_Z_UP, Array
from simulator.errors import MotionFileError
from simulator.motion.body_motion import BodyMotion

from .bvh_writer import bvh_text
from .humanml3d import HUMANML3D_RATE_HZ, JOINTS_FORMAT, VECTORS_FORMAT
from .humanml3d_vectors import joints_to_vectors
from .joint_clip import heading_turn

_AMASS_BETAS = 16
_N_BODY_VALUES, _N_POSE_VALUES = 63, 156  # of AMASS SMPL-H: body joints, and all with root and hands
_FORMAT_OF_ENDING = {".npy": JOINTS_FORMAT, ".npz": "AMASS SMPL-H", ".bvh": "BVH"}


def write_motion(path: Path | str, motion: BodyMotion, body: BodyModel, format: str | None = None) -> str:
    """Write a motion to a file; the file is there as a whole or not at all.

    `.npy`: HumanML3D joints (T, 22, 3), float32, 20 poses/s, y up, starting over x = z = 0, facing +z, the
    floor at y = 0; or its features (T - 1, 263). `.npz`: AMASS's SMPL-H keys at the motion's own rate, z up,
    hands zero; betas are written for an SMPL body only, as other shape spaces mean nothing to it. `.bvh`: 24
    joints with Mixamo's names, centimetres, y up, at the motion's own rate.

    Args:
        path: in a folder that exists.
        motion: to be written.
        body: that moves; its joints and bones are written.
        format: "HumanML3D vectors" for features; else what the ending says.

    Returns:
        The name of the format.

    Raises:
        MotionFileError: an ending or a format that is not written, no such folder, or a motion too short.
    """
    path = Path(path)
    name = format or _FORMAT_OF_ENDING.get(path.suffix.lower())
    if name not in _WRITERS or _ENDING_OF_FORMAT[name] != path.suffix.lower():
        known = ", ".join(f"{ending} ({name})" for name, ending in _ENDING_OF_FORMAT.items())
        raise MotionFileError(
            f"{path}: motion is written as {known}, not {path.suffix!r}{f' ({format})' if format else ''}",
            "unknown format",
        )
    if not path.parent.is_dir():
        raise MotionFileError(f"{path}: there is no folder {path.parent}: make it first", "missing file")
    if name in (JOINTS_FORMAT, VECTORS_FORMAT) and motion.n_poses < 3:
        raise MotionFileError(
            f"{path}: the motion has {motion.n_poses} poses; 20 poses/s are splined from 3 at least",
            "too short",
        )
    content = _WRITERS[name](motion, body)
    partial = path.with_name(f".{path.name}.partial")
    try:
        partial.write_bytes(content)
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)
    return name


def humanml3d_joints(motion: BodyMotion, body: BodyModel) -> Array:
    """(T, 22, 3) joints as HumanML3D has them: 20 poses/s, y up, facing +z from over x = z = 0, floor y = 0."""
    joints = pose_joints(body, motion.resampled(HUMANML3D_RATE_HZ))[:, :22]
    joints = (joints - joints[0, 0] * [1.0, 1.0, 0.0]) @ heading_turn(joints[0]).T
    return (joints - [0.0, 0.0, joints[..., 2].min()]) @ Y_UP_TO_Z_UP  # v @ R is R^T v: back to y up


def _joints(motion: BodyMotion, body: BodyModel) -> bytes:
    return _npy(humanml3d_joints(motion, body))


def _vectors(motion: BodyMotion, body: BodyModel) -> bytes:
    return _npy(joints_to_vectors(humanml3d_joints(motion, body)))


def _npy(array: Array) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array.astype(np.float32), allow_pickle=False)
    return buffer.getvalue()


def _amass(motion: BodyMotion, body: BodyModel) -> bytes:
    n = motion.n_poses
    poses = np.zeros((n, _N_POSE_VALUES))
    poses[:, :3] = motion.global_orient
    poses[:, 3 : 3 + _N_BODY_VALUES] = motion.body_pose[:, :21].reshape(n, _N_BODY_VALUES)
    is_smpl = body.source.startswith("SMPL file")
    betas = np.zeros(_AMASS_BETAS)
    if is_smpl:
        betas[:N_BETAS] = motion.betas
    name = body.name.lower()
    gender = next((sex for sex in ("female", "male") if sex in name), "neutral")
    buffer = io.BytesIO()
    np.savez(
        buffer,
        poses=poses,
        trans=motion.transl,
        betas=betas,
        gender=np.array(gender),
        mocap_framerate=np.array(float(motion.rate_hz)),
        dmpls=np.zeros((n, 8)),
    )
    return buffer.getvalue()


def _bvh(motion: BodyMotion, body: BodyModel) -> bytes:
    return bvh_text(motion, body).encode()


_WRITERS: dict[str, Callable[[BodyMotion, BodyModel], bytes]] = {
    JOINTS_FORMAT: _joints,
    VECTORS_FORMAT: _vectors,
    "AMASS SMPL-H": _amass,
    "BVH": _bvh,
}
_ENDING_OF_FORMAT = {JOINTS_FORMAT: ".npy", VECTORS_FORMAT: ".npy", "AMASS SMPL-H": ".npz", "BVH": ".bvh"}
