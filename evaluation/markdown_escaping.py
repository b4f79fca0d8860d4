"""Words of people and models in Markdown: shown as they are, never read as markup."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

__all__ = ["escape_markdown", "safe_table"]

LONGEST = 300
_MARKUP = re.compile(r"([\\`*_\[\]<>|~&@$#!])")
_LINK = re.compile(r"(://|\bwww\.)", re.IGNORECASE)
_BLOCK = re.compile(r"^([-+=]|\d{1,9}[.)])")


def escape_markdown(text: str, longest: int = LONGEST) -> str:
    """One line of Markdown (CommonMark and GitHub's) that renders as the text itself, wherever it stands.

    White space is evened out, and what is longer than `longest` characters is cut.
    """
    return _BLOCK.sub(lambda found: found[0][:-1] + "\\" + found[0][-1], _inline(text, longest))


def _inline(text: str, longest: int) -> str:
    line = " ".join(str(text).split())
    line = line if len(line) <= longest else line[: longest - 2] + " …"
    line = _MARKUP.sub(r"\\\1", line)
    return _LINK.sub(lambda found: found[0].replace(":", "\\:").replace(".", "\\."), line)


def safe_table(
    header: Sequence[str], rows: Iterable[Sequence[object]], left: Iterable[int] = (0,)
) -> list[str]:
    """A Markdown table of foreign words; every cell is escaped, columns other than `left` go to the right."""
    aligned_left = set(left)
    rule = ["---" if index in aligned_left else "---:" for index in range(len(header))]
    lines = [list(header), rule, *([_inline(str(cell), LONGEST) for cell in row] for row in rows)]
    return ["| " + " | ".join(line) + " |" for line in lines]
