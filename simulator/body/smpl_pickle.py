"""Reads SMPL's official pickles without running what is in them.

They were written by Python 2 with chumpy objects inside; chumpy does not import on Python 3.11, and a plain
`pickle.load` of a downloaded file would run any code in it. Here nothing of any library is called: arrays, chumpy
and scipy.sparse objects become records of their state, from which arrays of plain numbers are made afterwards;
plain containers are built; every other name is refused.
"""

from __future__ import annotations

import collections
import pickle
from pathlib import Path
from typing import Any, Literal

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


class _DtypeRecord:
    """A numpy dtype: its short name, such as f8, and byte order."""

    def __init__(self, name: Any, *_: Any) -> None:
        if not isinstance(name, str):
            raise _RefusedError(f"a dtype {name!r}")
        self.name = name
        self.byte_order: Any = "="

    def __setstate__(self, state: Any) -> None:
        _, self.byte_order, *structure = state[:5]
        if any(part is not None for part in structure):
            raise _RefusedError("an array of structures")

    def made(self) -> np.dtype:
        return np.dtype(self.name).newbyteorder(self.byte_order)


class _ArrayRecord:
    """A numpy array: shape, dtype, order in memory and bytes."""

    def __init__(self, *_: Any) -> None:
        self.shape: tuple[int, ...] | None = None

    def __setstate__(self, state: Any) -> None:
        _, self.shape, self.dtype, self.is_fortran, self.content = state

    def made(self) -> np.ndarray | None:
        """A writable copy; None where the elements are no numbers or texts."""
        if self.shape is None:
            raise ValueError("an array without content")
        dtype = self.dtype.made()
        if dtype.kind not in "biufcSU":
            return None
        content = self.content.encode("latin1") if isinstance(self.content, str) else bytes(self.content)
        order: Literal["C", "F"] = "F" if self.is_fortran else "C"
        return np.array(
            np.frombuffer(content, dtype).reshape(self.shape, order=order), dtype.newbyteorder("=")
        )


def _rebuild_array(cls: Any, *_: Any) -> _ArrayRecord:
    if cls is not _ArrayRecord:
        raise _RefusedError(f"an array of class {cls!r}")
    return _ArrayRecord()


def _array_from_buffer(content: Any, dtype: Any, shape: Any, order: Any) -> _ArrayRecord:
    record = _ArrayRecord()
    record.__setstate__((1, shape, dtype, order == "F", content))
    return record


def _number(dtype: Any, content: Any = b"") -> Any:
    record = _array_from_buffer(content, dtype, (1,), "C")
    values = record.made()
    return None if values is None else values[0]


def _bytes_only(content: Any = b"", encoding: str = "latin1") -> bytes:
    # A number would ask for as many bytes of memory.
    if not isinstance(content, bytes | str):
        raise _RefusedError(f"a buffer of {content!r}")
    return _latin1_bytes(content, encoding) if isinstance(content, str) else content


def _latin1_bytes(text: str, encoding: str) -> bytes:
    if encoding != "latin1":
        raise _RefusedError(f"bytes in encoding {encoding!r}")
    return text.encode("latin1")


def _rebuild_record(cls: type, base: type, state: Any) -> _Record:
    if not (isinstance(cls, type) and issubclass(cls, _Record) and base is object):
        raise _RefusedError(f"an object of {cls!r}")
    return cls()


_NUMPY_MODULES = ("numpy.core", "numpy._core")  # of numpy 1 and 2
_BUILTIN_MODULES = ("__builtin__", "builtins")  # of Python 2 and 3
_ALLOWED: dict[tuple[str, str], Any] = {
    ("numpy", "ndarray"): _ArrayRecord,
    ("numpy", "dtype"): _DtypeRecord,
    **{(f"{module}.multiarray", "_reconstruct"): _rebuild_array for module in _NUMPY_MODULES},
    **{(f"{module}.multiarray", "scalar"): _number for module in _NUMPY_MODULES},
    **{(f"{module}.numeric", "_frombuffer"): _array_from_buffer for module in _NUMPY_MODULES},
    ("collections", "OrderedDict"): collections.OrderedDict,
    ("_codecs", "encode"): _latin1_bytes,
    **{(module, "_reconstructor"): _rebuild_record for module in ("copy_reg", "copyreg")},
    **{(module, kind): _bytes_only for module in _BUILTIN_MODULES for kind in ("bytes", "bytearray")},
    **{(m, plain.__name__): plain for m in _BUILTIN_MODULES for plain in (object, set, frozenset)},
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
        if isinstance(data, dict):
            arrays = {str(key): _as_array(value) for key, value in data.items()}
    except _RefusedError as error:
        raise BodyFileError(
            f"{path.name}: refused to read it, {error}; an SMPL model holds only numpy, scipy.sparse and "
            "chumpy data: take the file from its official source"
        ) from error
    except Exception as error:  # a damaged pickle fails in any way, from EOFError to RecursionError
        raise BodyFileError(f"{path.name}: damaged ({type(error).__name__}: {error})") from error
    if not isinstance(data, dict):
        raise BodyFileError(f"{path.name}: holds a {type(data).__name__}, an SMPL model is a dictionary")
    return {key: value for key, value in arrays.items() if value is not None}


def _as_array(value: Any) -> Any:
    if isinstance(value, _ArrayRecord):
        return value.made()
    if isinstance(value, _SparseRecord):
        return _sparse_array(value)
    if not isinstance(value, _ChumpyRecord):
        return value
    state = value.state
    if "x" in state:  # chumpy.ch.Ch: a plain array
        return _as_array(state["x"])
    if {"a", "idxs", "preferred_shape"} <= state.keys():  # chumpy.reordering.Select: a view of another array
        whole = np.asarray(_as_array(state["a"]), dtype=np.float64)
        return whole.ravel()[np.asarray(_as_array(state["idxs"]))].reshape(state["preferred_shape"])
    return None  # an expression, such as the joints: they follow from the regressor


def _sparse_array(record: _SparseRecord) -> np.ndarray:
    build = sparse.csc_matrix if type(record).__name__.startswith("csc") else sparse.csr_matrix
    parts = tuple(_as_array(record.state[name]) for name in ("data", "indices", "indptr"))
    # The full check: out of range, an index would be read and written beyond the matrix's memory.
    made = build(parts, shape=record.state["_shape"])
    made.check_format(full_check=True)
    return np.asarray(made.toarray())
