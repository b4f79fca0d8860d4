"""Pages of a run in Prefect's UI: Markdown artifacts under stable keys, so that each has a history."""

from __future__ import annotations

from prefect.artifacts import create_markdown_artifact

from .bear_failures import reason_of


def store_report(key: str, markdown: str, description: str) -> None:
    """Store a page; where no server takes it, the run goes on and says so.

    Args:
        key: lower-case letters, digits and dashes, such as dataset-mmwave-sim.
        markdown: the page.
        description: what this version of the page is about, such as mmwave-sim@3.
    """
    try:
        create_markdown_artifact(markdown, key=key, description=description)
    except Exception as error:  # a page is no reason to lose a run: the lake holds what it tells
        print(
            f"the page {key} could not be stored ({reason_of(error)}); the lake and the results hold what it tells"
        )
