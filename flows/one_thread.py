"""Linear algebra in one thread: sums that threads share round differently, and equal seeds shall give equal bits."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import ParamSpec, TypeVar

import numpy  # noqa: F401  its BLAS is one of those that are limited
import scipy.linalg  # noqa: F401  and so is this one's
from threadpoolctl import ThreadpoolController

P = ParamSpec("P")
R = TypeVar("R")


def in_one_thread(function: Callable[P, R]) -> Callable[P, R]:
    """Have a function give the same bits however many threads the environment allows; processes share the work."""

    @wraps(function)
    def limited(*args: P.args, **kwargs: P.kwargs) -> R:
        with _libraries().limit(limits=1, user_api="blas"):
            return function(*args, **kwargs)

    return limited


@lru_cache(maxsize=1)
def _libraries() -> ThreadpoolController:
    """The libraries of this process, looked for once: that takes milliseconds."""
    return ThreadpoolController()
