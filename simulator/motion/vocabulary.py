"""The words of a motion script: step classes and the script itself, as strict pydantic models.

Names and fields follow one JSON layout for every author; a word stands in a Literal only if the
engine makes it. Plain unions with a literal `kind` keep the JSON schema free of `oneOf`.

Angles in degrees, positive turns left seen from above. Heading 0 is the person's initial facing;
`Start.heading_deg` 0 faces the radar.
"""

from __future__ import annotations

from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict

Sex = Literal["female", "male", "neutral"]
Build = Literal["slim", "average", "heavy", "muscular"]
Emotion = Literal["neutral", "happy", "sad", "angry", "tired", "cautious", "drunk"]
AgeGroup = Literal["young", "adult", "elderly"]
Side = Literal["left", "right", "both"]
StrikeHeight = Literal["low", "mid", "high"]
Gait = Literal[
    "walk",
    "stroll",
    "march",
    "run",
    "jog",
    "sidestep",
    "backward",
    "shuffle",
    "tiptoe",
    "limp",
    "stagger",
    "hop",
    "skip",
    "stairs_step",
    "crawl",
]
PostureTo = Literal[
    "stand",
    "sit_chair",
    "sit_floor",
    "squat",
    "kneel",
    "crouch",
    "bend",
    "lie_back",
    "lie_front",
    "lie_side",
    "hands_and_knees",
]
StrikeAction = Literal["punch", "kick", "throw", "push", "swing", "pull", "slap"]
FallDirection = Literal["forward", "backward", "left", "right", "down"]
FallCause = Literal["trip", "slip", "faint", "push"]
ReachAction = Literal[
    "pick_up", "put_down", "reach", "lift", "carry", "catch", "sweep", "drink", "phone", "touch_face"
]  # fmt: skip
GestureAction = Literal[
    "wave",
    "clap",
    "point",
    "beckon",
    "raise",
    "circle",
    "bow",
    "nod",
    "shake_head",
    "stretch",
    "shrug",
    "salute",
    "cross_arms",
]
ExerciseAction = Literal[
    "jumping_jack",
    "squat",
    "lunge",
    "arm_circle",
    "side_bend",
    "toe_touch",
    "twist",
    "high_knees",
    "dance_sway",
    "dance_step",
    "sit_up",
    "push_up",
]

SEXES: tuple[str, ...] = get_args(Sex)
BUILDS: tuple[str, ...] = get_args(Build)
EMOTIONS: tuple[str, ...] = get_args(Emotion)
AGE_GROUPS: tuple[str, ...] = get_args(AgeGroup)
GAITS: tuple[str, ...] = get_args(Gait)
POSTURES: tuple[str, ...] = get_args(PostureTo)
STRIKE_ACTIONS: tuple[str, ...] = get_args(StrikeAction)
STRIKE_HEIGHTS: tuple[str, ...] = get_args(StrikeHeight)
FALL_DIRECTIONS: tuple[str, ...] = get_args(FallDirection)
FALL_CAUSES: tuple[str, ...] = get_args(FallCause)
REACH_ACTIONS: tuple[str, ...] = get_args(ReachAction)
GESTURE_ACTIONS: tuple[str, ...] = get_args(GestureAction)
EXERCISE_ACTIONS: tuple[str, ...] = get_args(ExerciseAction)


class _Strict(BaseModel):
    """Every field required, no extra keys, no conversions, immutable."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid", allow_inf_nan=False)


class Subject(_Strict):
    """Who moves: sex (for wording), standing height in metres, build."""

    sex: Sex
    height_m: float
    build: Build


class Style(_Strict):
    """How the person moves: 0-1 each.

    0.5 is ordinary for energy, tempo, amplitude, smoothness; 0 is none for hesitation.
    """

    energy: float
    tempo: float
    amplitude: float
    smoothness: float
    hesitation: float
    emotion: Emotion
    age_group: AgeGroup


class Start(_Strict):
    """Where the person stands at first, relative to the radar; heading 0 faces the radar."""

    range_m: float
    azimuth_deg: float
    heading_deg: float


class Locomote(_Strict):
    """Travel on foot; exactly one of distance_m and duration_s is given.

    `heading_deg` is the direction of travel at the step's start (0 = the initial facing): a person
    who still faces 0 goes backward with 180 and sidesteps left with 90. `turn_deg` is turned along
    the path. `speed_mps` is the cruising speed; the person starts from and comes to a stand unless
    another locomote step of the same facing adjoins.
    """

    kind: Literal["locomote"]
    gait: Gait
    speed_mps: float
    distance_m: float | None
    duration_s: float | None
    heading_deg: float
    turn_deg: float


class Turn(_Strict):
    """Turn on the spot with small steps; positive is left."""

    kind: Literal["turn"]
    angle_deg: float
    duration_s: float


class Posture(_Strict):
    """Go to a posture within duration_s, then hold it for hold_s; `stand` also gets up from the floor.

    Floor postures may follow a stand or a kneel; between them sit_floor and lie_back follow each other.
    """

    kind: Literal["posture"]
    to: PostureTo
    duration_s: float
    hold_s: float


class Jump(_Strict):
    """Jump count times: height of the apex above standing, forward distance of each jump."""

    kind: Literal["jump"]
    height_m: float
    forward_m: float
    count: int


class Strike(_Strict):
    """Fast strokes of arm or leg, count times within duration_s; side both alternates or uses both arms."""

    kind: Literal["strike"]
    action: StrikeAction
    side: Side
    height: StrikeHeight
    count: int
    duration_s: float


class Fall(_Strict):
    """Fall to the floor and lie there; with recover, get up again; duration_s holds all of it."""

    kind: Literal["fall"]
    direction: FallDirection
    cause: FallCause
    recover: bool
    duration_s: float


class Reach(_Strict):
    """Bring a hand (or both) to a height above the floor, do something there and come back."""

    kind: Literal["reach"]
    action: ReachAction
    side: Side
    height_m: float
    duration_s: float


class Gesture(_Strict):
    """A gesture, count times within duration_s, raising and lowering the arms included."""

    kind: Literal["gesture"]
    action: GestureAction
    side: Side
    count: int
    duration_s: float


class Exercise(_Strict):
    """A repeated exercise: count repetitions of period_s each; alternating ones begin on the left."""

    kind: Literal["exercise"]
    action: ExerciseAction
    count: int
    period_s: float


class Idle(_Strict):
    """Keep the present posture; sway 0-1 scales the ordinary swaying."""

    kind: Literal["idle"]
    duration_s: float
    sway: float


Step = Locomote | Turn | Posture | Jump | Strike | Fall | Reach | Gesture | Exercise | Idle


class Layer(_Strict):
    """A gesture or reach done over the steps start_step..end_step (counted from 0, both included)."""

    start_step: int
    end_step: int
    primitive: Gesture | Reach


class MotionScript(_Strict):
    """A plan of one clip: who, how, from where, and what in which order."""

    title: str
    caption: str
    alt_captions: list[str]
    subject: Subject
    style: Style
    start: Start
    steps: list[Step]
    layers: list[Layer]
    tags: list[str]
