"""What is wrong with the log of a table: commits that are gone, cut or no JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping

import pyarrow.fs as pafs

from .rows import some

_COMMIT = re.compile(r"\d{20}\.json")


def log_faults(filesystem: pafs.FileSystem) -> Iterator[str]:
    """Name the commits that are damaged, also those that a checkpoint of the log hides from readers.

    Args:
        filesystem: the table's folder.
    """
    listed = filesystem.get_file_info(pafs.FileSelector("_delta_log", allow_not_found=True))
    commits = {int(one.base_name[:-5]): one.path for one in listed if _COMMIT.fullmatch(one.base_name)}
    gone = sorted(set(range(max(commits, default=-1) + 1)).difference(commits))
    if gone:
        files = some((f"_delta_log/{number:020d}.json" for number in gone), 3)
        which = f"commits {some(gone)} are gone" if gone[1:] else f"commit {gone[0]} is gone"
        yield f"{which} ({files}); versions before it may be lost"
    for path in (commits[number] for number in sorted(commits)):
        try:
            with filesystem.open_input_stream(path) as stream:
                lines = [json.loads(line) for line in stream.read().splitlines()]
            if not lines or not all(isinstance(line, Mapping) for line in lines):
                yield f"commit {path} is cut: it says nothing"
        except (OSError, ValueError) as error:
            yield f"commit {path} is cut or damaged: {(str(error).splitlines() or ['unreadable'])[0]}"
