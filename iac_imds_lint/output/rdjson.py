"""The Reviewdog Diagnostic Format: one JSON object, with fixes as suggestions.

https://github.com/reviewdog/reviewdog/blob/master/proto/rdf/reviewdog.proto says what the fields mean: lines and
columns are from 1, columns count bytes of UTF-8, ends are exclusive. Paths are those of the working directory, from
which reviewdog itself looks for the root of the repository.
"""

from __future__ import annotations

from typing import Any

from iac_imds_lint.edit import Applicability, Fix, between
from iac_imds_lint.finding import Finding, Severity, Suppressed
from iac_imds_lint.output import suppressed
from iac_imds_lint.output.dumping import dumped
from iac_imds_lint.output.notes import beside, notes
from iac_imds_lint.output.view import View
from iac_imds_lint.report import Report
from iac_imds_lint.source import Problem, SourceFile, Span
from iac_imds_lint.sources import Sources
from iac_imds_lint.version import HOME

_SEVERITIES = {Severity.ERROR: "ERROR", Severity.WARNING: "WARNING", Severity.INFO: "INFO"}
_SOURCE = {"name": "iac-imds-lint", "url": HOME}
_BOM = 3
# A suggestion replaces whole lines of a comment: nobody reviews one of more than these.
_MOST_LINES = 100


def render(report: Report, view: View) -> str:
    """A DiagnosticResult; what could not be read is a diagnostic, too, and so is what is
    suppressed where the view asks for it.
    """
    diagnostics = [_unread(problem) for problem in dict.fromkeys(report.problems)]
    diagnostics += [_diagnostic(finding, report) for finding in report.findings]
    diagnostics += [_hidden(one, report) for one in suppressed.shown(report, view)]
    return dumped({"source": _SOURCE, "diagnostics": diagnostics})


def _diagnostic(finding: Finding, report: Report) -> dict[str, Any]:
    sources = report.sources
    others = beside(finding.fix, report) if finding.fix is not None else ()
    related = [{"message": one.message, "location": _location(one.span, sources)} for one in finding.related]
    return {
        "message": "\n".join((finding.message, *notes(finding), *others)),
        "location": _location(finding.span, sources),
        "severity": _SEVERITIES[finding.rule.severity],
        "code": {"value": finding.rule.code, "url": finding.rule.url},
        "suggestions": _suggestions(finding, sources),
        "related_locations": related,
    }


def _hidden(one: Suppressed, report: Report) -> dict[str, Any]:
    """Information, without a suggestion: nobody asked for it to be mended."""
    message = f"{one.finding.message}\nsuppressed: {suppressed.why(one.by, report.sources)}"
    return {**_diagnostic(one.finding, report), "message": message, "severity": "INFO", "suggestions": []}


def _unread(problem: Problem) -> dict[str, Any]:
    row = problem.position.row if problem.position is not None else 1
    return {
        "message": f"not judged: {problem.reason}",
        "location": {"path": problem.path, "range": {"start": {"line": row}}},
        "severity": "ERROR",
    }


def _location(span: Span, sources: Sources) -> dict[str, Any]:
    source = sources.read(span.path)
    if not isinstance(source, SourceFile):
        return {"path": span.path, "range": {"start": {"line": 1}}}
    return {"path": span.path, "range": _range(source, span.start, span.end)}


def _range(source: SourceFile, start: int, end: int) -> dict[str, Any]:
    return {"start": _position(source, start), "end": _position(source, end)}


def _position(source: SourceFile, offset: int) -> dict[str, int]:
    line = source.line_start(offset)
    column = source.byte_of_offset(offset) - source.byte_of_offset(line) + 1
    return {"line": source.position(offset).row, "column": column + (_BOM if source.bom and line == 0 else 0)}


def _suggestions(finding: Finding, sources: Sources) -> list[dict[str, Any]]:
    """The first fix that an option would apply and that changes nothing but the finding's own file: a suggestion has no
    path. Its edits are one suggestion, for reviewdog shows each by itself.
    """
    source = sources.read(finding.span.path)
    if finding.fix is None or not isinstance(source, SourceFile):
        return []
    for fix in (finding.fix, *finding.fix.alternatives):
        if fix.applicability > Applicability.DISPLAY_ONLY and fix.paths == {source.path}:
            return _suggestion(fix, source)
    return []


def _suggestion(fix: Fix, source: SourceFile) -> list[dict[str, Any]]:
    """Everything from the first to the last edit, as it would be."""
    edits = sorted(fix.edits, key=lambda edit: edit.span)
    start, end = edits[0].span.start, max(edit.span.end for edit in edits)
    if source.position(end).row - source.position(start).row > _MOST_LINES:
        return []
    return [{"range": _range(source, start, end), "text": between(source, start, end, edits)}]
