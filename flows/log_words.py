"""Errors of ours in the logs of flow runs: their words say what was wrong and what to do, so no traceback follows."""

from __future__ import annotations

import logging

_LOGGERS = ("prefect.flow_runs", "prefect.task_runs", "prefect.engine")
_OURS = ("data_lake", "evaluation", "flows", "llm_prompts", "simulator", "training")


def keep_words_only() -> None:
    """Have Prefect log errors that this project raises in words without the traceback; of others it is kept."""
    for name in _LOGGERS:
        logging.getLogger(name).addFilter(_without_traceback)


def _without_traceback(record: logging.LogRecord) -> bool:
    error = record.exc_info[1] if record.exc_info else None
    if error is not None and type(error).__module__.partition(".")[0] in _OURS:
        record.exc_info = record.exc_text = None
    return True
