"""The cockpit as a person sees it: a real browser fills the form, submits, and reads what the run left."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))
from running_cockpit import Cockpit, eventually, running_cockpit, zone_where_it_is_noon

from data_lake import Lake

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.services, pytest.mark.slow, pytest.mark.timeout(1500)]

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PATIENCE_MS = 240_000
ZONE = zone_where_it_is_noon()
FEW_STEPS = (
    "encoder.width=32", "encoder.depth=1", "encoder.heads=2", "encoder.epochs=1", "encoder.batch_size=4",
    "wavellm.base_width=32", "wavellm.base_depth=1", "wavellm.base_heads=2", "wavellm.language.epochs=1",
    "wavellm.align.epochs=1", "wavellm.tune.epochs=1",
)  # fmt: skip


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    """A page of a browser of this machine; playwright's own downloads are not needed."""
    playwright = pytest.importorskip(
        "playwright.sync_api", reason="no playwright: pip install --constraint constraints.txt playwright"
    )
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if found is None:
        pytest.skip(
            f"no browser: none of {', '.join(BROWSERS)} is on the PATH (Debian: apt install chromium)"
        )
    with playwright.sync_playwright() as driver:
        # As root, as in a container, Chromium runs only without its sandbox; it opens nothing but loopback here.
        browser = driver.chromium.launch(executable_path=found, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 1280, "height": 1000}, locale="en-US", timezone_id=ZONE)
        page.set_default_timeout(PATIENCE_MS)
        yield page
        browser.close()


@pytest.fixture(scope="module")
def cockpit(page: Page, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cockpit]:
    with running_cockpit(tmp_path_factory.mktemp("browser"), ZONE) as running:
        yield running


@pytest.fixture(scope="module")
def chained(cockpit: Cockpit) -> str:
    """A run that publishes a version of its own, whose training and evaluation nobody starts; goes on meanwhile."""
    few = {"dataset": "chain", "n_motions": 8, "views": 1, "workers": 1}
    return cockpit.start("generate-dataset", few)


@pytest.fixture(scope="module")
def submitted(cockpit: Cockpit, page: Page, chained: str) -> str:
    """The form of turn-flywheel, filled and sent by hand; the id of the run that came of it."""
    page.goto(f"{cockpit.state.ui_url}/deployments")
    page.click('a[href*="/deployments/deployment/"]:has-text("turn-flywheel")')
    page.wait_for_url("**/deployments/deployment/*")
    page.goto(page.url.partition("?")[0] + "/run")
    page.get_by_label("dataset (Optional)", exact=True).fill("from-the-form")
    page.get_by_label("n_motions (Optional)", exact=True).fill("8")
    page.get_by_label("views (Optional)", exact=True).fill("1")
    page.get_by_label("workers (Optional)", exact=True).fill("1")
    add = page.get_by_role("button", name="Add item")
    items = page.locator("[data-slot=card]").filter(has=add).locator("textarea")
    for index, option in enumerate(FEW_STEPS):
        add.click()
        items.nth(index).fill(option)
    page.get_by_role("button", name="Submit").click()
    run = eventually(
        lambda: [r for r in cockpit.runs_of("turn-flywheel") if r["parameters"]["dataset"] == "from-the-form"]
    )
    page.goto("about:blank")
    return str(run[0]["id"])


def test_what_the_form_sends_is_what_was_filled_in(cockpit: Cockpit, submitted: str) -> None:
    run = cockpit.call(f"/flow_runs/{submitted}")
    assert run["created_by"] is None or run["created_by"]["type"] != "AUTOMATION"
    sent = run["parameters"]
    assert (sent["n_motions"], sent["views"], sent["workers"]) == (8, 1, 1)
    assert sent["overrides"] == list(FEW_STEPS)
    assert sent["scale"] == "smoke" and sent["workspace"] == str(cockpit.settings.workspace.resolve())


