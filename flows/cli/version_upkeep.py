"""`mmflywheel versions ...`: the published versions, what changed between them, and what they are called."""

from __future__ import annotations

import json
from typing import Any

from rich.markup import escape
from rich.table import Table

from data_lake import DatasetVersion, Lake
from data_lake.errors import InvalidInput

from ..record_run import new_ulid
from ..settings import Workspace
from .console import announce, console

PUBLISHED = "published"
_SHOWN_IDS = 5


def list_versions(workspace: Workspace, as_json: bool) -> None:
    """Print every version, newest last, with its tags.

    Raises:
        LakeError: there is no lake.
    """
    lake = Lake.open(workspace.lake)
    found = lake.versions()
    tags = {one.dataset: lake.tags(one.dataset) for one in found}
    if as_json:
        print(json.dumps([_described(one, tags[one.dataset]) for one in found], indent=1, default=str))
        return
    table = Table(show_edge=False)
    for column in ("version", "tags", "samples", "train", "val", "test", "motions", "published", "code"):
        table.add_column(
            column, justify="right" if column in ("samples", "train", "val", "test", "motions") else "left"
        )
    for one in found:
        splits = (str(one.counts["split"].get(name, 0)) for name in ("train", "val", "test"))
        table.add_row(
            one.name, " ".join(_tags_of(one, tags[one.dataset])), str(one.n_samples), *splits, str(one.n_motions),
            f"{one.created_at:%Y-%m-%d %H:%M}", escape(one.code_commit or ""),
        )  # fmt: skip
    console.print(table if found else "nothing is published yet: `mmflywheel run` publishes")


def show_difference(workspace: Workspace, before: str, after: str, as_json: bool) -> None:
    """Print what changed between two versions.

    Raises:
        LakeError: no lake or no such version.
    """
    found = Lake.open(workspace.lake).diff(before, after)
    if as_json:
        print(json.dumps(found, indent=1, default=str))
        return
    samples = found["samples"]
    console.print(
        f"{found['before']} -> {found['after']}: {samples['common']} samples in both, "
        f"[green]+{samples['added']}[/] [red]-{samples['removed']}[/]"
    )
    for sign, ids in (("+", found["added"]), ("-", found["removed"])):
        for identity in ids[:_SHOWN_IDS]:
            console.print(f"  {sign} {escape(identity)}")
        if len(ids) > _SHOWN_IDS:
            console.print(f"  {sign} ... {len(ids) - _SHOWN_IDS} more (--json lists them)")
    _print_pairs(
        "samples by", {f"{k}: {v}": pair for k, of in found["counts"].items() for v, pair in of.items()}
    )
    _print_pairs("changed", found["changed"])
    _print_pairs("scores", found["scores"])


def show_log(workspace: Workspace, dataset: str, as_json: bool) -> None:
    """Print the versions of a dataset with what each added and removed, and the moves of its tags.

    Raises:
        LakeError: no lake, or nothing is published under this name.
    """
    lake = Lake.open(workspace.lake)
    lake.version(dataset)  # says what is published where this is not
    tags, versions = lake.tags(dataset), lake.versions(dataset)
    changes = {
        one.name: lake.diff(one.parent_version, one.name)["samples"]
        if one.parent_version
        else {"common": 0, "added": one.n_samples, "removed": 0}
        for one in versions
    }
    moves = lake.tag_history(dataset)
    if as_json:
        listed = [{**_described(one, tags), "change": changes[one.name]} for one in versions]
        print(json.dumps({"versions": listed, "tags": [vars(m) for m in moves]}, indent=1, default=str))
        return
    for one in reversed(versions):
        change, named = changes[one.name], _tags_of(one, tags)
        console.print(
            f"[bold]{one.name}[/]{' (' + ', '.join(named) + ')' if named else ''}  "
            f"{one.created_at:%Y-%m-%d %H:%M}  {one.n_samples} samples "
            f"[green]+{change['added']}[/] [red]-{change['removed']}[/]  run {escape(one.run_id)}"
            f"{'  code ' + escape(one.code_commit) if one.code_commit else ''}"
        )
    for move in moves:
        said = f"{move.previous or 'nothing'} -> {move.version or 'nothing'}"
        why = f": {escape(move.reason)}" if move.reason else ""
        console.print(f"tag {move.tag} {said}  {move.created_at:%Y-%m-%d %H:%M}{why}")


def move_tag(workspace: Workspace, version: str, tag: str, remove: bool, reason: str | None) -> None:
    """Move a tag to a version, or take it away from it.

    Raises:
        LakeError: no lake or version, a tag that cannot be, or one to remove that names another version.
    """
    lake = Lake.open(workspace.lake)
    found = lake.version(version)
    if not remove:
        new = lake.tag(found.dataset, tag, found.name, new_ulid(), reason)
        announce(f"{found.dataset}@{tag} is {found.name}{'' if new else ' already'}")
        return
    named = lake.tags(found.dataset).get(tag)
    if named != found.name:
        raise InvalidInput(f"tag {tag} of {found.dataset} names {named or 'nothing'}, not {found.name}")
    lake.tag(found.dataset, tag, None, new_ulid(), reason)
    announce(f"{found.dataset}@{tag} is no more; it was {found.name}")


def promote_version(workspace: Workspace, version: str, unscored: bool, reason: str | None) -> None:
    """Tag a version `published` if all its samples can be read and a model was scored on it.

    Raises:
        LakeCorrupt: samples or row groups are missing.
        InvalidInput: no scorecard is of it, and `unscored` is not set.
        LakeError: no lake or version.
    """
    lake = Lake.open(workspace.lake)
    found = lake.version(version)
    lake.open_version(found.name).row_groups()  # every footer and every id of it
    scored = lake.read("scorecards", columns=["scorecard_id"], where={"dataset_version": found.name})
    if not scored.num_rows and not unscored:
        raise InvalidInput(
            f"no model was scored on {found.name}, so nobody knows what training on it gives; `mmflywheel score` "
            "does it, and --unscored promotes it without"
        )
    before = lake.tags(found.dataset).get(PUBLISHED)
    new = lake.tag(found.dataset, PUBLISHED, found.name, new_ulid(), reason)
    was = f" (it was {before})" if new and before else ""
    announce(f"{found.dataset}@{PUBLISHED} is {found.name}{was if new else ' already'}")


def _described(version: DatasetVersion, tags: dict[str, str]) -> dict[str, Any]:
    described = {name: value for name, value in vars(version).items() if name != "reused"}
    return {**described, "tags": _tags_of(version, tags)}


def _tags_of(version: DatasetVersion, tags: dict[str, str]) -> list[str]:
    return [tag for tag, name in tags.items() if name == version.name]


def _print_pairs(title: str, pairs: dict[str, list[Any]]) -> None:
    if not pairs:
        return
    table = Table(title=title, title_justify="left", show_edge=False)
    for column in ("", "before", "after"):
        table.add_column(column, justify="left" if column == "" else "right", overflow="fold")
    for name, (before, after) in pairs.items():
        table.add_row(escape(name), escape(_short(before)), escape(_short(after)))
    console.print(table)


def _short(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
