"""TI evaluation boards: where their antennas are and what their chips can do.

Antenna positions are those of TI's `ti/board/antenna_geometry.c` (mmWave SDK 3.x) as (column, row). Rows count
downwards: the transmitter that stands half a wavelength above the others has row 0 there, so up = -row, which is also
`antGeometry1` in TI's people-tracking files. `antGeometry0` there is -column; with TI's steering phase (from memory)
of +pi antGeometry0 sin(azimuth) this means right = +column seen from the radar. Neither sign was checked on hardware.
The 180 degree feed inversions of some antennas (`antPhaseRot`, `compRangeBiasAndRxChanPhase`) are calibration and not
modelled. That IWR1443BOOST has the same layout as IWR1843BOOST is from memory.

Chip limits: bands, sweeps and real sampling rates (halved here) of AWR1642, AWR1843 and AWR2944 as the library xwr
(RadarML) lists them; IWR1443's sampling rates from TI's forum; IWR6843's and all steepest ramps from memory. Gains,
powers, noise figures and beamwidths are typical values from memory as well: dials, not measurements. Gain and
beamwidths of AWR2944EVM are those quoted for its successor, AWR2944PEVM.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .array import AntennaArray

ROW_OF_4_RX = ((0.0, 0.0), (1.0, 0.0), (2.0, 0.0), (3.0, 0.0))
# Three transmitters in a row, one wavelength apart, the middle one half a wavelength higher.
TX_3_MIDDLE_UP = ((0.0, 0.0), (2.0, 1.0), (4.0, 0.0))
ISK_DESIGN_HZ = 59.958e9  # half a wavelength is 2.5 mm, `gAntennaSpacing` of ISK and AOP in that file

# Three transmitters and four receivers of IWR1443BOOST, IWR1843BOOST and IWR6843ISK.
STANDARD_3TX_4RX = AntennaArray(tx=TX_3_MIDDLE_UP, rx=ROW_OF_4_RX)


@dataclass(frozen=True)
class TiBoard:
    """One board.

    Attributes:
        chip: as error messages name it.
        platform: word of the `% Platform:` comment in a .cfg file; empty where none is known.
        real_adc: the receiver has no quadrature branch; rates here and in RadarConfig are those of the
            equivalent complex signal, half the ADC's.
        max_slope_hz_per_s: None where no figure was found.
    """

    chip: str
    platform: str
    array: AntennaArray
    band_hz: tuple[float, float]
    max_sweep_hz: float
    max_slope_hz_per_s: float | None
    max_adc_rate_hz: float
    tx_power_dbm: float
    antenna_gain_dbi: float
    noise_figure_db: float
    azimuth_beamwidth_deg: float | None = None
    elevation_beamwidth_deg: float | None = None
    real_adc: bool = False

    def limits(self) -> dict[str, Any]:
        """The fields of RadarConfig that bound a chirp."""
        return {
            "board": self.chip,
            "band_hz": self.band_hz,
            "max_sweep_hz": self.max_sweep_hz,
            "max_slope_hz_per_s": self.max_slope_hz_per_s,
            "max_adc_rate_hz": self.max_adc_rate_hz,
        }

    def radar_fields(self) -> dict[str, Any]:
        """Limits, link budget and antennas, as fields of RadarConfig."""
        return self.limits() | {
            "array": self.array,
            "tx_power_dbm": self.tx_power_dbm,
            "tx_gain_dbi": self.antenna_gain_dbi,
            "rx_gain_dbi": self.antenna_gain_dbi,
            "noise_figure_db": self.noise_figure_db,
            "azimuth_beamwidth_deg": self.azimuth_beamwidth_deg,
            "elevation_beamwidth_deg": self.elevation_beamwidth_deg,
        }


def _board_77ghz(chip: str, platform: str, array: AntennaArray, adc_msps: float) -> TiBoard:
    """The first 77 GHz family: patch rows with a narrow elevation beam (10.5 dBi, 56 x 28 deg)."""
    return TiBoard(
        chip=chip,
        platform=platform,
        array=array,
        band_hz=(76e9, 81e9),
        max_sweep_hz=4e9,
        max_slope_hz_per_s=100e12,
        max_adc_rate_hz=adc_msps * 1e6,
        tx_power_dbm=12.0,
        antenna_gain_dbi=10.5,
        noise_figure_db=15.0,
        azimuth_beamwidth_deg=56.0,
        elevation_beamwidth_deg=28.0,
    )


IWR1443BOOST = _board_77ghz("IWR1443", "xWR14xx", STANDARD_3TX_4RX, adc_msps=18.75)
AWR1642BOOST = _board_77ghz(
    "AWR1642", "xWR16xx", AntennaArray(tx=((0.0, 0.0), (4.0, 0.0)), rx=ROW_OF_4_RX), adc_msps=6.25
)
IWR1843BOOST = _board_77ghz("IWR1843", "xWR18xx", STANDARD_3TX_4RX, adc_msps=12.5)

# Antennas on the package: small, so wide beams and little gain.
AWR1843AOP = TiBoard(
    chip="AWR1843AOP",
    platform="xWR18xx_AOP",
    array=AntennaArray(
        tx=((0.0, 0.0), (0.0, -1.0), (0.0, -2.0)), rx=((3.0, 0.0), (2.0, 0.0), (1.0, 0.0), (0.0, 0.0))
    ),
    band_hz=(76e9, 81e9),
    max_sweep_hz=4e9,
    max_slope_hz_per_s=100e12,
    max_adc_rate_hz=12.5e6,
    tx_power_dbm=10.0,
    antenna_gain_dbi=5.0,
    noise_figure_db=15.0,
)

IWR6843ISK = TiBoard(
    chip="IWR6843",
    platform="xWR68xx",
    array=AntennaArray(tx=TX_3_MIDDLE_UP, rx=ROW_OF_4_RX, design_frequency_hz=ISK_DESIGN_HZ),
    band_hz=(60e9, 64e9),
    max_sweep_hz=4e9,
    max_slope_hz_per_s=250e12,
    max_adc_rate_hz=12.5e6,
    tx_power_dbm=12.0,
    antenna_gain_dbi=7.0,
    noise_figure_db=12.0,
)

# Receivers in a square, transmitters in an L: a virtual array in two dimensions. 15 dBm radiated.
IWR6843AOP = TiBoard(
    chip="IWR6843AOP",
    platform="xWR68xx_AOP",
    array=AntennaArray(
        tx=((0.0, 0.0), (2.0, -2.0), (0.0, -2.0)),
        rx=((1.0, -1.0), (1.0, 0.0), (0.0, -1.0), (0.0, 0.0)),
        design_frequency_hz=ISK_DESIGN_HZ,
    ),
    band_hz=(60e9, 64e9),
    max_sweep_hz=4e9,
    max_slope_hz_per_s=250e12,
    max_adc_rate_hz=12.5e6,
    tx_power_dbm=10.0,
    antenna_gain_dbi=5.0,
    noise_figure_db=14.0,
)

# Geometry of the `antGeometryCfg` line that xwr sends to this board: transmitters in columns 0, 2, 4, 8, the second
# one in the upper row, half a wavelength from column to column, 0.8 from row to row. That the wavelength is the
# one at 77 GHz is assumed. No figure for its steepest ramp was found.
AWR2944EVM = TiBoard(
    chip="AWR2944",
    platform="xWR294x",
    array=AntennaArray(tx=((0.0, 0.0), (2.0, 1.6), (4.0, 0.0), (8.0, 0.0)), rx=ROW_OF_4_RX),
    band_hz=(76e9, 81e9),
    max_sweep_hz=4e9,
    max_slope_hz_per_s=None,
    max_adc_rate_hz=18.75e6,
    tx_power_dbm=12.0,
    antenna_gain_dbi=13.0,
    noise_figure_db=13.0,
    azimuth_beamwidth_deg=60.0,
    elevation_beamwidth_deg=6.0,
    real_adc=True,
)


def _low_power(chip: str, band_hz: tuple[float, float]) -> TiBoard:
    """Low-power chips: their .cfg files carry the antennas (`antGeometryCfg`), so none stand here."""
    return TiBoard(
        chip=chip,
        platform="",
        array=AntennaArray(),
        band_hz=band_hz,
        max_sweep_hz=band_hz[1] - band_hz[0],
        max_slope_hz_per_s=None,
        max_adc_rate_hz=6.25e6,
        tx_power_dbm=11.0,
        antenna_gain_dbi=6.0,
        noise_figure_db=13.0,
        real_adc=True,
    )


XWRL6432 = _low_power("xWRL6432", (57e9, 64e9))
XWRL1432 = _low_power("xWRL1432", (76e9, 81e9))

BOARDS: dict[str, TiBoard] = {
    "iwr1443boost": IWR1443BOOST,
    "awr1642boost": AWR1642BOOST,
    "iwr1843boost": IWR1843BOOST,
    "awr1843aop": AWR1843AOP,
    "iwr6843isk": IWR6843ISK,
    "iwr6843aop": IWR6843AOP,
    "awr2944evm": AWR2944EVM,
}
