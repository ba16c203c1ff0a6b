"""All languages but the shell's: each by its own reader."""

from __future__ import annotations

from iac_imds_lint.bootscript.hosts import is_of_interest
from iac_imds_lint.script import Language, Looked, Part


def look(part: Part) -> Looked:
    """The calls in a script of any language but the shell's, and the scripts inside of it."""
    if not is_of_interest(part.text.content):
        return Looked()
    from iac_imds_lint.bootscript import batch, others, powershell, python

    match part.language:
        case Language.POWERSHELL:
            return powershell.look(part)
        case Language.BATCH:
            return batch.look(part)
        case Language.PYTHON:
            return python.look(part)
        case Language.OTHER | Language.SHELL:
            return others.look(part)
