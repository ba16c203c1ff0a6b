"""What a migration leaves to do by hand, and what it takes for granted, gathered while it is written."""

from __future__ import annotations

from typing import NamedTuple

from iac_imds_lint.edit import Step
from iac_imds_lint.source import Span


class Ledger(NamedTuple):
    """Steps and notes in the order in which they were met; each is kept once."""

    steps: dict[Step, None]
    notes: dict[str, None]

    @classmethod
    def new(cls) -> Ledger:
        """An empty one."""
        return cls({}, {})

    def by_hand(self, span: Span, message: str) -> None:
        """Add a step."""
        self.steps[Step(span, message)] = None

    def note(self, message: str) -> None:
        """Add a note."""
        self.notes[message] = None

    def add(self, other: Ledger) -> None:
        """Add what another one holds."""
        self.steps.update(other.steps)
        self.notes.update(other.notes)
