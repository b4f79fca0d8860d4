"""Good answers of the fault server: a valid script of the brief that the prompt tells."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from llm_prompts.answers import brief_problems
from llm_prompts.briefs import Brief
from llm_prompts.errors import BriefNotWritable
from llm_prompts.grammar_author import GrammarAuthor
from simulator.motion.script import Start, Style, Subject

Content = Mapping[str, Any]


def schema_of(content: Content) -> tuple[str, dict[str, Any]]:
    """Name and schema of the answer that a request asks for; from the prompt where it names no schema."""
    form = content.get("response_format", {}).get("json_schema")
    if form is not None:
        return form["name"], form["schema"]
    for message in content["messages"]:
        found = re.search(r"^(\{.*\})$", message["content"], re.MULTILINE)
        if message["role"] == "system" and found:
            schema = json.loads(found.group(1))
            is_script = "steps" in schema.get("properties", {})
            return ("motion_script" if is_script else schema.get("title", "")), schema
    return "", {}


def good_answer(content: Content) -> str:
    """A script of the brief in the prompt, else the smallest instance of the schema."""
    told = next((m["content"] for m in content["messages"] if "main action is" in m["content"]), None)
    if told is not None:
        return script_of(told)
    return json.dumps(instance_of(schema_of(content)[1]))


@lru_cache(maxsize=4096)
def script_of(told: str) -> str:
    """The grammar's script of a brief, read from its prompt.

    The grammar writes a smaller count where the asked one does not fit the pace: then it is asked at another.
    """
    brief = brief_of(told)
    for pace in (brief.pace, "ordinary", "fast"):
        for n_actions in dict.fromkeys((brief.n_actions, 1, 2)):
            for seed in range(4):
                asked = brief.model_copy(update={"pace": pace, "n_actions": n_actions})
                try:
                    script = GrammarAuthor(seed).write(asked)
                except BriefNotWritable:
                    continue
                if not brief_problems(script, brief):
                    return script.model_dump_json()
    return json.dumps({"error": "this brief cannot be written"})


def brief_of(told: str) -> Brief:
    """The brief that a prompt tells, as far as it does."""

    def found(pattern: str) -> str | None:
        match = re.search(pattern, told)
        return match.group(1) if match else None

    def copied(name: str) -> Any:
        begin = told.index(f'"{name}": ') + len(f'"{name}": ')
        return json.JSONDecoder().raw_decode(told[begin:])[0]

    start = Start.model_validate(copied("start"))
    reach = float(found(r"stays within ([\d.-]+) m of") or 1.0) + 0.05
    count = found(r"\(count (\d+)\)")
    direction = found(r"Direction or path of the main action: ([\w ]+)\.")
    side_limit = found(r"at most ([\d.]+) m to the left or right")
    far = found(r"and ([\d.]+) m ahead")
    return Brief(
        scenario="told",
        setting=found(r"Setting: (.*)\.\n") or "",
        index=0,
        seed=int(found(r"Variation number (\d+)") or 0),
        activity=found(r'main action is "(\w+)"') or "walk",
        n_actions=int(found(r"without pauses: (\d+)") or 1),
        pace=found(r"Pace of the main action: (\w+)") or "ordinary",
        count=int(count) if count else None,
        side=found(r"Side of the main action: (\w+)"),
        direction=direction.replace(" ", "_") if direction else None,
        subject=Subject.model_validate(copied("subject")),
        style=Style.model_validate(copied("style")),
        start=start,
        near_limit_m=start.range_m - reach,
        far_limit_m=float(far) if far else start.range_m + reach,
        side_limit_m=float(side_limit) if side_limit else None,
        views=found(r"views ([A-H]+)") or "ABCDEFGH",
    )


def instance_of(schema: Mapping[str, Any], root: Mapping[str, Any] | None = None) -> Any:
    """The smallest value that keeps a strict schema."""
    root = root if root is not None else schema
    if "$ref" in schema:
        return instance_of(root["$defs"][schema["$ref"].rsplit("/", 1)[1]], root)
    if "anyOf" in schema:
        return instance_of(schema["anyOf"][0], root)
    for name in ("const", "enum"):
        if name in schema:
            return schema[name] if name == "const" else schema[name][0]
    kind = schema.get("type")
    if kind == "object":
        return {name: instance_of(part, root) for name, part in schema.get("properties", {}).items()}
    return {"array": [], "string": "text", "integer": 1, "number": 1.0, "boolean": True}.get(str(kind))
