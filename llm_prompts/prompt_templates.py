"""Prompts as files: each has a version for people and a hash for lineage."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined, Template

from .errors import AuthoringError

TEMPLATE_FOLDER = Path(__file__).with_name("templates")


@dataclass(frozen=True)
class PromptTemplate:
    """A prompt text with holes; `sha256` changes with every character, `version` with its meaning."""

    name: str
    version: str
    sha256: str
    source: str

    def render(self, **values: Any) -> str:
        """Fill the holes; a missing value is an error, never an empty place."""
        return _compiled(self.source).render(**values).strip()


@lru_cache(maxsize=32)
def _compiled(source: str) -> Template:
    environment = Environment(undefined=StrictUndefined, autoescape=False, keep_trailing_newline=False)
    return environment.from_string(source)


@lru_cache(maxsize=32)
def load_template(name: str) -> PromptTemplate:
    """Read `templates/<name>.j2`.

    Raises:
        AuthoringError: there is no such template, or its first line names no version.
    """
    path = TEMPLATE_FOLDER / f"{name}.j2"
    if not path.is_file():
        known = ", ".join(sorted(file.stem for file in TEMPLATE_FOLDER.glob("*.j2")))
        raise AuthoringError(f"no prompt template {name!r}; there are {known}")
    source = path.read_text(encoding="utf-8")
    found = re.match(r"\{#-? version: (\S+) -?#\}", source)
    if found is None:
        raise AuthoringError(f"template {name!r} must begin with a comment that says its version")
    return PromptTemplate(name, found.group(1), hashlib.sha256(source.encode()).hexdigest(), source)
