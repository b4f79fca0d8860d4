"""prefect.yaml: every entry point loads, every parameter exists, every form is one that Prefect's UI can show."""

from __future__ import annotations

import importlib
import inspect
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from prefect import Flow
from prefect.utilities.schema_tools.hydration import HydrationContext, hydrate

import flows.publish_dataset
import flows.train_models
from flows.settings import SCALES, TurnSettings

DEPLOYMENTS = yaml.safe_load((Path(__file__).parents[2] / "prefect.yaml").read_text())["deployments"]
FORM_TYPES = {"string", "integer", "number", "boolean"}


def load(deployment: dict[str, Any]) -> Flow[..., Any]:
    module, _, name = deployment["entrypoint"].partition(":")
    return getattr(importlib.import_module(module), name)  # type: ignore[no-any-return]


@pytest.fixture(params=DEPLOYMENTS, ids=lambda deployment: deployment["name"])
def deployment(request: pytest.FixtureRequest) -> dict[str, Any]:
    return request.param  # type: ignore[no-any-return]


def test_entry_point_is_a_module_and_a_flow_of_the_same_name(deployment: dict[str, Any]) -> None:
    assert re.fullmatch(r"flows\.\w+:\w+", deployment["entrypoint"])
    flow = load(deployment)
    assert isinstance(flow, Flow)
    assert flow.name == deployment["name"]


def test_given_parameters_exist_and_validate(deployment: dict[str, Any]) -> None:
    flow = load(deployment)
    given = [deployment["parameters"], *(s["parameters"] for s in deployment.get("schedules", []))]
    for trigger in deployment.get("triggers", []):
        assert set(trigger["parameters"]) <= set(inspect.signature(flow.fn).parameters)
    for parameters in given:
        assert set(parameters) <= set(inspect.signature(flow.fn).parameters)
        flow.validate_parameters(parameters)


def test_form_has_only_types_that_the_ui_shows(deployment: dict[str, Any]) -> None:
    for name, field in load(deployment).parameters.model_dump()["properties"].items():
        if field.get("type") == "array":
            assert field["items"]["type"] in FORM_TYPES, name
        elif "enum" in field:
            assert len(field["enum"]) >= 2, name
        else:
            assert field.get("type") in FORM_TYPES, f"{name}: unions and objects break the form"
        assert field.get("description"), f"{name} has no description for the form"


def test_schedules_name_a_time_zone_without_daylight_saving(deployment: dict[str, Any]) -> None:
    for schedule in deployment.get("schedules", []):
        assert schedule["timezone"] == "UTC"


def test_the_form_says_how_large_the_scales_are(deployment: dict[str, Any]) -> None:
    fields = load(deployment).parameters.model_dump()["properties"]
    if "n_motions" in fields:
        for name, preset in SCALES.items():
            assert re.search(rf"{name} \({preset.n_motions:,}\b", fields["scale"]["description"])


def rendered(parameters: dict[str, Any], payload: dict[str, Any]) -> dict[str, Any]:
    """What Prefect makes of a trigger's parameters: it takes plain texts as templates."""
    templates = {
        name: {"__prefect_kind": "jinja", "template": value} if isinstance(value, str) else value
        for name, value in parameters.items()
    }
    context = HydrationContext(
        raise_on_error=True, render_jinja=True, jinja_context={"event": {"payload": payload}}
    )
    return dict(hydrate(templates, context))


def test_what_an_event_starts_gets_what_the_event_says(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[dict[str, Any]] = []
    for module in (flows.publish_dataset, flows.train_models):
        monkeypatch.setattr(module, "emit_event", lambda **event: sent.append(event))
    version = SimpleNamespace(name="a@2", n_samples=8)
    flows.publish_dataset._announce_version(TurnSettings(dataset="a", scale="small"), version, "train")  # type: ignore[arg-type]
    options = {"scale": "small", "seed": 3, "overrides": ["encoder.epochs=2", 'encoder.name="x"']}
    flows.train_models.announce_models("a@2", "llm-1", options)
    payloads = {event["event"]: event["payload"] for event in sent}
    seen = {}
    for one in DEPLOYMENTS:
        for trigger in one.get("triggers", []):
            seen[one["name"]] = rendered(trigger["parameters"], payloads[trigger["expect"][0]])
            load(one).validate_parameters(seen[one["name"]])
    assert seen == {
        "train-models": {"dataset_version": "a@2", "scale": "small"},
        "evaluate-models": {"dataset_version": "a@2", **options},
    }
