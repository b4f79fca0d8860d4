"""What a simulation is told beside body, radar and placement."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, get_args

from .dsp.spectrogram_options import SpectrogramOptions
from .errors import RadarConfigError
from .radar.materials import CLOTHED_SKIN, Material
from .radar.receiver_options import ReceiverOptions
from .scene.observation import Scattering
from .scene.room import Room


@dataclass(frozen=True)
class SimulationOptions:
    """Everything about a simulation that is neither body, radar nor placement; stored with every sample.

    Attributes:
        n_scatterers: material points on the body.
        material: what the body's surface is made of.
        scattering: "diffuse" and "coherent" leave the other part of the echo out.
        thermal_noise: add receiver noise.
        surface_seed: another value gives another skin: other points and phases.
        all_views: make range_time and azimuth_time beside doppler_time.
        by_part: make doppler_time of each part of the body beside that of the whole.
        backend: what adds up the echoes: "numba", or torch on a device, "torch:cuda" or "torch:cpu". Both follow
            one law and differ in rounding; ADC samples always come from numba.
        spectrogram: how the range-chirp cube becomes doppler_time.
        room: what stands around the body; None = free space.
        receiver: imperfections beside thermal noise. With any of them a capture goes by way of ADC samples, where
            thermal noise is another draw of the same process.
    """

    n_scatterers: int = 2000
    material: Material = CLOTHED_SKIN
    scattering: Scattering = "both"
    thermal_noise: bool = True
    surface_seed: int = 0
    all_views: bool = False
    by_part: bool = False
    backend: str = "numba"
    spectrogram: SpectrogramOptions = field(default_factory=SpectrogramOptions)
    room: Room | None = None
    receiver: ReceiverOptions = field(default_factory=ReceiverOptions)

    def __post_init__(self) -> None:
        """Check what nothing else checks."""
        if self.scattering not in get_args(Scattering):
            allowed = ", ".join(get_args(Scattering))
            raise RadarConfigError(f"scattering is {self.scattering!r}, must be one of {allowed}")
        if self.backend != "numba" and not self.backend.startswith("torch:"):
            raise RadarConfigError(
                f"backend is {self.backend!r}, must be numba, or torch and a device, such as torch:cuda"
            )
        if self.n_scatterers < 1:
            raise RadarConfigError(f"n_scatterers is {self.n_scatterers}, must be at least 1")

    def to_dict(self) -> dict[str, Any]:
        """JSON values; equal dictionaries mean equal options."""
        room = None if self.room is None else self.room.to_dict()
        return {**asdict(self), "material": self.material.to_dict(), "room": room}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> SimulationOptions:
        """Inverse of `to_dict`."""
        groups = {
            "material": Material.from_dict(values["material"]),
            "room": None if values["room"] is None else Room.from_dict(values["room"]),
            "spectrogram": SpectrogramOptions(**values["spectrogram"]),
            "receiver": ReceiverOptions.from_dict(values["receiver"]),
        }
        return cls(**{**values, **groups})
