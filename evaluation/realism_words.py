"""The standing text of the motion report: how to read it, tolerances with their reasons, limits of the evidence."""

from __future__ import annotations

from simulator.motion.facts_of_script import (
    DISTANCE_TOLERANCE,
    DISTANCE_TOLERANCE_M,
    DURATION_TOLERANCE_S,
    HAND_TOLERANCE_M,
    JUMP_TOLERANCE_M,
    SPEED_TOLERANCE,
    SPEED_TOLERANCE_MPS,
    TRAVEL_TOLERANCE,
    TRAVEL_TOLERANCE_S,
    TURN_TOLERANCE_DEG,
)

__all__ = ["HOW_TO_READ", "LIMITS_OF_EVIDENCE", "TOLERANCES"]

HOW_TO_READ: tuple[str, ...] = (
    "Both sides are prepared alike: 22 joints, above 30 frames/s a Gaussian of 0.32 frame of the 20 frames/s that "
    "positions are then interpolated to, z = 0 at the 2nd percentile of the lowest ankle or foot joint. Of walks, "
    "runs and crawls what is at cruising speed is compared, of other motions what lies between two stands, by one "
    "rule for both sides.",
    "",
    "`inside`: the engine's median lies between the real p10 and p90. `cleaner`: it lies below them in a fault "
    "(skating, drift, penetration, bone length, joint limits); that is not inside, for perfection gives an engine "
    "away too. With two recordings p10 and p90 are interpolated between them.",
    "",
    "Fréchet distances are taken in 12 principal components of 132 features of recorded two-second windows (lengths "
    "in legs, places relative to mid-hip). Real to real: random halves by clip, 50 times. Engine to real: one such "
    "half against as many engine windows as the other half has. The classifier is a logistic regression on the "
    "features, its folds and interval drawn by clip.",
    "",
    "*On one body*: recordings fitted to the body model and both sides posed on its mean shape, without the mean "
    "heights of joints. As recorded, skeletons alone tell the sides apart: they place neck, collars and pelvis "
    "differently. *Below 4 Hz*: the same after a Gaussian that halves the power at 4 Hz, which takes away most of "
    "what captures and conversions add; it is shown for understanding and decides no target.",
)

TOLERANCES: dict[str, str] = {
    "duration": f"± {DURATION_TOLERANCE_S:g} s of a script; a walk ± {TRAVEL_TOLERANCE_S:g} s + "
    f"{TRAVEL_TOLERANCE:.0%}: travelling is seen from where the pelvis leaves its sway, after the first step has begun",
    "speed": f"± {SPEED_TOLERANCE_MPS:g} m/s + {SPEED_TOLERANCE:.0%}: people vary their cadence by 4 %, and the pelvis "
    "its speed within a stride by about 10 %",
    "distance": f"± {DISTANCE_TOLERANCE_M:g} m + {DISTANCE_TOLERANCE:.0%}: steps are whole, and sway of "
    "0.15 m is no way",
    "turn": f"± {TURN_TOLERANCE_DEG:g}°: hips and shoulders yaw by 5 to 10° in a stride",
    "height": f"± {JUMP_TOLERANCE_M:g} m of a jump's apex, ± {HAND_TOLERANCE_M:g} m of a hand: the wrist is measured, "
    "the hand is scripted",
    "count": "exact",
    "side": "exact",
    "posture": "exact; a squat may be seen as sitting, a chair is not visible in joints",
    "order": "exact",
}

LIMITS_OF_EVIDENCE: tuple[str, ...] = (
    "## Limits of this evidence",
    "",
    "- Recordings are few and short: a range over two clips is no population, an AUC over six clips moves with each "
    "of them. Read it with its interval and with the real-against-real value beside it.",
    "- The AUC's interval draws clips anew but does not train anew, and is too narrow for few clips: two sets of "
    "8 walks of one engine give 0.2 to 0.8.",
    "- Two recordings may show one take or one person, which makes real halves look closer than people are.",
    "- Recordings were made at 16 to 120 frames/s, some lifted from 15 bodies to 22 joints: part of what they hold "
    "above 5 Hz is noise of capture and conversion.",
    "- Scripts stay within the radar's field, 4.9 m from their start: a run speeds up and slows down on that way and "
    "cruises for half a second, where recordings run on at 3 m/s.",
    "- Recordings of one label need not show what the scripts beside it show: two of the styled walks are danced.",
    "- Fitting a recording to the body (joints give no twist) changes it by 1 to 5 cm; collars of skeletons whose "
    "shoulders lie above the neck come out raised.",
    "- Joint ranges are of goniometry; the tolerance of 10 degrees covers that SMPL's rest pose is no zero of it. "
    "Twist of upper arm and shank is not judged.",
)
