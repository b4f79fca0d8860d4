"""What a dataset card says, as properties of Croissant metadata, its Responsible-AI part among them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .dataset_card_facts import CardFacts
from .dataset_card_text import BIBTEX, limits_of

__all__ = ["croissant_properties", "responsible_ai"]

_COLLECTION_TYPES = {"script": "Synthetic", "mocap": "Synthetic", "real": "Experiments"}


def croissant_properties(facts: CardFacts, url: str | None = None) -> dict[str, Any]:
    """schema.org properties: name, description, version, date, citation, keywords, language.

    Args:
        facts: what the lake says.
        url: page of the dataset, where it has one.
    """
    info = facts.reader.info
    motions = sum(split.n_motions for split in facts.splits)
    properties: dict[str, Any] = {
        "name": info.dataset,
        "description": (
            f"{facts.n_samples} micro-Doppler maps of {motions} human motions seen by an FMCW radar, with captions "
            f"and questions; version {info.name} of mmflywheel, content {info.content_hash}."
        ),
        "version": f"{info.number}.0.0",
        "datePublished": f"{info.created_at:%Y-%m-%d}",
        "citeAs": " ".join(BIBTEX.split()),
        "keywords": ["mmWave", "radar", "FMCW", "micro-Doppler", "human activity recognition"],
        "inLanguage": ["en"],
    }
    return {**properties, "url": url} if url else properties


def responsible_ai(facts: CardFacts) -> dict[str, Any]:
    """Properties of the Responsible-AI vocabulary, each from the data."""
    origins = ", ".join(f"{number} samples of origin {origin}" for origin, number in facts.origins.items())
    flags = ", ".join(f"{flag} {number}" for flag, number in facts.flags.items()) or "none"
    refused = sum(reason.n_samples for reason in facts.quarantine)
    times = facts.reader.info.created_at
    return {
        "dataCollection": f"{origins}. Radars: {', '.join(sorted({name for name, _ in facts.radar_samples}))}.",
        "dataCollectionType": list(
            dict.fromkeys(_COLLECTION_TYPES.get(origin, "Others") for origin in facts.origins)
        ),
        "dataCollectionTimeFrame": [f"{times:%Y-%m-%d}"],
        "dataCollectionMissingData": f"{refused} refused samples are left out; their reasons are in the card.",
        "dataCollectionRawData": "raw ADC samples are not stored; simulated ones can be made again from the id",
        "dataPreprocessingProtocol": [
            "range FFT, Doppler FFT over the chirps of a frame, sum over a range gate, 20 log10, rounded to codes",
            "frames after the recording's end are code 0; n_valid_frames says where they begin",
        ],
        "dataAnnotationProtocol": [
            "captions and answers of script-made samples follow from the script and from measured motion",
            f"captions by style: {_listed(facts.captions_by_style)}; questions by role: "
            f"{_listed(facts.questions_by_role)}",
        ],
        "machineAnnotationTools": [f"author {name}" for name in facts.made_with["author"]],
        "dataBiases": [
            "activities, views and ranges are not equally frequent: see the picture of the coverage",
            f"bodies: {_listed(facts.made_with['body_source'])}",
        ],
        "dataLimitations": [*limits_of(facts), f"samples with quality flags: {flags}"],
        "dataUseCases": [
            "activity recognition, retrieval, captioning and question answering from radar: training"
        ],
        "dataSocialImpact": (
            "radar sees people without pictures of them; whoever measures people with it must still tell them"
        ),
        "personalSensitiveInformation": [
            "none in simulated samples of scripts"
            if set(facts.origins) == {"script"}
            else "movements of people who were captured or recorded; names are not stored by the importers"
        ],
        "dataReleaseMaintenancePlan": "versions never change; corrections appear as a new version of the same name",
    }


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {number}" for name, number in counts.items()) or "none"
