"""What a question may be answered from: script and measurement of one sample, or label and measurement of a clip."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from simulator.motion.script import Gesture, Idle, Locomote, Reach, Step, step_activity

from .confirmation import Grounding
from .facts import SampleFacts
from .lexicon import labels_said
from .question_reading import Query


@dataclass(frozen=True)
class Known:
    """What a question is answered from."""

    grounding: Grounding | None
    facts: SampleFacts
    label: str | None
    options: tuple[str, ...]

    @property
    def actions(self) -> list[tuple[int, Step]]:
        """The script's steps in which anything happens (the first if there is none), with their places."""
        if self.grounding is None:
            return []
        steps = list(enumerate(self.grounding.script.steps))
        layered = {layer.start_step for layer in self.grounding.script.layers}
        return [item for item in steps if item[0] in layered or not isinstance(item[1], Idle)] or steps[:1]

    def only(self, labels: frozenset[str], counted: bool = False) -> tuple[int, Step] | None:
        """The one step (with a count, if so asked) that the labels mean; None if none or several do."""
        found = [item for item in self.actions if step_activity(item[1]) in labels]
        found = [item for item in found if not counted or hasattr(item[1], "count")]
        layered = any(step_activity(layer) in labels for layer in self._layers())
        return found[0] if len(found) == 1 and not layered else None

    def _layers(self) -> list[Gesture | Reach]:
        return (
            [layer.primitive for layer in self.grounding.script.layers] if self.grounding is not None else []
        )

    @property
    def present(self) -> list[str]:
        """Labels of all that happens."""
        if self.grounding is None:
            return [self.label] if self.label else []
        curved = any(isinstance(step, Locomote) and step.turn_deg for _, step in self.actions)
        parts = [step for _, step in self.actions] + list(self._layers())
        return [step_activity(part) for part in parts] + ["turn"] * curved

    def option_of(self, label: str | None) -> str | None:
        """The option that names an activity."""
        found = [option for option in self.options if label is not None and label in labels_said(option)]
        return found[0] if len(found) == 1 else None

    def measured(self, fact: str, index: int) -> float | None:
        """A measured number of a step."""
        text = self.grounding.measured(fact, index) if self.grounding is not None else None
        return float(text.split()[0]) if text is not None else None

    def doubted(self, fact: str, index: int) -> bool:
        return self.grounding is not None and (fact, index) in self.grounding.doubts


def yes_or_no_word(truth: bool) -> str:
    """The answer to a yes-or-no question."""
    return "yes" if truth else "no"


Answerer: TypeAlias = Callable[[Known, Query], str | None]
"""Gives one of the options, or None where the facts do not decide."""
