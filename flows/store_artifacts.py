"""Pages of a run in Prefect's UI: Markdown artifacts under stable keys, so that each has a history."""

from __future__ import annotations

from prefect.artifacts import create_markdown_artifact


def store_report(key: str, markdown: str, description: str) -> None:
    """Store a page; where no server takes it, the run goes on and says so.

    Args:
        key: lower-case letters, digits and dashes, such as dataset-mmwave-sim.
        markdown: the page.
        description: what this version of the page is about, such as mmwave-sim@3.
    """
    create_markdown_artifact(markdown, key=key, description=description)
