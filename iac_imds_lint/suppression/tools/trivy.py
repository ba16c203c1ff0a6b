"""Trivy's comments, and tfsec's, which Trivy honours as well: ``#trivy:ignore:AWS-0028:exp:2027-01-01``.

They count for what begins on their line or on the next; comments on lines that follow each other count for what is
below the last of them (trivy: ``pkg/iac/ignore``). An id may have wildcards, and any case. On the date after ``exp``
they count no more. Those for a workspace or for values of attributes are not honoured here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from functools import partial
from typing import NamedTuple

from iac_imds_lint.directive import Directive, Rows, Until
from iac_imds_lint.source import SourceFile, Span
from iac_imds_lint.suppression.tools import excepting, lines, outline

_WORD = re.compile(r"[^ \r\n]+")


class _Rule(NamedTuple):
    """An ignore: its id, where it stands, and the row that it counts from; ``heads`` says that it begins its line."""

    id: str
    span: Span
    row: int
    heads: bool
    until: Until | None
    reason: str


def read(source: SourceFile) -> Iterator[Directive]:
    """The comments in a file that Trivy honours."""
    yield from _read("trivy", source, ("trivy:", "tfsec:"))


def read_tfsec(source: SourceFile) -> Iterator[Directive]:
    """The comments in a file that tfsec honours, which reads HCL alone."""
    yield from _read("tfsec", source, ("tfsec:",)) if outline.is_hcl(source) else ()


def _read(tool: str, source: SourceFile, prefixes: tuple[str, ...]) -> Iterator[Directive]:
    for rule, row in _shifted(list(_rules(source, prefixes))):
        resource = outline.of(source).at(row + 1) or outline.of(source).at(row)
        if resource is None or not rule.id:
            continue
        codes = excepting.codes(tool, resource.type, rule.span, partial(_matches, rule.id))
        if codes:
            yield Directive(
                rule.span, codes, Rows(frozenset((row, row + 1))), reason=rule.reason, until=rule.until, tool=tool
            )


def _rules(source: SourceFile, prefixes: tuple[str, ...]) -> Iterator[_Rule]:
    for line in lines.holding(source, re.compile("|".join(f"{prefix}ignore:" for prefix in prefixes))):
        words = list(_words(line))
        places = [index for index, (_, word) in enumerate(words) if word.startswith(prefixes)]
        reason = " ".join(word for _, word in words[places[-1] + 1 :]) if places else ""
        for at, word in (words[index] for index in places):
            rule = _rule(word.partition(":")[2], Span(source.path, at, at + len(word)))
            if rule is not None:
                yield rule._replace(row=line.row, heads=places[0] == 0, reason=reason)


def _words(line: lines.Line) -> Iterator[tuple[int, str]]:
    """The words between blanks, without the marks of comments before them, each with its offset."""
    for match in _WORD.finditer(line.text):
        word = match.group().strip().lstrip("#/*")
        if word:
            yield line.start + match.end() - len(match.group().rstrip()[-len(word) :]), word


def _rule(text: str, span: Span) -> _Rule | None:
    """A rule by its sections, which are pairs; with an empty id where it counts only for what is not known here."""
    parts = text.split(":")
    sections = dict(zip(parts[::2], parts[1::2], strict=False))
    name = sections.get("ignore", "")
    if not name.partition("[")[0]:
        return None
    until = None
    if "exp" in sections:
        last = _day_before(sections["exp"])
        until = Until(last, span) if last is not None else None
    is_open = "[" in name or "ws" in sections or ("exp" in sections and until is None)
    return _Rule("" if is_open else name, span, 0, False, until, "")


def _day_before(text: str) -> date | None:
    try:
        return date.fromisoformat(text) - timedelta(days=1)
    except (ValueError, OverflowError):
        return None


def _shifted(rules: Sequence[_Rule]) -> Iterator[tuple[_Rule, int]]:
    """The rules with the rows that they count from: those of a run of lines from the last of it."""
    rows = [rule.row for rule in rules]
    current: int | None = None
    offset = 0
    for index in range(len(rules) - 1, 0, -1):
        if not rules[index - 1].heads:
            continue
        if current is None:
            current = rows[index]
        if rows[index - 1] + 1 + offset == rows[index]:
            rows[index - 1] = current
            offset += 1
        else:
            current, offset = None, 0
    yield from zip(rules, rows, strict=True)


def _matches(pattern: str, name: str) -> bool:
    """Whether an id is what a pattern names, in which ``*`` is any text; in linear time for each ``*``."""
    first, *parts = pattern.lower().split("*")
    text = name.lower()
    if not parts:
        return text == first
    if not text.startswith(first):
        return False
    at = len(first)
    for part in parts[:-1]:
        found = text.find(part, at)
        if found < 0:
            return False
        at = found + len(part)
    return text.endswith(parts[-1]) and len(text) - len(parts[-1]) >= at
