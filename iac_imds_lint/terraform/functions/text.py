"""Characters as Terraform counts them: grapheme clusters, not code points."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from iac_imds_lint.value import Unknown

_UNSURE = Unknown("where its characters end is not evaluated")


def clusters(text: str) -> Sequence[str] | Unknown:
    """The characters that a user sees; Unknown where it takes Unicode's tables to tell them apart."""
    if text.isascii():
        return _merged(text) if "\r\n" in text else text
    found: list[str] = []
    for character in text:
        kind = unicodedata.category(character)
        if kind in ("Mn", "Me") and found and found[-1] not in "\r\n\t":
            found[-1] += character
        elif _joins(character, kind):
            return _UNSURE
        else:
            found.append(character)
    return found if "\r\n" not in text else _UNSURE


def _merged(text: str) -> list[str]:
    """A line end of two characters is one."""
    found: list[str] = []
    for character in text:
        if character == "\n" and found and found[-1] == "\r":
            found[-1] = "\r\n"
        else:
            found.append(character)
    return found


def _joins(character: str, kind: str) -> bool:
    """Whether the character may be one with its neighbours: marks, joiners, flags, Korean letters, prefixes."""
    code = ord(character)
    return (
        kind in ("Mc", "Cf", "Me", "Mn", "Cs")
        or 0x1100 <= code < 0x1200
        or 0xA960 <= code < 0xA980
        or 0xAC00 <= code < 0xD800
        or 0x1F1E6 <= code < 0x1F200
        or 0x1F3FB <= code < 0x1F400
        or code in (0x0E33, 0x0EB3)
    )
