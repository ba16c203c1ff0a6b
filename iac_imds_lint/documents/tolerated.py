"""What can be read of a broken text."""

from __future__ import annotations

from typing import NamedTuple

from iac_imds_lint.documents.node import Node
from iac_imds_lint.source import Problem, Span


class Tolerated(NamedTuple):
    """What is left of a broken text: its documents, what was wrong first, and the places of what is left out."""

    documents: tuple[Node, ...]
    problem: Problem
    left_out: tuple[Span, ...]

    @property
    def told(self) -> Problem:
        """The problem, which says what is left out."""
        return self.problem._replace(left_out=self.left_out)
