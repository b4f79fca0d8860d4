"""Pages of a run: a server that does not take one is no reason to lose the run."""

from __future__ import annotations

import pytest

import flows.store_artifacts
from flows.store_artifacts import store_report


def test_a_page_that_no_server_takes_does_not_end_the_run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    kept: dict[str, str] = {}

    def take(markdown: str, key: str, description: str) -> None:
        if key == "lake":
            raise ConnectionError("all connection attempts failed")
        kept[key] = markdown

    monkeypatch.setattr(flows.store_artifacts, "create_markdown_artifact", take)
    store_report("lake", "# Lake", "sound")
    said = capsys.readouterr().out
    assert "the page lake could not be stored (ConnectionError: all connection attempts failed)" in said
    store_report("dataset-a", "# a@1", "a@1")
    assert kept == {"dataset-a": "# a@1"} and not capsys.readouterr().out
