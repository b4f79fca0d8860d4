"""Scenarios, briefs, authors of motion scripts, captions and questions grounded in what was measured."""

from __future__ import annotations

from importlib import import_module
from typing import Any

_PUBLIC = {
    "Author": ".author",
    "AuthorReport": ".model_author",
    "AuthoringError": ".errors",
    "Brief": ".briefs",
    "Caption": ".captions",
    "GrammarAuthor": ".grammar_author",
    "ModelAuthor": ".model_author",
    "ModelSettings": ".model_settings",
    "QAPair": ".qa_items",
    "SampleFacts": ".facts",
    "Scenario": ".scenario",
    "TEXT_VERSION": ".captions",
    "UNOBSERVABLE_KINDS": ".qa_items",
    "activity_prompts": ".class_prompts",
    "caption_clip": ".captions",
    "draw_briefs": ".briefs",
    "load_model_settings": ".model_settings",
    "load_scenario": ".scenario",
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
