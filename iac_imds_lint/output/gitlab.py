"""A code quality report, as GitLab shows in merge requests.

The members that GitLab reads: https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
"""

from __future__ import annotations

from typing import Any

from iac_imds_lint.finding import Finding, Severity
from iac_imds_lint.output import paths
from iac_imds_lint.output.dumping import dumped
from iac_imds_lint.output.fingerprints import fingerprints
from iac_imds_lint.output.view import Root, View
from iac_imds_lint.report import Report
from iac_imds_lint.source import SourceFile, Span
from iac_imds_lint.sources import Sources

_SEVERITIES = {Severity.ERROR: "critical", Severity.WARNING: "major", Severity.INFO: "info"}


def render(report: Report, view: View) -> str:
    """The findings as a list. Suppressed ones are in no view of it: GitLab would show them as found."""
    named = zip(report.findings, fingerprints(report.findings, view.root), strict=True)
    return dumped([_issue(finding, fingerprint, report.sources, view.root) for finding, fingerprint in named])


def _issue(finding: Finding, fingerprint: str, sources: Sources, root: Root) -> dict[str, Any]:
    return {
        "description": f"{finding.rule.code} {finding.rule.name}: {finding.message}",
        "check_name": finding.rule.code,
        "fingerprint": fingerprint,
        "severity": _SEVERITIES[finding.rule.severity],
        "location": {"path": paths.told(finding.span.path, root), "lines": _lines(finding.span, sources)},
    }


def _lines(span: Span, sources: Sources) -> dict[str, int]:
    source = sources.read(span.path)
    if not isinstance(source, SourceFile):
        return {"begin": 1, "end": 1}
    return {"begin": source.position(span.start).row, "end": source.position(span.end).row}
