"""The licence ledger of a version: pinned when it is published, and the same ever after."""

from __future__ import annotations

import tarfile
from pathlib import Path

import pytest
from deltalake import DeltaTable
from lake_rows import motion_row, sample_ids, sample_row, script_row

from data_lake import Lake, check_lake, licence_ledger
from data_lake.errors import InvalidInput

LICENCES = [("Apache-2.0", None), ("CC-BY-NC-4.0", False), (None, None)]
VERDICTS = ["free", "restricted", "unknown"]


@pytest.fixture
def published(lake: Lake) -> Lake:
    """Six samples of three motions, a licence for each motion."""
    lake.append("scripts", [script_row(motion) for motion in range(3)], "shard-0", "run-1")
    lake.append("motions", [motion_row(motion) for motion in range(3)], "shard-0", "run-1")
    rows = [
        sample_row(index, licence=licence, may_ship=may_ship)
        for index in range(6)
        for licence, may_ship in [LICENCES[index // 2]]
    ]
    lake.append("samples", rows, "shard-0", "run-1")
    lake.publish("mixed", sample_ids(range(6)), "run-1")
    return lake


def test_a_version_pins_what_may_be_passed_on(published: Lake) -> None:
    version = published.version("mixed@1")
    assert version.licences is not None
    pinned = {entry["licence"]: entry for entry in version.licences}
    for (licence, may_ship), verdict in zip(LICENCES, VERDICTS, strict=True):
        entry = {
            "licence": licence,
            "may_ship": may_ship,
            "verdict": verdict,
            "n_samples": 2,
            "n_families": 1,
        }
        assert pinned[licence] == entry
    ledger = licence_ledger(published.open_version("mixed@1"))
    assert {(e.licence, e.may_ship, e.verdict) for e in ledger} == {
        (*licence, verdict) for licence, verdict in zip(LICENCES, VERDICTS, strict=True)
    }


def test_versions_are_compared_by_their_licences_too(published: Lake) -> None:
    published.publish("mixed", sample_ids(range(2)), "run-1")
    changed = published.diff("mixed@1", "mixed@2")["changed"]
    assert changed == {"licences.CC-BY-NC-4.0": ["restricted", None], "licences.not given": ["unknown", None]}


def test_a_ledger_that_is_not_that_of_the_samples_is_found(published: Lake) -> None:
    assert check_lake(published.root).findings == ()
    free = '[{"licence":"CC0-1.0","may_ship":true,"n_families":3,"n_samples":6,"verdict":"free"}]'
    DeltaTable(f"{published.root}/versions").update(updates={"licences": f"'{free}'"}, predicate="number = 1")
    assert {finding.kind for finding in check_lake(published.root).findings} == {
        "damaged rows",
        "licence mismatch",
    }


def test_versions_of_an_older_lake_count_their_licences_when_asked(tmp_path: Path) -> None:
    with tarfile.open(
        Path(__file__).resolve().parents[1] / "golden" / "lake_schema_1" / "lake.tar.gz"
    ) as archive:
        archive.extractall(tmp_path, filter="data")
    reader = Lake.open(tmp_path / "lake").open_version("mmwave-sim@1")
    assert reader.info.licences is None
    assert sum(entry.n_samples for entry in licence_ledger(reader)) == reader.info.n_samples


def test_refused_samples_are_looked_up_by_the_id_that_they_claimed(lake: Lake) -> None:
    good, bad = sample_row(0), sample_row(1, captions=[])
    nameless = {name: value for name, value in sample_row(2).items() if name != "sample_id"}
    assert len(lake.append_samples([good, bad, nameless], "shard-0", "run-1").rejected) == 2
    asked = sample_ids(range(4))
    assert lake.known("quarantine", asked, by="sample_id") == {asked[1]}
    assert lake.known("quarantine", [], by="sample_id") == set()
    with pytest.raises(InvalidInput, match="has no index"):
        lake.known("quarantine", asked, by="shard")
