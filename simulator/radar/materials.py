"""What surfaces are made of, and how much of the wave they send back, in phase and out of phase.

A wave that meets a surface is reflected with the Fresnel coefficient. Roughness of rms height s takes the factor
exp(-(2 k s cos)^2) off the power that stays in phase (W. S. Ament, "Toward a theory of reflection by a rough
surface", Proc. IRE 41, 1953); what is out of phase comes back from each patch on its own, with a random phase.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import RadarConfigError

RESPONSE_STEPS = 256  # of the cosine, in the table that the facets' kernel reads


@dataclass(frozen=True)
class Material:
    """Surface of one kind.

    Attributes:
        name: as scenes and messages say it.
        permittivity: real part of the relative permittivity.
        loss: its imaginary part, positive; infinite = perfect conductor.
        rms_height_m: roughness that takes power out of the coherent echo; 0 = smooth.
        diffuse_reflectivity: gamma of the diffuse echo, radar cross section per area at normal incidence.
        specular_taper_deg: (start, end): facets turned away from the radar by more than `end` are left out of
            the coherent sum, and fade from `start` on. On a closed rounded surface their echoes cancel at the
            edges that they share. None = every facet that faces the radar counts, as plates need.

    Raises:
        RadarConfigError: a value that no surface can have.
    """

    name: str
    permittivity: float
    loss: float
    rms_height_m: float = 0.0
    diffuse_reflectivity: float = 0.0
    specular_taper_deg: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        """Refuse what no surface is."""
        problems = []
        if not self.permittivity >= 1.0:
            problems.append(f"permittivity is {self.permittivity}, must be at least 1")
        if not self.loss >= 0.0:
            problems.append(f"loss is {self.loss}, must not be negative")
        if not 0.0 <= self.rms_height_m < 1.0:
            problems.append(f"rms_height_m is {self.rms_height_m} m, must lie between 0 and 1 m")
        if not 0.0 <= self.diffuse_reflectivity < math.inf:
            problems.append(f"diffuse_reflectivity is {self.diffuse_reflectivity}, must not be negative")
        if self.specular_taper_deg is not None:
            start, end = self.specular_taper_deg
            object.__setattr__(self, "specular_taper_deg", (float(start), float(end)))
            if not 0.0 <= start < end <= 90.0:
                problems.append(f"specular_taper_deg is {start}, {end}, must rise within 0 ... 90 degrees")
        if problems:
            raise RadarConfigError(f"material {self.name!r} is impossible: " + "; ".join(problems))

    def to_dict(self) -> dict[str, Any]:
        """JSON values; equal dictionaries mean equal materials. A perfect conductor's loss is given as null."""
        return {**asdict(self), "loss": self.loss if math.isfinite(self.loss) else None}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Material:
        """Inverse of `to_dict`."""
        loss = values.get("loss")
        return cls(**{**values, "loss": math.inf if loss is None else loss})

    def reflection(self, cosine: NDArray[np.float64]) -> NDArray[np.float64]:
        """Magnitude of the Fresnel coefficient at angles of incidence with these cosines.

        Root of the mean power of both polarisations: the radar's polarisation turns against the many facets of
        a body, and below 30 degrees, where facets shine, the two differ by little.
        """
        cosine = np.maximum(
            np.asarray(cosine, dtype=np.float64), 1e-9
        )  # air at grazing incidence would be 0 / 0
        if math.isinf(self.loss):
            return np.ones_like(cosine)
        epsilon = complex(self.permittivity, self.loss)
        inside = np.sqrt(epsilon - (1.0 - cosine**2))
        across = (cosine - inside) / (cosine + inside)
        within = (epsilon * cosine - inside) / (epsilon * cosine + inside)
        return np.sqrt(0.5 * (np.abs(across) ** 2 + np.abs(within) ** 2))

    def coherent_response(self, wavelength_m: float) -> NDArray[np.float64]:
        """(RESPONSE_STEPS + 1,) amplitude that stays in phase, against the cosine of incidence from 0 to 1."""
        cosine = np.linspace(0.0, 1.0, RESPONSE_STEPS + 1)
        phase_rms = 4.0 * np.pi / wavelength_m * self.rms_height_m * cosine
        return self.reflection(cosine) * np.exp(-0.5 * phase_rms**2) * self._taper(cosine)

    @property
    def least_cosine(self) -> float:
        """Facets whose cosine of incidence is below this have no coherent echo."""
        return 0.0 if self.specular_taper_deg is None else math.cos(math.radians(self.specular_taper_deg[1]))

    def _taper(self, cosine: NDArray[np.float64]) -> NDArray[np.float64]:
        if self.specular_taper_deg is None:
            return np.ones_like(cosine)
        start, end = self.specular_taper_deg
        angle = np.degrees(np.arccos(cosine))
        share = np.clip((angle - start) / (end - start), 0.0, 1.0)
        return 0.5 * (1.0 + np.cos(np.pi * share))


# Dry skin at 79 GHz: Cole-Cole model of S. Gabriel et al., Phys. Med. Biol. 41 (1996) 2271, evaluated at that
# frequency. Roughness of cloth and the share of the diffuse echo are dials; together they make a standing adult
# -6 dBsm on average over all sides (docs/physics.md says where that figure comes from).
CLOTHED_SKIN = Material("clothed_skin", 6.44, 8.70, 4e-4, 0.65, (10.0, 18.0))
METAL = Material("metal", 1.0, math.inf)

# Rec. ITU-R P.2040-3, table 3 (building materials): eta' = a, sigma = c f^d S/m with f in GHz; at 79 GHz
# loss = 17.98 sigma / f. Roughness and diffuse reflectivity are dials.
CONCRETE = Material("concrete", 5.24, 0.32, rms_height_m=3e-4, diffuse_reflectivity=0.02)
PLASTERBOARD = Material("plasterboard", 2.73, 0.117, rms_height_m=1e-4, diffuse_reflectivity=0.005)
WOODEN_FLOOR = Material("wooden_floor", 3.66, 0.368, rms_height_m=1e-4, diffuse_reflectivity=0.01)
GLASS = Material("glass", 6.31, 0.285)
