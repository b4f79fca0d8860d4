"""What can go wrong in the lake: one root, six children."""

from __future__ import annotations


class LakeError(Exception):
    """Root of everything that `data_lake` raises."""


class LakeCorrupt(LakeError):
    """Stored bytes do not say what they should: a file is missing, damaged, or of another layout."""


class LakeTooNew(LakeError):
    """A newer release wrote to the lake; this one does not know all that is there."""


class LakeBusy(LakeError):
    """Other writers committed first in every attempt; nothing of this write is stored."""


class DiskFull(LakeError):
    """There is no room for a write; nothing of it is stored."""


class NotInLake(LakeError, LookupError):
    """A lake, dataset version, sample or referenced row that was asked for does not exist."""


class InvalidInput(LakeError, ValueError):
    """Rows, names or parameters that the lake refuses before anything is written."""
