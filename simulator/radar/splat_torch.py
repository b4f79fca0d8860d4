"""The kernel of `beat_torch`: phasors of many scatterers, added to cells that are finer than range bins.

Every chirp has STEPS_PER_BIN cells per range bin. A scatterer adds its phasor, and its phasor times its place s within
the cell, to the one cell that it is nearest to (`index_add_`); one product with the window's transform
W(bin - cell - s), taken as linear in s within a cell, then makes the range bins.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .beat import HALF_TAPS, beat_law, chirp_grid, window_transform
from .config import RadarConfig
from .tracks import AMPLITUDE_NODES, FacetTracks, ScattererTracks

if TYPE_CHECKING:
    import torch

STEPS_PER_BIN = 8  # error of the map -61 dB
ECHO_BYTES = 64  # of work space for one scatterer in one chirp
POINT_BYTES = 128  # and in one pose interval, dark or not


@dataclass(frozen=True, eq=False)
class Echoes:
    """Scatterers that shine in one pose interval of some frame; float64 but for the amplitudes.

    Attributes:
        frame: (N,) int64, counted over all captures.
        ends: (4, N) range m, rate times interval m, at its start and at its end.
        phase_cycles: (N,).
        nodes: (N, nodes) real float32 or complex64 amplitude at equidistant instants.
    """

    frame: torch.Tensor
    ends: torch.Tensor
    phase_cycles: torch.Tensor
    nodes: torch.Tensor

    def part(self, start: int, stop: int) -> Echoes:
        """Some of them."""
        some = slice(start, stop)
        return Echoes(self.frame[some], self.ends[:, some], self.phase_cycles[some], self.nodes[some])


@dataclass(frozen=True, eq=False)
class IntervalSplat:
    """The chirps of one pose interval, the same in every frame.

    Attributes:
        index: of the interval within its frame, out of `per_frame`.
        chirps: of the frame.
        u: (chirp,) float64 their times, 0 to 1 over the interval.
        law: see `beat.beat_law`.
        window: (2, cell, bin) float32: W(bin - cell), and its slope in s.
    """

    index: int
    per_frame: int
    chirps: slice
    u: NDArray[np.float64]
    law: tuple[float, float, float, float, float]
    n_range_bins: int
    margin: int
    window: torch.Tensor

    @classmethod
    def of(cls, radar: RadarConfig, slot: int, index: int, window: torch.Tensor) -> IntervalSplat:
        """Of the channels measured in that slot."""
        grid, law = chirp_grid(radar, slot), beat_law(radar, 1)
        first, stop = int(grid[index, 0]), int(grid[index, 1])
        u = (grid[index, 2] + np.arange(stop - first) * law[1]) / law[0]
        margin = cell_margin(radar.n_adc_samples, window.shape[2])
        return cls(index, len(grid), slice(first, stop), u, law, radar.n_adc_samples, margin, window)

    def fill(
        self,
        captures: Sequence[ScattererTracks],
        starts: NDArray[np.int64],
        first_bin: NDArray[np.int64],
        max_bytes: int,
        values: NDArray[np.complex64],
    ) -> None:
        """Write `values` (frame, chirp, bin), the frames of all captures one after the other."""
        import torch

        n_cells = self.window.shape[1]
        n_points = max((tracks.range_m.shape[1] for tracks in captures), default=0)
        # Cells have two terms, complex, and once more as real and imaginary planes.
        frame_bytes = 2 * 2 * 8 * len(self.u) * (n_cells + 1) + POINT_BYTES * n_points
        n_frames = max(1, max_bytes // 2 // frame_bytes)
        n_echoes = max(1, max_bytes // 2 // (ECHO_BYTES * len(self.u)))
        for begin in range(0, len(first_bin), n_frames):
            end = min(begin + n_frames, len(first_bin))
            cells = torch.zeros(
                (2, (end - begin) * len(self.u) * (n_cells + 1)),
                dtype=torch.complex64,
                device=self.window.device,
            )
            first = torch.from_numpy(first_bin[begin:end]).to(self.window.device)
            for c, tracks in enumerate(captures):
                low, high = max(begin, int(starts[c])), min(end, int(starts[c + 1]))
                if low < high:
                    own = (low - int(starts[c]), high - int(starts[c]))
                    for echoes in self._echoes(tracks, own, low - begin):
                        for at in range(0, len(echoes.frame), n_echoes):
                            self._add(echoes.part(at, at + n_echoes), first, cells)
            values[begin:end] = self._bins(cells, end - begin).cpu().numpy()

    def _echoes(self, tracks: ScattererTracks, frames: tuple[int, int], to_frame: int) -> list[Echoes]:
        """What shines in these frames of one capture; the first of them has number `to_frame` in the work space."""
        import torch

        device, step_s = self.window.device, self.law[0]
        edges = np.arange(*frames) * self.per_frame + self.index

        def both_ends(of_pose: NDArray[np.floating]) -> tuple[torch.Tensor, torch.Tensor]:
            if self.per_frame == 1:  # neighbours share a pose: half the way to the device
                poses = torch.from_numpy(of_pose[edges[0] : edges[-1] + 2]).to(device)
                return poses[:-1], poses[1:]
            start, end = torch.from_numpy(of_pose[edges]), torch.from_numpy(of_pose[edges + 1])
            return start.to(device), end.to(device)

        a0, a1 = both_ends(tracks.amplitude)
        frame, point = torch.nonzero((a0 != 0) | (a1 != 0), as_tuple=True)
        (r0, r1), (m0, m1) = both_ends(tracks.range_m), both_ends(tracks.range_rate_mps)
        ends = torch.stack([own[frame, point] for own in (r0, m0, r1, m1)])
        ends[1::2] *= step_s
        phase_cycles = torch.from_numpy(tracks.phase_cycles).to(device)[point]
        nodes = torch.stack([a0[frame, point], a1[frame, point]], dim=1)
        lists = [Echoes(frame + to_frame, ends, phase_cycles, nodes)]
        if tracks.facets is not None:
            lists.append(self._facet_echoes(tracks.facets, edges, to_frame))
        return lists

    def _facet_echoes(self, facets: FacetTracks, edges: NDArray[np.int64], to_frame: int) -> Echoes:
        """Entries of these pose intervals."""
        import torch

        device, step_s = self.window.device, self.law[0]
        counts = facets.first_entry[edges + 1] - facets.first_entry[edges]
        entry = np.concatenate([np.arange(facets.first_entry[e], facets.first_entry[e + 1]) for e in edges])
        frame = np.repeat(np.arange(len(edges)), counts) + to_frame
        ends = np.stack(
            [
                facets.range_m[entry, 0],
                facets.range_rate_mps[entry, 0] * step_s,
                facets.range_m[entry, 1],
                facets.range_rate_mps[entry, 1] * step_s,
            ]
        )
        return Echoes(
            torch.from_numpy(frame).to(device),
            torch.from_numpy(ends).to(device),
            torch.zeros(len(frame), dtype=torch.float64, device=device),
            torch.from_numpy(facets.amplitude[entry]).to(device),
        )

    def _add(self, echoes: Echoes, first_bin: torch.Tensor, cells: torch.Tensor) -> None:
        """Phasors of some scatterers in all chirps of the interval, to the cells they are nearest to.

        Range, phase and bin are float64 in the middle of the interval; what changes from there is small enough for
        float32 (6 m/s: 32 cycles).
        """
        import torch

        _, _, cycles_per_m, cycles_per_m2, bins_per_m = self.law
        u_middle = 0.5 * float(self.u[0] + self.u[-1])
        r, path = _about(echoes.ends, u_middle)
        cycles = r * (cycles_per_m - cycles_per_m2 * r) + echoes.phase_cycles
        position = r * bins_per_m - first_bin[echoes.frame] + self.margin
        position -= self.n_range_bins * torch.floor(position / self.n_range_bins)

        def column(of_echo: torch.Tensor) -> torch.Tensor:
            return of_echo.to(torch.float32)[:, None]

        t = torch.from_numpy((self.u - u_middle).astype(np.float32)).to(r.device)
        moved_m = (column(path[2]) * t + column(path[1])) * t
        moved_m = moved_m.add_(column(path[0])).mul_(t)
        turn = (moved_m * -cycles_per_m2).add_(column(cycles_per_m - 2.0 * cycles_per_m2 * r)).mul_(moved_m)
        turn += column(cycles - torch.floor(cycles))
        turn = turn.sub_(torch.round(turn)).mul_(2.0 * np.pi)
        amplitude = echoes.nodes @ self._hats(echoes.nodes)
        if amplitude.is_complex():
            phasor = torch.polar(torch.ones_like(turn), turn).mul_(amplitude)
        else:
            phasor = torch.polar(amplitude, turn)

        place = (moved_m * (bins_per_m * STEPS_PER_BIN)).add_(column(position * STEPS_PER_BIN))
        nearest = torch.round(place)
        place -= nearest
        n_cells = self.window.shape[1]
        cell = nearest.remainder_(self.n_range_bins * STEPS_PER_BIN).clamp_(max=n_cells).to(torch.int64)
        row = echoes.frame[:, None] * len(t) + torch.arange(len(t), device=r.device)
        cell = cell.add_(row, alpha=n_cells + 1).view(-1)
        cells[0].index_add_(0, cell, phasor.view(-1))
        cells[1].index_add_(0, cell, phasor.mul_(place).view(-1))

    def _hats(self, nodes: torch.Tensor) -> torch.Tensor:
        """(node, chirp) weights of linear interpolation; two nodes go on straight beyond the ends, nine do not."""
        import torch

        if nodes.shape[1] == AMPLITUDE_NODES:
            at = np.clip(self.u, 0.0, 1.0) * (AMPLITUDE_NODES - 1)
            hats = np.maximum(0.0, 1.0 - np.abs(at - np.arange(AMPLITUDE_NODES)[:, None]))
        else:
            hats = np.stack([1.0 - self.u, self.u])
        return torch.from_numpy(hats).to(nodes.device, nodes.dtype)

    def _bins(self, cells: torch.Tensor, n_frames: int) -> torch.Tensor:
        """(frame, chirp, bin) complex64: the product with the window's transform."""
        import torch

        n_cells = self.window.shape[1]
        rows = torch.view_as_real(cells).view(2, n_frames * len(self.u), n_cells + 1, 2)
        planes = (
            rows[:, :, :n_cells].transpose(2, 3).reshape(2, -1, n_cells)
        )  # the last cell is beside the strip
        bins = torch.addmm(planes[0] @ self.window[0], planes[1], self.window[1])
        parts = bins.view(n_frames, len(self.u), 2, -1)
        return torch.complex(parts[:, :, 0], parts[:, :, 1])


