"""Body files: the stand-in that ships with the package, and licensed files in SMPL's layout."""

from __future__ import annotations

import hashlib
import tokenize
import zipfile
import zlib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import BodyFileError
from .model import BodyModel
from .skeleton import N_BETAS, N_JOINTS, PARENTS
from .smpl_pickle import read_smpl_pickle

_STANDIN_FILES = {
    "neutral": "standin.npz",
    "female": "standin_female.npz",
    "male": "standin_male.npz",
}
_DAMAGED = (zipfile.BadZipFile, zlib.error, tokenize.TokenError)  # numpy parses headers as Python text
_N_POSE_FEATURES = (N_JOINTS - 1) * 9
_REQUIRED = ("v_template", "f", "shapedirs", "J_regressor", "weights", "kintree_table")


@lru_cache(maxsize=len(_STANDIN_FILES))
def read_standin(sex: str = "neutral") -> BodyModel:
    """A weight-free body that ships with the package (see STANDIN.md beside it); all have one mesh topology.

    Raises:
        BodyFileError: there is no stand-in of that name.
    """
    if sex not in _STANDIN_FILES:
        raise BodyFileError(f"no stand-in body {sex!r}: there are {', '.join(_STANDIN_FILES)}")
    path = Path(__file__).with_name(_STANDIN_FILES[sex])
    with np.load(path, allow_pickle=False) as stored:
        data = {key: stored[key] for key in stored.files}
    weights = data["weights"].astype(np.float64)
    # Stored in half precision: rows are off by up to 4e-4, which metres away would be millimetres.
    weights /= weights.sum(1, keepdims=True)
    regressor = np.zeros((N_JOINTS, len(weights)))
    for row, indices, values in zip(regressor, data["J_regressor_idx"], data["J_regressor_val"], strict=True):
        np.add.at(row, indices, values)
    regressor /= regressor.sum(1, keepdims=True)
    return BodyModel(
        v_template=data["v_template"].astype(np.float64),
        faces=data["f"].astype(np.int32),
        shapedirs=data["shapedirs"].astype(np.float64),
        joint_regressor=regressor,
        weights=weights,
        parents=np.array(PARENTS, dtype=np.int64),
        name=str(data["name"]),
        source=f"{data['source']}; {_fingerprint(path)}",
        licence=str(data["licence"]),
        build_betas={str(b): line for b, line in zip(data["builds"], data["build_betas"], strict=True)},
    )


def read_smpl(path: Path) -> BodyModel:
    """A licensed SMPL file: the official .pkl (no code in it is run), or the same arrays as .npz.

    Raises:
        BodyFileError: the file is missing, unsafe, or not in SMPL's layout.
    """
    if not path.is_file():
        raise BodyFileError(f"{path}: no such file; give an SMPL model (.pkl or .npz) or leave the path out")
    if path.suffix == ".pkl":
        data: Mapping[str, Any] = read_smpl_pickle(path)
    elif path.suffix == ".npz":
        data = _read_npz(path)
    else:
        raise BodyFileError(
            f"{path.name}: SMPL models come as .pkl or .npz, not {path.suffix or 'without one'}"
        )
    missing = [key for key in _REQUIRED if key not in data]
    if missing:
        raise BodyFileError(f"{path.name}: not an SMPL model, {', '.join(missing)} missing")
    return _checked_model(path, data)


def _read_npz(path: Path) -> dict[str, Any]:
    try:
        with np.load(path, allow_pickle=False) as stored:
            return {key: stored[key] for key in stored.files}
    except (
        ValueError,
        TypeError,
        OSError,
        KeyError,
        EOFError,
        SyntaxError,
        RuntimeError,
        *_DAMAGED,
    ) as error:
        raise BodyFileError(
            f"{path.name}: not readable as plain arrays ({error}): truncated, damaged or pickled objects; store "
            "dense numeric arrays only"
        ) from error


def _checked_model(path: Path, data: Mapping[str, Any]) -> BodyModel:
    optional = ("posedirs",) if "posedirs" in data else ()
    arrays = {key: _numbers(path, key, data[key]) for key in (*_REQUIRED, *optional)}
    kintree = arrays["kintree_table"]
    if kintree.shape != (2, N_JOINTS):
        raise BodyFileError(
            f"{path.name}: kintree_table is {kintree.shape}, SMPL's is (2, {N_JOINTS}); "
            "SMPL-H and SMPL-X files are not read: give an SMPL file"
        )
    if tuple(int(p) for p in kintree[0, 1:]) != PARENTS[1:]:
        raise BodyFileError(f"{path.name}: joints hang together otherwise than SMPL's: {kintree[0].tolist()}")
    n_vertices = len(arrays["v_template"])
    n_betas = arrays["shapedirs"].shape[-1]
    shapes: dict[str, tuple[int, ...]] = {
        "v_template": (n_vertices, 3),
        "J_regressor": (N_JOINTS, n_vertices),
        "weights": (n_vertices, N_JOINTS),
        "shapedirs": (n_vertices, 3, max(n_betas, N_BETAS)),
        "posedirs": (n_vertices, 3, _N_POSE_FEATURES),
        "f": (len(arrays["f"]), 3),
    }
    for key in arrays.keys() & shapes.keys():
        if arrays[key].shape != shapes[key]:
            raise BodyFileError(f"{path.name}: {key} is {arrays[key].shape}, must be {shapes[key]}")
    faces = arrays["f"]
    if faces.min() < 0 or faces.max() >= n_vertices:
        raise BodyFileError(
            f"{path.name}: f has indices up to {faces.max():.0f}, there are {n_vertices} vertices"
        )
    for key in ("weights", "J_regressor"):
        worst = float(np.abs(arrays[key].sum(1) - 1.0).max())
        if worst > 1e-3:
            raise BodyFileError(f"{path.name}: rows of {key} must sum to 1; one is off by {worst:.3g}")
    return BodyModel(
        v_template=arrays["v_template"],
        faces=faces.astype(np.int32),
        shapedirs=np.ascontiguousarray(arrays["shapedirs"][:, :, :N_BETAS]),
        joint_regressor=arrays["J_regressor"],
        weights=arrays["weights"],
        parents=np.array(PARENTS, dtype=np.int64),
        name=path.stem,
        source=f"SMPL file {path.name}; {_fingerprint(path)}",
        licence="the file's own licence (SMPL: non-commercial research; may not be redistributed)",
        posedirs=arrays.get("posedirs"),
    )


def _numbers(path: Path, key: str, value: Any) -> np.ndarray:
    try:
        array = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise BodyFileError(f"{path.name}: {key} is not an array of numbers ({error})") from error
    if not array.size or not np.isfinite(array).all():
        raise BodyFileError(f"{path.name}: {key} is empty or holds values that are not finite")
    return array


def _fingerprint(path: Path) -> str:
    return f"sha256 {hashlib.sha256(path.read_bytes()).hexdigest()[:16]}"
