"""What every author of motion scripts offers, whoever writes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol

from simulator.motion.script import MotionScript

from .briefs import Brief


class Author(Protocol):
    """Fills briefs with motion scripts."""

    @property
    def name(self) -> str:
        """Kind of author, stored with every row: "grammar" or "model"."""

    @property
    def model(self) -> str | None:
        """Name of the language model; None where none is asked."""

    def request_hash(self, brief: Brief) -> str:
        """Identity of the request: equal hashes ask for the same thing in the same words."""

    def write(self, brief: Brief) -> MotionScript | None:
        """Write one valid script; None where the answer had to be rejected (counted in the report).

        Raises:
            AuthoringError: going on is pointless.
        """

    def write_many(self, briefs: Iterable[Brief]) -> Iterator[tuple[Brief, MotionScript | None]]:
        """Write many, in the order of the briefs; an author that waits for a server asks for several at once.

        Raises:
            AuthoringError: going on is pointless; what was written until then has been yielded.
        """

    def report(self) -> str:
        """What was asked, answered and rejected so far, in one line."""
