"""The first step of `run`: scripts through the same pipeline as `author`, by grammar or model, with limits."""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "llm_prompts"))
from fault_server import FaultServer

from data_lake import Lake
from flows.gather_motions import Gathered, gather_motions
from flows.open_lake import recorded_run
from flows.plan_dataset import ScriptSource, configuration_id
from flows.settings import AUTHORING_LIMITS, TurnSettings, Workspace, flow_parameters, settings_from_flow
from llm_prompts import BudgetReached
from simulator import load_body


def gathered(settings: TurnSettings) -> Gathered:
    lake = Lake.create(Workspace(settings.workspace).lake)
    with recorded_run(lake, "test", settings) as run:
        return gather_motions(settings, lake, load_body(), run)


def rows_of(settings: TurnSettings, table: str) -> list[dict]:
    return Lake.open(Workspace(settings.workspace).lake).read(table).to_pylist()


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> FaultServer:
    monkeypatch.setenv("OPENAI_API_KEY", "none-needed")
    monkeypatch.setenv("MMFLYWHEEL_MODEL", "test-model")
    return FaultServer()


def test_the_grammar_writes_what_was_asked_and_the_run_says_so(tmp_path: Path) -> None:
    settings = TurnSettings(n_motions=28, workspace=tmp_path)
    first = gathered(settings)
    assert len({source.source_id for source in first.sources}) == 28 and first.n_reused == 0
    assert Counter(source.activity for source in first.sources).most_common()[0][1] == 2
    again = gathered(settings)
    assert [source.source_id for source in again.sources] == [source.source_id for source in first.sources]
    assert again.n_reused == 28 and len(rows_of(settings, "scripts")) == 28
    report = json.loads(rows_of(settings, "runs")[0]["report"])["authoring"]
    assert report["accepted"] == report["requested"] == 28 and report["author"] == "grammar"


def test_the_radar_of_a_scenario_stays_with_its_scripts(tmp_path: Path) -> None:
    settings = TurnSettings(n_motions=4, scenario="bathroom-falls", workspace=tmp_path)
    for source in gathered(settings).sources:
        assert isinstance(source, ScriptSource) and source.site.room == "bathroom"
        assert source.site.radar_height_m is not None and source.site.radar_height_m > 1.8


def test_a_model_is_paid_once_and_within_its_limit(tmp_path: Path, served: FaultServer) -> None:
    with served as server, pytest.MonkeyPatch.context() as patch:
        patch.setenv("OPENAI_BASE_URL", server.address)
        limited = TurnSettings(n_motions=6, author="model", budget_requests=2, workspace=tmp_path)
        with pytest.raises(BudgetReached, match="2 of 2 requests"):
            gathered(limited)
        assert len(server.requests) == 2
        assert {row["status"] for row in rows_of(limited, "runs")} == {"failed"}
        kept = {row["script_id"] for row in rows_of(limited, "scripts")}
        whole = limited.model_copy(update={"budget_requests": None, "concurrency": 2})
        done = gathered(whole)
        assert {source.source_id for source in done.sources} >= kept and len(done.sources) == 6
        assert max(server.asked.values()) == 1
        n_asked = len(server.requests)
        assert gathered(whole).n_reused == 6 and len(server.requests) == n_asked
    stored = {row["request_id"]: row for row in rows_of(whole, "requests")}
    for row in rows_of(whole, "scripts"):
        assert row["author"] == "model" and row["request_hash"] in stored
        assert set(row["request_ids"]) <= set(stored) and row["cost_usd"] is None


def test_limits_enter_no_id_and_come_through_the_form(tmp_path: Path) -> None:
    limits = {
        "concurrency": 4, "budget_usd": 1.5, "budget_tokens": 10, "budget_requests": 3, "budget_minutes": 2.0,
        "night_usd": 9.0, "night_tokens": 99, "night_requests": 9, "night_minutes": 60.0,
    }  # fmt: skip
    assert set(limits) == set(AUTHORING_LIMITS)
    settings = TurnSettings(n_motions=4, workspace=tmp_path, **limits)  # type: ignore[arg-type]
    assert configuration_id(settings) == configuration_id(TurnSettings(n_motions=4, workspace=tmp_path))
    assert settings_from_flow(**flow_parameters(settings, with_training=True)) == settings
    sent = flow_parameters(settings, with_training=False, with_limits=False)
    assert not set(sent) & set(limits)
    unlimited = settings_from_flow(n_motions=4, **dict.fromkeys(limits, 0))
    assert all(getattr(unlimited, name) is None for name in limits)
