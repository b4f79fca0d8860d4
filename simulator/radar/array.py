"""Where the antennas are, and which transmitter and receiver make each virtual channel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..errors import RadarConfigError
from .link_budget import SPEED_OF_LIGHT_MPS

Element = tuple[float, float]


class Channel(NamedTuple):
    """One virtual channel: transmitter, receiver, and the TDM slot in which it is measured."""

    tx: int
    rx: int
    slot: int


@dataclass(frozen=True)
class AntennaArray:
    """Elements of a board, as (right, up) in half wavelengths at the frequency that the board is laid out for.

    Boards are drawn in half wavelengths at their band's lower edge; at the middle of the sweep the spacing is
    larger in wavelengths (0.514 for 77 GHz boards), so angles are computed from metres.

    Attributes:
        tx: one (right, up) for each transmitter.
        rx: one (right, up) for each receiver.
        design_frequency_hz: what the half wavelength refers to.

    Raises:
        RadarConfigError: no element, or coordinates that are not pairs of finite numbers.
    """

    tx: tuple[Element, ...] = ((0.0, 0.0),)
    rx: tuple[Element, ...] = ((0.0, 0.0),)
    design_frequency_hz: float = 77e9

    def __post_init__(self) -> None:
        """Check the coordinates; lists (from JSON) become tuples."""
        if not self.design_frequency_hz > 0:
            raise RadarConfigError(f"design_frequency_hz is {self.design_frequency_hz}, must be above 0")
        for name in ("tx", "rx"):
            elements = getattr(self, name)
            if not elements or any(len(e) != 2 or not np.isfinite(e).all() for e in elements):
                raise RadarConfigError(
                    f"{name} is {elements!r}; it must be one or more (right, up) pairs in half wavelengths"
                )
            object.__setattr__(self, name, tuple((float(x), float(z)) for x, z in elements))

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> AntennaArray:
        """Inverse of `to_dict`."""
        return cls(**values)

    def to_dict(self) -> dict[str, Any]:
        """JSON values."""
        return asdict(self)

    def first_channel(self, tx_order: Sequence[int]) -> AntennaArray:
        """The array of the first virtual channel alone; its transmitter and receiver become number 0."""
        return replace(self, tx=(self.tx[tx_order[0]],), rx=self.rx[:1])

    @property
    def tx_m(self) -> NDArray[np.float64]:
        """(n_tx, 3) transmitters relative to the radar's position: x right, y ahead, z up."""
        return self._metres(self.tx)

    @property
    def rx_m(self) -> NDArray[np.float64]:
        """(n_rx, 3) receivers, likewise."""
        return self._metres(self.rx)

    def channels(self, tx_order: Sequence[int]) -> tuple[Channel, ...]:
        """Virtual channels, transmitter by transmitter in firing order, each with all receivers."""
        return tuple(Channel(tx, rx, slot) for slot, tx in enumerate(tx_order) for rx in range(len(self.rx)))

    def virtual_m(self, tx_order: Sequence[int]) -> NDArray[np.float64]:
        """(n_virtual, 3) sum of the positions of transmitter and receiver of each channel.

        A far target at unit direction u shortens the two-way path of a channel by u . virtual_m, so its phase
        falls by 2 pi u . virtual_m / lambda: the nearer element has the shorter delay.
        """
        return np.array([self.tx_m[c.tx] + self.rx_m[c.rx] for c in self.channels(tx_order)])

    def _metres(self, elements: tuple[Element, ...]) -> NDArray[np.float64]:
        half_wave_m = SPEED_OF_LIGHT_MPS / self.design_frequency_hz / 2.0
        return np.array([(x * half_wave_m, 0.0, z * half_wave_m) for x, z in elements])
