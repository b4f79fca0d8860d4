"""`mmflywheel dataset import`: maps of others become a version that models train on and are scored on."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from data_lake import Lake
from data_lake.errors import InvalidInput
from evaluation.training_split import read_training_split
from flows.cli.commands import app
from flows.draw_samples import pictured_samples
from flows.export_dataset import known_radars, write_card
from flows.import_dataset import STRONGEST_DBM, DatasetImport, import_dataset
from flows.settings import Workspace
from simulator.errors import RadarConfigError
from training.dataset import read_samples

N_RECORDINGS = 30


def make_folder(folder: Path, n: int = N_RECORDINGS, scale: float = 1.0) -> Path:
    """Recordings of a radar: two classes, linear magnitude, some with trailing zeros."""
    place = folder / "dataset/REAL/udoppler"
    place.mkdir(parents=True)
    records = {}
    for number in range(n):
        rng = np.random.default_rng(number)
        values = rng.rayleigh(1.0, (120, 128)).astype(np.float32)
        name = ("walk forth", "wave")[number % 2]
        values[:, 64 + 5 * (1 + number % 2)] += 400.0
        np.save(place / f"rec{number}.npy", values * np.float32(scale))
        question = {"question": "What is done?", "answer": name, "full marks": 1}
        records[str(number)] = {
            "filefolder": "dataset/REAL/udoppler", "fileindex": f"rec{number}", "classid": number % 2,
            "classname": name, "questions": {"QA01": question},
        }  # fmt: skip
    (folder / "dataset/REAL/all.json").write_text(json.dumps(records))
    return folder


def settings(tmp_path: Path, source: Path, **changes: Any) -> DatasetImport:
    values = {"source": source, "origin": "real", "radar": "mmexpert-iwr1843", "dataset": "my-lab",
              "workspace": tmp_path / "workspace"}  # fmt: skip
    return DatasetImport(**{**values, **changes})


def lake_of(tmp_path: Path) -> Lake:
    return Lake.open(Workspace(tmp_path / "workspace").lake)


def test_recordings_become_a_version_and_again_nothing_new(tmp_path: Path) -> None:
    asked = settings(tmp_path, make_folder(tmp_path / "in"))
    first = import_dataset(asked)
    assert first.version.name == "my-lab@1" and first.version.n_samples == first.n_new == N_RECORDINGS
    assert first.version.counts["origin"] == {"real": N_RECORDINGS}
    assert not first.calibrated and not first.refused
    again = import_dataset(asked)
    assert again.version.reused and again.version.name == "my-lab@1"
    assert (again.n_new, again.n_reused) == (0, N_RECORDINGS)


def test_levels_without_a_reference_are_flagged_and_lose_nothing(tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "in", n=4, scale=1e-6)
    done = import_dataset(settings(tmp_path, folder))
    reader = lake_of(tmp_path).open_version(done.version.name)
    rows = reader.samples()
    assert reader.decode(rows).max() == pytest.approx(STRONGEST_DBM, abs=0.2)
    assert all(row == ["level_uncalibrated"] for row in rows["quality_flags"].to_pylist())
    calibrated = import_dataset(settings(tmp_path, folder, reference_dbm=-20.0, dataset="calibrated"))
    reader = lake_of(tmp_path).open_version(calibrated.version.name)
    rows = reader.samples()
    strongest = max(np.load(path).max() for path in folder.rglob("*.npy"))
    assert reader.decode(rows).max() == pytest.approx(20.0 * np.log10(strongest) - 20.0, abs=0.2)
    assert rows["quality_flags"].to_pylist() == [[]] * 4


def test_bad_maps_go_to_quarantine_and_the_rest_is_published(tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "in", n=6)
    np.save(folder / "dataset/REAL/udoppler/rec1.npy", np.full((120, 64), 1.0))
    (folder / "dataset/REAL/udoppler/rec2.npy").write_bytes(b"half a file")
    (folder / "dataset/REAL/udoppler/rec3.npy").unlink()
    file = folder / "dataset/REAL/all.json"
    records = json.loads(file.read_text())
    records["4"]["questions"]["QA01"]["answer"] = " "  # the lake's gate refuses it
    file.write_text(json.dumps(records))
    done = import_dataset(settings(tmp_path, folder))
    assert done.version.n_samples == 2 and len(done.refused) == 4
    reasons = " ".join(reason for _, reason in done.refused)
    for words in (
        "64 Doppler bins",
        "no readable NumPy file",
        "no map",
        "QA pair without question or answer",
    ):
        assert words in reasons
    lake = lake_of(tmp_path)
    assert lake.read("quarantine").num_rows == 4
    import_dataset(settings(tmp_path, folder))
    assert lake.read("quarantine").num_rows == 4  # nothing twice


def test_an_import_that_was_stopped_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = make_folder(tmp_path / "in", n=10)
    monkeypatch.setattr("flows.import_dataset.MAPS_PER_COMMIT", 4)
    append, calls = Lake.append_samples, []

    def stopped(lake: Lake, *arguments: Any) -> Any:
        calls.append(1)
        if len(calls) == 4:  # the first one holds no maps, the second and third four each
            raise KeyboardInterrupt
        return append(lake, *arguments)

    monkeypatch.setattr(Lake, "append_samples", stopped)
    with pytest.raises(KeyboardInterrupt):
        import_dataset(settings(tmp_path, folder))
    assert lake_of(tmp_path).versions() == [] and lake_of(tmp_path).read("samples").num_rows == 8
    done = import_dataset(settings(tmp_path, folder))
    assert (done.n_new, done.n_reused, done.version.n_samples) == (2, 8, 10)


def test_nothing_usable_publishes_nothing(tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "in", n=2)
    for path in folder.rglob("*.npy"):
        path.write_bytes(b"")
    with pytest.raises(
        InvalidInput, match=r"not one of 2 maps .*REAL/udoppler/rec0 \(rec0.npy\): is no readable"
    ):
        import_dataset(settings(tmp_path, folder))
    assert not (tmp_path / "workspace").exists()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"0": {"filefolder": "a", ]}', r"all.json: line 1, column \d+ is no JSON .*correct it there"),
        ("[]", r"all.json: a list; an object of records is needed"),
        (
            '{"0": {"filefolder": 3, "fileindex": "x"}}',
            r"all.json record 0: .*`filefolder` is a number \(3\)",
        ),
        (
            '{"0": {"filefolder": "a", "fileindex": "x"}}',
            r"all.json record 0: a/x: no map: .*xA.npy .*put the files",
        ),
        ('{"0": {"filefolder": "../x", "fileindex": ".."}}', "no plain file name"),
        (b"\xff\xfe", r"all.json: is no UTF-8 from byte 0"),
    ],
)
def test_a_failed_import_says_where_and_leaves_no_lake(
    tmp_path: Path, text: str | bytes, message: str
) -> None:
    folder = make_folder(tmp_path / "in", n=1)
    (folder / "dataset/REAL/all.json").write_bytes(text if isinstance(text, bytes) else text.encode())
    for source in (folder, folder / "dataset/REAL/all.json"):
        with pytest.raises(InvalidInput, match=message):
            import_dataset(settings(tmp_path, source))
    shown = CliRunner().invoke(
        app, ["dataset", "import", str(folder), "--origin", "real", "--radar", "mmexpert-iwr1843", "--workspace",
              str(tmp_path / "workspace")]
    )  # fmt: skip
    assert shown.exit_code == 1 and "Traceback" not in shown.output
    assert not (tmp_path / "workspace").exists()


def test_what_the_gate_refuses_of_every_map_is_said_before_a_lake_is_made(tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "in", n=2)
    file = folder / "dataset/REAL/all.json"
    file.write_text(file.read_text().replace('"answer": "w', '"answer": " ", "was": "w'))
    with pytest.raises(InvalidInput, match=r"rec0.*QA pair without question or answer"):
        import_dataset(settings(tmp_path, folder))
    assert not (tmp_path / "workspace").exists()


def test_a_radar_with_other_bins_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "in", n=2)
    with pytest.raises(RadarConfigError, match="128"):
        import_dataset(settings(tmp_path, folder, radar="mmexpert-iwr1843-64x3"))
    assert not (tmp_path / "workspace").exists()


def test_all_views_of_a_recording_share_its_split(tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "in")
    for path in list(folder.rglob("rec*.npy")):
        for view in "ABCDEFGH":
            np.save(path.with_name(f"{path.stem}{view}.npy"), np.load(path) * (1.0 + ord(view)))
        path.unlink()
    done = import_dataset(settings(tmp_path, folder, origin="mocap"))
    rows = lake_of(tmp_path).open_version(done.version.name).samples(columns=["clip_id", "split", "view"])
    assert rows.num_rows == 8 * N_RECORDINGS
    splits: dict[str, set[str]] = {}
    for row in rows.to_pylist():
        splits.setdefault(row["clip_id"], set()).add(row["split"])
    assert len(splits) == N_RECORDINGS and all(len(found) == 1 for found in splits.values())
    assert set(rows["view"].to_pylist()) == set("ABCDEFGH")


def test_training_and_cards_read_them(tmp_path: Path) -> None:
    done = import_dataset(settings(tmp_path, make_folder(tmp_path / "in"), licence="CC-BY-4.0"))
    lake = lake_of(tmp_path)
    reader = lake.open_version(done.version.name)
    samples = read_samples(reader, None)
    assert len({sample.motion_id for sample in samples}) == N_RECORDINGS  # not one motion for all
    assert {sample.view for sample in samples} == {""}
    assert len(read_training_split(reader).motion_ids) == reader.info.counts["split"]["train"]
    assert {picture.title for picture in pictured_samples(reader, 2, None)} == {"walk forth", "wave"}
    radar = next(iter(known_radars(reader).values()))
    assert radar is not None and radar.name == "mmexpert-iwr1843"
    text = write_card(lake, done.version.name, tmp_path / "card.md").read_text()
    assert f"{N_RECORDINGS} of origin `real`" in text and "simulated: no score" not in text


def test_show_tells_where_a_map_comes_from(tmp_path: Path) -> None:
    done = import_dataset(settings(tmp_path, make_folder(tmp_path / "in", n=2), licence="CC-BY-4.0"))
    sample_id = lake_of(tmp_path).open_version(done.version.name).sample_ids()[0]
    shown = CliRunner().invoke(app, ["show", sample_id, "--workspace", str(tmp_path / "workspace")])
    assert shown.exit_code == 0, shown.output
    for words in (
        "imported map dataset/REAL/udoppler/rec",
        "CC-BY-4.0",
        "mmexpert-iwr1843",
        "level_uncalibrated",
    ):
        assert words in shown.output, words


def test_lineage_tells_the_file_and_the_licence_in_every_form(tmp_path: Path) -> None:
    import_dataset(
        settings(tmp_path, make_folder(tmp_path / "in", n=1), licence="[red]CC-BY-4.0", may_ship=True)
    )
    sample_id = lake_of(tmp_path).open_version("my-lab").sample_ids()[0]
    page = tmp_path / "page.html"

    def told(*options: str) -> str:
        where = ["--workspace", str(tmp_path / "workspace")]
        result = CliRunner().invoke(app, ["lineage", sample_id, *options, *where])
        assert result.exit_code == 0, result.output
        return result.output

    digest = hashlib.sha256((tmp_path / "in/dataset/REAL/udoppler/rec0.npy").read_bytes()).hexdigest()
    expected = {
        "file": "dataset/REAL/udoppler/rec0.npy",
        "sha256": digest,
        "licence": "[red]CC-BY-4.0",
        "may_ship": True,
    }
    source = json.loads(told("--json"))["source"]
    assert {name: source[name] for name in expected} == expected
    told("--html", str(page))
    for text in ("".join(told().split()), "".join(page.read_text(encoding="utf-8").split())):
        assert "rec0.npy" in text and digest in text and "[red]CC-BY-4.0,maybepassedon" in text


def test_the_command_prints_reasons_and_one_json_document(tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "in", n=3)
    (folder / "dataset/REAL/udoppler/rec1.npy").write_bytes(b"[red]x[/red]")
    arguments = ["dataset", "import", str(folder), "--origin", "real", "--radar", "mmexpert-iwr1843", "--workspace",
                 str(tmp_path / "workspace")]  # fmt: skip
    shown = CliRunner().invoke(app, arguments)
    assert shown.exit_code == 0, shown.output
    assert "2 samples" in shown.output and "rec1.npy" in shown.output and "--reference-dbm" in shown.output
    document = json.loads(CliRunner().invoke(app, [*arguments, "--json"]).stdout)
    assert document["n_already_there"] == 2 and document["refused"][0]["what"].endswith("rec1.npy")
