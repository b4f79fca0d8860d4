"""How one person moves: the script's style and the seed's individuality, as plain factors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .vocabulary import Style


@dataclass(frozen=True)
class Manner:
    """Factors around 1 and small angles (rad) that colour every primitive."""

    cadence: float
    asymmetry: float
    """Left against right step time and arm swing; 0 is even."""
    arm_swing: float
    step_width: float
    toe_out: float
    lean: float
    stoop: float
    head_pitch: float
    trunk_twist: float
    clearance: float
    amplitude: float
    quickness: float
    """Speed of strokes within their slot; above 1 the rest is longer."""
    sway: float
    weave: float
    """Sideways wandering of a walked path, m."""
    hesitation: float
    arm_abduction: float
    elbow_rest: float
    breathing_hz: float
    seconds_softer: float
    """Width of the final smoothing, s."""
    step_jitter: float
    """Deviation of single step times and lengths from even ones, share of a step."""
    foot_roll: float
    """Heel strike and heel-off against the gait's."""
    bounce: float
    sink_m: float
    """How much lower than needed the pelvis is carried, over softer knees, m."""
    arm_lead: float
    """How much earlier than others the arms swing, steps."""
    arm_uneven: float
    """Left against right arm swing; 0 is even."""
    elbow_swing: float
    pelvis_tilt: float
    unrest: float
    """How much trunk, head and arms shake with every step."""
    heel_impact: float
    """How hard the heels land."""
    head_nod: float
    settle_m: float
    """How far the last foot stays behind the other one after a walk, m; negative is ahead."""


_EMOTION = {
    # arm swing, stoop rad, head pitch rad, sway, quickness, step width, weave m
    "neutral": (1.0, 0.0, 0.0, 1.0, 1.0, 1.0, 0.0),
    "happy": (1.25, -0.03, -0.06, 1.1, 1.06, 1.0, 0.0),
    "sad": (0.6, 0.14, 0.30, 0.9, 0.88, 0.95, 0.0),
    "angry": (1.2, 0.05, 0.06, 1.0, 1.15, 1.05, 0.0),
    "tired": (0.7, 0.12, 0.18, 1.3, 0.85, 1.0, 0.0),
    "cautious": (0.6, 0.06, 0.10, 0.9, 0.88, 1.15, 0.0),
    "drunk": (0.9, 0.04, 0.05, 2.6, 0.92, 1.45, 0.09),
}
_AGE = {
    # arm swing, stoop rad, clearance, quickness, cadence, trunk twist, sway
    "young": (1.1, 0.0, 1.05, 1.05, 1.02, 1.1, 0.95),
    "adult": (1.0, 0.0, 1.0, 1.0, 1.0, 1.0, 1.0),
    "elderly": (0.7, 0.12, 0.92, 0.85, 1.06, 0.65, 1.35),
}


def draw_manner(style: Style, rng: np.random.Generator) -> Manner:
    """One person's manner: the style's maps times seeded individual variation."""
    jitter_e = 2.2 if style.emotion == "drunk" else 1.0
    jitter_a, sink_a = (1.5, 0.010) if style.age_group == "elderly" else (1.0, 0.0)
    swing_e, stoop_e, head_e, sway_e, quick_e, width_e, weave = _EMOTION[style.emotion]
    swing_a, stoop_a, clear_a, quick_a, cadence_a, twist_a, sway_a = _AGE[style.age_group]
    amplitude = (0.75 + 0.5 * style.amplitude) * rng.uniform(0.93, 1.07)
    energy = 0.85 + 0.3 * style.energy
    return Manner(
        cadence=cadence_a * (0.94 + 0.12 * style.tempo) * rng.normal(1.0, 0.03),
        asymmetry=rng.normal(0.0, 0.02),
        arm_swing=swing_e * swing_a * amplitude * rng.uniform(0.7, 1.35),
        step_width=width_e * rng.uniform(0.8, 1.25),
        toe_out=np.radians(rng.uniform(2.0, 11.0)),
        lean=np.radians(rng.normal(1.0, 1.2)),
        stoop=stoop_e + stoop_a + np.radians(rng.normal(0.0, 1.5)),
        head_pitch=head_e + np.radians(rng.normal(2.0, 2.5)),
        trunk_twist=twist_a * rng.uniform(0.75, 1.3),
        clearance=clear_a * energy * rng.uniform(0.9, 1.15),
        amplitude=amplitude,
        quickness=quick_e * quick_a * energy * (0.9 + 0.2 * style.tempo) * rng.uniform(0.94, 1.06),
        sway=sway_e * sway_a * rng.uniform(0.7, 1.3),
        weave=weave * rng.uniform(0.7, 1.3),
        hesitation=style.hesitation,
        arm_abduction=np.radians(rng.uniform(6.0, 13.0)),
        elbow_rest=np.radians(rng.uniform(6.0, 22.0)),
        breathing_hz=rng.uniform(0.2, 0.32),
        seconds_softer=0.008 + 0.014 * style.smoothness,
        step_jitter=jitter_e * jitter_a * rng.uniform(0.012, 0.026),
        foot_roll=float(np.clip(rng.normal(1.0, 0.12), 0.7, 1.3)),
        bounce=float(np.clip(rng.normal(1.0, 0.15), 0.65, 1.35)) * energy,
        sink_m=float(rng.uniform(0.0, 0.010)) + sink_a,
        arm_lead=rng.normal(0.0, 0.09),
        arm_uneven=float(np.clip(rng.normal(0.0, 0.11), -0.25, 0.25)),
        elbow_swing=amplitude * rng.uniform(0.45, 1.5),
        pelvis_tilt=float(np.clip(rng.normal(1.0, 0.25), 0.4, 1.6)),
        unrest=jitter_a * rng.uniform(0.6, 1.4),
        heel_impact=energy * rng.uniform(0.6, 1.4),
        head_nod=rng.normal(0.0, 1.0),
        settle_m=float(np.clip(rng.normal(0.0, 0.03), -0.07, 0.07)),
    )
