"""Radar maps that others recorded or simulated, from mmExpert's files into the lake and into a dataset version."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from data_lake import (
    DatasetVersion,
    Lake,
    MapReading,
    MmExpertListing,
    Rejected,
    UnusableMap,
    WaveOrigin,
    WaveRecord,
    check_rows,
    content_id,
    file_sha256,
    imported_sample_id,
    imported_sample_row,
    list_mmexpert,
    read_levels_db,
)
from data_lake.errors import InvalidInput
from simulator import RadarConfig

from .open_lake import recorded_run
from .plan_dataset import tensor_radar
from .record_run import RunRecord, code_version, environment_hash
from .settings import DATASET_NAME_PATTERN, Workspace

Progress = Callable[[str, int, int], None]
MAPS_PER_COMMIT = 64
SHOWN_REASONS = 5
# Where nobody says what magnitude 1 is in dBm, the strongest cell of all maps gets the level of a person at 1 m: no
# cell is cut off at the top, and 80 dB below it are kept.
STRONGEST_DBM = -60.0


class DatasetImport(BaseModel):
    """What is imported, and what is said of it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    source: Path
    dataset: str = Field("imported", pattern=DATASET_NAME_PATTERN)
    origin: Literal["real", "mocap"] = Field(
        description="recorded by a radar, or simulated on captured motion"
    )
    radar: str = Field(description="preset, or path of a TI .cfg file")
    values: Literal["linear", "db", "log10"] = "linear"
    axes: Literal["frame-doppler", "doppler-frame"] = "frame-doppler"
    receding: Literal["above", "below"] = "above"
    reference_dbm: float | None = Field(None, allow_inf_nan=False, description="dBm of magnitude 1")
    licence: str | None = None
    may_ship: bool | None = None
    workspace: Path = Path("workspace")
    seed: int = Field(0, description="nothing is drawn; runs state a seed")

    @property
    def reading(self) -> MapReading:
        """How the maps are read."""
        return MapReading(self.values, self.axes, self.receding)


@dataclass(frozen=True)
class DatasetImported:
    """A finished import.

    `reused` counts samples that were in the lake already; `refused` holds (file or record, reason) of what was not
    usable, all of which stands in table quarantine too.
    """

    version: DatasetVersion
    n_new: int
    n_reused: int
    refused: tuple[tuple[str, str], ...]
    reference_dbm: float
    calibrated: bool


def import_dataset(settings: DatasetImport, progress: Progress | None = None) -> DatasetImported:
    """Read, check, store and publish; the same call again stores nothing twice and gives the same version.

    Raises:
        InvalidInput: no such folder, no records, or not one usable map; nothing is stored, and no lake is made.
        RadarConfigError: no such radar, or one without 128 Doppler bins.
        LakeError: the lake cannot be written.
    """
    radar = tensor_radar(settings.radar)
    listing = list_mmexpert(settings.source)
    reference_dbm, calibrated = _reference(settings, listing)
    about = _about(settings, radar, reference_dbm, calibrated)
    _refuse_hopeless(settings, listing, about)
    lake = Lake.create(Workspace(settings.workspace).lake)
    with recorded_run(lake, "import_dataset", settings) as run:
        work = _Import(lake, about, run, settings.source)
        work.refuse_records(listing)
        maps = [Map(record, view, path) for record in listing.records for view, path in record.files]
        for start in range(0, len(maps), MAPS_PER_COMMIT):
            work.add(maps[start : start + MAPS_PER_COMMIT])
            if progress:
                progress("maps", min(start + MAPS_PER_COMMIT, len(maps)), len(maps))
        version = _publish(lake, settings, radar, about, sorted(work.stored), run)
    return DatasetImported(
        version, work.n_new, len(work.stored) - work.n_new, tuple(work.refused), reference_dbm, calibrated
    )


def _refuse_hopeless(settings: DatasetImport, listing: MmExpertListing, about: WaveOrigin) -> None:
    """Read maps until one is found that the lake would take.

    Raises:
        InvalidInput: there is none; every reason is named once, with the first file or record that has it.
    """
    refused = [(one.name, one.reason) for one in listing.refused]
    maps = [(record, view, path) for record in listing.records for view, path in record.files]
    for record, view, path in maps:
        try:
            levels = read_levels_db(path, settings.reading)
        except (UnusableMap, OSError) as error:
            refused.append((f"{record.name} ({path.name})", str(error)))
            continue
        row = imported_sample_row(about, record, view, path.name, ("", ""), levels)
        quality = check_rows([row])
        if quality.accepted:
            return
        refused += [(f"{record.name} ({path.name})", "; ".join(one.reasons)) for one in quality.rejected]
    first: dict[str, str] = {}
    for name, reason in refused:
        first.setdefault(reason, name)
    told = [f"{name}: {reason}" for reason, name in first.items()]
    more = f"; and {len(told) - SHOWN_REASONS} more reasons" if len(told) > SHOWN_REASONS else ""
    raise InvalidInput(
        f"{settings.source}: not one of {len(maps)} maps that its records name is usable, so nothing was stored: "
        f"{'; '.join(told[:SHOWN_REASONS])}{more}"
    )


