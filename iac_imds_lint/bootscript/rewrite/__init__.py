"""Scripts that ask for a token: what to write into one for each language.

shell.py     shell scripts: which calls are certain, and what is written for them
placing.py   where the token is requested
uses.py      from where a call is reached
clients.py   curl and wget as a script calls them
wording.py   what is written
tree.py      the syntax tree
powershell.py  PowerShell
by_hand.py   the other languages: only what to write
"""

from __future__ import annotations

from collections.abc import Sequence

from iac_imds_lint.bootscript.rewrite import by_hand
from iac_imds_lint.edit import Refusal
from iac_imds_lint.finding import Rewritten
from iac_imds_lint.script import Call, Language, Part


def rewritten(part: Part, calls: Sequence[Call], beside: str = "", ignored: int = 0) -> Rewritten | Refusal:
    """The edits by which calls of a part ask with a token, which is requested once.

    ``by_hand`` of the result says what to write where that is not certain; then the edits are a draft. ``beside`` is
    what other scripts say that have some of these calls: they use the same name for the token. ``ignored`` is how many
    others stay as they are.
    """
    match part.language:
        case Language.SHELL:
            from iac_imds_lint.bootscript.rewrite import shell

            return shell.rewritten(part, calls, beside, ignored)
        case Language.POWERSHELL:
            from iac_imds_lint.bootscript.rewrite import powershell

            return powershell.rewritten(part, calls, beside, ignored)
        case Language.PYTHON:
            return by_hand.python(part, calls)
        case Language.BATCH:
            return by_hand.batch(part, calls)
        case Language.OTHER:
            return by_hand.other(part, calls)
