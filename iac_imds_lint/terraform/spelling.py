"""How more text is written inside of Terraform's strings, heredocs and template files.

Source: HCL native syntax specification, "Template Literals"; Terraform language, "JSON Configuration Syntax".
"""

from __future__ import annotations

import json
from dataclasses import dataclass

_QUOTED = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"})


def markers(text: str) -> str | None:
    """As a template has it. What would make a marker with what stands beside it, or of an escape, is not written."""
    if text.startswith("{") or text.endswith(("$", "%")) or "$${" in text or "%%{" in text:
        return None
    return text.replace("${", "$${").replace("%{", "%%{")


def quoted(text: str) -> str:
    """As a string in quotes has what :func:`markers` wrote."""
    return text.translate(_QUOTED)


def in_json(text: str) -> str:
    """As a string of JSON has it."""
    return json.dumps(text, ensure_ascii=False)[1:-1]


def refused(text: str) -> None:
    """Nothing can be written here."""


@dataclass(frozen=True)
class Newlines:
    """With the newlines of the file."""

    newline: str

    def __call__(self, text: str) -> str:
        """The text with these newlines."""
        return text.replace("\r\n", "\n").replace("\n", self.newline)


@dataclass(frozen=True)
class Margin:
    """With the indentation that ``<<-`` takes away. ``alone`` is an empty line, which has none of its own."""

    blanks: str
    alone: bool = False

    def __call__(self, text: str) -> str:
        """The text, its lines after the first, and the first of one that stands alone, moved in."""
        if not self.alone:
            return text.replace("\n", f"\n{self.blanks}")
        lines = text.split("\n")
        return "\n".join(self.blanks + line if line else line for line in lines)


@dataclass(frozen=True)
class Outdented:
    """Without the blanks that ``indent()`` puts at the beginning of every line but the first."""

    blanks: str

    def __call__(self, text: str) -> str | None:
        """The text moved out; None where a line has no such indentation."""
        first, *lines = text.split("\n")
        if not all(line.startswith(self.blanks) for line in lines):
            return None
        return "\n".join((first, *(line.removeprefix(self.blanks) for line in lines)))


@dataclass(frozen=True)
class Without:
    """Where a text is replaced by another: it cannot be written."""

    replaced: str

    def __call__(self, text: str) -> str | None:
        """The text, unless it would be changed."""
        return None if self.replaced in text else text


def percent(text: str) -> str:
    """As the first argument of ``format()`` has it."""
    return text.replace("%", "%%")
