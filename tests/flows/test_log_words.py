"""Tracebacks in the logs of flow runs: none for errors that say in words what was wrong, all for defects."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from data_lake.errors import InvalidInput
from flows.log_words import keep_words_only


@pytest.fixture
def lines() -> list[str]:
    return []


@pytest.fixture(autouse=True)
def logger(lines: list[str]) -> Iterator[logging.Logger]:
    class Kept(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(self.format(record))

    logger = logging.getLogger("prefect.flow_runs")
    others, logger.handlers, propagate = logger.handlers, [Kept()], logger.propagate
    logger.propagate = False  # Prefect's own handlers look for a run
    yield logger
    logger.handlers, logger.propagate = others, propagate


def log(logger: logging.Logger, error: Exception) -> None:
    try:
        raise error
    except Exception as caught:
        logger.exception("Encountered exception during execution: %r", caught)


def test_our_errors_are_logged_in_words_and_defects_with_their_traceback(
    logger: logging.Logger, lines: list[str]
) -> None:
    keep_words_only()
    keep_words_only()  # every flow's module says so
    assert len(logger.filters) == len(set(logger.filters))
    log(logger, InvalidInput("dataset 'Bad Name': lower-case letters"))
    log(logger, KeyError("dataset"))
    ours, defect = lines
    assert (
        ours
        == """Encountered exception during execution: InvalidInput("dataset 'Bad Name': lower-case letters")"""
    )
    assert "Traceback" in defect and "KeyError" in defect
