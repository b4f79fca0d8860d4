"""Zero-shot class prompts: how an activity label is put to a text tower."""

from __future__ import annotations

from .wording import inflect, wording_of


def activity_prompts(label: str) -> list[str]:
    """Sentences that name one activity in the words of captions, for averaging their embeddings.

    Args:
        label: an activity of the motion scripts or the label of a recorded clip; an unknown label is
            said as it stands.
    """
    prompts: list[str] = []
    for core in wording_of(label).cores:
        phrase = core.replace("{limb}", "one arm")
        finite, gerund = inflect(phrase, "finite"), inflect(phrase, "gerund")
        prompts += [
            f"a person {finite}",
            f"the person {finite}",
            f"someone {finite}",
            f"a person is {gerund}",
            f"someone is {gerund}",
        ]
    return prompts
