"""Writes the prompts that the tests compare with: run it after a wanted change, and read the difference.

python tests/golden/prompts/make_prompts.py
"""

from __future__ import annotations

import json
from pathlib import Path

from llm_prompts.answer_format import Dialect
from llm_prompts.briefs import Brief
from llm_prompts.model_author import opening
from llm_prompts.script_prompts import answer_schema, repair_prompt

HERE = Path(__file__).resolve().parent
PLAIN = {
    "scenario": "golden",
    "setting": "a living room with free floor in front of a radar on a wall",
    "index": 3,
    "seed": 1234567890123,
    "activity": "wave",
    "n_actions": 2,
    "pace": "slow",
    "count": 3,
    "side": "left",
    "direction": None,
    "subject": {"sex": "female", "height_m": 1.64, "build": "average"},
    "style": {
        "energy": 0.5,
        "tempo": 0.25,
        "amplitude": 0.6,
        "smoothness": 0.7,
        "hesitation": 0.1,
        "emotion": "neutral",
        "age_group": "elderly",
    },
    "start": {"range_m": 3.2, "azimuth_deg": -4.5, "heading_deg": 12.0},
    "near_limit_m": 1.0,
    "far_limit_m": 6.0,
}
BRIEFS = {
    "counted": PLAIN,
    "walled": {
        **PLAIN,
        "activity": "walk",
        "n_actions": 3,
        "count": None,
        "side": None,
        "direction": "there_and_back",
        "side_limit_m": 1.25,
        "far_limit_m": 3.9,
        "views": "ACE",
        "wording": ("walks to the basin", "the bath"),
    },
}
PROBLEMS = ("steps.1.Gesture.count: Input should be a valid integer", "the main step has side 'left'")


def rendered() -> dict[str, str]:
    """File name -> what a server is sent."""
    files = {}
    for name, fields in BRIEFS.items():
        brief = Brief.model_validate(fields)
        for form in ("json_schema", "text"):
            dialect = Dialect(form)  # type: ignore[arg-type]
            body = dialect.body(opening(brief), "motion_script", answer_schema(), brief.seed, 6000)
            if form == "json_schema":
                files[f"{name}_system.txt"], files[f"{name}_user.txt"] = (
                    message["content"] + "\n" for message in body["messages"]
                )
            if name == "counted":
                files[f"{name}_{form}.json"] = json.dumps(body, indent=1, sort_keys=True) + "\n"
    files["repair.txt"] = repair_prompt(PROBLEMS) + "\n"
    del files["walled_system.txt"]  # the same for all briefs
    return files


if __name__ == "__main__":
    for file_name, content in rendered().items():
        (HERE / file_name).write_text(content, encoding="utf-8")
