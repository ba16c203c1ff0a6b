"""The text of ``Fn::Sub``: what it inserts, and what stands between.

AWS CloudFormation Template Reference, "Fn::Sub".
"""

from __future__ import annotations

import re

from iac_imds_lint.cloudformation import serverless
from iac_imds_lint.value import Known, Unknown, Value

_PIECE = re.compile(r"\$\{([^}]*)\}")
# & stands in what Fn::ForEach inserts.
_NAME = re.compile(r"[A-Za-z0-9_.:&]+")
# So many characters of what is no name are told.
_MOST_SHOWN = 60


def pieces(text: str) -> list[str] | None:
    """Texts and what is inserted between them, by turns; None where a brace is not closed."""
    closed = text.rfind("}") + 1
    found = _PIECE.split(text[:closed])
    found[-1] += text[closed:]
    return None if "${" in found[-1] else found


def settled(piece: str) -> Value | None:
    """What is inserted where that is no name of CloudFormation's: a text in ``${!text}``; None where it is one."""
    if variable := serverless.variable_in(f"${{{piece}}}"):
        return Unknown(f"{variable} is a variable of the Serverless Framework")
    name = piece.strip()
    return Known(f"${{{name[1:]}}}") if name.startswith("!") else None


def refusal(piece: str) -> str:
    """Why CloudFormation takes what is to be inserted for no name; empty where it does."""
    if _NAME.fullmatch(piece.strip()):
        return ""
    shown = piece if len(piece) <= _MOST_SHOWN else f"{piece[:_MOST_SHOWN]}…"
    return f"Fn::Sub takes ${{{shown}}} for a name, and it is none: write ${{!{shown}}}"
