"""Why a file is no usable clip, in a word or two: what tables of skipped files count by."""

from __future__ import annotations

REASON_KINDS: dict[str, str] = {
    "damaged": "truncated, damaged, or not what its ending says",
    "unknown format": "of no kind of motion that is read",
    "wrong shape": "readable, but not laid out as its kind is",
    "missing joints": "its skeleton lacks joints that are needed, or they cannot be told by name",
    "wrong units": "lengths, angles or speeds that no person has",
    "unknown axes": "its up axis cannot be told",
    "not finite": "NaN or infinite values",
    "normalised": "features divided by a standard deviation that is not given",
    "too short": "shorter than a clip must be",
    "T-pose only": "nothing but a calibration pose",
    "unsafe": "Python objects or code, which are not loaded",
    "duplicate": "the same content as another file",
    "missing file": "named by a list, but not there",
    "bad list": "a manifest's entry is faulty",
    "generator": "the text-to-motion command failed",
}
"""Kind of reason -> what it means."""
