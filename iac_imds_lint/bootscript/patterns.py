"""All languages but the shell's: each by its own reader, imported when a script wants it."""

from __future__ import annotations

from iac_imds_lint.bootscript.hosts import is_of_interest
from iac_imds_lint.script import Language, Looked, Part


def look(part: Part) -> Looked:
    """The calls in a script of any language but the shell's, and the scripts inside of it."""
    if not is_of_interest(part.text.content):
        return Looked()
    match part.language:
        case Language.POWERSHELL:
            from iac_imds_lint.bootscript import powershell

            return powershell.look(part)
        case Language.BATCH:
            from iac_imds_lint.bootscript import batch

            return batch.look(part)
        case Language.PYTHON:
            from iac_imds_lint.bootscript import python

            return python.look(part)
        case Language.OTHER | Language.SHELL:
            from iac_imds_lint.bootscript import others

            return others.look(part)
