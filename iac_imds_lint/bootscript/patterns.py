"""Languages that are read by patterns: PowerShell, batch, Python and the rest."""

from __future__ import annotations

from iac_imds_lint.script import Looked, Part


def look(part: Part) -> Looked:
    """The calls in a script of any language but the shell's."""
    return Looked()
