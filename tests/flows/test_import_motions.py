"""Users' own motion in the lake: once, whole, with its words, and used again by datasets."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from data_lake import Lake
from flows.cli.commands import app
from flows.cli.import_command import reasons
from flows.import_motions import ImportReport, Listing, import_motions
from flows.import_request import ImportSettings, run_import
from flows.make_dataset import make_dataset
from flows.open_lake import open_lake, recorded_run
from flows.settings import TurnSettings
from flows.store_clips import clips_in, newest_clips
from simulator import BodyModel, SkippedFile, list_recordings, load_body

WALK = Path(__file__).parents[1] / "data" / "motion" / "dm_walk.npy"
SHARED = Path(__file__).parents[3] / "shared" / "real_motion"


@pytest.fixture(scope="module")
def body() -> BodyModel:
    return load_body()


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake.create(tmp_path / "lake")


def write_walks(folder: Path, count: int) -> None:
    """Walks that differ a little, so that each has its own content."""
    folder.mkdir(exist_ok=True)
    walk = np.load(WALK)
    for index in range(count):
        np.save(folder / f"walk_{index:03d}.npy", walk * (1.0 + index * 1e-4))


def write_bad(folder: Path, count: int) -> None:
    """Files that are no motion, in five ways."""
    walk = np.load(WALK)
    for index in range(count):
        path = folder / f"bad_{index:03d}.npy"
        broken = walk * (1.0 + index * 1e-4)
        kind = index % 5
        if kind == 0:
            path.write_bytes(WALK.read_bytes()[: 300 + index])
        elif kind == 1:
            broken[index % len(broken), 3] = np.nan
            np.save(path, broken)
        elif kind == 2:
            np.save(path, broken[:1])
        elif kind == 3:
            np.save(path, broken * 100.0)
        else:
            np.save(path, broken[:, :7])


def manifest(folder: Path, **words: object) -> None:
    clips = [{"id": path.stem, "file": path.name, **words} for path in sorted(folder.glob("*.npy"))]
    (folder / "manifest.json").write_text(json.dumps({"clips": clips}))


def imported(folder: Path, lake: Lake, body: BodyModel, run_id: str = "run-1") -> ImportReport:
    return import_motions(Listing(folder, *list_recordings(folder)), lake, body, None, run_id)


def test_every_file_is_stored_once_with_its_words(lake: Lake, body: BodyModel, tmp_path: Path) -> None:
    folder = tmp_path / "clips"
    write_walks(folder, 2)
    shutil.copy(folder / "walk_000.npy", folder / "walk_again.npy")
    manifest(folder, label="walk", captions=["a person walks", "someone goes"], licence="CC0", may_ship=True)
    first = imported(folder, lake, body)
    assert [file.is_new for file in first.files] == [True, True] and first.n_added == 2
    twin = SkippedFile("walk_again.npy", "it has the same content as walk_000.npy", "duplicate")
    assert first.skipped == (twin,)
    rows = newest_clips(lake.read("clips").to_pylist())
    assert [row["name"] for row in rows] == ["walk_000", "walk_001"]
    row = rows[0]
    assert (row["label"], row["captions"]) == ("walk", ["a person walks", "someone goes"])
    assert (row["licence"], row["may_ship"], row["run_id"]) == ("CC0", True, "run-1")
    assert (row["n_frames"], row["file_rate_hz"]) == (26, 20.0) and 0 < row["fit_error_mm"] < 100
    assert row["generator"] is None and row["replaces"] is None
    assert lake.ids("motions") == {row["motion_id"] for row in rows}

    again = imported(folder, lake, body, "run-2")
    assert again.n_added == 0 and [file.is_new for file in again.files] == [False, False]
    assert lake.table("clips").handle().version() == 1 and lake.table("motions").handle().version() == 1


def test_what_the_lake_gives_back_is_what_was_fitted(lake: Lake, body: BodyModel) -> None:
    from simulator import read_motion_folder

    fitted = read_motion_folder(WALK.parent, body).clips
    stored = clips_in(lake, imported(WALK.parent, lake, body).rows)
    assert len(stored) == len(fitted) > 1
    for one, other in zip(stored, fitted, strict=True):
        for name in ("global_orient", "body_pose", "transl", "betas"):
            want = getattr(other.motion, name)
            np.testing.assert_allclose(getattr(one.clip.motion, name), want, rtol=1e-6, atol=1e-6)
        for name in ("clip_id", "captions", "label", "source", "licence", "may_ship", "content_hash",
                     "start_s", "notes", "format", "fit_error_mm", "recording_s"):  # fmt: skip
            assert getattr(one.clip, name) == getattr(other, name), name


def test_a_corrected_licence_replaces_the_words_and_not_the_motion(
    lake: Lake, body: BodyModel, tmp_path: Path
) -> None:
    folder = tmp_path / "clips"
    write_walks(folder, 1)
    licences = ("CC0", "MIT", "CC0")  # and back again: the newest counts, not the last new content
    for licence in licences:
        manifest(folder, licence=licence)
        assert imported(folder, lake, body).n_added == 1
        assert imported(folder, lake, body).n_added == 0
        (newest,) = newest_clips(lake.read("clips").to_pylist())
        assert newest["licence"] == licence
    assert lake.read("clips").num_rows == 3 and lake.read("motions").num_rows == 1


def test_words_that_are_not_given_again_stay(lake: Lake, body: BodyModel, tmp_path: Path) -> None:
    folder, moved = tmp_path / "clips", tmp_path / "moved"
    write_walks(folder, 1)
    manifest(folder, licence="research only", may_ship=False, captions=["a person walks"])
    before = imported(folder, lake, body).rows
    moved.mkdir()
    shutil.copy(folder / "walk_000.npy", moved / "renamed.npy")
    report = imported(moved, lake, body)
    assert report.n_added == 0 and report.files[0].file == "renamed.npy"
    assert report.rows[0]["licence"] == "research only" and report.rows[0]["may_ship"] is False
    assert report.rows[0]["entry_id"] == before[0]["entry_id"]


def write_humanml3d(folder: Path, part_caption: str) -> None:
    """HumanML3D's layout: one motion with a captioned part, its mirror image, and an id without a file."""
    for name in ("new_joints", "texts"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    walk = np.load(WALK)
    long = np.concatenate([walk, walk[::-1]] * 2)
    np.save(folder / "new_joints" / "000001.npy", long)
    sides = [0, 2, 1, 3, 5, 4, 6, 8, 7, 9, 11, 10, 12, 14, 13, 15, 17, 16, 19, 18, 21, 20]
    np.save(folder / "new_joints" / "M000001.npy", (long * np.array([-1, 1, 1], np.float32))[:, sides])
    whole = "a person walks to and fro#a/DET person/NOUN walk/VERB#0.0#0.0\n"
    part = f"{part_caption}#a/DET person/NOUN#1.0#3.5\n"
    for name in ("000001", "M000001"):
        (folder / "texts" / f"{name}.txt").write_text(whole + part)
    (folder / "train.txt").write_text("000001\nM000001\n000002\n")


def test_a_folder_of_humanml3d_brings_parts_splits_and_families(
    lake: Lake, body: BodyModel, tmp_path: Path
) -> None:
    folder = tmp_path / "HumanML3D"
    write_humanml3d(folder, "a person walks back")
    report = imported(folder, lake, body)
    assert report.n_added == 4 and [skip.kind for skip in report.skipped] == ["missing file"]
    captions = {row["name"]: row["captions"] for row in report.rows}
    assert captions["000001"] == ["a person walks to and fro"]
    assert captions["000001@1.00-3.50s"] == captions["M000001@1.00-3.50s"] == ["a person walks back"]
    assert {row["given_split"] for row in report.rows} == {"train"}
    assert {row["part"] for row in report.rows} == {None, "1.00-3.50s"}
    sources = clips_in(lake, report.rows)
    assert len({source.family_key for source in sources}) == 1, "a mirror image never tests its original"
    assert len({source.source_id for source in sources}) == 4
    assert [round(source.clip.motion.duration_s, 2) for source in sources][1] == pytest.approx(2.5, abs=0.06)

    assert imported(folder, lake, body).n_added == 0
    write_humanml3d(folder, "a person returns")
    corrected = imported(folder, lake, body)
    assert corrected.n_added == 2 and not any(file.is_new for file in corrected.files)
    assert lake.read("motions").num_rows == 4


def test_how_a_file_is_read_belongs_to_its_identity(lake: Lake, body: BodyModel, tmp_path: Path) -> None:
    folder = tmp_path / "clips"
    folder.mkdir()
    walk = np.load(WALK)
    np.save(folder / "walk.npy", np.concatenate([walk, walk[::-1]] * 2))
    seconds = []
    for told in ({}, {"rate_hz": 20}, {"rate_hz": 40}, {"t_pose_lead_in_frames": 20}):
        manifest(folder, **told)
        seconds.append(imported(folder, lake, body).rows[0]["duration_s"])
    assert seconds[0] == seconds[1] == pytest.approx(5.15)
    assert seconds[2] == pytest.approx(103 / 40) and seconds[3] < seconds[0] - 0.9
    assert lake.read("clips").num_rows == lake.read("motions").num_rows == 3


def test_a_batch_with_bad_files_finishes_with_a_table_of_reasons(tmp_path: Path) -> None:
    folder = tmp_path / "clips"
    write_walks(folder, 30)
    write_bad(folder, 15)
    settings = ImportSettings(folder=folder, workspace=tmp_path / "ws", workers=2, licence="mine")
    report = run_import(settings).report
    assert len(report.files) == 30 and len(report.skipped) == 15
    groups = reasons(report.skipped)
    found = {kind: len(files) for kind, _, files in groups}  # one reason each, whatever the numbers in it
    kinds = ("wrong shape", "too short", "damaged", "not finite", "wrong units")
    assert found == dict.fromkeys(kinds, 3) and len(groups) == 5
    assert {row["licence"] for row in report.rows} == {"mine"}
    (run,) = Lake.open(tmp_path / "ws" / "lake").read("runs").to_pylist()
    assert run["command"] == "import" and run["status"] == "completed"


CHILD = """
import os, signal, sys
from pathlib import Path
import flows.fit_recordings, flows.import_motions
from flows.import_request import ImportSettings, run_import

flows.import_motions.FILES_PER_COMMIT = 3
read = flows.fit_recordings.read_listed_recording

def read_or_die(folder, entry, body):
    if entry.id == "odd":
        raise IndexError("index 9 is out of bounds")
    if entry.id == "killer":
        os.kill(os.getpid(), signal.SIGKILL)
    return read(folder, entry, body)

flows.fit_recordings.read_listed_recording = read_or_die  # worker processes run this line too
if __name__ == "__main__":
    folder, workspace = map(Path, sys.argv[1:3])
    report = run_import(ImportSettings(folder=folder, workspace=workspace, workers=2)).report
    print(len(report.files), [skip.reason for skip in report.skipped])
"""


@pytest.mark.slow
def test_killed_imports_end_complete_and_without_duplicates(tmp_path: Path) -> None:
    folder, workspace, script = tmp_path / "clips", tmp_path / "ws", tmp_path / "child.py"
    write_walks(folder, 24)
    script.write_text(CHILD)
    command = [sys.executable, str(script), str(folder), str(workspace)]
    rng = random.Random(0)
    for _ in range(2):
        # a session of its own, so that the kill takes the worker processes too, as a power cut would
        process = subprocess.Popen(command, start_new_session=True)
        deadline = time.monotonic() + 60
        while not list((workspace / "lake").glob("clips/*.parquet")) and time.monotonic() < deadline:
            time.sleep(0.02)  # the first commit is under way
        time.sleep(rng.uniform(0.0, 0.6))
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    assert subprocess.run(command, check=False).returncode == 0
    lake = Lake.open(workspace / "lake")
    clips, motions = lake.read("clips").to_pylist(), lake.read("motions", columns=["motion_id"])
    assert len({row["clip_id"] for row in clips}) == len(clips) == 24
    assert sorted(row["motion_id"] for row in clips) == sorted(motions["motion_id"].to_pylist())
    assert {row["status"] for row in lake.read("runs").to_pylist()} <= {"running", "completed"}


@pytest.mark.slow
def test_a_file_that_ends_its_process_or_breaks_the_importer_costs_one_file(tmp_path: Path) -> None:
    folder, script = tmp_path / "clips", tmp_path / "child.py"
    write_walks(folder, 4)
    np.save(folder / "killer.npy", 0.99 * np.load(WALK))
    np.save(folder / "odd.npy", 0.98 * np.load(WALK))
    script.write_text(CHILD)
    command = [sys.executable, str(script), str(folder), str(tmp_path / "ws")]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    assert result.stdout.startswith("4 ['reading it ended the process")
    assert "reading it failed (IndexError: index 9 is out of bounds)" in result.stdout


def test_datasets_use_what_was_imported(
    lake: Lake, body: BodyModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "clips"
    write_walks(folder, 2)
    manifest(folder, label="walk", caption="a person walks")
    run_import(ImportSettings(folder=folder, workspace=tmp_path / "ws", workers=1))

    def no_fit(*args: object) -> list[object]:
        assert not args[1], "nothing is left to fit"
        return []

    monkeypatch.setattr("flows.import_motions.fit_recordings", no_fit)
    settings = TurnSettings(
        motions=folder, views=1, workers=1, workspace=tmp_path / "ws", dataset="mocap-sim"
    )
    lake = open_lake(settings)
    said: list[str] = []
    with recorded_run(lake, "test", settings) as run:
        made = make_dataset(settings, lake, run, said.append)
    assert made.version.n_samples == 2 and "2 reused" in said[0]
    (sample, _) = lake.read("samples", columns=["sample_id"]).to_pylist()
    story = lake.lineage(sample["sample_id"])
    assert story["clip"]["captions"] == ["a person walks"] and story["missing"] == []
    assert [run["command"] for run in story["runs"]] == ["import", "test"]
    assert story["clip"]["run_id"] == story["motion"]["run_id"] != story["sample"]["run_id"]


@pytest.mark.skipif(not SHARED.is_dir(), reason="shared/real_motion is not beside this checkout")
def test_every_real_clip_comes_in_and_keeps_its_licence(lake: Lake, body: BodyModel) -> None:
    report = imported(SHARED, lake, body)
    stated = {clip["file"]: clip for clip in json.loads((SHARED / "manifest.json").read_text())["clips"]}
    assert [(skip.path[-10:], skip.kind) for skip in report.skipped] == [("dm_jog.npy", "too short")]
    assert {file.file for file in report.files} | {report.skipped[0].path} == set(stated)
    for row in report.rows:
        clip = stated[row["file"]]
        assert (row["licence"], row["may_ship"]) == (clip["licence"], clip["may_ship"])
        assert row["captions"] == [clip["caption"]] and row["sha256"] == clip["sha256"]
        assert row["n_frames"] == clip["frames"] and row["fit_error_mm"] <= 30.0


def run_command(*arguments: str) -> Any:
    return CliRunner().invoke(app, ["import", *arguments])


def test_the_command_prints_one_json_document_and_nothing_else(tmp_path: Path) -> None:
    folder = tmp_path / "clips"
    write_walks(folder, 2)
    write_bad(folder, 6)
    where = ["--workspace", str(tmp_path / "ws"), "--workers", "1"]
    result = run_command(str(folder), "--json", "--licence", "CC0", *where)
    assert result.exit_code == 0, result.output
    document = json.loads(result.stdout)
    counts = {name: document[name] for name in ("n_files", "n_used", "n_imported", "n_skipped", "n_clips")}
    assert counts == {"n_files": 8, "n_used": 2, "n_imported": 2, "n_skipped": 6, "n_clips": 2}
    used = document["used"][0]
    assert (used["format"], used["n_frames"], used["file_rate_hz"]) == ("HumanML3D joints", 26, 20.0)
    assert used["licence"] == "CC0" and used["clips"][0]["fit_error_mm"] == pytest.approx(
        used["fit_error_mm"]
    )
    assert [group["n_files"] for group in document["reasons"]] == [2, 1, 1, 1, 1]
    shown = run_command(str(folder), *where)
    assert "2 files used (0 imported, 2 already there)" in shown.stdout


def test_a_folder_without_a_usable_file_ends_with_status_1(tmp_path: Path) -> None:
    folder = tmp_path / "clips"
    folder.mkdir()
    write_bad(folder, 1)
    result = run_command(str(folder), "--json", "--workspace", str(tmp_path / "ws"), "--workers", "1")
    assert result.exit_code == 1 and json.loads(result.stdout)["n_used"] == 0
    absent = run_command(str(tmp_path / "absent"), "--workspace", str(tmp_path / "none"))
    assert absent.exit_code == 1 and not (tmp_path / "none").exists()
    for wrong in ([], ["--captions", "x.txt"], [str(folder), "--captions", "x", "--generator", "y"]):
        assert run_command(*wrong).exit_code == 1
