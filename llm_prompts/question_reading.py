"""A question's words as what it asks: which fact, of which activity. The kind that a pair names is not looked at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from .caption_reading import FUNCTION_WORDS
from .claims import ARM_WORDS, CLAIM_WORDS, LEG_WORDS
from .lexicon import find_mentions, labels_said, tokens_of
from .lexicon_phrases import word_set
from .qa_compare import FEET, HANDS
from .qa_items import SEQUENCE_LINK
from .qa_measured import CANNOT_TELL
from .qa_view import ACROSS, ALONG
from .wording import INTENTS, NUMBER_WORDS, WORDINGS, activity_answer

QUESTION_WORDS = word_set(
    "what which who when where how does do did is are was can could whether if many much far long fast often "
    "there main mainly category best fits fit describes kind type purpose for actions action activity "
    "activities things movement movements different number sequence order follow follows following another "
    "earlier later afterwards happen happens occur occurs take takes last lasts longer shorter more less time "
    "compared compare compares with than at start end ends beginning any point during whole recording clip "
    "hips hip pelvis height lower higher nearer closer farther further radar antenna doppler view beam along "
    "across tell see sees show shows turned travel travels travelling move moves go goes come comes path lead "
    "leads way curve distance between floor lie lies lying place stay stays one same uses used use done be "
    "speed pace faster slower reach moving doing person's just right directly immediately total seconds "
    "meters rate feet hands ever or and of in to the a it so from this that as but gets finish finishes "
    "nearest approach approaches retreat whilst only one's left side sides direction observed shown motion "
    "be being known told tells first last second third next perform performed performs has have away back"
)
_UNSEEN_WORDS = word_set(
    "color colour clothes clothing shirt hair smiling smile name glasses looking wear wears wearing eyes"
)
_NEGATIONS = word_set("not no never without nor neither cannot n't except")
_LIMB_WORDS = word_set("hand arm leg fist")
# What a question may presuppose without being asked for it: nobody checks it there, so it may not be said.
_CLAIMS_ANYWHERE = word_set(
    "left right both once twice thrice slowly quickly fast slow quick rapidly several repeatedly man woman he she him "
    "his her himself herself"
) | (frozenset(NUMBER_WORDS) - {"one"})
_CLAIMS_OUTSIDE = word_set(
    "forward backward up down high low sideways place floor ground chair seat straight curve path back towards "
    "toward away around full half quarter threequarter far fast again spot clockwise counterclockwise "
    "purpose"
)
# Words that narrow a question to a part of the motion, or to nothing else than it: "only", "at the end", "which legs".
_NARROWS = word_set(
    "only but just whole first second third same stop stops stopping keep keeps keeping continue continues "
    "continuing start starts starting beginning end ends ending finish finishes hands arms fists legs feet "
    "before after earlier later higher lower faster slower longer shorter more less from seconds meters"
)
_ENDS = word_set("start starts beginning end ends finish finishes")
_TWO_SIDES = word_set("left right")
_WAYS = word_set("left right forward backward sideways back far")
_MAY_SAY: dict[str, frozenset[str]] = {
    "intent": word_set("purpose"),
    "side": _TWO_SIDES | word_set("both hands arms fists legs feet"),
    "turn_side": _TWO_SIDES,
    "curve": _TWO_SIDES | {"curve", "path"},
    "fall_way": _WAYS,
    "move_way": _WAYS,
    "pace": word_set("fast slow slowly quickly"),
    "travel": word_set("place floor one spot same"),
    "view_side": _TWO_SIDES | word_set("only just from hands arms fists legs feet"),
    "view_speed": word_set("fast only just from"),
    "view_radial": word_set("away towards toward only just from"),
    "radial": word_set("away towards toward far up from") | _ENDS,
    "distance": word_set("far away from meters") | _ENDS,
    "angle": word_set("far around whole from") | _ENDS,
    "height": word_set("same higher lower from") | _ENDS,
    "duration": word_set("whole from seconds") | _ENDS,
    "limbs": word_set("hands feet faster slower higher lower"),
    "beam": word_set("path"),
    "action_count": word_set("after"),
    "sequence": word_set("after"),
    "goes_down": word_set("down lower"),
    "on_floor": word_set("floor ground down") | _ENDS,
    "first": word_set("first"),
    "next": word_set("right just first after"),
    "previous": word_set("right just before"),
    "before": word_set("before after"),
    "longer": word_set("longer shorter more less"),
    "faster": word_set("faster slower"),
    "lower": word_set("lower higher"),
}
"""Topic -> words that would presuppose something elsewhere, and belong to the question there."""
_VIEW_WORDS = word_set("doppler radar antenna view")


@dataclass(frozen=True)
class Query:
    """What is asked: a topic, the activities that the question names, and whether the smaller one is asked for."""

    topic: str
    labels: tuple[frozenset[str], ...] = ()
    inverse: bool = False


@lru_cache(maxsize=8192)
def read_question(text: str, options: tuple[str, ...], label: str | None = None) -> Query | None:
    """What a question asks; None where its words are not all known, or do not fit its options.

    A clip may bring a `label` that no wording knows: its name is read as it stands.
    """
    named: tuple[frozenset[str], ...] = ()
    if label is not None and label not in WORDINGS and activity_answer(label) in text:
        named, text = (frozenset((label,)),), text.replace(activity_answer(label), " ")
    tokens = [token for token in tokens_of(text) if token not in (",", ".", "?", "'", '"')]
    words = set(tokens)
    if not tokens or text.count("?") > 1:
        return None
    shape = _shape(options)
    if shape == "unseen":
        known = words <= QUESTION_WORDS | FUNCTION_WORDS | _UNSEEN_WORDS
        return Query("unseen") if known and words & _UNSEEN_WORDS else None
    mentions = find_mentions(tokens)
    inside = {place for mention in mentions for place in range(mention.start, mention.end)}
    outside = {token for place, token in enumerate(tokens) if place not in inside}
    if not outside <= QUESTION_WORDS | FUNCTION_WORDS | CLAIM_WORDS or words & _NEGATIONS:
        return None
    # "move", "do ... at the end" and the like name no activity of a script.
    labels = named + tuple(mention.labels for mention in mentions if mention.labels != {"move"})
    reader = _READERS.get(shape)
    query = reader(words, labels, tokens) if reader is not None else None
    if query is None or (query.topic != "limbs" and _names_other_limb(words, labels)):
        return None
    presupposed = (words & _CLAIMS_ANYWHERE) | (outside & (_CLAIMS_OUTSIDE | _NARROWS))
    return query if presupposed <= _MAY_SAY.get(query.topic, frozenset()) else None


def _names_other_limb(words: set[str], labels: Sequence[frozenset[str]]) -> bool:
    """Whether a question presupposes a limb that its activity is not done with: "how often do they wave a leg?"."""
    limbs = {WORDINGS[label].limb for group in labels for label in group if label in WORDINGS}
    if not limbs or "" in limbs:
        return False
    return bool((words & LEG_WORDS and "leg" not in limbs) or (words & ARM_WORDS and limbs == {"leg"}))


def _shape(options: Sequence[str]) -> str:
    """What the closed set of answers is about."""
    said, text = set(options), " | ".join(options)
    words = set(text.split())
    fixed = (
        ("yes_no", {"yes", "no"}), ("left_right", {"left", "right"}), ("side", {"left", "right", "both"}),
        ("limbs", {HANDS, FEET}), ("beam", {ALONG, ACROSS}), ("number", set(NUMBER_WORDS)), ("intent", set(INTENTS)),
        ("ways", {"forward", "backward", "left", "right", "down"}),
    )  # fmt: skip
    if CANNOT_TELL in said:
        return "unseen"
    for name, answers in fixed:
        if said <= answers:
            return name
    for name, word in (
        ("radial", "radar"), ("distance", "meters"), ("duration", "seconds"), ("angle", "turn"), ("pace", "quickly"),
        ("height", "height"), ("travel", "travels"),
    ):  # fmt: skip
        if word in words:
            return name
    if any(SEQUENCE_LINK in option for option in options):
        return "sequence"
    return "activity" if all(labels_said(option) for option in options) else ""


Labels = tuple[frozenset[str], ...]


def _number(words: set[str], labels: Labels, tokens: list[str]) -> Query | None:
    if not {"how", "many"} <= words and "number" not in words and not {"how", "often"} <= words:
        return None
    if not labels:
        if "after" in words and "another" not in words:  # "one after another" asks for all of them
            return None
        about = words & {"actions", "activities", "things", "movements", "action"}
        return Query("action_count") if about else None
    return Query("count", labels) if len(labels) == 1 and not words & {"actions", "activities"} else None


def _side(words: set[str], labels: Labels, tokens: list[str]) -> Query | None:
    about = words & {"which", "left", "right", "side"}
    return Query("side", labels) if len(labels) == 1 and about else None


def _left_right(words: set[str], labels: Labels, tokens: list[str]) -> Query | None:
    if words & {"curve", "path"}:
        return Query("curve")
    turning = len(labels) == 1 and "turn" in labels[0]
    return (
        Query("turn_side")
        if turning and words & {"direction", "side", "way", "which", "left", "right"}
        else None
    )


def _ways(words: set[str], labels: Labels, tokens: list[str]) -> Query | None:
    if not words & {"direction", "way", "where", "which"}:
        return None
    if len(labels) == 1 and "fall" in labels[0]:
        return Query("fall_way")
    travelling = words & {"move", "moves", "moving", "go", "goes", "travel", "travels"}
    return Query("move_way", labels) if (travelling and not labels) or len(labels) == 1 else None


def _is_backwards(tokens: list[str]) -> bool:
    """Whether the start is compared with the end: "lower at the start than at the end"."""
    compared = [
        place for place, token in enumerate(tokens) if token in ("than", "with", "compare", "compared")
    ]
    return any({"end", "ends", "finish"} & set(tokens[place + 1 : place + 4]) for place in compared)


def _radial(words: set[str], labels: Labels, tokens: list[str]) -> Query | None:
    about = {"nearer", "closer", "farther", "further", "away", "towards", "toward", "approach", "approaches"}
    begins = words & {"start", "starts", "beginning"} and not words & {"end", "ends", "finish", "finishes"}
    if begins or _is_backwards(tokens):
        return None
    return Query("radial") if words & about and not labels else None


def _distance(words: set[str], labels: Labels, tokens: list[str]) -> Query | None:
    ends = words & {"start", "beginning"} and words & {"end", "ends", "finish", "finishes"}
    return Query("distance") if ends and words & {"far", "distance"} and not labels else None


def _duration(words: set[str], labels: Labels, tokens: list[str]) -> Query | None:
    about = words & {"long", "seconds", "time"}
    whole = words & {"motion", "recording", "clip", "whole", "movement"}
    return Query("duration") if about and whole and not labels else None


def _angle(words: set[str], labels: Labels, tokens: list[str]) -> Query | None:
    about = words & {"turned", "turn", "turns"} and words & {"far", "much", "how"}
    return Query("angle") if about and words & {"end", "start", "whole"} else None


def _pace(words: set[str], labels: Labels, tokens: list[str]) -> Query | None:
    about = words & {"fast", "pace", "speed", "quickly", "rate"}
    return Query("pace", labels) if about and len(labels) == 1 else None


def _height(words: set[str], labels: Labels, tokens: list[str]) -> Query | None:
    about = words & {"hips", "pelvis", "hip"} and words & {"end", "ends"} and words & {"start", "beginning"}
    return Query("height") if about and not labels and not _is_backwards(tokens) else None


def _travel(words: set[str], labels: Labels, tokens: list[str]) -> Query | None:
    return (
        Query("travel")
        if words & {"travel", "travels", "move"} and words & {"stay", "stays", "place"}
        else None
    )


def _limbs(words: set[str], labels: Labels, tokens: list[str]) -> Query | None:
    if not {"hands", "feet"} <= words or not words & {"faster", "slower", "higher", "lower"}:
        return None
    if words & {"higher", "lower"} and "speed" not in words:
        return None
    return Query("limbs", (), bool(words & {"slower", "lower"}))


def _beam(words: set[str], labels: Labels, tokens: list[str]) -> Query | None:
    return Query("beam") if {"along", "across"} <= words and not labels else None


def _intent(words: set[str], labels: Labels, tokens: list[str]) -> Query | None:
    about = "purpose" in words or {"kind", "activity"} <= words or {"type", "activity"} <= words
    plainly = {"motion", "for"} <= words and "what" in words
    return Query("intent") if (about or plainly) and not labels else None


def _sequence(words: set[str], labels: Labels, tokens: list[str]) -> Query | None:
    about = words & {"order", "sequence", "follow", "follows", "another"}
    if "after" in words and "another" not in words:
        return None
    return Query("sequence") if about and not labels else None


def _activity(words: set[str], labels: Labels, tokens: list[str]) -> Query | None:
    if len(labels) == 2:
        for topic, more, less in (
            ("longer", {"longer", "more"}, {"shorter", "less"}),
            ("faster", {"faster"}, {"slower"}),
            ("lower", {"lower"}, {"higher"}),
        ):
            said = words & (more | less)
            if said and (topic != "longer" or words & {"takes", "take", "lasts", "last", "time"}):
                return Query(topic, labels, bool(said & less))
        return None
    if len(labels) == 1:
        if words & {"after", "follows"}:
            return Query("next", labels)
        return Query("previous", labels) if "before" in words else None
    if words & {"first", "last", "finally"}:
        return Query("first" if "first" in words else "last") if not {"first", "last"} <= words else None
    return Query("main") if words & {"main", "mainly", "best"} else None


def _yes_no(words: set[str], labels: Labels, tokens: list[str]) -> Query | None:
    if words & _VIEW_WORDS and words & {"tell", "see", "sees", "show", "shows", "known", "told"}:
        return _view(words, labels)
    if words & {"hips", "pelvis", "hip"}:
        return (
            Query("goes_down")
            if words & {"down", "lower"} and not words & {"start", "end", "higher"}
            else None
        )
    if "floor" in words and words & {"end", "ends", "finish", "finishes", "last"}:
        lying = not labels or (len(labels) == 1 and "lie_down" in labels[0])
        return Query("on_floor") if lying else None
    if words & {"end", "ends", "start", "beginning"}:
        return None
    if len(labels) == 2 and len(words & {"before", "after"}) == 1:
        return Query("before", labels if "before" in words else labels[::-1])
    if len(labels) != 1 or words & {"before", "after", "first", "last", "how", "many"}:
        return None
    if words & {"main", "mainly"}:
        return Query("is_main", labels)
    return Query("presence", labels)


def _view(words: set[str], labels: Labels) -> Query | None:
    if words & {"fast", "speed"}:
        return (
            Query("view_speed")
            if not labels and words & {"travel", "travels", "travelling", "person"}
            else None
        )
    if words & {"closer", "nearer"} and not labels:
        return Query("view_radial")
    sided = "side" in words or {"left", "right"} <= words or ("which" in words and words & _LIMB_WORDS)
    return Query("view_side", labels) if sided and len(labels) == 1 else None


_READERS = {
    "yes_no": _yes_no, "side": _side, "left_right": _left_right, "ways": _ways, "limbs": _limbs, "beam": _beam,
    "number": _number, "intent": _intent, "radial": _radial, "distance": _distance, "duration": _duration,
    "angle": _angle, "pace": _pace, "height": _height, "travel": _travel, "sequence": _sequence, "activity": _activity,
}  # fmt: skip
