"""Work done in several threads, its results in the order of the items."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")
# Items begun per thread before the oldest is done: one slow item shall not leave the others idle.
AHEAD = 4


def in_order(
    work: Callable[[Item], Result],
    items: Iterable[Item],
    threads: int,
    interrupted: Callable[[], None] = lambda: None,
) -> Iterator[tuple[Item, Result]]:
    """Yield (item, result) in the order of the items.

    After the first error nothing more is begun. What is under way then is waited for, and results that
    come of it are yielded as well, because they may be paid for; then the error is raised. Whoever closes
    the iterator early also waits for what is under way.

    Args:
        work: done in a thread for each item.
        items: taken as they are needed.
        threads: pieces of work at once.
        interrupted: called when the user breaks off, so that nobody waits for pauses between calls.
    """
    waiting: deque[tuple[Item, Future[Result]]] = deque()
    error: Exception | None = None
    pool = ThreadPoolExecutor(threads, thread_name_prefix="ask")
    try:
        source = iter(items)
        is_more = True
        while is_more or waiting:
            while is_more and error is None and len(waiting) < AHEAD * threads:
                try:
                    item = next(source)
                except StopIteration:
                    is_more = False
                else:
                    waiting.append((item, pool.submit(work, item)))
            if error is not None:
                is_more = False
            if not waiting:
                continue
            item, future = waiting.popleft()
            try:
                result = future.result()
            except CancelledError:
                continue
            except Exception as raised:
                if error is None:
                    error = raised
                    for _, other in waiting:
                        other.cancel()
                continue
            yield item, result
    except (KeyboardInterrupt, SystemExit):
        interrupted()
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
    if error is not None:
        raise error
