"""The controlled vocabulary: how each activity is said, in one small set of words.

A phrase marks its verbs by brackets ("[bend] down and [pick] something up") so that one phrase gives
"picks", "picking" and "pick". `{limb}` stands for the limb, `{n}` for a number word, `{s}` for a plural.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

Form = Literal["base", "finite", "gerund"]

VERBS: dict[str, tuple[str, str]] = {
    "beckon": ("beckons", "beckoning"),
    "bend": ("bends", "bending"),
    "bow": ("bows", "bowing"),
    "bring": ("brings", "bringing"),
    "carry": ("carries", "carrying"),
    "catch": ("catches", "catching"),
    "circle": ("circles", "circling"),
    "clap": ("claps", "clapping"),
    "climb": ("climbs", "climbing"),
    "collapse": ("collapses", "collapsing"),
    "crawl": ("crawls", "crawling"),
    "cross": ("crosses", "crossing"),
    "crouch": ("crouches", "crouching"),
    "dance": ("dances", "dancing"),
    "do": ("does", "doing"),
    "drink": ("drinks", "drinking"),
    "extend": ("extends", "extending"),
    "faint": ("faints", "fainting"),
    "fall": ("falls", "falling"),
    "fold": ("folds", "folding"),
    "get": ("gets", "getting"),
    "give": ("gives", "giving"),
    "go": ("goes", "going"),
    "hold": ("holds", "holding"),
    "hop": ("hops", "hopping"),
    "jog": ("jogs", "jogging"),
    "jump": ("jumps", "jumping"),
    "kick": ("kicks", "kicking"),
    "kneel": ("kneels", "kneeling"),
    "lean": ("leans", "leaning"),
    "leap": ("leaps", "leaping"),
    "lie": ("lies", "lying"),
    "lift": ("lifts", "lifting"),
    "limp": ("limps", "limping"),
    "lose": ("loses", "losing"),
    "make": ("makes", "making"),
    "march": ("marches", "marching"),
    "move": ("moves", "moving"),
    "nod": ("nods", "nodding"),
    "perform": ("performs", "performing"),
    "pick": ("picks", "picking"),
    "pivot": ("pivots", "pivoting"),
    "place": ("places", "placing"),
    "point": ("points", "pointing"),
    "pull": ("pulls", "pulling"),
    "punch": ("punches", "punching"),
    "push": ("pushes", "pushing"),
    "put": ("puts", "putting"),
    "raise": ("raises", "raising"),
    "reach": ("reaches", "reaching"),
    "rise": ("rises", "rising"),
    "roll": ("rolls", "rolling"),
    "run": ("runs", "running"),
    "salute": ("salutes", "saluting"),
    "shake": ("shakes", "shaking"),
    "shrug": ("shrugs", "shrugging"),
    "shuffle": ("shuffles", "shuffling"),
    "sidestep": ("sidesteps", "sidestepping"),
    "sit": ("sits", "sitting"),
    "skip": ("skips", "skipping"),
    "slap": ("slaps", "slapping"),
    "slip": ("slips", "slipping"),
    "spin": ("spins", "spinning"),
    "squat": ("squats", "squatting"),
    "stagger": ("staggers", "staggering"),
    "stand": ("stands", "standing"),
    "stay": ("stays", "staying"),
    "step": ("steps", "stepping"),
    "stretch": ("stretches", "stretching"),
    "stroll": ("strolls", "strolling"),
    "sway": ("sways", "swaying"),
    "sweep": ("sweeps", "sweeping"),
    "swing": ("swings", "swinging"),
    "take": ("takes", "taking"),
    "talk": ("talks", "talking"),
    "throw": ("throws", "throwing"),
    "tiptoe": ("tiptoes", "tiptoeing"),
    "toss": ("tosses", "tossing"),
    "touch": ("touches", "touching"),
    "trip": ("trips", "tripping"),
    "turn": ("turns", "turning"),
    "twist": ("twists", "twisting"),
    "walk": ("walks", "walking"),
    "wave": ("waves", "waving"),
}
"""verb -> third person, gerund."""

NUMBER_WORDS = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
)  # fmt: skip


@dataclass(frozen=True)
class Wording:
    """How one activity is said.

    `cores` name the activity alone, `limb_cores` hold the limb inside the phrase, `counted` hold the
    number. `limb` is the word for the limb that a side belongs to, empty where the side is not spoken of.
    """

    cores: tuple[str, ...]
    intent: str
    limb: str = ""
    limb_cores: tuple[str, ...] = ()
    counted: tuple[str, ...] = ()


MOVING = "going from one place to another"
POSTURE = "changing posture or direction"
SPORT = "hitting, kicking or throwing"
ACCIDENT = "an accident"
OBJECT = "handling an object"
SIGNAL = "communicating"
TRAINING = "exercising"
BODY_CARE = "easing the body"
INTENTS = (MOVING, POSTURE, SPORT, ACCIDENT, OBJECT, SIGNAL, TRAINING, BODY_CARE)
"""Purposes that follow from the activity itself, nothing guessed beyond it."""

WORDINGS: dict[str, Wording] = {
    "walk": Wording(("[walk]",), MOVING),
    "run": Wording(("[run]",), MOVING),
    "march": Wording(("[march]",), MOVING),
    "sidestep": Wording(("[sidestep]", "[step] sideways"), MOVING),
    "walk_backward": Wording(("[walk] backward", "[step] backward"), MOVING),
    "shuffle": Wording(("[shuffle]",), MOVING),
    "tiptoe": Wording(("[tiptoe]", "[walk] on tiptoe"), MOVING),
    "limp": Wording(("[limp]", "[walk] with a limp"), MOVING),
    "stagger": Wording(("[stagger]", "[walk] unsteadily"), MOVING),
    "hop": Wording(("[hop]", "[hop] on one leg"), MOVING),
    "skip": Wording(("[skip]",), MOVING),
    "stairs_step": Wording(("[walk] as if on stairs", "[climb] imaginary stairs"), MOVING),
    "crawl": Wording(("[crawl]", "[crawl] on hands and knees"), MOVING),
    "turn": Wording(("[turn]",), POSTURE),
    "sit_down": Wording(("[sit] down", "[sit] down on a chair", "[take] a seat"), POSTURE),
    "sit_on_floor": Wording(("[sit] down on the floor", "[sit] on the floor"), POSTURE),
    "lie_down": Wording(("[lie] down", "[lie] down on the floor"), POSTURE),
    "go_on_all_fours": Wording(("[get] down on hands and knees", "[go] down on all fours"), POSTURE),
    "stand_up": Wording(("[stand] up", "[get] up"), POSTURE),
    "crouch": Wording(("[crouch] down", "[crouch] low"), POSTURE),
    "kneel": Wording(("[kneel] down", "[go] down and [kneel]"), POSTURE),
    "bend": Wording(("[bend] forward", "[lean] forward"), POSTURE),
    "jump": Wording(
        ("[jump]", "[leap]"),
        TRAINING,
        counted=("[make] {n} jump{s}", "[do] {n} jump{s}", "[perform] {n} jump{s}"),
    ),
    "punch": Wording(("[punch]", "[punch] the air"), SPORT, limb="fist"),
    "kick": Wording(
        ("[kick]", "[kick] the air"), SPORT, "leg", counted=("[do] {n} kick{s}", "[perform] {n} kick{s}")
    ),
    "throw": Wording(("[throw] something", "[toss] something"), SPORT, limb="hand"),
    "push": Wording(("[push] forward", "[push] something away"), SPORT, limb="hand"),
    "swing": Wording(("[swing] {limb} across the body", "[swing] {limb}"), SPORT, "arm"),
    "slap": Wording(("[slap]", "[slap] the air"), SPORT, "hand"),
    "pull": Wording(("[pull]", "[pull] something closer"), OBJECT, "hand"),
    "fall": Wording(("[fall]",), ACCIDENT),
    "pick_up": Wording(
        ("[pick] something up", "[pick] up something", "[bend] down and [pick] something up"), OBJECT, "hand"
    ),
    "put_down": Wording(
        ("[put] something down", "[place] something down", "[bend] down and [put] something down"),
        OBJECT,
        "hand",
    ),
    "reach": Wording(("[reach] out",), OBJECT, "hand"),
    "lift": Wording(("[lift] something", "[lift] something up"), OBJECT, "hand"),
    "carry": Wording(("[carry] something", "[hold] something"), OBJECT, "hand"),
    "catch": Wording(("[catch] something",), OBJECT, "hand"),
    "sweep": Wording(("[sweep]", "[sweep] the floor", "[sweep] with a broom"), OBJECT),
    "drink": Wording(("[drink]", "[take] a drink", "[drink] from a cup"), OBJECT, "hand"),
    "phone": Wording(("[make] a phone call", "[talk] on the phone"), SIGNAL, "hand"),
    "touch_face": Wording(("[touch] their face",), BODY_CARE, "hand", ("[bring] {limb} to their face",)),
    "wave": Wording(("[wave]",), SIGNAL, "hand", ("[wave] {limb}", "[wave] {limb} in the air")),
    "clap": Wording(("[clap]", "[clap] their hands"), SIGNAL),
    "point": Wording(("[point]", "[point] forward"), SIGNAL, "hand"),
    "beckon": Wording(("[beckon]", "[beckon] someone else closer"), SIGNAL, "hand"),
    "raise": Wording(("[raise] {limb}", "[lift] {limb} up"), SIGNAL, "arm"),
    "circle": Wording(("[circle] {limb}", "[move] {limb} in a circle"), SIGNAL, "arm"),
    "bow": Wording(
        ("[bow]", "[take] a bow", "[make] a bow"),
        SIGNAL,
        counted=("[bow]", "[bow] forward", "[bow] down"),
    ),
    "nod": Wording(("[nod]", "[nod] their head"), SIGNAL),
    "shake_head": Wording(("[shake] their head",), SIGNAL),
    "stretch": Wording(("[stretch]", "[stretch] both arms"), BODY_CARE),
    "shrug": Wording(("[shrug]", "[shrug] their shoulders"), SIGNAL),
    "salute": Wording(("[salute]", "[give] a salute"), SIGNAL, "hand", counted=("[salute]",)),
    "cross_arms": Wording(("[cross] their arms", "[fold] their arms"), SIGNAL),
    "jumping_jack": Wording(
        ("[do] jumping jacks", "[perform] jumping jacks"),
        TRAINING,
        counted=("[do] {n} jumping jack{s}", "[perform] {n} jumping jack{s}"),
    ),
    "squat": Wording(
        ("[do] squats", "[squat]"), TRAINING, counted=("[do] {n} squat{s}", "[perform] {n} squat{s}")
    ),
    "lunge": Wording(("[do] lunges",), TRAINING, counted=("[do] {n} lunge{s}", "[perform] {n} lunge{s}")),
    "arm_circle": Wording(
        ("[do] arm circles", "[circle] both arms"), TRAINING, counted=("[do] {n} arm circle{s}",)
    ),
    "side_bend": Wording(
        ("[do] side bends", "[bend] sideways"), TRAINING, counted=("[do] {n} side bend{s}",)
    ),
    "toe_touch": Wording(("[touch] their toes", "[bend] down and [touch] their toes"), TRAINING),
    "twist": Wording(("[twist] their upper body", "[twist] from side to side"), TRAINING),
    "high_knees": Wording(
        ("[do] high knees", "[lift] their knees high"), TRAINING, counted=("[do] {n} high knees",)
    ),
    "dance_sway": Wording(("[dance] in place", "[sway] from side to side"), TRAINING),
    "dance_step": Wording(
        ("[do] dance steps", "[dance] from side to side"), TRAINING, counted=("[do] {n} dance step{s}",)
    ),
    "sit_up": Wording(("[do] sit ups",), TRAINING, counted=("[do] {n} sit up{s}", "[perform] {n} sit up{s}")),
    "push_up": Wording(
        ("[do] push ups",), TRAINING, counted=("[do] {n} push up{s}", "[perform] {n} push up{s}")
    ),
    "stand": Wording(("[stand] still", "[stay] still"), BODY_CARE),
    # Labels of recorded clips, which no script has.
    "dance": Wording(("[dance]",), TRAINING),
    "cartwheel": Wording(("[do] a cartwheel", "[perform] a cartwheel"), TRAINING),
    "flip": Wording(("[do] a flip", "[perform] a flip"), TRAINING),
    "roll": Wording(("[do] a roll", "[roll]"), TRAINING),
    "get_up": Wording(("[get] up from the floor", "[rise] from the floor"), POSTURE),
    "walk_style": Wording(("[walk] in an unusual way",), MOVING),
    "throw_swing": Wording(("[do] a throwing swing",), SPORT),
    "aerial_spin": Wording(("[spin] through the air",), TRAINING),
    "dab": Wording(("[do] a dab",), SIGNAL),
}
"""activity or clip label -> its wording."""


def inflect(phrase: str, form: Form) -> str:
    """Put the bracketed verbs of a phrase into a form."""

    def replaced(match: re.Match[str]) -> str:
        verb = match.group(1)
        return verb if form == "base" else VERBS[verb][form == "gerund"]

    return re.sub(r"\[(\w+)\]", replaced, phrase)


def wording_of(label: str) -> Wording:
    """The wording of an activity or clip label; an unknown label is said as it stands."""
    known = WORDINGS.get(label)
    return known if known is not None else Wording((f"[do] {label.replace('_', ' ').lower().strip()}",), "")


@lru_cache(maxsize=1024)
def activity_answer(label: str) -> str:
    """The short answer that names an activity: "waving", "sitting down", "doing squats"."""
    return inflect(wording_of(label).cores[0].replace("{limb}", "an arm"), "gerund")


def times_words(count: int) -> str:
    """ "once", "twice", "three times"."""
    return ("once", "twice")[count - 1] if count in (1, 2) else f"{NUMBER_WORDS[count]} times"


def limb_words(limb: str, side: str) -> str:
    """ "the left hand", "both hands"; an empty side gives "one hand"."""
    if side == "both":
        return f"both {limb}s"
    return f"the {side} {limb}" if side else f"one {limb}"
