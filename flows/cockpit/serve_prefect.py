"""Prefect's own command, with a server whose SQLite writers wait for each other instead of failing.

`python -m flows.cockpit.serve_prefect server start ...`

Prefect begins its write transactions as readers ("deferred"). When another one commits between such a transaction's
first read and its first write, SQLite refuses at once, whatever the time-out: a click in the UI answers 503, an
event is handled late. A transaction that says from the start that it will write waits for its turn (SQLite's
documentation, "Transactions": BEGIN IMMEDIATE). Nothing else of the server is changed, and nothing with PostgreSQL.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any


def let_writers_wait() -> None:
    """Begin every explicit transaction of Prefect's SQLite databases as a writer's."""
    from prefect.server.database.configurations import SQLITE_BEGIN_MODE, AioSqliteConfiguration

    @asynccontextmanager
    async def begin_transaction(
        self: AioSqliteConfiguration, session: Any, with_for_update: bool = False
    ) -> AsyncGenerator[Any, None]:
        token = SQLITE_BEGIN_MODE.set("IMMEDIATE")
        try:
            async with session.begin() as transaction:
                yield transaction
        finally:
            SQLITE_BEGIN_MODE.reset(token)

    AioSqliteConfiguration.begin_transaction = begin_transaction  # type: ignore[method-assign]


if __name__ == "__main__":
    from prefect.cli import app

    let_writers_wait()
    app()
