"""Where a thing of the lake comes from, and what became of it: one walk along the keys of the tables.

scenario, gap -> request -> script -> motion -> sample      what it was made from; a clip stands for the first three
scorecard -> gap                                            what showed the gap
sample -> versions that contain it -> checkpoints, scorecards      what was made from it
every row -> the run that stored it

Each step finds rows by a key, so a walk takes as long in a lake of a million samples as in one of a hundred.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence

from .delta_table import LakeTable
from .errors import NotInLake
from .lineage_ids import resolve
from .lineage_roles import reads_sample, training_role
from .lineage_source import source_of
from .rows import parsed

ONE_ROW = (
    "sample",
    "setup",
    "motion",
    "script",
    "clip",
    "scenario",
    "gap",
    "request",
    "version",
    "checkpoint",
    "scorecard",
    "run",
)
MANY_ROWS = ("requests", "scripts", "motions", "samples", "versions", "checkpoints", "scorecards", "runs")
MOST_LISTED = 100
"""Scripts and samples that are listed of a thing that has many; how many there are is told beside them."""
_SCORECARD_ID = re.compile(r"\bscr-[0-9a-f]{20}\b")
_LISTED_SAMPLE = ("sample_id", "motion_id", "split", "activity", "view", "range_m", "run_id", "created_at")
_LISTED_SCRIPT = (
    "script_id", "title", "activity", "author", "author_model", "scenario_id", "gap_id", "run_id", "created_at",
)  # fmt: skip

Story = dict


def lineage(tables: Mapping[str, LakeTable], identity: str) -> Story:
    """Return all that the lake knows about one thing: any that has an id, from a scenario to a scorecard or run.

    Tensors and motion arrays are left out.

    Args:
        tables: of the lake.
        identity: an id or an unambiguous beginning of one; "dataset@number", or "dataset" for its newest version.

    Returns:
        `kind` and `id` of what was found. `sample`, `setup`, `motion`, `script`, `clip`, `scenario`, `gap`,
        `version`, `checkpoint`, `scorecard`: the row itself and those it was made from, JSON columns parsed;
        None where there is none (`clip`, `setup`, `scenario` also where the row is older than their tables; of a
        gap older than its table only `gap_id` is known). `request` and `run` only where they were asked for.
        Where a gap's reason names a scorecard of the lake, the gap has its `scorecard_id`, and it is listed too.
        `source`: of a recording or an imported map its file, sha256, licence and what may be done with it.
        `requests` (to language models), `scripts`, `motions`, `samples`, `versions`, `checkpoints`, `scorecards`,
        `runs`: lists of rows, oldest first; a sample has `in_versions`, the names of those. Of a scenario, gap or
        clip at most MOST_LISTED scripts or samples are listed; `n_scripts_stored` or `n_samples` in its row says
        of how many.
        In the story of a sample each checkpoint has `role`, what the sample was to its training, and each
        scorecard `scored`, whether it covers the sample's split.
        A run is listed when one of the other rows names it. `missing`: ids that rows refer to but no table has.

    Raises:
        NotInLake: there is no such thing.
        InvalidInput: several ids begin so.
    """
    kind, found = resolve(tables, identity)
    rows = dict.fromkeys((*ONE_ROW, "source"))
    walk = _Walk(tables, {"kind": kind, "id": found, **rows, **{n: [] for n in MANY_ROWS}})
    _WALKS[kind](walk, found)
    walk.what_showed_the_gap()
    walk.story["source"] = source_of(walk.story)
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

    def scenario(self, scenario_id: str) -> None:
        row = self.story["scenario"] = self._must("scenarios", scenario_id)
        self._scripts_of(row, self._all("scripts", scenario_id, "scenario_id", _LISTED_SCRIPT))

    def gap(self, gap_id: str) -> None:
        row = self.story["gap"] = self._gap(gap_id, {})
        self.story["scenario"] = self._referred("scenarios", row.get("scenario_id"))
        self._scripts_of(row, self._all("scripts", gap_id, "gap_id", _LISTED_SCRIPT))
        samples = self._all("samples", gap_id, "gap_id", _LISTED_SAMPLE)
        row["n_samples_stored"] = len(samples)
        self.story["samples"] = samples[:MOST_LISTED]
        named = dict.fromkeys(str(sample["motion_id"]) for sample in self.story["samples"])
        self.story["motions"] = [
            motion for motion in (self._referred("motions", one) for one in named) if motion
        ]
        self._used_in(self.story["samples"])

    def request(self, request_id: str) -> None:
        row = self.story["request"] = self._must("requests", request_id)
        named = self.tables["scripts"].read(["script_id", "request_hash", "request_ids"]).to_pylist()
        ids = [
            str(script["script_id"])
            for script in named
            if request_id == script["request_hash"] or request_id in (script["request_ids"] or ())
        ]
        found = [self.tables["scripts"].find(script_id, _LISTED_SCRIPT) for script_id in ids[:MOST_LISTED]]
        self._scripts_of(row, _oldest_first(script for script in found if script), len(ids))

    def clip(self, clip_id: str) -> None:
        self._origin({"clip_id": clip_id})
        self.story["motions"] = self._all("motions", clip_id, "clip_id")
        samples = self._all("samples", clip_id, "clip_id", _LISTED_SAMPLE)
        self.story["clip"]["n_samples"] = len(samples)
        self.story["samples"] = samples[:MOST_LISTED]
        self._used_in(self.story["samples"])

    def setup(self, setup_id: str) -> None:
        row = self.story["setup"] = self._must("setups", setup_id)
        row["samples_listed_by"] = f"mmflywheel samples --where setup_id={setup_id}"

    def run(self, run_id: str) -> None:
        """What a run made, but for samples, motions and requests: these can be many, and have no index by run."""
        row = self.story["run"] = self._must("runs", run_id)
        row["samples_listed_by"] = f"mmflywheel samples --where run_id={run_id}"
        scripts = self.tables["scripts"].read(_LISTED_SCRIPT, {"run_id": run_id}).to_pylist()
        if scripts:
            self._scripts_of(row, _oldest_first(scripts))
        for table in ("versions", "checkpoints", "scorecards"):
            self.story[table] = [one for one in self._rows(table) if one["run_id"] == run_id]

    def what_showed_the_gap(self) -> None:
        """List the scorecard that a gap's reason names; one that is younger than the gap cannot have shown it."""
        gap = self.story["gap"] or {}
        named = _SCORECARD_ID.search(gap.get("reason") or "")
        row = self._find("scorecards", named[0]) if named else None
        if row is None or row["created_at"] > gap["created_at"]:
            return
        gap["scorecard_id"] = row["scorecard_id"]
        listed = self.story["scorecards"]
        if row["scorecard_id"] not in {one["scorecard_id"] for one in listed}:
            # about samples that were there before: nothing of it is about one that was made for the gap
            self.story["scorecards"] = _oldest_first([*listed, {**row, "scored": False}])

    def runs(self) -> None:
        rows = [self.story[name] for name in ONE_ROW if self.story[name] and name != "run"]
        rows += [row for name in MANY_ROWS for row in self.story[name]]
        ids = sorted({str(row["run_id"]) for row in rows if row.get("run_id")} - {self.story["id"]})
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
        self.story["scenario"] = self._referred("scenarios", script.get("scenario_id"))
        gap_id = script.get("gap_id") or row.get("gap_id")
        if gap_id:
            self.story["gap"] = self._gap(str(gap_id), script)
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

    def _gap(self, gap_id: str, script: Mapping) -> dict:
        """The asking that a script was written for: its run's, else the last one before it, else the first."""
        rows = self._all("gaps", gap_id, "gap_id")
        mine = [row for row in rows if row["run_id"] == script.get("run_id")]
        before = [row for row in rows if not script or row["created_at"] <= script["created_at"]]
        return (mine or before or rows[:1] or [{"gap_id": gap_id}])[-1]

    def _scripts_of(self, row: dict, scripts: Sequence[dict], n_stored: int | None = None) -> None:
        row["n_scripts_stored"] = len(scripts) if n_stored is None else n_stored
        self.story["scripts"] = list(scripts[:MOST_LISTED])

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
    "scenario": _Walk.scenario,
    "gap": _Walk.gap,
    "request": _Walk.request,
    "clip": _Walk.clip,
    "setup": _Walk.setup,
    "run": _Walk.run,
}


def _light(table: LakeTable) -> list[str]:
    """All columns but tensors."""
    return [name for name in table.spec.shown if name not in table.spec.tensor_columns]


def _are_kin(row: Mapping, other: Mapping) -> bool:
    """Whether the other checkpoint is this one's parent, or started from it."""
    return other["checkpoint_id"] == row["parent"] or other["parent"] == row["checkpoint_id"]


def _oldest_first(rows: Iterable[dict], column: str = "created_at") -> list[dict]:
    return sorted(rows, key=lambda row: row[column])
