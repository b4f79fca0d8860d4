"""A .cfg file's own figures against those that its commands imply."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..errors import RadarConfigError
from .ti_cfg import TiCfg
from .ti_cfg_write import start_wavelength_max_velocity_mps

VISUALIZER_RANGE_SHARE = 0.8  # TI's Visualizer opens cfarFovCfg to this share of the range span
C_ROUNDING = 1e-3  # its figures use c = 3e8, 7e-4 too high
NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")


@dataclass(frozen=True)
class HeaderCheck:
    """One figure as the file states it, and as its commands imply it.

    Attributes:
        tolerance: half of the last decimal that TI's tools print (they drop trailing zeros), and 0.1 % for c = 3e8.
    """

    quantity: str
    stated: float
    derived: float
    tolerance: float

    @property
    def agrees(self) -> bool:
        """Whether both are the same figure, rounding allowed."""
        return abs(self.stated - self.derived) <= self.tolerance


def check_cfg_header(cfg: TiCfg) -> tuple[HeaderCheck, ...]:
    """Compare range resolution, maximum velocity (wavelength at the start frequency) and CFAR range with the radar's.

    Figures that the file does not state are left out. The header's maximum range and velocity resolution follow
    rules of TI's tools that are not published, and are not checked.

    Raises:
        RadarConfigError: a stated figure is no number.
    """
    radar = cfg.radar
    start_mps = start_wavelength_max_velocity_mps(radar)
    checks = []
    for key, derived, decimals in (
        ("Range Resolution(m)", radar.range_bin_m, 3),
        ("Maximum Radial Velocity(m/s)", start_mps, 2),
    ):
        if key in cfg.header:
            stated = cfg.header[key]
            if not NUMBER.fullmatch(stated):
                raise RadarConfigError(f"header comment '% {key}:{stated}' states no number")
            checks.append(_check(key, float(stated), derived, decimals))
    if cfg.range_fov_m is not None:
        span_m = VISUALIZER_RANGE_SHARE * radar.range_span_m
        checks.append(_check("cfarFovCfg range (m)", cfg.range_fov_m, span_m, 2))
    return tuple(checks)


def _check(quantity: str, stated: float, derived: float, decimals: int) -> HeaderCheck:
    return HeaderCheck(quantity, stated, derived, 0.5 * 10.0**-decimals + C_ROUNDING * abs(derived))
