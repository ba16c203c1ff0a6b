"""Colour, where it is wanted: plain functions of text, so that reports stay values."""

from __future__ import annotations

from typing import NamedTuple

from iac_imds_lint.finding import Severity
from iac_imds_lint.model import Posture

_RED, _GREEN, _YELLOW, _BLUE, _BOLD = "31", "32", "33", "34", "1"


class Style(NamedTuple):
    """Whether to colour. Every method takes text and gives it back, perhaps wrapped in escape sequences."""

    colour: bool = False

    def _wrap(self, text: str, *codes: str) -> str:
        return f"\x1b[{';'.join(codes)}m{text}\x1b[0m" if self.colour and text else text

    def bold(self, text: str) -> str:
        """Text that stands out."""
        return self._wrap(text, _BOLD)

    def frame(self, text: str) -> str:
        """Line numbers and rules around source text."""
        return self._wrap(text, _BLUE)

    def severity(self, text: str, severity: Severity) -> str:
        """Text in the colour of a severity."""
        colours = {Severity.ERROR: _RED, Severity.WARNING: _YELLOW, Severity.INFO: _BLUE}
        return self._wrap(text, colours[severity], _BOLD)

    def posture(self, text: str, posture: Posture) -> str:
        """Text in the colour of a posture."""
        colours = {Posture.V1_ALLOWED: _RED, Posture.UNKNOWN: _YELLOW}
        return self._wrap(text, colours.get(posture, _GREEN))
