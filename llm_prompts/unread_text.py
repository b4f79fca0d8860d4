"""A text from which words are taken as they are understood, so that what is left was not."""

from __future__ import annotations

import re
from dataclasses import dataclass

AROUND = 40


@dataclass(frozen=True)
class Found:
    """One match: its text, its groups, and what stands around it in the whole text, all in lower case."""

    text: str
    groups: tuple[str, ...]
    before: str
    after: str


class UnreadText:
    """Words of a text that nothing has understood yet."""

    def __init__(self, text: str) -> None:
        self._whole = text.lower()
        self._left = self._whole

    def take(self, pattern: str) -> list[Found]:
        """All matches of a pattern as whole words; they count as read from now on."""
        found = []
        for match in re.finditer(rf"(?<![\w-])(?:{pattern})(?![\w-])", self._left):
            start, end = match.span()
            before, after = self._whole[max(0, start - AROUND) : start], self._whole[end : end + AROUND]
            found.append(Found(match.group(0), tuple(group or "" for group in match.groups()), before, after))
        for one in found:
            self.forget(one.text)
        return found

    def forget(self, text: str) -> None:
        """Count the first place where this text is left as read."""
        place = self._left.find(text)
        if place >= 0:
            self._left = self._left[:place] + " " * len(text) + self._left[place + len(text) :]

    def left(self, fillers: str) -> list[str]:
        """Words that are left, without those that ask for nothing by themselves."""
        words = re.findall(r"[^\W_]+(?:[.'-][^\W_]+)*%?", self._left)
        return [word for word in dict.fromkeys(words) if not re.fullmatch(fillers, word)]
