"""Where a thing of the lake comes from, and what became of it: one walk along the keys of the tables.

scenario, gap -> request -> script -> motion -> sample      what it was made from; a clip stands for the first three
sample -> versions that contain it -> checkpoints, scorecards      what was made from it
every row -> the run that stored it

Each step finds rows by a key, so a walk takes as long in a lake of a million samples as in one of a hundred.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from .delta_table import LakeTable
from .errors import NotInLake
from .lineage_ids import resolve
from .lineage_roles import reads_sample, training_role
from .rows import parsed

ONE_ROW = (
    "sample",
    "setup",
    "motion",
    "script",
    "clip",
    "scenario",
    "gap",
    "version",
    "checkpoint",
    "scorecard",
)
MANY_ROWS = ("requests", "motions", "samples", "versions", "checkpoints", "scorecards", "runs")
_LISTED_SAMPLE = ("sample_id", "motion_id", "split", "activity", "view", "range_m", "run_id", "created_at")

Story = dict


def lineage(tables: Mapping[str, LakeTable], identity: str) -> Story:
    """Return all that the lake knows about one sample, motion, script, version, checkpoint or scorecard.

    Tensors and motion arrays are left out.

    Args:
        tables: of the lake.
        identity: an id or an unambiguous beginning of one; "dataset@number", or "dataset" for its newest version.

    Returns:
        `kind` and `id` of what was found. `sample`, `setup`, `motion`, `script`, `clip`, `scenario`, `gap`,
        `version`, `checkpoint`, `scorecard`: the row itself and those it was made from, JSON columns parsed;
        None where there is none (`clip`, `setup`, `scenario` also where the row is older than their tables).
        `requests` (to language models), `motions`, `samples`, `versions`, `checkpoints`, `scorecards`, `runs`:
        lists of rows, oldest first; a sample has `in_versions`, the names of those.
        In the story of a sample each checkpoint has `role`, what the sample was to its training, and each
        scorecard `scored`, whether it covers the sample's split.
        A run is listed when one of the other rows names it. `missing`: ids that rows refer to but no table has.

    Raises:
        NotInLake: there is no such thing.
        InvalidInput: several ids begin so.
    """
    kind, found = resolve(tables, identity)
    walk = _Walk(tables, {"kind": kind, "id": found, **dict.fromkeys(ONE_ROW), **{n: [] for n in MANY_ROWS}})
    _WALKS[kind](walk, found)
    walk.runs()
    walk.story["missing"] = walk.missing
    return walk.story


class _Walk:
    """One walk: the tables, what was found so far, and which ids were not."""

    def __init__(self, tables: Mapping[str, LakeTable], story: Story) -> None:
        self.tables = tables
        self.story = story
        self.missing: list[str] = []

    def sample(self, sample_id: str) -> None:
        row = self._must("samples", sample_id)
        self.story["sample"] = row
        self.story["setup"] = self._referred("setups", row.get("setup_id"))
        self._origin(row)
        self._used_in([row])
        for checkpoint in self.story["checkpoints"]:
            checkpoint["role"] = training_role(str(row["split"]))
        for scorecard in self.story["scorecards"]:
            scorecard["scored"] = reads_sample(scorecard["metrics"], str(row["split"]))

    def motion(self, motion_id: str) -> None:
        row = self._must("motions", motion_id)
        self._origin(row)
        self._samples_of([motion_id])

    def script(self, script_id: str) -> None:
        self._origin({"script_id": script_id})
        self.story["motions"] = self._all("motions", script_id, "script_id")
        self._samples_of([str(motion["motion_id"]) for motion in self.story["motions"]])

    def version(self, name: str) -> None:
        row = self._must("versions", name)
        self.story["version"] = row
        family = [v for v in self._versions() if v["dataset"] == row["dataset"]]
        self.story["versions"] = [v for v in family if v["name"] != name]
        for table in ("checkpoints", "scorecards"):
            self.story[table] = self._all(table, name, "dataset_version")

    def checkpoint(self, checkpoint_id: str) -> None:
        row = self._must("checkpoints", checkpoint_id)
        self.story["checkpoint"] = row
        name = str(row["dataset_version"])
        self.story["version"] = self._referred("versions", name)
        related = [c for c in self._all("checkpoints", name, "dataset_version") if _are_kin(row, c)]
        ids = {str(c["checkpoint_id"]) for c in related}
        parent = row["parent"]
        if parent and parent not in ids:
            related += [other for other in [self._referred("checkpoints", parent)] if other]
        self.story["checkpoints"] = _oldest_first(related)
        self.story["scorecards"] = [s for s in self._rows("scorecards") if checkpoint_id in s["checkpoints"]]

    def scorecard(self, scorecard_id: str) -> None:
        row = self._must("scorecards", scorecard_id)
        self.story["scorecard"] = row
        self.story["version"] = self._referred("versions", row["dataset_version"])
        found = [self._referred("checkpoints", identity) for identity in row["checkpoints"]]
        self.story["checkpoints"] = _oldest_first(one for one in found if one)
        others = sorted(
            {str(c["dataset_version"]) for c in self.story["checkpoints"]} - {row["dataset_version"]}
        )
        self.story["versions"] = [v for v in (self._referred("versions", name) for name in others) if v]

    def runs(self) -> None:
        rows = [self.story[name] for name in ONE_ROW if self.story[name]]
        rows += [row for name in MANY_ROWS for row in self.story[name]]
        ids = sorted({str(row["run_id"]) for row in rows if row.get("run_id")})
        found = [run for run in (self._referred("runs", identity) for identity in ids) if run]
        self.story["runs"] = _oldest_first(found, "started_at")

    def _origin(self, row: Mapping) -> None:
        """Motion, clip, script and what is behind it; `row` is a sample, a motion, or names a script."""
        motion = row if "motion_seed" in row else self._referred("motions", row.get("motion_id"))
        self.story["motion"] = motion
        clips = _oldest_first(self._all("clips", row.get("clip_id"), "clip_id"))
        self.story["clip"] = clips[-1] if clips else None
        script = self._referred("scripts", row.get("script_id"))
        if script is None:
            return
        self.story["script"] = script
        brief = script["brief"] if isinstance(script["brief"], dict) else {}
        self.story["scenario"] = self._referred("scenarios", script.get("scenario_id"))
        gap_id = script.get("gap_id") or row.get("gap_id")
        if gap_id:
            self.story["gap"] = {"gap_id": gap_id, "asked": brief.get("gap")}
        self.story["requests"] = self._requests(script)

    def _requests(self, script: Mapping) -> list[dict]:
        """The calls behind a script: those it names, and others about the same brief (repairs, captions)."""
        if script["author_model"] is None:
            return []
        named = list(script.get("request_ids") or [script["request_hash"]])
        found = {identity: self._referred("requests", identity) for identity in named if identity}
        briefs = {str(row["brief_hash"]) for row in found.values() if row and row["brief_hash"]}
        for brief_hash in sorted(briefs):
            found |= {str(row["request_id"]): row for row in self._all("requests", brief_hash, "brief_hash")}
        return _oldest_first(row for row in found.values() if row)

    def _samples_of(self, motion_ids: Sequence[str]) -> None:
        rows = [row for m in motion_ids for row in self._all("samples", m, "motion_id", _LISTED_SAMPLE)]
        self.story["samples"] = sorted(rows, key=lambda row: str(row["sample_id"]))
        self._used_in(self.story["samples"])

    def _used_in(self, samples: Sequence[dict]) -> None:
        """Versions that contain some of the samples, each sample's noted with it, and what was made of them."""
        contents = {str(row["sample_id"]): self._contents_with(str(row["sample_id"])) for row in samples}
        wanted = set().union(*contents.values())
        versions = [v for v in self._versions() if v["content_hash"] in wanted] if wanted else []
        self.story["versions"] = versions
        for row in samples:
            mine = contents[str(row["sample_id"])]
            row["in_versions"] = [str(v["name"]) for v in versions if v["content_hash"] in mine]
        for table in ("checkpoints", "scorecards"):
            rows = [row for v in versions for row in self._all(table, str(v["name"]), "dataset_version")]
            self.story[table] = _oldest_first(rows)

    def _contents_with(self, sample_id: str) -> set[str]:
        """Content hashes of the versions that a sample belongs to."""
        rows = self.tables["version_samples"].find_all(sample_id, "sample_id", ["content_hash"])
        return {str(row["content_hash"]) for row in rows}

    def _versions(self) -> list[dict]:
        """All versions: there are few, whatever the number of samples."""
        return self._rows("versions")

    def _must(self, table: str, identity: str) -> dict:
        row = self._find(table, identity)
        if row is None:
            raise NotInLake(f"there is no {identity!r} in {self.tables[table].uri}")
        return row

    def _referred(self, table: str, identity: object) -> dict | None:
        if identity is None:
            return None
        row = self._find(table, str(identity))
        if row is None and str(identity) not in self.missing:
            self.missing.append(str(identity))
        return row

    def _find(self, name: str, identity: str) -> dict | None:
        table = self.tables[name]
        row = table.find(identity, _light(table))
        return None if row is None else parsed(table.spec, row)

    def _all(self, name: str, value: object, by: str, columns: Sequence[str] | None = None) -> list[dict]:
        if value is None:
            return []
        table = self.tables[name]
        rows = table.find_all(str(value), by, columns or _light(table))
        return _oldest_first(parsed(table.spec, row) for row in rows)

    def _rows(self, name: str) -> list[dict]:
        table = self.tables[name]
        return _oldest_first(parsed(table.spec, row) for row in table.read().to_pylist())


_WALKS: dict[str, Callable[[_Walk, str], None]] = {
    "sample": _Walk.sample,
    "motion": _Walk.motion,
    "script": _Walk.script,
    "version": _Walk.version,
    "checkpoint": _Walk.checkpoint,
    "scorecard": _Walk.scorecard,
}


def _light(table: LakeTable) -> list[str]:
    """All columns but tensors."""
    return [name for name in table.spec.schema.names if name not in table.spec.tensor_columns]


def _are_kin(row: Mapping, other: Mapping) -> bool:
    """Whether the other checkpoint is this one's parent, or started from it."""
    return other["checkpoint_id"] == row["parent"] or other["parent"] == row["checkpoint_id"]


def _oldest_first(rows: Iterable[dict], column: str = "created_at") -> list[dict]:
    return sorted(rows, key=lambda row: row[column])
