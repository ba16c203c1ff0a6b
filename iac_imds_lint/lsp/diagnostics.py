"""Findings as diagnostics."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsprotocol import types

from iac_imds_lint.finding import Finding, Severity

if TYPE_CHECKING:
    from iac_imds_lint.lsp.page import Places

SOURCE = "iac-imds-lint"

_SEVERITIES = {
    Severity.ERROR: types.DiagnosticSeverity.Error,
    Severity.WARNING: types.DiagnosticSeverity.Warning,
    Severity.INFO: types.DiagnosticSeverity.Information,
}


def diagnostic(finding: Finding, places: Places) -> types.Diagnostic:
    """A finding as a client shows it."""
    return types.Diagnostic(
        range=places.range(finding.span),
        severity=_SEVERITIES[finding.rule.severity],
        code=finding.rule.code,
        code_description=types.CodeDescription(finding.rule.url),
        source=SOURCE,
        message=finding.message,
        related_information=[
            types.DiagnosticRelatedInformation(places.location(one.span), one.message) for one in finding.related
        ],
    )
