"""What a pickle may hold: arrays of numbers in every form that Python 2 and 3 write; nothing else, and no crash."""

from __future__ import annotations

import copyreg
import io
import pickle
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.sparse import csc_matrix, csr_matrix

from simulator.body.smpl_pickle import read_smpl_pickle
from simulator.errors import BodyFileError


class Named:
    """Pickles as a global of any name, called with any arguments, with any state set on it."""

    def __init__(self, module: str, name: str, args: tuple[Any, ...] | None = (), state: Any = None) -> None:
        self.module, self.name, self.args, self.state = module, name, args, state


class ForgingPickler(pickle._Pickler):  # type: ignore[name-defined]  # the C one cannot write foreign names
    def save(self, obj: Any, save_persistent_id: bool = True) -> None:
        if not isinstance(obj, Named):
            super().save(obj, save_persistent_id)
            return
        self.write(pickle.GLOBAL + f"{obj.module}\n{obj.name}\n".encode())
        if obj.args is not None:
            super().save(obj.args)
            self.write(pickle.REDUCE)
        if obj.state is not None:
            super().save(obj.state)
            self.write(pickle.BUILD)


def written(path: Path, data: Any) -> Path:
    file = io.BytesIO()
    pickler = ForgingPickler(file, protocol=2)
    pickler.fast = True
    pickler.dump(data)
    path.write_bytes(file.getvalue())
    return path


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize(
    "array",
    [
        np.arange(6.0).reshape(2, 3),
        np.asfortranarray(np.arange(6.0).reshape(2, 3)),
        np.arange(6, dtype=">i4"),
        np.arange(4, dtype=np.uint32),
        np.zeros((0, 3)),
        np.array(["a", "bc"]),
        np.array(3.5),
    ],
    ids=["C", "F", "big-endian", "uint32", "empty", "text", "0-d"],
)
def test_plain_arrays_come_back_in_every_protocol(tmp_path: Path, protocol: int, array: np.ndarray) -> None:
    path = tmp_path / "a.pkl"
    path.write_bytes(pickle.dumps({"a": array, "b": [array, 1.5], "n": np.float64(2.5)}, protocol=protocol))
    back = read_smpl_pickle(path)
    assert np.array_equal(back["a"], array) and back["a"].shape == array.shape
    assert back["a"].flags.writeable and back["a"].dtype.isnative
    assert back["n"] == 2.5


def test_arrays_written_by_python_2_are_read(tmp_path: Path) -> None:
    content = struct.pack("<2d", 1.5, -2.25)
    array = (
        b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85U\x01b\x87R(K\x01K\x02\x85cnumpy\ndtype\n"
        b"U\x02f8K\x00K\x01\x87R(K\x03U\x01<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89U\x10"
        + content
        + b"tb"
    )
    path = tmp_path / "two.pkl"
    path.write_bytes(b"\x80\x02}U\x01x" + array + b"s.")
    assert read_smpl_pickle(path)["x"].tolist() == [1.5, -2.25]


@pytest.mark.parametrize("kind", [csc_matrix, csr_matrix])
def test_sparse_matrices_become_dense(tmp_path: Path, kind: Any) -> None:
    matrix = np.diag([1.0, 2.0, 0.0]) + np.eye(3, k=1)
    path = tmp_path / "s.pkl"
    path.write_bytes(pickle.dumps({"J": kind(matrix)}, protocol=2))
    assert np.array_equal(read_smpl_pickle(path)["J"], matrix)


def test_sparse_matrices_that_point_out_of_their_memory_are_refused(tmp_path: Path) -> None:
    matrix = csc_matrix(np.eye(3))
    matrix.indices = np.array([0, 10**9, 2], np.int32)
    path = tmp_path / "s.pkl"
    path.write_bytes(pickle.dumps({"J": matrix}, protocol=2))
    with pytest.raises(BodyFileError, match=r"s\.pkl: damaged"):
        read_smpl_pickle(path)


def test_what_is_no_number_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "o.pkl"
    path.write_bytes(pickle.dumps({"a": np.array([{}, None], dtype=object), "b": np.ones(2)}, protocol=2))
    assert list(read_smpl_pickle(path)) == ["b"]


F8 = Named("numpy", "dtype", ("f8", 0, 1), (3, "<", None, None, None, -1, -1, 0))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (
            Named("numpy", "dtype", ("V8", 0, 1), (3, "|", None, ("a",), {"a": (F8, 0)}, 8, 1, 0)),
            "structures",
        ),
        (Named("numpy", "dtype", ([("a", "f8")],)), "a dtype"),
        (Named("numpy.core.multiarray", "_reconstruct", (Named("builtins", "set", None), (0,))), "class"),
        (Named("builtins", "bytearray", (10**12,)), "a buffer of 1000000000000"),
        (Named("builtins", "getattr", ("", "__class__")), "builtins.getattr"),
        (Named("builtins", "__import__", ("os",)), "builtins.__import__"),
        (Named("numpy.core.multiarray", "fromfile", ("x",)), "numpy.core.multiarray.fromfile"),
        (Named("numpy.testing", "rundocs", ("x",)), "numpy.testing.rundocs"),
        (Named("scipy.sparse", "load_npz", ("x",)), "scipy.sparse.load_npz"),
        (Named("chumpy", "ch.os", ()), "chumpy.ch.os"),
        (Named("functools", "partial", (len,)), "functools.partial"),
        (Named("copyreg", "_reconstructor", (Named("builtins", "set", None), object, None)), "an object of"),
        (Named("_codecs", "encode", ("x", "rot13")), "encoding 'rot13'"),
    ],
)
def test_everything_but_plain_numbers_is_refused_by_name(tmp_path: Path, data: Any, reason: str) -> None:
    with pytest.raises(BodyFileError, match=f"refused to read it, .*{reason}"):
        read_smpl_pickle(written(tmp_path / "x.pkl", {"v_template": data}))


