"""What is known about a sample by measurement: captions and answers are grounded in these numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from .errors import InvalidFacts


class SampleFacts(BaseModel):
    """Plain numbers measured on the motion and on its capture; SI units, angles in degrees.

    Everything above `radial_displacement_m` belongs to the motion and is equal for all of its views.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    duration_s: float = Field(gt=0)
    path_length_m: float = Field(ge=0, description="length of the pelvis' path over the floor")
    net_displacement_m: float = Field(ge=0, description="distance over the floor between start and end")
    mean_speed_mps: float = Field(ge=0, description="path length / duration")
    net_turn_deg: float = Field(description="turn of the pelvis, unwrapped, positive = left")
    pelvis_height_start_m: float
    pelvis_height_min_m: float
    pelvis_height_max_m: float
    pelvis_height_end_m: float
    radial_displacement_m: float = Field(description="change of range from start to end, positive = away")
    mean_range_m: float = Field(gt=0)
    posture_end: str = Field(default="", description="measured posture at the end; empty = not measured")
    measured: dict[str, Any] = Field(
        default_factory=dict,
        description="all facts of the motion, as measured: repetitions, segments, ...; empty = only the above",
    )

    @classmethod
    def from_measurements(
        cls, motion_facts: Mapping[str, Any], radial_displacement_m: float, mean_range_m: float
    ) -> SampleFacts:
        """Take what is needed from all facts of a motion, and add what its capture measured.

        Raises:
            InvalidFacts: a needed value is missing, not finite or out of its range.
        """
        numbers = [name for name, item in cls.model_fields.items() if item.annotation is float]
        wanted = {name: motion_facts[name] for name in numbers if name in motion_facts}
        wanted |= {"radial_displacement_m": radial_displacement_m, "mean_range_m": mean_range_m}
        postures = motion_facts.get("postures") or [{"posture": ""}]
        words = {"posture_end": postures[-1]["posture"], "measured": dict(motion_facts)}
        try:
            return cls.model_validate({name: float(value) for name, value in wanted.items()} | words)
        except (ValidationError, TypeError, ValueError) as error:
            raise InvalidFacts(
                f"the measured facts {sorted(motion_facts)} do not make SampleFacts: {error}; "
                f"needed are {', '.join(numbers)}"
            ) from error
