"""Which findings directives cover."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from iac_imds_lint.directive import Code, Directive, Exactly, Inside, Rows, WholeFile
from iac_imds_lint.finding import Finding
from iac_imds_lint.rules import IN_SCRIPTS, UNJUDGED
from iac_imds_lint.source import SourceFile, Span
from iac_imds_lint.sources import Sources
from iac_imds_lint.value import Known


class Covering:
    """Findings by where directives cover them."""

    def __init__(self, findings: Iterable[Finding], sources: Sources) -> None:
        self._sources = sources
        self._by_row: dict[tuple[str, str, int], list[Finding]] = {}
        self._by_file: dict[tuple[str, str], list[Finding]] = {}
        starts: dict[tuple[str, str], list[tuple[int, Finding]]] = {}
        places: dict[tuple[str, str], list[tuple[int, Finding]]] = {}
        for finding in findings:
            code = finding.rule.code
            self._by_file.setdefault((code, finding.span.path), []).append(finding)
            place = finding.resource.head if finding.resource is not None else finding.span
            starts.setdefault((code, place.path), []).append((place.start, finding))
            for path, row in dict.fromkeys(self._rows_of(finding)):
                self._by_row.setdefault((code, path, row), []).append(finding)
            source = sources.read(finding.span.path)
            if isinstance(source, SourceFile):
                row = source.position(finding.span.start).row
                places.setdefault((code, finding.span.path), []).append((row, finding))
        self._by_start = {key: _Sorted.of(found) for key, found in starts.items()}
        self._by_place = {key: _Sorted.of(found) for key, found in places.items()}

    def hits(self, directive: Directive, code: Code) -> Iterator[Finding]:
        """The findings that one code of a directive covers."""
        path, name = directive.span.path, code.code
        if directive.in_script and name not in IN_SCRIPTS:
            return
        match directive.reach:
            case Rows(rows):
                for row in sorted(rows):
                    yield from self._by_row.get((name, path, row), ())
            case Exactly(first, last):
                found = self._by_place.get((name, path))
                yield from found.between(first, last + 1) if found is not None else ()
            case Inside(body):
                found = self._by_start.get((name, body.path))
                yield from found.between(body.start, body.end) if found is not None else ()
            case WholeFile():
                yield from self._by_file.get((name, path), ()) if name not in UNJUDGED else ()

    def _rows_of(self, finding: Finding) -> Iterator[tuple[str, int]]:
        """The rows at which a comment covers a finding: where it stands, where its resource begins, and its options.

        What several resources have in common, as a script, is covered where it stands alone.
        """
        is_common = len(finding.affected) > 1
        for span in dict.fromkeys(_anchors(finding)):
            source = self._sources.read(span.path)
            if isinstance(source, SourceFile) and (span.path == finding.span.path or not is_common):
                yield span.path, source.position(span.start).row


class _Sorted(NamedTuple):
    """Findings in order of offsets or rows: where their resources begin, or they themselves."""

    starts: tuple[int, ...]
    findings: tuple[Finding, ...]

    @classmethod
    def of(cls, places: list[tuple[int, Finding]]) -> _Sorted:
        """In order."""
        ordered = sorted(places, key=lambda place: place[0])
        return cls(tuple(start for start, _ in ordered), tuple(finding for _, finding in ordered))

    def between(self, start: int, end: int) -> tuple[Finding, ...]:
        """Those that begin in a range."""
        return self.findings[bisect_left(self.starts, start) : bisect_left(self.starts, end)]


def _anchors(finding: Finding) -> Iterator[Span]:
    yield finding.span
    if finding.resource is not None:
        yield finding.resource.head
        yield Span(finding.resource.body.path, finding.resource.body.start, finding.resource.body.start)
        if isinstance(finding.resource.container, Known) and finding.resource.container.origins:
            yield finding.resource.container.origins[0].span
