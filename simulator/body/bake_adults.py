"""Whose shapes the stand-in bodies are baked from: phenotypes on Anny's scales. Only `bake_standin` needs this.

Anny's scales run from 0 to 1: gender from male to female; age with 2/3 a young adult and 1 old; a height's whole
scale is 1.09 m; muscle and weight act together, so builds fix the muscle and let a body-mass index decide the weight.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from simulator.body.shape import BMI_KG_PER_M2

N_ADULTS = 80
AVERAGE_AGE = 0.78
MEDIUM_HEIGHT = 0.4  # at which a build's weight is solved


@dataclass(frozen=True)
class Adults:
    """One population.

    Attributes:
        sex: "neutral" draws from both sexes, so that one shape space holds them.
        gender: on Anny's scale; None = any.
        mean_height: of the drawn adults: neutral 1.70, women 1.61, men 1.74 m.
        height_limits: least and greatest that are drawn.
        build_heights: between them builds are fitted: neutral 1.51 to 1.92 m, else 1.50 to 1.95 m.
        muscle: build -> muscle, such that some weight of Anny's gives the build's body-mass index.
        bmi_kg_per_m2: build -> body-mass index.
    """

    sex: str
    gender: float | None
    mean_height: float
    height_limits: tuple[float, float]
    build_heights: tuple[float, float]
    muscle: Mapping[str, float]
    bmi_kg_per_m2: Mapping[str, float] = field(default_factory=lambda: BMI_KG_PER_M2)

    @property
    def own(self) -> dict[str, Any]:
        """What all of them have in common."""
        return {} if self.gender is None else {"gender": self.gender}

    def draw(self, rng: np.random.Generator) -> list[dict[str, float]]:
        """The phenotypes whose variation becomes the shape space."""

        def share(mean: float, spread: float) -> float:
            return float(np.clip(rng.normal(mean, spread), 0.0, 1.0))

        return [
            {
                "gender": float(rng.uniform(0, 1)),
                "age": float(rng.uniform(0.62, 0.95)),
                "muscle": share(0.5, 0.2),
                "weight": share(0.5, 0.25),
                "height": float(np.clip(rng.normal(self.mean_height, 0.07), *self.height_limits)),
                "proportions": share(0.5, 0.2),
                **self.own,
            }
            for _ in range(N_ADULTS)
        ]

    def of_build(self, build: str, weight: float, height: float) -> dict[str, float]:
        """A middle-aged adult of a build."""
        own = {"age": AVERAGE_AGE, "muscle": self.muscle[build], "weight": weight, "height": height}
        return own | self.own


ADULTS = {
    adults.sex: adults
    for adults in (
        Adults(
            "neutral", None, 0.40, (0.2, 0.58), (0.2, 0.58),
            {"slim": 0.3, "average": 0.5, "heavy": 0.25, "muscular": 0.85},
        ),
        Adults(
            "female", 1.0, 0.37, (0.2, 0.56), (0.25, 0.66),
            {"slim": 0.3, "average": 0.4, "heavy": 0.15, "muscular": 0.85},
            # Muscle adds less mass to women; Anny's reach 24 with all the muscle and weight it has.
            BMI_KG_PER_M2 | {"muscular": 23.3},
        ),
        Adults(
            "male", 0.0, 0.37, (0.2, 0.56), (0.13, 0.54),
            {"slim": 0.2, "average": 0.5, "heavy": 0.25, "muscular": 0.85},
        ),
    )
}  # fmt: skip
