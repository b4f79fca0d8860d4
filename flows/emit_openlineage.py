"""Runs and dataset versions as OpenLineage events: appended to a file, or posted to a server, where one is named.

Spec 2-0-2. Its facets are per dataset, so this is a window for catalogues that speak it; where one sample comes from
only the lake tells. A server that cannot be reached never stops a run: what was not delivered is said once.
"""

from __future__ import annotations

import json
import os
import urllib.request
import uuid
import warnings
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from http.client import HTTPException
from pathlib import Path
from typing import Any

from data_lake import TABLES, DatasetVersion, Lake
from data_lake.errors import LakeError

from .record_run import RunRecord, code_version

FILE_VARIABLE = "MMFLYWHEEL_OPENLINEAGE_FILE"
URL_VARIABLE, ENDPOINT_VARIABLE, KEY_VARIABLE = (
    "OPENLINEAGE_URL",
    "OPENLINEAGE_ENDPOINT",
    "OPENLINEAGE_API_KEY",
)
DEFAULT_ENDPOINT = "api/v1/lineage"
JOB_NAMESPACE = "mmflywheel"
_SPEC = "https://openlineage.io/spec"
_EVENT = f"{_SPEC}/2-0-2/OpenLineage.json#/$defs/RunEvent"
_FACETS = {
    "jobType": f"{_SPEC}/facets/2-0-3/JobTypeJobFacet.json#/$defs/JobTypeJobFacet",
    "processing_engine": f"{_SPEC}/facets/1-1-1/ProcessingEngineRunFacet.json#/$defs/ProcessingEngineRunFacet",
    "version": f"{_SPEC}/facets/1-0-1/DatasetVersionDatasetFacet.json#/$defs/DatasetVersionDatasetFacet",
    "schema": f"{_SPEC}/facets/1-1-1/SchemaDatasetFacet.json#/$defs/SchemaDatasetFacet",
    "outputStatistics": f"{_SPEC}/facets/1-0-2/OutputStatisticsOutputDatasetFacet.json"
    "#/$defs/OutputStatisticsOutputDatasetFacet",
}
_TIMEOUT_S = 5.0
_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

Deliver = Callable[[str], None]


def deliveries(environment: Mapping[str, str]) -> list[Deliver]:
    """Where events go, by the environment: nowhere unless a file or a URL is named.

    The names of the URL, its endpoint and its key are those of OpenLineage's own clients.
    """
    found: list[Deliver] = []
    if file := environment.get(FILE_VARIABLE):
        found.append(lambda line: _append(Path(file), line))
    if url := environment.get(URL_VARIABLE):
        endpoint = environment.get(ENDPOINT_VARIABLE, DEFAULT_ENDPOINT).strip("/")
        key = environment.get(KEY_VARIABLE, "")
        found.append(lambda line: _post(f"{url.rstrip('/')}/{endpoint}", key, line))
    return found


def emit_start(run: RunRecord, environment: Mapping[str, str] = os.environ) -> None:
    """Tell that a run has begun."""
    _emit(lambda: run_event("START", run, [], []), environment)


def emit_end(lake: Lake, run: RunRecord, status: str, environment: Mapping[str, str] = os.environ) -> None:
    """Tell that a run has completed or failed, which versions it published and which it read."""
    state = "COMPLETE" if status == "completed" else "FAIL"

    def event() -> dict[str, Any]:
        written = [version for version in lake.versions() if version.run_id == run.run_id]
        names = {version.name for version in written}
        used = _versions_used(lake, run.run_id) - names
        read = [version for version in lake.versions() if version.name in used]
        return run_event(
            state, run, [_dataset(lake, one) for one in read], [_output(lake, one) for one in written]
        )

    _emit(event, environment)


