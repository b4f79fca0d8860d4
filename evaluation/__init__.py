"""Scores with baselines and intervals for datasets and checkpoints, and the pictures to look at."""

from __future__ import annotations

from importlib import import_module
from typing import Any

_PUBLIC = {
    "ALL_SPLITS": ".evaluation_config",
    "ANSWERS_FILE": ".answers",
    "CardFacts": ".dataset_card_facts",
    "EvaluationConfig": ".evaluation_config",
    "LineagePage": ".lineage_page",
    "Measure": ".scorecard",
    "PictureSize": ".motion_pictures",
    "RadarMark": ".motion_pictures_stage",
    "Scorecard": ".scorecard",
    "Skeleton": ".lineage_page_data",
    "Spectrogram": ".figures",
    "TargetMark": ".range_doppler_figure",
    "View": ".view_figures",
    "check_animation": ".motion_pictures_file",
    "croissant_properties": ".dataset_card_croissant",
    "draw_motion": ".motion_pictures",
    "draw_range_doppler": ".range_doppler_figure",
    "draw_sample": ".figures",
    "draw_spectrograms": ".figures",
    "draw_views": ".view_figures",
    "escape_markdown": ".markdown_escaping",
    "evaluate_models": ".model_scoring",
    "find_answer": ".answer_lookup",
    "gather_card_facts": ".dataset_card_facts",
    "read_scorecard": ".scorecard",
    "render_lineage_page": ".lineage_page",
    "render_table": ".scorecard_rendering",
    "responsible_ai": ".dataset_card_croissant",
    "write_dataset_card": ".dataset_card",
    "write_scorecard": ".scorecard",
}
__all__ = sorted(_PUBLIC)


def __getattr__(name: str) -> Any:
    """Load a public name on first use, so that the package itself imports nothing heavy."""
    if name not in _PUBLIC:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}; it has {', '.join(__all__)}")
    return getattr(import_module(_PUBLIC[name], __name__), name)
