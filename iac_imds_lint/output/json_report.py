"""The report and the inventory as JSON. The keys are promises to users: docs/output.md names them."""

from __future__ import annotations

from typing import Any

from iac_imds_lint.edit import Edit, Fix
from iac_imds_lint.finding import Finding, Suppression
from iac_imds_lint.output import suppressed
from iac_imds_lint.output.dumping import dumped
from iac_imds_lint.output.view import View
from iac_imds_lint.report import Report, Row
from iac_imds_lint.source import SourceFile, Span
from iac_imds_lint.sources import Sources


def render(report: Report, view: View) -> str:
    """The findings as a list; with those that are suppressed, where the view asks for them."""
    findings = [_finding(finding, report.sources) for finding in report.findings]
    hidden = [_finding(finding, report.sources, by) for finding, by in suppressed.shown(report, view)]
    return dumped([*findings, *hidden])


def inventory(report: Report) -> str:
    """The inventory as a list."""
    return dumped([_row(row, report.sources) for row in report.inventory])


def _finding(finding: Finding, sources: Sources, by: Suppression | None = None) -> dict[str, Any]:
    resource = finding.resource
    return {
        "code": finding.rule.code,
        "name": finding.rule.name,
        "severity": finding.rule.severity.value,
        "message": finding.message,
        **_place(finding.span, sources),
        "resource": resource.address if resource else None,
        "resource_type": resource.entry.type if resource else None,
        "posture": finding.posture.value if finding.posture else None,
        "affected": list(finding.affected),
        "consumers": list(finding.consumers),
        "related": [{**_place(r.span, sources), "message": r.message} for r in finding.related],
        "fix": _fix(finding.fix, sources) if finding.fix else None,
        "fix_unavailable": finding.fix_unavailable or None,
        "suppressed": _suppression(by, sources) if by is not None else None,
        "url": finding.rule.url,
    }


def _suppression(by: Suppression, sources: Sources) -> dict[str, Any]:
    """What suppresses a finding; its place is null where it stands in no file that was read."""
    nowhere = {"filename": None, "location": None, "end_location": None}
    return {
        "by": by.hiding.value,
        "reason": by.reason or None,
        "until": by.until.isoformat() if by.until is not None else None,
        "tool": by.tool or None,
        **(_place(by.span, sources) if by.span is not None else nowhere),
    }


def _fix(fix: Fix, sources: Sources) -> dict[str, Any]:
    alternatives = [_one_fix(other, sources) for other in fix.alternatives]
    return {**_one_fix(fix, sources), "alternatives": alternatives}


def _one_fix(fix: Fix, sources: Sources) -> dict[str, Any]:
    return {
        "applicability": fix.applicability.label,
        "message": fix.message,
        "note": fix.note or None,
        "edits": [_edit(edit, sources) for edit in fix.edits],
        "by_hand": [{**_place(step.span, sources), "message": step.message} for step in fix.by_hand],
    }


def _edit(edit: Edit, sources: Sources) -> dict[str, Any]:
    return {**_place(edit.span, sources), "content": edit.content}


def _place(span: Span, sources: Sources) -> dict[str, Any]:
    source = sources.read(span.path)
    if not isinstance(source, SourceFile):
        return {"filename": span.path, "location": {"row": 1, "column": 1}, "end_location": {"row": 1, "column": 1}}
    return {
        "filename": span.path,
        "location": source.position(span.start)._asdict(),
        "end_location": source.position(span.end)._asdict(),
    }


def _row(row: Row, sources: Sources) -> dict[str, Any]:
    place = _place(row.span, sources)
    return {
        "resource": row.resource,
        "resource_type": row.resource_type,
        "filename": place["filename"],
        "location": place["location"],
        "posture": row.posture.value,
        "decided_by": row.decided_by.value,
        "reason": row.reason,
        "consumers": list(row.consumers),
        "boot_script": {
            "state": row.boot.state.value,
            "reason": row.boot.reason or None,
            "calls": [_place(call, sources) for call in row.boot.calls],
        },
    }
