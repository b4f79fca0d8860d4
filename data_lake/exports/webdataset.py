"""WebDataset shards: tar files in which all files of a sample share a name up to its first dot."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..tensor_codec import codes_of
from .sample_record import EXPORTED_COLUMNS, described
from .selection import Selection

SAMPLES_PER_SHARD = 1_000


@dataclass(frozen=True)
class WrittenTar:
    """One tar file; `path` is relative to the export's folder."""

    path: str
    split: str
    n_samples: int


def write_tar_shards(
    selection: Selection, folder: Path, samples_per_shard: int = SAMPLES_PER_SHARD
) -> list[WrittenTar]:
    """Write `SPLIT-000000.tar` ...; a sample is `ID.doppler_time.npy` (codes) and `ID.json` (all else).

    Equal samples give equal bytes: times and owners in the tar files are 0. One row group is in memory at a time.
    """
    written = []
    for split, n_samples in selection.split_counts.items():
        rows = selection.rows(split, EXPORTED_COLUMNS)
        for index in range(-(-n_samples // samples_per_shard)):
            name = f"{split}-{index:06d}.tar"
            wanted = min(samples_per_shard, n_samples - index * samples_per_shard)
            _write_tar(folder / name, rows, wanted)
            written.append(WrittenTar(name, split, wanted))
    return written


def _write_tar(path: Path, rows: Iterator[dict[str, Any]], wanted: int) -> None:
    with tarfile.open(path, "w", format=tarfile.USTAR_FORMAT) as tar:
        for _, row in zip(range(wanted), rows, strict=False):
            text = json.dumps(described(row), ensure_ascii=False, sort_keys=True)
            _add(tar, f"{row['sample_id']}.doppler_time.npy", npy_bytes(codes_of(row)))
            _add(tar, f"{row['sample_id']}.json", text.encode())


def _add(tar: tarfile.TarFile, name: str, data: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size = len(data)
    tar.addfile(entry, io.BytesIO(data))


def npy_bytes(array: np.ndarray) -> bytes:
    """An array as the bytes of a .npy file."""
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=False)
    return buffer.getvalue()
