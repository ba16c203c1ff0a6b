"""``regex``, ``regexall`` and ``replace``: RE2's regular expressions by Python's.

Source: Terraform language, Functions, ``regex``; github.com/google/re2, "Syntax". What RE2 refuses is refused; what
cannot be said in Python, or might take Python for ever, is unknown.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from math import comb
from typing import Any

from iac_imds_lint.terraform.contents import MOST_CHARACTERS, TOO_LARGE
from iac_imds_lint.terraform.functions.re2 import Pattern, translated
from iac_imds_lint.terraform.functions.signature import refusal
from iac_imds_lint.terraform.functions.strings import literally_replaced
from iac_imds_lint.value import Unknown

_MOST_STEPS = 20_000_000
# A repetition within a repetition can take time exponential in the length of the text.
_LONGEST_FOR_NESTED = 16
_REFERENCE = re.compile(r"\$(?:\$|\{(\w+)\}|(\w+))", re.ASCII)
_HARD = Unknown("the regular expression is not evaluated on so long a text")

_translated = lru_cache(maxsize=256)(translated)


def _prepared(pattern: str, text: str) -> Pattern | Unknown:
    """The pattern in Python, if it is safe to try on the text."""
    prepared = _translated(pattern)
    if isinstance(prepared, Unknown):
        return prepared
    if (prepared.folds and not text.isascii()) or "\v" in text:
        return Unknown("the regular expression is not evaluated on such a text")
    steps = comb(len(text) + prepared.repeats + 1, prepared.repeats + 1)
    if steps > _MOST_STEPS or (prepared.nested and len(text) > _LONGEST_FOR_NESTED):
        return _HARD
    return prepared


def _grouped(pattern: str, text: str) -> Pattern | Unknown:
    """The same; its groups are all named or none is."""
    prepared = _prepared(pattern, text)
    if isinstance(prepared, Pattern) and 0 < len(prepared.compiled.groupindex) < prepared.compiled.groups:
        return refusal("groups with and without names are mixed")
    return prepared


def regex(pattern: str, text: str) -> Any:
    """The first match: a string, or its groups as a tuple or an object."""
    prepared = _grouped(pattern, text)
    if isinstance(prepared, Unknown):
        return prepared
    match = prepared.compiled.search(text)
    return refusal("the pattern does not match") if match is None else _result(match)


def regexall(pattern: str, text: str) -> Any:
    """All matches, as a list."""
    prepared = _grouped(pattern, text)
    return prepared if isinstance(prepared, Unknown) else [_result(match) for match in _matches(prepared, text)]


def _result(match: re.Match[str]) -> Any:
    if match.re.groupindex:
        return dict(sorted(match.groupdict().items()))
    return match.groups() if match.re.groups else match[0]


def _matches(pattern: Pattern, text: str) -> Iterator[re.Match[str]]:
    """Matches one after another; Go knows no empty one where the last has just ended."""
    end = -1
    for match in pattern.compiled.finditer(text):
        if match.start() == match.end() == end:
            continue
        yield match
        end = match.end()


def replace(text: str, part: str, other: str) -> str | Unknown:
    """A part replaced wherever it occurs, by ``/.../`` whatever matches."""
    if len(part) < 2 or not (part.startswith("/") and part.endswith("/")):
        return literally_replaced(text, part, other)
    prepared = _prepared(part[1:-1], text)
    if isinstance(prepared, Unknown):
        return prepared
    pieces: list[str] = []
    at = characters = 0
    for match in _matches(prepared, text):
        piece = _expanded(match, other)
        pieces += [text[at : match.start()], piece]
        at = match.end()
        characters += len(piece)
        if characters > MOST_CHARACTERS:
            return TOO_LARGE
    return "".join([*pieces, text[at:]])


def _expanded(match: re.Match[str], template: str) -> str:
    """The template with ``$1``, ``$name`` and ``${name}`` replaced; a group that is not there is empty."""
    return _REFERENCE.sub(lambda reference: _group(match, reference), template)


def _group(match: re.Match[str], reference: re.Match[str]) -> str:
    name = reference[1] or reference[2]
    if name is None:
        return "$"
    if name.isdigit():
        return (match[int(name)] or "") if len(name) < 4 and int(name) <= match.re.groups else ""
    return (match[name] or "") if name in match.re.groupindex else ""
