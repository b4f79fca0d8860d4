"""Export folders: whole or not at all, also when the process is killed; licences decide what leaves the lake."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from lake_rows import sample_ids, sample_row, store

from data_lake import Lake, NotRedistributable, ledger_of, open_licences, select_samples, whole_folder
from data_lake.errors import InvalidInput, LakeBusy, LakeError
from data_lake.licences import verdict_of

ROOT = Path(__file__).parents[2]


def published(lake: Lake, **changes: object) -> str:
    """Six samples, of which the last two have the changed columns."""
    store(lake, range(4), "first")
    store_changed = [sample_row(index, **changes) for index in (4, 5)]
    from lake_rows import motion_row, script_row

    lake.append("scripts", [script_row(2)], "second", "run-1")
    lake.append("motions", [motion_row(2)], "second", "run-1")
    lake.append("samples", store_changed, "second", "run-1")
    return lake.publish("mmwave-sim", sample_ids(range(6)), "run-1").name


@pytest.mark.parametrize(
    ("licence", "may_ship", "verdict"),
    [
        ("Apache-2.0", None, "free"),
        ("Apache-2.0 (body); CC0-1.0 (mesh/assets)", None, "free"),
        ("mit AND cc-by-4.0", None, "free"),
        ("Apache-2.0; SMPL licence", None, "unknown"),
        ("Apache-2.0 (non-commercial only", None, "unknown"),
        ("CC-BY-NC-4.0", None, "unknown"),
        (None, None, "unknown"),
        ("Apache-2.0", False, "restricted"),
        ("all rights reserved, but we may", True, "free"),
    ],
)
def test_verdicts(licence: str | None, may_ship: bool | None, verdict: str) -> None:
    assert verdict_of(licence, may_ship) == verdict


def test_names_of_open_licences_are_spdx() -> None:
    assert open_licences("apache-2.0; cc0-1.0 (x)") == ("Apache-2.0", "CC0-1.0")
    assert open_licences("Apache-2.0; secret") == ()


def test_the_ledger_counts_samples_and_families() -> None:
    rows = [{"licence": "MIT", "may_ship": None, "family_key": f"f{i // 2}"} for i in range(4)]
    rows.append({"licence": None, "may_ship": False, "family_key": "g"})
    first, second = ledger_of(rows)
    assert (first.licence, first.n_samples, first.n_families, first.verdict) == ("MIT", 4, 2, "free")
    assert (second.n_samples, second.verdict) == (1, "restricted")


@pytest.mark.parametrize(
    "changes", [{"may_ship": False}, {"may_ship": None, "licence": "SMPL, research only"}]
)
def test_restricted_samples_are_refused_left_out_or_included(lake: Lake, changes: dict) -> None:
    reader = lake.open_version(published(lake, **changes))
    with pytest.raises(NotRedistributable, match=r"2 of 6 samples.*--include-restricted"):
        select_samples(reader)
    everything = select_samples(reader, "include")
    assert everything.n_samples == 6 and not everything.left_out
    rest = select_samples(reader, "leave-out")
    assert rest.left_out == set(sample_ids([4, 5])) and rest.n_samples == 4
    exported = [row["sample_id"] for row in rest.rows(None, ["sample_id", "split"])]
    assert sorted(exported) == sorted(sample_ids(range(4)))
    counts = {split: sum(1 for _ in rest.rows(split, ["split"])) for split in rest.split_counts}
    assert counts == rest.split_counts


def test_an_unknown_choice_is_refused(lake: Lake) -> None:
    reader = lake.open_version(published(lake))
    with pytest.raises(InvalidInput, match="refuse, include, leave-out"):
        select_samples(reader, "perhaps")  # type: ignore[arg-type]


def test_a_failure_leaves_nothing(tmp_path: Path) -> None:
    out = tmp_path / "export"
    with pytest.raises(RuntimeError), whole_folder(out) as folder:
        (folder / "half").write_text("x")
        raise RuntimeError("in the middle")
    assert list(tmp_path.iterdir()) == []


def test_a_taken_place_is_refused_and_untouched(tmp_path: Path) -> None:
    out = tmp_path / "export"
    out.mkdir()
    (out / "mine").write_text("x")
    with pytest.raises(InvalidInput, match="not empty"), whole_folder(out):
        pytest.fail("the block must not run")
    assert [path.name for path in out.iterdir()] == ["mine"]
    file = tmp_path / "file"
    file.write_text("x")
    with pytest.raises(InvalidInput, match="not a folder"), whole_folder(file):
        pytest.fail("the block must not run")


def test_an_empty_folder_is_taken(tmp_path: Path) -> None:
    out = tmp_path / "export"
    out.mkdir()
    with whole_folder(out) as folder:
        (folder / "whole").write_text("x")
    assert [path.name for path in out.iterdir()] == ["whole"]


def test_two_at_once_do_not_mix(tmp_path: Path) -> None:
    out = tmp_path / "export"
    with whole_folder(out) as folder:
        (folder / "mine").write_text("x")
        with pytest.raises(LakeBusy, match="another process"), whole_folder(out):
            pytest.fail("the block must not run")
        assert (folder / "mine").read_text() == "x"
    assert [path.name for path in out.iterdir()] == ["mine"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_without_permission_says_so(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(LakeError, match="cannot be written"), whole_folder(tmp_path / "export"):
            pytest.fail("the block must not run")
    finally:
        tmp_path.chmod(0o700)


def test_a_full_disk_leaves_nothing_and_is_named(tmp_path: Path) -> None:
    out = tmp_path / "export"
    with pytest.raises(LakeError, match="No space left"), whole_folder(out):
        raise OSError(28, "No space left on device")
    assert not out.exists()


def test_kill_in_the_middle_and_again(tmp_path: Path) -> None:
    out = tmp_path / "export"
    code = (
        "import sys, time; from pathlib import Path; from data_lake.exports.whole_folder import whole_folder\n"
        "with whole_folder(Path(sys.argv[1])) as folder:\n"
        "    (folder / 'half').write_text('x'); print('writing', flush=True); time.sleep(60)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(out)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None and process.stdout.readline() == "writing\n"
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    time.sleep(0.05)
    assert not out.exists()  # only the hidden folder is there
    with whole_folder(out) as folder:
        assert [path.name for path in folder.iterdir()] == [".lock"]  # what was half written is gone
        (folder / "whole").write_text("x")
    assert [path.name for path in tmp_path.iterdir()] == ["export"]
    assert [path.name for path in out.iterdir()] == ["whole"]
