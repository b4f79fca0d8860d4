"""HumanML3D's arrays: `new_joints` (T, 22, 3) float, metres, y up, 20 frames a second."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from simulator.errors import MotionFileError

from .joint_clip import JointClip

HUMANML3D_RATE_HZ = 20.0


def read_joint_array(path: Path, rate_hz: float = HUMANML3D_RATE_HZ) -> JointClip:
    """The joints of one .npy file, z up.

    Raises:
        MotionFileError: not a plain array of joints, or joints of no person.
    """
    try:
        array = np.load(path, allow_pickle=False)
    except (ValueError, OSError, EOFError) as error:
        raise MotionFileError(f"it is no readable .npy array: truncated or damaged ({error})") from error
    if not isinstance(array, np.ndarray) or array.dtype.kind != "f":
        raise MotionFileError(f"it holds {getattr(array, 'dtype', type(array))}, joints are floats")
    if array.ndim == 2 and array.shape[1] == 263:
        raise MotionFileError(
            "it holds HumanML3D's 263 features, not joints: give the array of new_joints, (T, 22, 3)"
        )
    return JointClip.from_y_up(array.astype(np.float64), rate_hz)
