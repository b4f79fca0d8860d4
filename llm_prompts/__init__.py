"""Scenarios, briefs, authors of motion scripts, captions and questions grounded in what was measured."""

from __future__ import annotations

from importlib import import_module
from typing import Any

_PUBLIC = {
    "Answer": ".model_request",
    "Author": ".author",
    "AuthorNotConfigured": ".errors",
    "AuthorReport": ".model_author",
    "AuthorUnavailable": ".errors",
    "AuthoringError": ".errors",
    "AuthoringReport": ".authoring_report",
    "BUILTIN_SCENARIOS": ".builtin_scenarios",
    "Brief": ".briefs",
    "BriefNotWritable": ".errors",
    "Budget": ".budget",
    "BudgetReached": ".errors",
    "Candidate": ".screening",
    "Caption": ".captions",
    "Exchange": ".phrasing",
    "Gap": ".gaps",
    "GrammarAuthor": ".grammar_author",
    "InvalidScenario": ".errors",
    "Limits": ".budget",
    "ModelAuthor": ".model_author",
    "ModelClient": ".model_client",
    "ModelRequest": ".model_request",
    "ModelSettings": ".model_settings",
    "Outcome": ".authoring_report",
    "Problem": ".answers",
    "QAPair": ".qa_items",
    "QA_KINDS": ".qa_items",
    "RequestStore": ".request_store",
    "SampleFacts": ".facts",
    "Scenario": ".scenario",
    "ScenarioReading": ".scenario_text",
    "Screener": ".screening",
    "ScreeningRules": ".screening",
    "Spending": ".budget",
    "TEXT_VERSION": ".captions",
    "UNOBSERVABLE_KINDS": ".qa_items",
    "activity_prompts": ".class_prompts",
    "answer_from_facts": ".question_check",
    "ascii_script": ".screening",
    "caption_clip": ".captions",
    "caption_problems_by_facts": ".caption_check",
    "caption_verdict": ".caption_check",
    "describe_scenario": ".scenario_author",
    "draw_briefs": ".briefs",
    "gap_quotas": ".briefs",
    "gaps_from_text": ".gaps",
    "gaps_text": ".gaps",
    "left_out": ".confirmation",
    "load_gaps": ".gaps",
    "load_model_settings": ".model_settings",
    "load_prices": ".prices",
    "load_scenario": ".scenario",
    "open_model_client": ".model_client",
    "phrase_captions": ".caption_phrasing",
    "phrase_questions": ".question_phrasing",
    "qa_record": ".qa_view",
    "read_json": ".answers",
    "read_scenario": ".scenario_author",
    "report_authoring": ".authoring_report",
    "round_trip": ".question_check",
    "write_captions": ".captions",
    "write_clip_qa": ".qa_pairs",
    "write_qa": ".qa_pairs",
}
__all__ = sorted(_PUBLIC)


def __getattr__(name: str) -> Any:
    """Load a public name on first use, so that the package itself imports nothing heavy."""
    if name not in _PUBLIC:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}; it has {', '.join(__all__)}")
    return getattr(import_module(_PUBLIC[name], __name__), name)