def run_event(
    state: str, run: RunRecord, inputs: list[dict[str, Any]], outputs: list[dict[str, Any]]
) -> dict[str, Any]:
    """One RunEvent: `state` is START, COMPLETE or FAIL."""
    engine = _facet("processing_engine", name="mmflywheel", version=code_version())
    job_type = _facet("jobType", processingType="BATCH", integration="MMFLYWHEEL", jobType="COMMAND")
    return {
        "eventType": state,
        "eventTime": datetime.now(UTC).isoformat(),
        "producer": _producer(),
        "schemaURL": _EVENT,
        "run": {"runId": run_uuid(run.run_id), "facets": engine},
        "job": {"namespace": JOB_NAMESPACE, "name": run.command, "facets": job_type},
        "inputs": inputs,
        "outputs": outputs,
    }


def run_uuid(run_id: str) -> str:
    """The UUID that the spec asks for: a ULID is one in other letters; a flow run's id is one already."""
    if len(run_id) == 26 and set(run_id) <= set(_CROCKFORD) and run_id[0] <= "7":
        value = 0
        for letter in run_id:
            value = value << 5 | _CROCKFORD.index(letter)
        return str(uuid.UUID(int=value))
    try:
        return str(uuid.UUID(run_id))
    except ValueError:
        return str(uuid.uuid5(uuid.NAMESPACE_OID, run_id))


def _versions_used(lake: Lake, run_id: str) -> set[str]:
    """Versions that models were trained on, or scored on, in this run."""
    return {
        str(row["dataset_version"])
        for table in ("checkpoints", "scorecards")
        for row in lake.read(table, columns=["dataset_version"], where={"run_id": run_id}).to_pylist()
    }


def _output(lake: Lake, version: DatasetVersion) -> dict[str, Any]:
    return {
        **_dataset(lake, version),
        "outputFacets": _facet("outputStatistics", rowCount=version.n_samples),
    }


def _dataset(lake: Lake, version: DatasetVersion) -> dict[str, Any]:
    """A dataset by the spec's rules of names: a folder of the file system, or a path in an object store."""
    scheme, mark, rest = lake.root.partition("://")
    bucket, _, path = rest.partition("/")
    fields = [
        {
            "name": column.name,
            "type": str(column.type),
            "description": (column.metadata or {}).get(b"description", b"").decode(),
        }
        for column in TABLES["samples"].schema
    ]
    return {
        "namespace": f"{scheme}://{bucket}" if mark else "file",
        "name": f"{path if mark else lake.root}/{version.dataset}",
        "facets": {
            **_facet("version", datasetVersion=str(version.number)),
            **_facet("schema", fields=fields),
        },
    }


def _facet(facet: str, /, **values: object) -> dict[str, Any]:
    return {facet: {"_producer": _producer(), "_schemaURL": _FACETS[facet], **values}}


def _producer() -> str:
    return f"urn:mmflywheel:{code_version()}"


def _emit(make: Callable[[], dict[str, Any]], environment: Mapping[str, str]) -> None:
    for deliver in deliveries(environment):
        try:
            deliver(json.dumps(make(), ensure_ascii=False))
        except (
            OSError,
            HTTPException,
            ValueError,
            LakeError,
        ) as error:  # no server, no such address, a full disk
            warnings.warn(f"an OpenLineage event was not delivered: {error}", RuntimeWarning, stacklevel=3)


def _append(path: Path, line: str) -> None:
    """One write at the end of the file, so that lines of several processes stay whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        os.write(file, f"{line}\n".encode())
    finally:
        os.close(file)


def _post(url: str, key: str, line: str) -> None:
    if not url.startswith(("http://", "https://")):
        raise OSError(f"{URL_VARIABLE} must begin with http:// or https://")
    headers = {"Content-Type": "application/json", **({"Authorization": f"Bearer {key}"} if key else {})}
    request = urllib.request.Request(url, line.encode(), headers, method="POST")
    with urllib.request.urlopen(request, timeout=_TIMEOUT_S) as answer:
        answer.read()
