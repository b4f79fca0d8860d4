"""Every answered call, kept for ever: cache, resume and ledger of what language models were paid for."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any, Self

import pyarrow as pa
import pyarrow.compute as pc

from data_lake import JOURNAL_FOLDER, CallClaims, Lake, LakeBusy, OtherJournals, RequestJournal

from .budget import Spending
from .night_ledger import NightLedger

ROWS_PER_COMMIT = 256
TABLE = "requests"
_ROWS_OF_A_MEAN = 1000
_LOOK_AGAIN_S = 0.05
# What finding an answer again takes; prompts stay on disk.
_KEPT = (
    "request_id", "purpose", "model", "answered_by", "format", "status", "answer", "finish_reason",
    "prompt_tokens", "completion_tokens", "cost_usd", "latency_s", "answer_cap",
    "created_at",
)  # fmt: skip
_RECKONED = ["request_id", "prompt_tokens", "completion_tokens", "cost_usd", "latency_s", "created_at"]

CallRow = Mapping[str, Any]


class RequestStore:
    """The answered calls of a lake. Thread-safe; several processes may use one lake at once.

    A recorded call is durable at once (a journal beside the tables) and goes to the table `requests` in
    batches; what a process that died left in its journal is taken over here. Without a lake all is kept in
    memory only.

    Args:
        lake: the lake; None keeps nothing beyond this object.
        run_id: the run that asks; goes to every row.
    """

    def __init__(self, lake: Lake | None, run_id: str) -> None:
        self.run_id = run_id
        self._lake = lake
        self._ledger = NightLedger()
        self._recent: dict[str, CallRow] = {}
        self._stored: pa.Table | None = None
        self._positions: dict[str, int] = {}
        self._pending: list[dict[str, Any]] = []
        self._claims: dict[str, tuple[threading.Lock, int]] = {}
        self._lock = threading.RLock()
        self._flushing = threading.Lock()
        is_local = lake is not None and "://" not in lake.root
        folder = Path(lake.root) / JOURNAL_FOLDER if lake is not None and is_local else None
        self._journal = RequestJournal(folder) if folder is not None else None
        self._others = OtherJournals(folder, self._journal) if folder and self._journal else None
        self._between = CallClaims(folder) if folder is not None else None
        self._ended = threading.Event()
        if self._others is not None:
            self._others.take_over(self._append)
        self._load()
        self._look_around()

    def __enter__(self) -> Self:
        """Use as a context manager: `close` at the end."""
        return self

    def __exit__(self, *exception: object) -> None:
        """See `close`."""
        self.close()

    def __len__(self) -> int:
        """Number of calls that are known."""
        with self._lock:
            return len(self._recent.keys() | self._positions.keys())

    def find(self, request_id: str) -> CallRow | None:
        """The row of an answered call, whoever made it; None where it was never answered."""
        with self._lock:
            row = self._known(request_id)
            if row is None:
                self._look_around()
                row = self._known(request_id)
            return row

    @contextmanager
    def claimed(self, request_id: str) -> Iterator[None]:
        """Let one thread of one process at a time ask for a key, so that equal requests at once are paid once.

        Whoever waits finds the answer in the store then.
        """
        with self._lock:
            claim, waiting = self._claims.get(request_id, (threading.Lock(), 0))
            self._claims[request_id] = (claim, waiting + 1)
        try:
            with claim, self._claimed_from_others(request_id):
                yield
        finally:
            with self._lock:
                _, waiting = self._claims.pop(request_id)
                if waiting > 1:
                    self._claims[request_id] = (claim, waiting - 1)

    @contextmanager
    def _claimed_from_others(self, request_id: str) -> Iterator[None]:
        """Wait while another process asks; when it has been answered, the answer is here as well."""
        is_held = False
        try:
            while self._between is not None and self.find(request_id) is None and not self._ended.is_set():
                is_held = self._between.take(request_id)
                if is_held:
                    break
                self._ended.wait(_LOOK_AGAIN_S)
            yield
        finally:
            if is_held and self._between is not None:
                self._between.give_back(request_id)

    def stop_waiting(self) -> None:
        """Let nobody wait for other processes any more."""
        self._ended.set()

    def record(self, row: CallRow) -> None:
        """Keep an answered call: durable when this returns.

        Args:
            row: the columns of table `requests`, without `run_id` and `created_at`.

        Raises:
            LakeError: the disk refuses; nothing more should be asked then.
        """
        filled = {**row, "run_id": self.run_id, "created_at": datetime.now(UTC)}
        if self._journal is not None:
            self._journal.append({**filled, "created_at": filled["created_at"].isoformat()})
        with self._lock:
            self._learn(filled)
            self._pending.append(filled)
            is_full = len(self._pending) >= ROWS_PER_COMMIT
        if self._lake is not None and (is_full or self._journal is None):
            try:
                self.flush()
            except LakeBusy:
                if self._journal is None:
                    raise  # else the journal holds the rows, and the next batch tries again

    def spent_on(self, day: date) -> Spending:
        """What the calls of a date (UTC), of all runs, have cost; wall time is when any was under way."""
        with self._lock:
            return self._ledger.spent_on(day)

    def spent_tonight(self) -> Spending:
        """`spent_on` the present date; asks other processes' journals for news."""
        with self._lock:
            self._look_around()
            return self._ledger.spent_on(datetime.now(UTC).date())

    def usual(self, purpose: str, model: str) -> Spending | None:
        """Mean cost of one answered call for a purpose; `wall_s` is its latency. None: there was none yet."""
        with self._lock:
            rows = [
                row for row in self._recent.values() if (row["purpose"], row["model"]) == (purpose, model)
            ]
            if self._stored is not None:
                wanted = (pc.field("purpose") == purpose) & (pc.field("model") == model)
                rows += self._stored.filter(wanted).slice(0, _ROWS_OF_A_MEAN).to_pylist()
        rows = [
            row for row in rows if row["completion_tokens"] is not None and row["prompt_tokens"] is not None
        ]
        if not rows:
            return None
        prompt, written, latency_s = (
            sum(row[name] for row in rows) / len(rows)
            for name in ("prompt_tokens", "completion_tokens", "latency_s")
        )
        return Spending(
            prompt_tokens=round(prompt), completion_tokens=round(written), requests=1, wall_s=latency_s
        )

    def flush(self) -> None:
        """Bring the rows of the journal into the table. They stay in the journal until `close`.

        Raises:
            LakeError: the table cannot be written; the rows stay in the journal.
        """
        with self._flushing:
            with self._lock:
                rows = list(self._pending)
            self._append(rows)
            with self._lock:
                del self._pending[: len(rows)]

    def close(self) -> None:
        """Bring everything into the table and remove the journal; if that fails, the journal stays."""
        self.stop_waiting()
        done = False
        try:
            self.flush()
            done = True
        finally:
            if self._journal is not None:
                self._journal.close(discard=done)
            if self._between is not None:
                self._between.close()

    def _append(self, rows: list[dict[str, Any]]) -> None:
        if self._lake is None or not rows:
            return
        whole = [{**row, "created_at": _moment(row["created_at"])} for row in rows if row.get("request_id")]
        self._lake.append(TABLE, whole, TABLE, self.run_id)

    def _load(self) -> None:
        """Read what the table holds; the rows of today enter the ledger."""
        if self._lake is None:
            return
        table = self._lake.read(TABLE, columns=_KEPT).combine_chunks()
        midnight = datetime.combine(datetime.now(UTC).date(), time.min, UTC)
        is_new = pc.field("created_at") >= pa.scalar(midnight)
        is_counted = pc.field("prompt_tokens").is_valid() & pc.field("completion_tokens").is_valid()
        tonight = table.filter(is_new & is_counted).select(_RECKONED).to_pylist()
        # Tokens that the server did not count are estimated from the prompt.
        tonight += self._lake.read(
            TABLE, columns=[*_KEPT, "messages"], where=is_new & ~is_counted
        ).to_pylist()
        with self._lock:
            self._stored = table
            ids = table.column("request_id").to_pylist()
            self._positions = {request_id: index for index, request_id in enumerate(ids)}
            for row in tonight:
                self._ledger.add(row)

    def _look_around(self) -> None:
        """Learn what other processes have been answered since."""
        if self._others is None:
            return
        rows, gone = self._others.news()
        for row in rows:
            if row.get("request_id"):
                self._learn({**row, "created_at": _moment(row["created_at"])})
        if gone:
            self._load()

    def _learn(self, row: CallRow) -> None:
        with self._lock:
            self._recent.setdefault(row["request_id"], {name: row.get(name) for name in _KEPT})
            self._ledger.add(row)

    def _known(self, request_id: str) -> CallRow | None:
        row = self._recent.get(request_id)
        if row is None and self._stored is not None and request_id in self._positions:
            row = self._stored.slice(self._positions[request_id], 1).to_pylist()[0]
        return row


def _moment(value: object) -> datetime:
    return value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
