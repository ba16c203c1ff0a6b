"""What a declaration admits in the place of a literal: whether another value may be written there."""

from __future__ import annotations

import re
from math import inf
from typing import NamedTuple

# A pattern that is nothing but words to choose from. What others match is not asked: a pattern may take for ever.
_WORDS = re.compile(r"\^?(?:\((?:\?:)?)?([\w-]+(?:\|[\w-]+)*)\)?\$?", re.ASCII)


class Range(NamedTuple):
    """The least and the most that is admitted; not a number where that cannot be read."""

    least: float = -inf
    most: float = inf

    def holds(self, number: float) -> bool:
        """Whether a number is in it."""
        return self.least <= number <= self.most


class Limits(NamedTuple):
    """What ``owner`` ("parameter Tokens") admits: ``values`` where any are named, what matches all of ``pattern``,
    texts of a length, and, where it has to be a number, numbers of a size.
    """

    owner: str
    values: tuple[str, ...] | None = None
    pattern: str = ""
    lengths: Range = Range()
    numbers: Range | None = None

    def refusal(self, text: str) -> str:
        """Why a text is not admitted, as a clause; empty where it is."""
        shown = text if text in ("true", "false") else f'"{text}"'
        if self.values is not None and text not in self.values:
            return f"{self.owner} does not allow {shown}"
        if self.pattern and text not in _alternatives(self.pattern):
            return f"{self.owner} has an AllowedPattern that {shown} may not match"
        if not self.lengths.holds(len(text)):
            return f"{self.owner} has a MinLength or MaxLength that {shown} does not meet"
        if self.numbers is not None and not (text.isdecimal() and self.numbers.holds(int(text))):
            return f"{self.owner} is a Number, and does not take {shown}"
        return ""


def _alternatives(pattern: str) -> tuple[str, ...]:
    words = _WORDS.fullmatch(pattern)
    return tuple(words[1].split("|")) if words else ()