def test_the_deployment_shows_its_next_nights(cockpit: Cockpit, page: Page, submitted: str) -> None:
    nightly = cockpit.deployment("generate-dataset")["id"]
    page.goto(f"{cockpit.state.ui_url}/deployments/deployment/{nightly}?tab=Upcoming")
    page.get_by_text("At 02:00 AM").wait_for()
    planned = page.get_by_text("auto-scheduled")
    planned.nth(2).wait_for()
    assert planned.count() == 3
    assert page.get_by_text("02:00:00 AM").count() == 3
    page.goto("about:blank")


def test_the_run_ends_with_report_pictures_and_lineage(cockpit: Cockpit, page: Page, submitted: str) -> None:
    page.goto(f"{cockpit.state.ui_url}/runs/flow-run/{submitted}")
    page.get_by_text("turn-from-the-form-seed0").first.wait_for()
    page.goto(
        "about:blank"
    )  # a page that shows a run at work draws all the time, on the cores that do the work
    state = eventually(lambda: cockpit.ended(submitted), patience_s=600.0)
    assert state["type"] == "COMPLETED", state["message"]
    page.goto(f"{cockpit.state.ui_url}/runs/flow-run/{submitted}")
    page.get_by_text("Completed", exact=True).first.wait_for()
    page.get_by_role("tab", name="Artifacts").click()
    page.click('a[href$="/artifacts/key/turn-from-the-form"]')
    page.locator('a[href*="/artifacts/artifact/"]').first.click()
    page.get_by_role("heading", name="Turn of from-the-form@1").wait_for()
    picture = page.locator('img[src^="data:image/png"]').first
    picture.wait_for()
    assert picture.evaluate("image => image.complete && image.naturalWidth > 200")
    graph = page.locator("svg[id^=mermaid]").first
    graph.wait_for()
    drawn = graph.text_content() or ""
    for words in ("from-the-form@1", "encoder", "scorecard"):
        assert words in drawn, drawn
    assert page.get_by_role("table").count() >= 1
    page.goto("about:blank")


def test_a_published_version_is_trained_on_and_scored_without_anybody(cockpit: Cockpit, chained: str) -> None:
    def finished(name: str) -> Any:
        return [
            run
            for run in cockpit.runs_of(name)
            if run["parameters"]["dataset_version"] == "chain@1" and run["state_type"] == "COMPLETED"
        ]

    assert eventually(lambda: cockpit.ended(chained), patience_s=600.0)["type"] == "COMPLETED"
    for name in ("train-models", "evaluate-models"):
        (run,) = eventually(lambda name=name: finished(name), patience_s=600.0)
        assert run["created_by"]["type"] == "AUTOMATION"
    keys = {one["key"] for one in cockpit.call("/artifacts/latest/filter", {})}
    assert {"dataset-chain", "models-chain", "scorecard-chain"} <= keys
    # The turn trained its own version: its event started nothing.
    assert len(cockpit.runs_of("train-models")) == 1


def test_an_event_that_is_delivered_again_trains_and_scores_nothing(cockpit: Cockpit, chained: str) -> None:
    """Delivery is at least once: the runs that a second one starts find what the first ones made."""

    def made() -> list[str]:
        lake = Lake.open(cockpit.settings.workspace / "lake")
        tables = {"checkpoints": "checkpoint_id", "scorecards": "scorecard_id"}
        return [
            f"{table} {row[key]}" for table, key in tables.items() for row in lake.read(table).to_pylist()
        ]

    names = ("train-models", "evaluate-models")
    before, n_runs = sorted(made()), {name: len(cockpit.runs_of(name)) for name in names}
    assert before
    cockpit.publish("chain@1")
    for name in names:
        eventually(lambda name=name: len(cockpit.runs_of(name)) == n_runs[name] + 1)
        for run in cockpit.runs_of(name):
            state = eventually(lambda run=run: cockpit.ended(run["id"]), patience_s=300.0)
            assert state["type"] == "COMPLETED", state["message"]
    assert sorted(made()) == before
