"""What comments, metadata of templates and other tools' comments ask to be ignored, before it is known what they cover.

One value for all of them, so that what reads them knows nothing of findings, and what applies them nothing of dialects.
"""

from __future__ import annotations

import re
from datetime import date
from typing import NamedTuple, TypeAlias

from iac_imds_lint.finding import Hiding, Suppression
from iac_imds_lint.source import Span

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class Code(NamedTuple):
    """The code of a rule, and the place where it is written, or the word of another tool that stands for it."""

    code: str
    span: Span


class Rows(NamedTuple):
    """Covers findings that stand on these rows of its file, or whose options or resource begin there."""

    rows: frozenset[int]


class Exactly(NamedTuple):
    """Covers findings whose own place begins on a row from the first to the last of these, of its file."""

    first: int
    last: int


class Inside(NamedTuple):
    """Covers findings of the resources that begin in this range of its file; those of none, by their own place."""

    body: Span


class WholeFile(NamedTuple):
    """Covers the findings whose own place is in its file, but not those of what could not be judged."""


Reach: TypeAlias = Rows | Exactly | Inside | WholeFile


class Until(NamedTuple):
    """The last day on which a directive counts, and the place where it is written."""

    day: date
    span: Span


def day_of(text: str) -> date | None:
    """The day that a text is, written YYYY-MM-DD; None where it is none."""
    try:
        return date(*map(int, text.split("-"))) if _DAY.fullmatch(text) else None
    except ValueError:
        return None


class Directive(NamedTuple):
    """What asks for codes to be ignored. ``span`` is where it stands: the comment from its mark to its end, or the
    member of a template's metadata.

    ``tool`` is the other tool that it was written for: such a one is asked neither for its use nor for a reason.
    ``in_script`` says that it may be a script's comment: it covers what is found in scripts, and is not asked for its
    use.
    """

    span: Span
    codes: tuple[Code, ...]
    reach: Reach
    hiding: Hiding = Hiding.COMMENT
    reason: str = ""
    until: Until | None = None
    tool: str = ""
    in_script: bool = False

    @property
    def suppression(self) -> Suppression:
        """What it is to a finding that it covers."""
        until = self.until.day if self.until is not None else None
        return Suppression(self.hiding, self.span, self.reason, until, self.tool)

    def counts(self, today: date | None) -> bool:
        """Whether it is not past its last day."""
        return self.until is None or today is None or today <= self.until.day


class Mistake(NamedTuple):
    """What was meant to be a directive, or part of one, and means nothing: where it is, and what to write instead."""

    span: Span
    message: str


Said: TypeAlias = Directive | Mistake
