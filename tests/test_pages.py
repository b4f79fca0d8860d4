"""README and docs: links lead somewhere, commands and options are those of the command line, none is left out."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from flows.cli.commands import app

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted([ROOT / "README.md", *ROOT.glob("docs/**/*.md")])
NAMES = [str(page.relative_to(ROOT)) for page in PAGES]
COMMAND_LINE = typer.main.get_command(app)
CODE = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)


def commands(group: Any = COMMAND_LINE, name: str = "") -> Iterator[tuple[str, Any]]:
    """Every command with its name, such as "lake check", and every group."""
    yield name, group
    for word, command in getattr(group, "commands", {}).items():
        yield from commands(command, f"{name} {word}".strip())


def options_of(command: Any) -> set[str]:
    """Its options as they are typed."""
    return {text for option in command.params for text in (*option.opts, *option.secondary_opts)} | {"--help"}


ALL = dict(commands())
ALL_OPTIONS = set().union(*map(options_of, ALL.values()))


def slugs(page: Path) -> set[str]:
    """Anchors of a page's headings, as GitHub makes them."""
    titles = re.findall(r"^#+ (.*)$", CODE.sub("", page.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.strip().lower()).replace(" ", "-") for title in titles}


def invocations(text: str) -> Iterator[list[str]]:
    """Words after `mmflywheel` in code, inline or in blocks; a comment or another program ends them."""
    for code in (*CODE.findall(text), *re.findall(r"`([^`\n]+)`", CODE.sub("", text))):
        for line in code.replace("\\\n", " ").splitlines():
            for part in re.split(r"[;|&]|(?<=\s)#", line):
                found = re.search(r"(?:^|\s|bin/)mmflywheel +(.*)", part)
                if found and "'mmflywheel" not in part:
                    yield (
                        found[1].replace("'", "").split()
                        if found[1].count('"') % 2
                        else shlex.split(found[1])
                    )


@pytest.mark.parametrize("name", NAMES)
def test_links_lead_somewhere(name: str) -> None:
    page = ROOT / name
    text = CODE.sub("", page.read_text(encoding="utf-8"))
    for link in (*re.findall(r"\]\(<?([^)>\s]+)>?\)", text), *re.findall(r'<img src="([^"]+)"', text)):
        if "://" in link:
            continue
        file, _, anchor = link.partition("#")
        target = (page.parent / file).resolve() if file else page
        assert target.exists(), f"{name}: {link} is not there"
        assert not anchor or anchor in slugs(target), f"{name}: {link}: no such heading"


@pytest.mark.parametrize("name", NAMES)
def test_commands_and_options_of_the_pages_exist(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    for words in invocations(text):
        path = next((n for n in range(len(words), 0, -1) if " ".join(words[:n]) in ALL), 0)
        if path == 0:
            assert not re.fullmatch(r"[a-z][a-z-]+", words[0]), f"{name}: no command `mmflywheel {words[0]}`"
            continue
        known = options_of(ALL[" ".join(words[:path])])
        given = {word.partition("=")[0] for word in words[path:] if re.match(r"--[a-z]", word)}
        assert given <= known, f"{name}: mmflywheel {' '.join(words)}: no such option {sorted(given - known)}"


def test_readme_names_every_command() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    named = {word for code in re.findall(r"`([^`\n]+)`", text) for word in re.findall(r"[a-z][a-z-]+", code)}
    missing = [name for name in ALL if not set(name.split()) <= named]
    assert missing == []


def test_readme_leads_to_every_page() -> None:
    linked = set(re.findall(r"\]\(docs/([a-z-]+\.md)", (ROOT / "README.md").read_text(encoding="utf-8")))
    assert {page.name for page in (ROOT / "docs").glob("*.md")} <= linked
