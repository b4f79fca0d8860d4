"""The key index finds what a plain search finds, whatever was joined, removed, lost or cut meanwhile."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_lake.key_index import RUNS_PER_LEVEL, KeyIndex, Place, known

Files = dict[str, list[str | None]]


def places(index: KeyIndex, files: Files, value: str) -> set[Place]:
    runs = index.covering(list(files), files.__getitem__)
    return {place for run in runs for place in run.places(value) if place.file in files}


def searched(files: Files, value: str) -> set[Place]:
    return {Place(f, row) for f, values in files.items() for row, one in enumerate(values) if one == value}


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.lists(st.one_of(st.none(), st.sampled_from("abcdefgh")), max_size=6), min_size=1, max_size=40
    ),
    st.integers(1, 9),
    st.data(),
)
def test_it_finds_what_a_plain_search_finds(
    tmp_path_factory: pytest.TempPathFactory, columns: list[list[str | None]], step: int, data: st.DataObject
) -> None:
    all_files = {f"file-{number}": values for number, values in enumerate(columns)}
    folder = data.draw(st.sampled_from([None, tmp_path_factory.mktemp("keys")]))
    index = KeyIndex(folder)
    for last in range(
        step, len(all_files) + step, step
    ):  # files come to be in steps, some are compacted away
        gone = set(data.draw(st.lists(st.sampled_from(sorted(all_files)), max_size=4)))
        files = {name: v for name, v in list(all_files.items())[:last] if name not in gone}
        index = index if data.draw(st.booleans()) else KeyIndex(folder)
        for value in "abz":
            assert places(index, files, value) == searched(files, value)
        runs = index.covering(list(files), files.__getitem__)
        expected = [any(value in column for column in files.values()) for value in "abcdefghz"]
        assert known(runs, list("abcdefghz"), files).tolist() == expected
        assert len(known(runs, [], files)) == 0


def test_a_file_is_read_once_and_runs_stay_few(tmp_path: Path) -> None:
    read: list[str] = []

    def values_of(file: str) -> list[str | None]:
        read.append(file)
        return [f"{file}-{row}" for row in range(10)]

    files = [f"file-{number}" for number in range(200)]
    for last in range(1, 201):
        KeyIndex(tmp_path).covering(files[:last], values_of)
    assert sorted(read) == sorted(files)
    n_levels = int(np.log(200) / np.log(RUNS_PER_LEVEL)) + 1
    assert len(list(tmp_path.glob("*.run"))) < RUNS_PER_LEVEL * n_levels
    assert list(tmp_path.glob("*.partial")) == []
    runs = KeyIndex(tmp_path).covering(files, values_of)
    assert [place for run in runs for place in run.places("file-77-3")] == [Place("file-77", 3)]
    assert sorted(read) == sorted(files)


def test_many_files_at_once_are_written_as_one_run(tmp_path: Path) -> None:
    files = {f"file-{number}": [f"value-{number}"] for number in range(100)}
    KeyIndex(tmp_path).covering(list(files), files.__getitem__)
    assert len(list(tmp_path.glob("*.run"))) == 1


@pytest.mark.parametrize("damage", ["cut", "empty", "gone", "other magic"])
def test_a_run_that_is_damaged_is_made_again(tmp_path: Path, damage: str) -> None:
    files: Files = {"file-0": ["a", "b"], "file-1": ["c"]}
    KeyIndex(tmp_path).covering(list(files), files.__getitem__)
    for path in tmp_path.glob("*.run"):
        data = path.read_bytes()
        if damage == "gone":
            path.unlink()
        else:
            path.write_bytes({"cut": data[:-3], "empty": b"", "other magic": b"mmfkeys9" + data[8:]}[damage])
    assert places(KeyIndex(tmp_path), files, "b") == {Place("file-0", 1)}
    assert KeyIndex(tmp_path).damaged() == []


def test_changed_bytes_are_told_apart(tmp_path: Path) -> None:
    KeyIndex(tmp_path).covering(["file-0"], lambda file: ["a", "b", "c"])
    (run,) = tmp_path.glob("*.run")
    data = bytearray(run.read_bytes())
    data[-1] ^= 1
    run.write_bytes(bytes(data))
    assert KeyIndex(tmp_path).damaged() == [run.name]
    KeyIndex(tmp_path).covering(["file-0"], lambda file: ["a", "b", "c"], verify=True)
    assert KeyIndex(tmp_path).damaged() == []


def test_without_space_runs_stay_in_memory_and_none_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files: Files = {f"file-{number}": [f"value-{number}"] for number in range(20)}
    for number in range(7):
        KeyIndex(tmp_path).covering([f"file-{number}"], files.__getitem__)
    written = sorted(path.name for path in tmp_path.iterdir())

    def full(*_: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr("data_lake.key_index.os.replace", full)
    index = KeyIndex(tmp_path)
    for last in range(8, 21):
        assert places(index, dict(list(files.items())[:last]), "value-7") == {Place("file-7", 0)}
    assert sorted(path.name for path in tmp_path.iterdir()) == written


def test_runs_of_removed_files_go(tmp_path: Path) -> None:
    files: Files = {f"file-{number}": [f"value-{number}"] for number in range(3)}
    index = KeyIndex(tmp_path)
    index.covering(list(files), files.__getitem__)
    assert index.forget(lambda file: file == "file-1") > 50
    assert len(list(tmp_path.glob("*.run"))) == 2
    assert places(index, {"file-0": ["value-0"]}, "value-1") == set()


def test_threads_and_processes_that_join_the_same_runs_agree(tmp_path: Path) -> None:
    files: Files = {f"file-{number}": [f"value-{number}", "same"] for number in range(60)}
    wrong: list[object] = []

    def look(offset: int) -> None:
        index = KeyIndex(tmp_path)
        for last in range(1 + offset, 61):
            part = dict(list(files.items())[:last])
            if places(index, part, "same") != searched(part, "same"):
                wrong.append((offset, last))

    threads = [threading.Thread(target=look, args=(offset,)) for offset in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == [] and KeyIndex(tmp_path).damaged() == []
