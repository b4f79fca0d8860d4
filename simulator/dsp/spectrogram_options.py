"""The named ways from range bins to one Doppler row per frame, and what can be set in them."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any, Literal

from ..errors import RadarConfigError
from ..radar.config import RadarConfig

Projection = Literal["gated", "legacy", "real_style", "multi_view"]
AzimuthMethod = Literal["mvdr", "fft"]

WIDEST_GATE_M = 20.0

# Gate width and removal of what stands still, unless the options say otherwise.
_OWN_SETTINGS: dict[str, tuple[float, bool]] = {
    "gated": (2.4, False),
    "legacy": (2.4, False),
    "real_style": (0.8, True),
    "multi_view": (2.4, True),
}


@dataclass(frozen=True)
class SpectrogramOptions:
    """How a range-chirp cube becomes views; stored with every sample.

    Attributes:
        projection: "gated": root of the summed power of the range bins within a gate that follows the body,
            mean over channels.
            "legacy": summed magnitude of all range bins and channels, as the reference work does it for
            simulated data.
            "real_style": summed magnitude of the bins of a narrow gate and of all channels, without what
            stands still: what the reference work does to recorded data, with the gate behind the range FFT.
            "multi_view": mean magnitude over the first half of the range bins and all channels, without what
            stands still: the reference work's three views.
        gate_width_m: full width of the gate; None = the projection's own (2.4 m; "real_style" 0.8 m). "legacy"
            and "multi_view" use it for the azimuth view alone.
        remove_static: take each frame's mean over chirps off first (MTI); dims what stands still. None = the
            projection's own (True for "real_style" and "multi_view").
        repair_zero_bin: set the zero-Doppler bin to the mean of its neighbours.
        azimuth_method: "mvdr" (Capon) or "fft" (Bartlett) for the azimuth view.

    Raises:
        RadarConfigError: a name or a width that is not allowed.
    """

    projection: Projection = "gated"
    gate_width_m: float | None = None
    remove_static: bool | None = None
    repair_zero_bin: bool = False
    azimuth_method: AzimuthMethod = "mvdr"

    def __post_init__(self) -> None:
        """Fill in the projection's own settings; refuse what it cannot do."""
        if self.projection not in _OWN_SETTINGS:
            names = " or ".join(repr(name) for name in _OWN_SETTINGS)
            raise RadarConfigError(f"projection is {self.projection!r}; it must be {names}")
        if self.azimuth_method not in ("mvdr", "fft"):
            raise RadarConfigError(f"azimuth_method is {self.azimuth_method!r}; it must be 'mvdr' or 'fft'")
        own_width_m, own_removal = _OWN_SETTINGS[self.projection]
        if self.gate_width_m is None:
            object.__setattr__(self, "gate_width_m", own_width_m)
        if self.remove_static is None:
            object.__setattr__(self, "remove_static", own_removal)
        if not 0.1 <= self._gate_width() <= WIDEST_GATE_M:
            raise RadarConfigError(
                f"gate_width_m is {self.gate_width_m}; a gate is 0.1 to {WIDEST_GATE_M:g} m wide (a person needs 2)"
            )

    def to_dict(self) -> dict[str, Any]:
        """JSON values, the projection's own settings filled in; equal dictionaries mean equal options."""
        return asdict(self)

    @property
    def sums_magnitude(self) -> bool:
        """Whether magnitudes are added, not powers: noise then adds up like sqrt(pi P) / 2 per cell."""
        return self.projection != "gated"

    def gate_bins(self, radar: RadarConfig) -> int:
        """Width of the gate in range bins, at most all of them."""
        return min(math.ceil(self._gate_width() / radar.range_bin_m), radar.n_adc_samples)

    def fixed_bins(self, radar: RadarConfig) -> int | None:
        """Range bins from bin 0 on that the projection takes; None where a gate chooses them."""
        return {"legacy": radar.n_adc_samples, "multi_view": radar.n_adc_samples // 2}.get(self.projection)

    def _gate_width(self) -> float:
        return math.nan if self.gate_width_m is None else float(self.gate_width_m)