def cell_margin(n_samples: int, n_bins: int) -> int:
    """Bins with cells on each side of the strip: scatterers there reach into it. 0 if all N bins have cells."""
    return HALF_TAPS if n_bins + 2 * HALF_TAPS < n_samples else 0


def cell_window(n_samples: int, n_bins: int) -> NDArray[np.float32]:
    """(2, cell, bin) float32: W(bin - cell - s) as constant and slope in s, s = -1/2 ... 1/2 cells.

    Cells begin `cell_margin` bins before the strip; without a margin they go around, all N bins.
    """
    margin = cell_margin(n_samples, n_bins)
    n_around = n_samples * STEPS_PER_BIN
    n_cells = (n_bins + 2 * margin) * STEPS_PER_BIN if margin else n_around
    # Distances in cells, to the nearest image: N bins apart, all images look the same.
    away = np.arange(n_around)
    away = (away - n_around * (away > n_around // 2)).astype(np.float64)
    # A line through a curve is nearest to it if they meet at Chebyshev's places, +-cos 45 degrees.
    s = 0.5 * np.sqrt(0.5)
    before = window_transform(n_samples, (away + s) / STEPS_PER_BIN)
    after = window_transform(n_samples, (away - s) / STEPS_PER_BIN)
    lines = np.stack([0.5 * (before + after), (after - before) / (2.0 * s)]).astype(np.float32)
    bins = (np.arange(n_bins) + margin) * STEPS_PER_BIN
    return np.asarray(lines[:, (bins - np.arange(n_cells)[:, None]) % n_around])


def _about(ends: torch.Tensor, u: float) -> tuple[torch.Tensor, tuple[torch.Tensor, ...]]:
    """Range at u of the Hermite cubic, and the coefficients of what it changes from there (first to third power)."""
    r0, m0, r1, m1 = ends
    rise = r1 - r0
    c2, c3 = 3.0 * rise - 2.0 * m0 - m1, m0 + m1 - 2.0 * rise
    r = r0 + u * (m0 + u * (c2 + u * c3))
    return r, (m0 + u * (2.0 * c2 + 3.0 * u * c3), c2 + 3.0 * u * c3, c3)
