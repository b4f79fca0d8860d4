"""Answers that follow from the measurement alone; ranges are read from the words of the options."""

from __future__ import annotations

import re
from collections.abc import Sequence

from .known_facts import Answerer, Known, yes_or_no_word
from .qa_compare import FASTER, FEET, HANDS, limb_speeds
from .qa_measured import CANNOT_TELL, LYING
from .qa_view import ACROSS, ACROSS_SHARE, ALONG, ALONG_SHARE, CLEAR_RADIAL_M, beam_share
from .question_reading import Query
from .wording import NUMBER_WORDS

CLEAR_RISE_M, LEVEL_M = 0.25, 0.06
LYING_BELOW_M, UPRIGHT_ABOVE_M = 0.4, 0.6
LOWERED_M, KEPT_M = 0.25, 0.1
STILL_RADIAL_M = 0.15
TRAVELS_M, STAYS_M, STAYS_PATH_M = 1.0, 0.35, 0.8
QUARTERS_DEG = {"not at all": 0.0, "quarter": 90.0, "half": 180.0, "full": 360.0}
MAX_TURN_OFF_DEG = 35.0


def _limbs(known: Known, query: Query) -> str | None:
    speeds = limb_speeds(known.facts)
    if speeds is None or max(speeds) < FASTER * min(speeds):
        return None
    return HANDS if (speeds[0] > speeds[1]) != query.inverse else FEET


def _radial(known: Known, query: Query) -> str | None:
    moved = known.facts.radial_displacement_m
    if abs(moved) <= STILL_RADIAL_M:
        return next((option for option in known.options if "radar" not in option), None)
    word = "away" if moved >= CLEAR_RADIAL_M else "towards" if moved <= -CLEAR_RADIAL_M else "?"
    return next((option for option in known.options if word in option), None)


def _beam(known: Known, query: Query) -> str | None:
    share = beam_share(known.facts)
    if share is None or ACROSS_SHARE < share < ALONG_SHARE:
        return None
    return ALONG if share >= ALONG_SHARE else ACROSS


def _view_speed(known: Known, query: Query) -> str | None:
    way = _beam(known, query)
    return None if way is None else yes_or_no_word(way == ALONG)


def _view_radial(known: Known, query: Query) -> str | None:
    return "yes" if abs(known.facts.radial_displacement_m) >= CLEAR_RADIAL_M else None


def _view_side(known: Known, query: Query) -> str | None:
    """Left and right mirror into the same Doppler spectrum of one antenna, whatever the motion."""
    return "no" if query.labels[0] & set(known.present) else None


def _distance(known: Known, query: Query) -> str | None:
    return _in_words(known.options, known.facts.net_displacement_m, 0.1, 0.2)


def _duration(known: Known, query: Query) -> str | None:
    return _in_words(known.options, known.facts.duration_s, 0.0, 0.1)


def _in_words(options: Sequence[str], value: float, below: float, above: float) -> str | None:
    """The option whose range in words holds a value: "less than two meters", "two to four meters" ...

    A value within `below` under or `above` over an end that two ranges share decides for neither, but where it
    is the lower end itself.
    """
    numbers = {word: number for number, word in enumerate(NUMBER_WORDS)}
    found = []
    for option in options:
        ends = [float(numbers[word]) for word in re.findall(r"[a-z]+", option) if word in numbers]
        low, high = (
            (0.0, ends[0]) if "less" in option else (ends[0], 1e9) if "more" in option else tuple(ends[:2])
        )
        if low <= value <= high:
            found.append(option)
    return found[0] if len(found) == 1 else found[-1] if found and below == 0.0 else None


def _angle(known: Known, query: Query) -> str | None:
    turned = abs(known.facts.net_turn_deg)
    for word, angle in QUARTERS_DEG.items():
        if abs(turned - angle) <= MAX_TURN_OFF_DEG:
            return next((option for option in known.options if word in option), None)
    return None


def _height(known: Known, query: Query) -> str | None:
    rise = known.facts.pelvis_height_end_m - known.facts.pelvis_height_start_m
    if abs(rise) <= LEVEL_M:
        return next((option for option in known.options if "same" in option), None)
    return None if abs(rise) < CLEAR_RISE_M else "higher" if rise > 0 else "lower"


def _goes_down(known: Known, query: Query) -> str | None:
    lowered = known.facts.pelvis_height_start_m - known.facts.pelvis_height_min_m
    return None if KEPT_M < lowered < LOWERED_M else yes_or_no_word(lowered >= LOWERED_M)


def _on_floor(known: Known, query: Query) -> str | None:
    height = known.facts.pelvis_height_end_m
    if height <= UPRIGHT_ABOVE_M and (height >= LYING_BELOW_M or known.facts.posture_end not in LYING):
        return None
    return yes_or_no_word(height < LYING_BELOW_M)


def _travel(known: Known, query: Query) -> str | None:
    net, path = known.facts.net_displacement_m, known.facts.path_length_m
    if net >= TRAVELS_M:
        return next((option for option in known.options if "travels" in option), None)
    stays = net <= STAYS_M and path <= STAYS_PATH_M
    return next((option for option in known.options if "stays" in option), None) if stays else None


def _unseen(known: Known, query: Query) -> str | None:
    return CANNOT_TELL


MEASURED_ANSWERS: dict[str, Answerer] = {
    "limbs": _limbs, "radial": _radial, "beam": _beam, "view_speed": _view_speed, "view_radial": _view_radial,
    "view_side": _view_side, "distance": _distance, "duration": _duration, "angle": _angle, "height": _height,
    "goes_down": _goes_down, "on_floor": _on_floor, "travel": _travel, "unseen": _unseen,
}  # fmt: skip
"""What is asked -> how it is answered."""
