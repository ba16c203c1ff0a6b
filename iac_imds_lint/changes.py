"""What a change touched, and which findings that leaves to be told. Pure: who compares the files is the shell.

A finding is told if a row of one of the places on which it rests was written, or rows were taken out of that place; and
if it was not there before the change, whatever made it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice, takewhile
from typing import NamedTuple

from iac_imds_lint.finding import Finding, Hiding, Suppressed, Suppression
from iac_imds_lint.report import Report
from iac_imds_lint.rules import IN_SCRIPTS, UNJUDGED
from iac_imds_lint.source import SourceFile, Span
from iac_imds_lint.sources import Sources

# The row after the last one of every file.
_NO_ROW = 1 << 62
# A block that is longer than so many rows is hardly copied.
_FARTHEST = 1000


class Hunk(NamedTuple):
    """The rows, from 1, that a change wrote. Where it only took some away, ``last`` is the row before these, and
    ``first`` the one after it: what holds both of them lost something. ``only_added`` says that no row went for them.
    """

    first: int
    last: int
    only_added: bool = False


WHOLE = (Hunk(1, _NO_ROW),)


class FileChange(NamedTuple):
    """What became of a file: its path before, None where there was none, and the rows that were written."""

    before: str | None
    hunks: tuple[Hunk, ...]


def _as_it_is(path: str) -> str:
    return path


@dataclass(frozen=True)
class Change:
    """What a change did to files, by their names: to those that are there, and which are ``gone``.

    A file that was only moved has another name before, and no rows that were written. ``canonical`` is the name here of
    a file that has several.
    """

    files: Mapping[str, FileChange]
    gone: frozenset[str] = frozenset()
    canonical: Callable[[str], str] = _as_it_is

    def before(self, path: str) -> str | None:
        """The name that a file had before the change; None where there was no such file."""
        changed = self.files.get(self.canonical(path))
        return path if changed is None else changed.before

    def touches(self, span: Span, sources: Sources) -> bool:
        """Whether rows of a place were written, or taken out of it."""
        changed = self.files.get(self.canonical(span.path))
        if changed is None or not changed.hunks:
            return False
        source = sources.read(span.path)
        if not isinstance(source, SourceFile):
            return True
        first, last = source.position(span.start).row, source.position(max(span.start, span.end - 1)).row
        index = bisect_left(changed.hunks, first, key=lambda hunk: hunk.last)
        near = takewhile(lambda hunk: hunk.first <= last, islice(changed.hunks, index, None))
        return any(_is_in(hunk, first, last, source) for hunk in near)

    def wrote(self, path: str) -> bool:
        """Whether any row of a file was written or taken away."""
        changed = self.files.get(self.canonical(path))
        return changed is not None and bool(changed.hunks)


def _is_in(hunk: Hunk, first: int, last: int, source: SourceFile) -> bool:
    """Whether rows that a hunk wrote are among others, wherever git could have said that it stands.

    Of a copy, git says the one rows or the other: what was added behind a block, and ends as that does, it may call
    added within. Is the finding in it new, the report before the change tells.
    """
    if not hunk.only_added or (first <= hunk.first and hunk.last <= last):
        return True
    up, down = _slides(hunk, source)
    return hunk.first + down <= last and hunk.last - up >= first


@lru_cache(maxsize=256)
def _slides(hunk: Hunk, source: SourceFile) -> tuple[int, int]:
    """How many rows up, and how many down, the rows that were added could be said to stand: the same text results."""
    rows = source.position(len(source.text)).row
    above = ((hunk.first - step, hunk.last - step + 1) for step in range(1, min(hunk.first, _FARTHEST)))
    below = ((hunk.first + step, hunk.last + step + 1) for step in range(min(rows - hunk.last, _FARTHEST)))
    return _alike(above, source), _alike(below, source)


def _alike(pairs: Iterable[tuple[int, int]], source: SourceFile) -> int:
    """How many pairs of rows, from the first one on, are equal."""
    return sum(1 for _ in takewhile(lambda pair: _row(source, pair[0]) == _row(source, pair[1]), pairs))


def _row(source: SourceFile, row: int) -> str:
    """A row as git compares it here: whitespace is no difference."""
    return "".join(source.line(row).split())


class Identity(NamedTuple):
    """What makes a finding the same before and after a change: the rule, the file, what declares the resource there,
    the posture. How modules and stacks lead there is no part of it: a new call is a change that it rests on.
    """

    code: str
    path: str | None
    declared_in: str | None
    declaration: str
    posture: str
    message: str


def untouched(report: Report, change: Change) -> tuple[Finding, ...]:
    """The findings that rest on nothing that the change touched. What could not be judged goes by its file."""
    return tuple(finding for finding in report.findings if not _is_touched(finding, change, report.sources))


def unchanged(findings: Iterable[Finding], report: Report, change: Change, before: Report) -> tuple[Suppressed, ...]:
    """Those of the report's findings that the report ``before`` the change had as well: as many as it had of each."""
    known = Counter(_identity(finding, before.sources, _as_it_is) for finding in before.findings)
    hidden = []
    for finding in findings:
        identity = _identity(finding, report.sources, change.before)
        if known[identity] > 0:
            known[identity] -= 1
            hidden.append(Suppressed(finding, Suppression(Hiding.UNCHANGED)))
    return tuple(hidden)


def paths_before(paths: Iterable[str], change: Change) -> Sequence[str]:
    """The names before the change of the files at ``paths``, and of all that it took away."""
    named = (change.before(path) for path in paths)
    return sorted({path for path in named if path is not None} | change.gone)


def _is_touched(finding: Finding, change: Change, sources: Sources) -> bool:
    if finding.rule.code in UNJUDGED:
        return change.wrote(finding.span.path)
    return any(change.touches(place, sources) for place in finding.places)


def _identity(finding: Finding, sources: Sources, named: Callable[[str], str | None]) -> Identity:
    """The identity, by the names that files had; what is found in scripts and comments is told apart by its words."""
    resource = finding.resource
    is_alone = resource is None or finding.rule.code in IN_SCRIPTS
    posture = finding.posture.value if finding.posture is not None else ""
    return Identity(
        finding.rule.code,
        named(finding.span.path),
        named(resource.head.path) if resource is not None else None,
        _written(resource.head, sources) if resource is not None else "",
        posture,
        finding.message if is_alone else "",
    )


def _written(span: Span, sources: Sources) -> str:
    source = sources.read(span.path)
    return source.slice(span) if isinstance(source, SourceFile) else ""
