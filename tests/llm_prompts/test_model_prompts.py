"""The exact prompts, and that they say what the validator asks."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest
from fault_answers import brief_of, script_of
from model_setup import briefs_of

from llm_prompts.answers import read_script
from llm_prompts.errors import AuthoringError
from llm_prompts.prompt_templates import TEMPLATE_FOLDER, load_template
from llm_prompts.script_prompts import brief_prompt, prompt_versions, system_prompt
from simulator.motion.script import MotionScript

GOLDEN = Path(__file__).parents[1] / "golden" / "prompts"


def rendered() -> dict[str, str]:
    spec = importlib.util.spec_from_file_location("make_prompts", GOLDEN / "make_prompts.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return dict(module.rendered())


def test_the_rendered_prompts_are_the_stored_ones() -> None:
    files = rendered()
    stored = {path.name for path in GOLDEN.iterdir() if path.suffix in (".txt", ".json")}
    assert set(files) == stored
    for name, content in files.items():
        assert content == (GOLDEN / name).read_text(encoding="utf-8"), (
            f"{name} changed: count up the template's version and run tests/golden/prompts/make_prompts.py"
        )


def test_prompts_state_the_validators_bounds_and_the_brief() -> None:
    assert "walk 0.6-2.0" in system_prompt()
    assert "wave 1.2 + 0.4-1.1" in system_prompt()
    assert "crawl begins and ends in hands_and_knees" in system_prompt()
    assert "push_up begins and ends in lie_front" in system_prompt()
    for brief in briefs_of(30):
        text = brief_prompt(brief)
        assert f'"{brief.activity}"' in text
        assert brief.start.model_dump_json() in text
        assert (brief.count is None) == ("(count" not in text)
        assert (brief.side is None) == ("Side of the main action" not in text)


def test_a_prompt_tells_enough_to_be_answered() -> None:
    for scenario in ("daily-living", "bathroom-falls"):
        for brief in briefs_of(15, scenario):
            told = brief_of(brief_prompt(brief))
            for name in ("activity", "n_actions", "pace", "count", "side", "direction", "subject", "style"):
                assert getattr(told, name) == getattr(brief, name)
            assert isinstance(read_script(script_of(brief_prompt(brief)), brief), MotionScript)


def test_every_template_has_a_version_and_a_hash_that_moves() -> None:
    versions = prompt_versions()
    assert [version.split("+")[0] for version in versions.values()] == ["2", "3", "1"]
    for path in TEMPLATE_FOLDER.glob("*.j2"):
        template = load_template(path.stem)
        assert int(template.version) >= 1
        assert len(template.sha256) == 64
    with pytest.raises(AuthoringError, match="motion_script_brief"):
        load_template("no_such_prompt")


def test_a_template_renders_with_all_of_its_values_or_not_at_all() -> None:
    with pytest.raises(Exception, match="'problems' is undefined"):
        load_template("motion_script_repair").render()
