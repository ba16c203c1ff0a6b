"""What keeps findings out of a report, in words."""

from __future__ import annotations

from iac_imds_lint.finding import Hiding, Suppressed, Suppression, order
from iac_imds_lint.output.view import View
from iac_imds_lint.report import Report
from iac_imds_lint.source import SourceFile, Span
from iac_imds_lint.sources import Sources


def shown(report: Report, view: View) -> list[Suppressed]:
    """The findings that are suppressed, in order of places, where the view asks for them."""
    return sorted(report.suppressed, key=lambda one: order(one.finding)) if view.suppressed else []


def why(by: Suppression, sources: Sources) -> str:
    """What suppresses a finding: where that stands, until when it counts, and its reason."""
    until = f", until {by.until.isoformat()}" if by.until is not None else ""
    reason = f": {by.reason}" if by.reason else ""
    return f"{_what(by, sources)}{until}{reason}"


def _what(by: Suppression, sources: Sources) -> str:
    at = f" at {_place(by.span, sources)}" if by.span is not None else ""
    whose = f"{by.tool} " if by.tool else ""
    match by.hiding:
        case Hiding.COMMENT | Hiding.METADATA:
            return f"{whose}{by.hiding.value}{at}"
        case Hiding.CONFIGURATION:
            return "configuration"
        case Hiding.BASELINE:
            return "baseline"
        case Hiding.UNCHANGED:
            return "not changed"
        case Hiding.TOLD:
            return "another batch"


def _place(span: Span, sources: Sources) -> str:
    source = sources.read(span.path)
    return f"{span.path}:{source.position(span.start).row}" if isinstance(source, SourceFile) else span.path
