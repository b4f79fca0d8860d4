"""Coherent echoes of a mesh: physical optics, exact on every flat triangle.

Far from edges and shadows a surface element sends back what the tangent plane would. For a triangle with unit
normal n, seen from direction d with cos = n . d,

    s = sqrt(4 pi) / lambda * R(cos) * cos * integral over the triangle of exp(+j 2 k r) dA,

so that |sum of s|^2 is the radar cross section. The integral of exp(j p) with p linear over a triangle of area A
and corner values p0 <= p1 <= p2 is 2 A times the second divided difference of -exp(j p), here written with
sin(x)/x so that equal corners need no special case. Distances to the centroids are exact; within a triangle the
wave is plane (for 1.5 cm at 5 m the error is 0.02 rad).

Limits: one bounce, no edge diffraction, no creeping wave; the mesh must follow the surface within about
lambda / 16.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ..threads import in_threads
from .facet_kernel import (
    between_ends,
    coherent_rcs,
    count_entries,
    fill_entries,
    fill_ranges,
    find_specular,
    middle_velocities,
)
from .materials import Material
from .tracks import AMPLITUDE_NODES, FacetTracks


@dataclass(frozen=True, eq=False)
class FacetScene:
    """A mesh over time as the coherent sum needs it, in one frame of reference.

    Attributes:
        vertices: (E, V, 3) float32 m.
        velocities: (E, V, 3) float32 m/s; see `vertex_velocities`.
        faces: (F, 3) int32, counter-clockwise seen from outside.
        light: (E, P) float32 share of light at P places on the mesh, 0..1.
        place_of_face: (F,) the place whose light each facet takes.
        specular: (E, F) facets that look towards the radar; see `specular_facets`.
        material_of_face: (F,) int64 row of `response`.
        response: (materials, RESPONSE_STEPS + 1) of `Material.coherent_response`.
        anchor_m: (E, 3) point at which the wave is taken as plane (the far field by its definition); the mesh
            moves with it and does not turn. None = true distances.
    """

    vertices: NDArray[np.float32]
    velocities: NDArray[np.float32]
    faces: NDArray[np.int32]
    light: NDArray[np.float32]
    place_of_face: NDArray[np.int64]
    specular: NDArray[np.bool_]
    material_of_face: NDArray[np.int64]
    response: NDArray[np.float64]
    anchor_m: NDArray[np.float64] | None = None


@dataclass(frozen=True, eq=False)
class FacetEchoes:
    """Entries of all pose intervals, before the radar's power and beam.

    Attributes:
        first_entry: (E,) as in `FacetTracks`.
        face_ids: (N,) facet of each entry.
        centroid_m: (N, 2, 3) at both ends of its interval.
        velocity_mps: (N, 2, 3) float32 of the centroid.
        root_rcs_m: (N, AMPLITUDE_NODES) complex64; the squared magnitude of a coherent sum is a radar cross
            section, m^2. Phase relative to the centroid.
        tx_m: (channels, 3) transmitter of each channel, in the frame of the mesh.
        rx_m: (channels, 3) receiver of each channel.
        anchor_m: (E, 3), or empty; see FacetScene.
        workers: threads that work on them.
    """

    first_entry: NDArray[np.int64]
    face_ids: NDArray[np.int64]
    centroid_m: NDArray[np.float64]
    velocity_mps: NDArray[np.float32]
    root_rcs_m: NDArray[np.complex64]
    tx_m: NDArray[np.float64]
    rx_m: NDArray[np.float64]
    anchor_m: NDArray[np.float64]
    workers: int = 1

    @cached_property
    def _first_ranges(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        return self._ranges(0)

    def ranges(self, channel: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """(N, 2) half the way transmitter - centroid - receiver, m, and its rate, m/s."""
        return self._first_ranges if channel == 0 else self._ranges(channel)

    def _ranges(self, channel: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        range_m, rate_mps = np.empty(self.centroid_m.shape[:2]), np.empty(self.centroid_m.shape[:2])
        where = (self.centroid_m, self.velocity_mps, self.tx_m[channel], self.rx_m[channel], self.anchor_m)
        in_threads(
            lambda part: fill_ranges(self.first_entry, *where, part, range_m, rate_mps),
            len(self.first_entry) - 1,
            self.workers,
        )
        return range_m, rate_mps

    def tracks(self, root_power: float, beam: NDArray[np.floating] | None) -> Callable[[int], FacetTracks]:
        """Entries as a channel receives them; all channels share one array of amplitudes.

        Ranges are made when a channel is asked for (the first one's are kept): those of eight channels at once would
        take 17 MB per second of motion.

        Args:
            root_power: sqrt(mW) received from 1 m^2 at 1 m.
            beam: (N, 2) amplitude factor of the antennas at both ends; None = 1.
        """
        at_ends = root_power / self.ranges(0)[0] ** 2
        if beam is not None:
            at_ends = at_ends * beam
        amplitude = np.empty_like(self.root_rcs_m)
        between_ends(at_ends, self.root_rcs_m, amplitude)
        return lambda channel: FacetTracks(self.first_entry, *self.ranges(channel), amplitude)

    def rcs_m2(self, wavelength_m: float) -> NDArray[np.float64]:
        """(E - 1,) radar cross section of the coherent sum at the start of each pose interval, m^2."""
        rcs_m2 = np.empty(len(self.first_entry) - 1)
        coherent_rcs(self.first_entry, self.ranges(0)[0], self.root_rcs_m, 2.0 / wavelength_m, rcs_m2)
        return rcs_m2


def vertex_velocities(
    vertices: NDArray[np.float32], pose_interval_s: float, workers: int = 1
) -> NDArray[np.float32]:
    """(E, V, 3) m/s by differences over five poses (error of fourth order), at the ends over four (third).

    Args:
        vertices: (E, V, 3) with E >= 4.
        pose_interval_s: time between poses.
        workers: threads.
    """
    y, velocity = vertices, np.empty_like(vertices)
    velocity[0] = -11.0 * y[0] + 18.0 * y[1] - 9.0 * y[2] + 2.0 * y[3]
    velocity[1] = -2.0 * y[0] - 3.0 * y[1] + 6.0 * y[2] - y[3]
    velocity[-2] = y[-4] - 6.0 * y[-3] + 3.0 * y[-2] + 2.0 * y[-1]
    velocity[-1] = -2.0 * y[-4] + 9.0 * y[-3] - 18.0 * y[-2] + 11.0 * y[-1]
    for end in (0, 1, -2, -1):
        velocity[end] /= 6.0 * pose_interval_s
    in_threads(lambda poses: middle_velocities(y, pose_interval_s, poses, velocity), len(y) - 4, workers)
    return velocity


def specular_facets(
    vertices: NDArray[np.float32],
    faces: NDArray[np.int32],
    material_of_face: NDArray[np.int64],
    materials: Sequence[Material],
    radar_m: NDArray[np.float64],
    boresight: NDArray[np.float64],
    anchor_m: NDArray[np.float64] | None = None,
    workers: int = 1,
) -> NDArray[np.bool_]:
    """(E, F) facets, before the antenna's plane, whose normal points towards the radar nearly enough.

    Nearly enough is `Material.least_cosine`, beyond which a material sends back nothing coherent.

    Args:
        vertices: (E, V, 3) m.
        faces: (F, 3).
        material_of_face: (F,) index into `materials`.
        materials: of the mesh.
        radar_m: (3,) antenna in the frame of the mesh.
        boresight: (3,) where it looks.
        anchor_m: (E, 3); see FacetScene.
        workers: threads.
    """
    specular = np.empty((len(vertices), len(faces)), np.bool_)
    anchor = np.empty((0, 3)) if anchor_m is None else anchor_m
    least = np.array([max(material.least_cosine, 0.0) for material in materials])
    cones = (material_of_face, (least**2).astype(np.float32))

    def work(poses: tuple[int, int]) -> None:
        find_specular(vertices, faces, radar_m, boresight, anchor, cones, poses, specular)

    in_threads(work, len(vertices), workers)
    return specular


def facet_echoes(
    scene: FacetScene,
    radar_m: NDArray[np.float64],
    tx_m: NDArray[np.float64],
    rx_m: NDArray[np.float64],
    wavelength_m: float,
    workers: int = 1,
) -> FacetEchoes:
    """Coherent echoes of a lit mesh.

    Args:
        scene: the mesh over E >= 4 poses.
        radar_m: (3,) antenna that lights the mesh, in the frame of the mesh.
        tx_m: (channels, 3) transmitter of each channel, same frame.
        rx_m: (channels, 3) receiver of each channel.
        wavelength_m: at the middle of the sampled sweep.
        workers: threads.
    """
    n_intervals = len(scene.vertices) - 1
    lit = (scene.specular, scene.light, scene.place_of_face)
    surface = (scene.response, scene.material_of_face)
    count = np.zeros(n_intervals, np.int64)
    in_threads(lambda part: count_entries(lit, part, count), n_intervals, workers)
    first_entry = np.concatenate([[0], np.cumsum(count)]).astype(np.int64)
    n = int(first_entry[-1])
    anchor = np.empty((0, 3)) if scene.anchor_m is None else scene.anchor_m
    echoes = FacetEchoes(
        first_entry,
        np.empty(n, np.int64),
        np.empty((n, 2, 3)),
        np.empty((n, 2, 3), np.float32),
        np.empty((n, AMPLITUDE_NODES), np.complex64),
        tx_m,
        rx_m,
        anchor,
        workers,
    )
    out = (echoes.face_ids, echoes.centroid_m, echoes.velocity_mps, echoes.root_rcs_m)
    numbers = (4.0 * np.pi / wavelength_m, math.sqrt(4.0 * np.pi) / wavelength_m)
    mesh = (scene.vertices, scene.velocities, scene.faces)
    in_threads(
        lambda part: fill_entries(mesh, lit, surface, (radar_m, anchor), numbers, first_entry, part, out),
        n_intervals,
        workers,
    )
    return echoes
