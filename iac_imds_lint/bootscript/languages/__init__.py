"""What a script in any language asks of IMDS: each is read by its own reader, imported when a script wants it.

powershell/                   PowerShell, by its tokens
python.py, python_values.py   Python, by its syntax tree
batch.py                      batch files, line by line
others.py                     all others, by patterns

The shell's is a package of its own.
"""

from __future__ import annotations

from iac_imds_lint.bootscript.hosts import is_of_interest
from iac_imds_lint.script import Language, Looked, Part


def look(part: Part) -> Looked:
    """The calls in a script, and the scripts inside of it."""
    if part.language is Language.SHELL:
        from iac_imds_lint.bootscript import shell

        return shell.look(part)
    if not is_of_interest(part.text.content):
        return Looked()
    match part.language:
        case Language.POWERSHELL:
            from iac_imds_lint.bootscript.languages import powershell

            return powershell.look(part)
        case Language.BATCH:
            from iac_imds_lint.bootscript.languages import batch

            return batch.look(part)
        case Language.PYTHON:
            from iac_imds_lint.bootscript.languages import python

            return python.look(part)
        case Language.OTHER:
            from iac_imds_lint.bootscript.languages import others

            return others.look(part)
