"""The card of a dataset version as a page of a run: the same words as the file, with its pictures inside."""

from __future__ import annotations

import base64
import tempfile
from pathlib import Path

from data_lake import Lake

from .export_dataset import write_card

# Artifacts lie in Prefect's database: a picture that is larger stays with the file.
MAX_PICTURE_BYTES = 200_000


def card_report(lake: Lake, version: str) -> str:
    """The dataset card of a version in Markdown, without the front matter that only Hugging Face reads."""
    with tempfile.TemporaryDirectory() as folder:
        card = write_card(lake, version, Path(folder) / "card.md")
        text = card.read_text(encoding="utf-8")
        for picture in sorted(Path(folder).glob("*/*.png")):
            name = picture.relative_to(folder).as_posix()
            text = _with_picture(text, name, picture.read_bytes())
    start = text.index("\n# ") + 1
    return text[start:]


def _with_picture(text: str, name: str, data: bytes) -> str:
    """The text with a picture in the place of its file's name, or without the picture where it is too large."""
    if len(data) <= MAX_PICTURE_BYTES:
        return text.replace(f"]({name})", f"](data:image/png;base64,{base64.b64encode(data).decode()})")
    return "\n".join(line for line in text.split("\n") if f"]({name})" not in line)
