"""Reads SMPL's official pickles without running what is in them.

They were written by Python 2 with chumpy objects inside; chumpy does not import on Python 3.11, and a plain
`pickle.load` of a downloaded file would run any code in it. Here only numpy arrays and plain containers are
built; chumpy and scipy.sparse objects become records of their state; every other name is refused.
"""

from __future__ import annotations

import collections
import pickle
from pathlib import Path
from typing import Any

import numpy as np
from scipy import sparse

from ..errors import BodyFileError


class _RefusedError(pickle.UnpicklingError):
    pass


class _Record:
    """Stands for an object of a library: keeps its state, has none of its code."""

    def __init__(self, *_: Any) -> None:
        self.state: dict[str, Any] = {}

    def __setstate__(self, state: Any) -> None:
        self.state = state if isinstance(state, dict) else {}


class _ChumpyRecord(_Record):
    pass


class _SparseRecord(_Record):
    pass


def _latin1_bytes(text: str, encoding: str) -> bytes:
    if encoding != "latin1":
        raise _RefusedError(f"bytes in encoding {encoding!r}")
    return text.encode("latin1")


def _rebuild_record(cls: type, base: type, state: Any) -> _Record:
    if not (isinstance(cls, type) and issubclass(cls, _Record) and base is object):
        raise _RefusedError(f"an object of {cls!r}")
    return cls()


_NUMPY_MULTIARRAY = ("numpy.core.multiarray", "numpy._core.multiarray")
_ALLOWED: dict[tuple[str, str], Any] = {
    ("numpy", "ndarray"): np.ndarray,
    ("numpy", "dtype"): np.dtype,
    # numpy's own rebuilders are private names that moved between versions; arrays know theirs.
    **{(module, "_reconstruct"): np.empty(0).__reduce__()[0] for module in _NUMPY_MULTIARRAY},
    **{(module, "scalar"): np.float64(0).__reduce__()[0] for module in _NUMPY_MULTIARRAY},
    **{
        (m, "_frombuffer"): np.empty(1).__reduce_ex__(5)[0]
        for m in ("numpy.core.numeric", "numpy._core.numeric")
    },
    ("collections", "OrderedDict"): collections.OrderedDict,
    ("_codecs", "encode"): _latin1_bytes,
    **{(module, "_reconstructor"): _rebuild_record for module in ("copy_reg", "copyreg")},
    **{
        (module, plain.__name__): plain
        for module in ("__builtin__", "builtins")
        for plain in (object, set, frozenset, bytearray)
    },
}


class _SmplUnpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) in _ALLOWED:
            return _ALLOWED[module, name]
        if module.split(".")[0] == "chumpy" and "." not in name:
            return _ChumpyRecord
        if module.startswith("scipy.sparse") and name in (
            "csc_matrix",
            "csr_matrix",
            "csc_array",
            "csr_array",
        ):
            return type(name, (_SparseRecord,), {})
        raise _RefusedError(f"it asks for {module}.{name}")


def read_smpl_pickle(path: Path) -> dict[str, Any]:
    """The entries of an SMPL pickle; chumpy and sparse values are plain arrays, other objects are left out.

    Raises:
        BodyFileError: the file asks for anything but arrays, is damaged, or holds no dictionary.
    """
    try:
        with path.open("rb") as file:
            data = _SmplUnpickler(file, encoding="latin1").load()
    except _RefusedError as error:
        raise BodyFileError(
            f"{path.name}: refused to read it, {error}; an SMPL model holds only numpy, scipy.sparse and "
            "chumpy data: take the file from its official source"
        ) from error
    except Exception as error:  # a damaged pickle fails in any way, from EOFError to TypeError
        raise BodyFileError(f"{path.name}: damaged ({type(error).__name__}: {error})") from error
    if not isinstance(data, dict):
        raise BodyFileError(f"{path.name}: holds a {type(data).__name__}, an SMPL model is a dictionary")
    arrays = {str(key): _as_array(value, path) for key, value in data.items()}
    return {key: value for key, value in arrays.items() if value is not None}


def _as_array(value: Any, path: Path) -> Any:
    if isinstance(value, _SparseRecord):
        return _sparse_array(value, path)
    if not isinstance(value, _ChumpyRecord):
        return value
    state = value.state
    if "x" in state:  # chumpy.ch.Ch: a plain array
        return _as_array(state["x"], path)
    if {"a", "idxs", "preferred_shape"} <= state.keys():  # chumpy.reordering.Select: a view of another array
        whole = np.asarray(_as_array(state["a"], path), dtype=np.float64)
        return whole.ravel()[np.asarray(state["idxs"])].reshape(state["preferred_shape"])
    return None  # an expression, such as the joints: they follow from the regressor


def _sparse_array(record: _SparseRecord, path: Path) -> np.ndarray:
    state = record.state
    build = sparse.csc_matrix if type(record).__name__.startswith("csc") else sparse.csr_matrix
    try:
        parts = (state["data"], state["indices"], state["indptr"])
        return build(parts, shape=state["_shape"]).toarray()
    except (KeyError, ValueError, TypeError, IndexError) as error:
        raise BodyFileError(f"{path.name}: a sparse matrix in it is damaged ({error})") from error
