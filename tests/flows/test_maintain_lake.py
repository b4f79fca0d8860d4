"""What `maintain-lake` starts again: versions that nothing was trained on, models that nobody has scored."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pytest

import flows.maintain_lake
import flows.train_models
from flows.maintain_lake import announce, without_models, without_scorecard

PARAMETERS = {"scale": "small", "seed": 3, "overrides": ["encoder.epochs=2"], "workers": 4}


def version(name: str, **parameters: object) -> SimpleNamespace:
    return SimpleNamespace(name=name, dataset=name.partition("@")[0], parameters=parameters, n_samples=8)


class Kept:
    """A lake with versions, checkpoints, scorecards and the runs that made the checkpoints."""

    def __init__(self, versions: list[SimpleNamespace], checkpoints: list[tuple[str, str, bool]]) -> None:
        """Checkpoints are (id, version, whether their run was to start the evaluation)."""
        self.kept = versions
        self.runs = {
            name: {
                "parameters": json.dumps(PARAMETERS),
                "report": json.dumps({"start_evaluation": True} if on else {}),
            }
            for name, _, on in checkpoints
        }
        self.tables: dict[str, list[dict[str, Any]]] = {
            "checkpoints": [
                {"checkpoint_id": name, "kind": name[:3], "dataset_version": of, "run_id": name}
                for name, of, _ in checkpoints
            ],
            "scorecards": [{"checkpoints": ["encoder", "wavellm-scored"]}],
        }
        for row in self.tables["checkpoints"]:
            row["kind"] = {"wav": "wavellm", "enc": "encoder"}[row["kind"]]

    def versions(self) -> list[SimpleNamespace]:
        return self.kept

    def read(self, table: str, columns: list[str]) -> pa.Table:
        return pa.Table.from_pylist(self.tables[table])

    def row(self, table: str, name: str) -> dict[str, str] | None:
        return self.runs.get(name)


def lake(versions: list[SimpleNamespace], *checkpoints: tuple[str, str, bool]) -> Any:
    return Kept(versions, list(checkpoints))


def test_the_newest_versions_without_a_model_are_found_and_those_told_to_be_left_alone_are_not() -> None:
    versions = [
        version("a@1"),
        version("a@2"),
        version("half@1"),
        version("done@1"),
        version("quiet@1", start_training=False),
    ]
    found = without_models(
        lake(versions, ("encoder", "half@1", True), ("wavellm-scored", "done@1", True))
    )  # an encoder alone is a training that was stopped
    assert [one.name for one in found] == ["a@2", "half@1"]


def test_models_without_a_scorecard_are_found_where_their_run_was_to_have_them_scored() -> None:
    versions = [version("a@1"), version("a@2"), version("b@1")]
    models = (
        ("wavellm-old", "a@1", True),
        ("wavellm-lost", "a@2", True),
        ("wavellm-scored", "b@1", True),
        ("wavellm-by-hand", "b@1", False),
        ("encoder", "a@2", True),
    )
    found = without_scorecard(lake(versions, *models))
    assert [one["checkpoint_id"] for one in found] == ["wavellm-lost"]
    assert found[0]["options"] == PARAMETERS


def test_what_is_announced_again_says_what_the_first_event_said(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[dict[str, Any]] = []
    for module in (flows.maintain_lake, flows.train_models):
        monkeypatch.setattr(module, "emit_event", lambda **event: sent.append(event))
    models = without_scorecard(lake([version("a@2")], ("wavellm-lost", "a@2", True)))
    versions: list[Any] = [version("b@1", scale="small")]
    announce(versions, models)
    assert [event["event"] for event in sent] == ["dataset.version.published", "model.trained"]
    assert sent[0]["payload"] == {"version": "b@1", "rows": 8, "scale": "small"}
    assert sent[1]["resource"]["prefect.resource.id"] == "lake.checkpoint.wavellm-lost"
    assert sent[1]["payload"] == {
        "version": "a@2", "scale": "small", "seed": 3, "overrides": ["encoder.epochs=2"]
    }  # fmt: skip
