"""HumanML3D's arrays (Guo et al. 2022), which text-to-motion models write too: joints and 263 features.

`new_joints` (T, 22, 3) float, metres; `new_joint_vecs` (T, 263), not normalised; both y up, 20 frames/s.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from simulator.body.skeleton import Array
from simulator.errors import MotionFileError

from .humanml3d_vectors import N_FEATURES, show_a_person, vectors_to_joints
from .joint_axes import with_y_up
from .joint_clip import JointClip
from .numpy_files import UNREADABLE

HUMANML3D_RATE_HZ = 20.0
JOINTS_FORMAT, VECTORS_FORMAT = "HumanML3D joints", "HumanML3D vectors"
_NPY_MAGIC = b"\x93NUMPY"
NAMES_OF_SCALES = ("Mean.npy", "Std.npy")
_SEARCHED_FOLDERS = 2  # beside the file, and in the data set's folder above


def read_joint_array(path: Path, rate_hz: float = HUMANML3D_RATE_HZ) -> JointClip:
    """The joints of one .npy file of either kind, z up.

    Raises:
        MotionFileError: not a plain array of joints or features, or joints of no person.
    """
    return read_array(path, rate_hz)[1]


def read_array(path: Path, rate_hz: float = HUMANML3D_RATE_HZ) -> tuple[str, JointClip]:
    """The format of one .npy file and its joints, z up.

    (T, 22, 3) joints may also come as (T, 24, 3), whose hands are left out, as (T, 66), as (22, 3, T), which is
    how MDM has them, or as a batch of one.
    Normalised features are undone with `Mean.npy` and `Std.npy`, where those lie beside the file or above it.

    Raises:
        MotionFileError: not a plain array of joints or features, or joints of no person.
    """
    array = _one_of_batch(_plain_array(path))
    if array.ndim == 2 and array.shape[1] == N_FEATURES:
        vectors, notes = _raw_vectors(path, _finite(array))
        return VECTORS_FORMAT, JointClip.from_y_up(vectors_to_joints(vectors), rate_hz, notes)
    notes = ()
    if array.ndim == 2 and array.shape[1] == 66:
        array = array.reshape(-1, 22, 3)
    elif array.ndim == 3 and array.shape[1:] == (24, 3):
        array, notes = array[:, :22], ("the last 2 of its 24 joints, the hands, are left out",)
    elif array.ndim == 3 and array.shape[:2] == (22, 3):
        array, notes = array.transpose(2, 0, 1), ("its axes are (22, 3, T): turned into (T, 22, 3)",)
    with np.errstate(invalid="ignore", over="ignore"):  # what is not finite is refused in words
        array = array.astype(np.float64)
    clip = JointClip(array, rate_hz, notes)
    joints, turn_notes = with_y_up(clip.joints)
    return JOINTS_FORMAT, JointClip.from_y_up(joints, rate_hz, notes + turn_notes)


def _one_of_batch(array: np.ndarray) -> np.ndarray:
    is_batch = array.ndim == 4 or (array.ndim == 3 and array.shape[2] in (66, N_FEATURES))
    if is_batch and len(array) > 1:
        raise MotionFileError(
            f"it holds a batch of {len(array)} motions, shape {array.shape}: save each one as a file of its own, "
            "(T, 22, 3), cut to its length",
            "wrong shape",
        )
    return array[0] if is_batch and len(array) else array


def _plain_array(path: Path) -> np.ndarray:
    try:
        array = np.load(path, allow_pickle=False)
    except UNREADABLE as error:
        with path.open("rb") as file:
            is_npy = file.read(len(_NPY_MAGIC)) == _NPY_MAGIC
        if not is_npy:
            raise MotionFileError(
                "it is no readable .npy array: it does not begin as one, so it is empty, damaged or renamed"
            ) from error
        if "allow_pickle" in str(error):
            raise MotionFileError(
                "it holds Python objects (a pickle), which are refused because they may run code: save the "
                "plain array of joints, (T, 22, 3), with np.save",
                "unsafe",
            ) from error
        raise MotionFileError(f"it is no readable .npy array: truncated or damaged ({error})") from error
    if not isinstance(array, np.ndarray) or array.dtype.kind != "f":
        kind = getattr(array, "dtype", type(array).__name__)
        raise MotionFileError(f"it holds {kind}, joints are floats", "wrong shape")
    return array


def _finite(vectors: Array) -> Array:
    bad = int((~np.isfinite(vectors)).any(1).sum())
    if bad:
        raise MotionFileError(
            f"{bad} of {len(vectors)} frames hold values that are not finite (NaN), the first is frame "
            f"{int((~np.isfinite(vectors)).any(1).argmax())}: repair or cut the clip",
            "not finite",
        )
    if not len(vectors):
        raise MotionFileError("it has no frames", "too short")
    return vectors.astype(np.float64)


def _raw_vectors(path: Path, vectors: Array) -> tuple[Array, tuple[str, ...]]:
    if show_a_person(vectors):
        return vectors, ()
    scales = _scales_near(path)
    if scales is None:
        raise MotionFileError(
            f"its {N_FEATURES} features give no person: bones change their lengths, or legs are too short. "
            "Text-to-motion models write normalised features: put the Mean.npy and Std.npy that they were "
            "normalised with beside the file, or undo it (x * Std + Mean)",
            "normalised",
        )
    undone = vectors * scales[1] + scales[0]
    if not show_a_person(undone):
        raise MotionFileError(
            f"its {N_FEATURES} features give no person, neither as they are nor after x * Std + Mean",
            "normalised",
        )
    return undone, ("its features were normalised: undone with Mean.npy and Std.npy",)


def _scales_near(path: Path) -> tuple[Array, Array] | None:
    """Mean and standard deviation (263,) each, from the nearest folder that has both."""
    for folder in list(path.resolve().parents)[:_SEARCHED_FOLDERS]:
        files = [folder / name for name in NAMES_OF_SCALES]
        if all(file.is_file() for file in files):
            mean, std = (_plain_array(file).astype(np.float64) for file in files)
            if mean.shape == std.shape == (N_FEATURES,) and np.isfinite([mean, std]).all():
                return mean, std
            raise MotionFileError(
                f"Mean.npy and Std.npy beside it have shapes {mean.shape} and {std.shape}, they need "
                f"({N_FEATURES},) and finite values",
                "normalised",
            )
    return None