def _reference(settings: DatasetImport, listing: MmExpertListing) -> tuple[float, bool]:
    """dBm of magnitude 1, and whether somebody said so: the user, or the file beside our own exports."""
    if settings.reference_dbm is not None:
        return settings.reference_dbm, True
    stated = listing.law.get("reference_dbm")
    if isinstance(stated, (int, float)) and np.isfinite(stated):
        return float(stated), True
    strongest = max((float(levels.max()) for levels in _usable_levels(settings, listing)), default=0.0)
    return round(STRONGEST_DBM - strongest, 3), False


def _usable_levels(settings: DatasetImport, listing: MmExpertListing) -> Iterator[np.ndarray]:
    for record in listing.records:
        for _, path in record.files:
            try:
                yield read_levels_db(path, settings.reading)
            except UnusableMap:
                continue  # refused with its reason when it is its turn


def _about(settings: DatasetImport, radar: RadarConfig, reference_dbm: float, calibrated: bool) -> WaveOrigin:
    asked = settings.model_dump(mode="json", exclude={"workspace", "source", "radar", "seed"})
    return WaveOrigin(
        origin=settings.origin,
        radar={
            "radar_name": radar.name,
            "radar_hash": content_id("rad", radar.to_dict()),
            "frame_rate_hz": radar.frame_rate_hz,
            "velocity_step_mps": radar.velocity_bin_mps,
        },
        reading=settings.reading,
        reference_dbm=reference_dbm,
        calibrated=calibrated,
        licence=settings.licence,
        may_ship=settings.may_ship,
        config_hash=content_id("cfg", {"import": asked, "radar": radar.to_dict()}),
        code_version=code_version(),
    )


@dataclass(frozen=True)
class Map:
    """One map of a record, seen from one view."""

    record: WaveRecord
    view: str | None
    path: Path


class _Import:
    """Gathers rows and stores them in batches; remembers what was refused."""

    def __init__(self, lake: Lake, about: WaveOrigin, run: RunRecord, source: Path) -> None:
        self.lake, self.about, self.run = lake, about, run
        self.top = source if source.is_dir() else source.parent
        self.refused: list[tuple[str, str]] = []
        self.stored: set[str] = set()
        self.n_new = 0
        self._rows: list[dict[str, Any]] = []
        self._unusable: list[Rejected] = []
        self._hashes: dict[Path, str] = {}

    def refuse_records(self, listing: MmExpertListing) -> None:
        """Put aside the records that name no usable map."""
        for one in listing.refused:
            self._refuse(one.name, one.reason, {"record": one.name})
        self._commit()

    def add(self, maps: Sequence[Map]) -> None:
        """Read and store those that the lake does not have; the same map under two names counts once."""
        hashed: dict[str, tuple[Map, tuple[str, str]]] = {}
        for one in maps:
            try:
                hashes = (self._hash_of(one.record.files[0][1]), self._hash_of(one.path))
            except OSError as error:
                self._refuse_map(one, error)
                continue
            hashed.setdefault(imported_sample_id(self.about, one.record, one.view, hashes[1]), (one, hashes))
        known = set(self.lake.known("samples", list(hashed)))
        self.stored |= known
        for sample_id, (one, hashes) in hashed.items():
            if sample_id in known:
                continue
            try:
                levels = read_levels_db(one.path, self.about.reading)
            except (UnusableMap, OSError) as error:
                self._refuse_map(one, error)
                continue
            row = imported_sample_row(self.about, one.record, one.view, self._name_of(one), hashes, levels)
            self._rows.append(row)
        self._commit()

    def _name_of(self, one: Map) -> str:
        top = self.top.resolve()
        return one.path.relative_to(top).as_posix() if one.path.is_relative_to(top) else one.path.name

    def _refuse_map(self, one: Map, error: Exception) -> None:
        name = self._name_of(one)
        known = {"file": name, "record": one.record.name, "activity": one.record.label}
        self._refuse(name, str(error), known)

    def _hash_of(self, path: Path) -> str:
        """The hash of a file; that of a record's first file is asked for with each of its views."""
        if path not in self._hashes:
            self._hashes = dict([*self._hashes.items(), (path, file_sha256(path))][-8:])
        return self._hashes[path]

    def _refuse(self, name: str, reason: str, known: dict[str, Any]) -> None:
        self.refused.append((name, reason))
        self._unusable.append(Rejected(known, (reason,)))

    def _commit(self) -> None:
        """Store what was gathered; what the quality gate turns away goes to quarantine."""
        shard = content_id("shd", {"import": [row["sample_id"] for row in self._rows]})
        report = self.lake.append_samples(self._rows, shard, self.run.run_id)
        rejected = {one.row["sample_id"] for one in report.rejected}
        self.stored |= {row["sample_id"] for row in self._rows} - rejected
        self.n_new += report.inserted
        for one in report.rejected:
            self.refused.append((json.loads(str(one.row["facts"]))["file"], "; ".join(one.reasons)))
        self.lake.quarantine(self._unusable, shard, self.run.run_id)
        self._rows, self._unusable = [], []


def _publish(
    lake: Lake, settings: DatasetImport, radar: RadarConfig, about: WaveOrigin, ids: list[str], run: RunRecord
) -> DatasetVersion:
    asked = settings.model_dump(mode="json", exclude={"workspace", "source", "seed"})
    return lake.publish(
        settings.dataset,
        ids,
        run_id=run.run_id,
        parameters={
            "import": {**asked, "source": settings.source.name, "reference_dbm": about.reference_dbm},
            "radars": {about.radar["radar_hash"]: radar.to_dict()},
        },
        code_commit=code_version(),
        environment_hash=environment_hash(),
    )
