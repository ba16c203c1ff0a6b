"""One line a finding, for terminals and editors that read ``path:row:column: text``."""

from __future__ import annotations

from iac_imds_lint.output import suppressed
from iac_imds_lint.output.excerpt import on_one_line
from iac_imds_lint.output.view import View
from iac_imds_lint.report import Report
from iac_imds_lint.source import SourceFile, Span


def render(report: Report, view: View) -> str:
    """``path:row:column: severity CODE message``, a line each; a fix is announced at its end, or what suppresses it."""
    lines = []
    for finding in report.findings:
        fixable = f" [{finding.fix.applicability.label} fix]" if finding.fix is not None else ""
        severity = view.style.severity(f"{finding.rule.severity.value} {finding.rule.code}", finding.rule.severity)
        lines.append(f"{_where(finding.span, report)}: {severity} {on_one_line(finding.message)}{fixable}\n")
    for finding, by in suppressed.shown(report, view):
        where, code = _where(finding.span, report), finding.rule.code
        told = on_one_line(f"{finding.message} [suppressed: {suppressed.why(by, report.sources)}]")
        lines.append(f"{where}: suppressed {code} {told}\n")
    return "".join(lines)


def _where(span: Span, report: Report) -> str:
    source = report.sources.read(span.path)
    row, column = source.position(span.start) if isinstance(source, SourceFile) else (1, 1)
    return f"{on_one_line(span.path)}:{row}:{column}"