def chumpy_of(**state: Any) -> Named:
    return Named("chumpy.reordering", "Select", (), state)


@pytest.mark.parametrize(
    "state",
    [
        {"a": np.arange(4.0), "idxs": np.array([0, 9]), "preferred_shape": (2,)},
        {"a": np.arange(4.0), "idxs": np.array([0, 1]), "preferred_shape": (3, 3)},
        {"a": "text", "idxs": np.array([0]), "preferred_shape": (1,)},
    ],
    ids=["beyond", "shape", "text"],
)
def test_views_that_do_not_fit_their_array_are_damage(tmp_path: Path, state: dict[str, Any]) -> None:
    with pytest.raises(BodyFileError, match=r"x\.pkl: damaged"):
        read_smpl_pickle(written(tmp_path / "x.pkl", {"v": chumpy_of(**state)}))


def test_an_object_that_holds_itself_is_damage(tmp_path: Path) -> None:
    record = b"cchumpy.ch\nCh\n)\x81q\x01}U\x01xh\x01sb"
    (tmp_path / "loop.pkl").write_bytes(b"\x80\x02}U\x01v" + record + b"s.")
    with pytest.raises(BodyFileError, match="RecursionError"):
        read_smpl_pickle(tmp_path / "loop.pkl")


def test_too_few_bytes_for_an_array_are_damage(tmp_path: Path) -> None:
    short = Named("numpy.core.multiarray", "_reconstruct", (Named("numpy", "ndarray", None), (0,), "b"))
    short.state = (1, (100, 3), F8, False, "few bytes")
    with pytest.raises(BodyFileError, match=r"x\.pkl: damaged"):
        read_smpl_pickle(written(tmp_path / "x.pkl", {"v": short}))


def test_names_of_the_extension_registry_are_checked_too(tmp_path: Path) -> None:
    copyreg.add_extension("os", "system", 240)
    try:
        (tmp_path / "x.pkl").write_bytes(b"\x80\x02}U\x01v\x82\xf0(U\x04trueRs.")
        with pytest.raises(BodyFileError, match=r"os\.system"):
            read_smpl_pickle(tmp_path / "x.pkl")
    finally:
        copyreg.remove_extension("os", "system", 240)


def test_expressions_of_chumpy_are_left_out(tmp_path: Path) -> None:
    path = written(tmp_path / "x.pkl", {"J": chumpy_of(terms=["a"]), "v": chumpy_of(x=np.ones(2))})
    assert list(read_smpl_pickle(path)) == ["v"]
