"""Static linter for EC2 instance metadata: finds what answers IMDSv1 in Terraform and CloudFormation, and repairs it.

The public API, and nothing else::

    from iac_imds_lint import FileSystem, Sources, discover, lint, repair

    found = discover(["infrastructure/"])
    report = lint(found.files, Sources(FileSystem()))
    for finding in report.findings:
        print(finding.rule.code, finding.message)

Everything is imported when it is first asked for, so that importing the package costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from iac_imds_lint.discovery import Discovery, discover
    from iac_imds_lint.edit import Applicability, Edit, Fix
    from iac_imds_lint.engine import Options, lint
    from iac_imds_lint.errors import ConfigurationError, LintError, OutputError, UsageError
    from iac_imds_lint.files import FileSystem
    from iac_imds_lint.finding import Finding, Rule, Severity
    from iac_imds_lint.fixer import Outcome, repair
    from iac_imds_lint.inputs import Inputs
    from iac_imds_lint.model import AccountDefault, DecidedBy, Posture
    from iac_imds_lint.replacing import write_all
    from iac_imds_lint.report import Report, Row
    from iac_imds_lint.source import Problem, SourceFile, Span, Uncreated, Unfollowed
    from iac_imds_lint.sources import Files, Sources
    from iac_imds_lint.version import __version__

_HOMES = {
    "discovery": ("Discovery", "discover"),
    "edit": ("Applicability", "Edit", "Fix"),
    "engine": ("Options", "lint"),
    "errors": ("ConfigurationError", "LintError", "OutputError", "UsageError"),
    "files": ("FileSystem",),
    "finding": ("Finding", "Rule", "Severity"),
    "fixer": ("Outcome", "repair"),
    "inputs": ("Inputs",),
    "model": ("AccountDefault", "DecidedBy", "Posture"),
    "replacing": ("write_all",),
    "report": ("Report", "Row"),
    "source": ("Problem", "SourceFile", "Span", "Uncreated", "Unfollowed"),
    "sources": ("Files", "Sources"),
    "version": ("__version__",),
}

__all__ = [
    "AccountDefault",
    "Applicability",
    "ConfigurationError",
    "DecidedBy",
    "Discovery",
    "Edit",
    "FileSystem",
    "Files",
    "Finding",
    "Fix",
    "Inputs",
    "LintError",
    "Options",
    "Outcome",
    "OutputError",
    "Posture",
    "Problem",
    "Report",
    "Row",
    "Rule",
    "Severity",
    "SourceFile",
    "Sources",
    "Span",
    "Uncreated",
    "Unfollowed",
    "UsageError",
    "__version__",
    "discover",
    "lint",
    "repair",
    "write_all",
]


def __getattr__(name: str) -> Any:
    """A name of the public API, imported from where it lives (PEP 562)."""
    for module, names in _HOMES.items():
        if name in names:
            from importlib import import_module

            return getattr(import_module(f"{__name__}.{module}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
