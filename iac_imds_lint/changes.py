"""What a change touched, and which findings that leaves to be told. Pure: who compares the files is the shell.

A finding is told if a row of one of the places on which it rests was written, or rows were taken out of that place; and
if it was not there before the change, whatever made it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from iac_imds_lint.finding import Finding, Hiding, Suppressed, Suppression
from iac_imds_lint.report import Report
from iac_imds_lint.rules import IN_SCRIPTS, UNJUDGED
from iac_imds_lint.source import SourceFile, Span
from iac_imds_lint.sources import Sources

# The row after the last one of every file.
_NO_ROW = 1 << 62


class Hunk(NamedTuple):
    """The rows, from 1, that a change wrote. Where it only took some away, ``last`` is the row before these, and
    ``first`` the one after it: what holds both of them lost something.
    """

    first: int
    last: int


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
        return index < len(changed.hunks) and changed.hunks[index].first <= last

    def wrote(self, path: str) -> bool:
        """Whether any row of a file was written or taken away."""
        changed = self.files.get(self.canonical(path))
        return changed is not None and bool(changed.hunks)


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
