"""Findings as diagnostics: what a person reads in a narrow window beside the code."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from lsprotocol import types

from iac_imds_lint.consuming import module_of
from iac_imds_lint.edit import Refusal
from iac_imds_lint.finding import Finding, Migration, Repair, Severity
from iac_imds_lint.lsp.abilities import Abilities
from iac_imds_lint.output.excerpt import on_one_line
from iac_imds_lint.output.notes import notes
from iac_imds_lint.rules import imds003, imds004, imds901
from iac_imds_lint.source import Position, Problem

if TYPE_CHECKING:
    from iac_imds_lint.lsp.page import Places

SOURCE = "iac-imds-lint"

_SEVERITIES = {
    Severity.ERROR: types.DiagnosticSeverity.Error,
    Severity.WARNING: types.DiagnosticSeverity.Warning,
    Severity.INFO: types.DiagnosticSeverity.Information,
}

# How editors show them: struck through, and faded.
_TAGS = {
    imds003.RULE.code: types.DiagnosticTag.Deprecated,
    imds004.RULE.code: types.DiagnosticTag.Unnecessary,
    imds901.RULE.code: types.DiagnosticTag.Unnecessary,
}

# Neovim, for one, shows so much of a message beside the code.
_SEEN = 110

# So many places are told in words where the client does not show them.
_MOST_PLACES = 6


def diagnostic(finding: Finding, places: Places, able: Abilities) -> types.Diagnostic:
    """A finding as a client shows it: of its place the first line, as the command marks it."""
    tag = _TAGS.get(finding.rule.code)
    return types.Diagnostic(
        range=places.first_line(finding.span),
        severity=_SEVERITIES[finding.rule.severity],
        code=finding.rule.code,
        code_description=types.CodeDescription(finding.rule.url),
        source=SOURCE,
        message="\n".join(map(on_one_line, _said(finding, places, able))),
        tags=[tag] if tag in able.tags and tag is not None else None,
        related_information=_related(finding, places) if able.related and finding.related else None,
    )


def of_mistake(problem: Problem, places: Places) -> types.Diagnostic:
    """What is wrong in a configuration file, or why a file is not read: from where it begins to the end of the line."""
    return types.Diagnostic(
        range=places.rest_of_line(problem.path, problem.position or Position(1, 1)),
        severity=types.DiagnosticSeverity.Error,
        source=SOURCE,
        message=on_one_line(problem.reason),
    )


def _said(finding: Finding, places: Places, able: Abilities) -> Iterator[str]:
    """What is wrong and why, who is affected, and what would mend it; a line each."""
    yield from _headline(finding)
    if finding.label and not finding.label.endswith("here"):
        yield finding.label
    yield from notes(finding)
    match finding.repair:
        case (Repair() | Migration()) as repair:
            yield f"to fix it: {repair.message}"
        case Refusal(reason) if reason:
            yield f"no fix: {reason}"
        case _:
            pass
    if not able.related:
        for one in finding.related[:_MOST_PLACES]:
            yield f"{places.row(one.span)}: {one.message}"


def _headline(finding: Finding) -> Iterator[str]:
    """What is wrong; where an address is so long that the reason would not be seen, its module in a line of its own."""
    module = module_of(finding.resource.address) if finding.resource is not None else ""
    if module and len(finding.message) > _SEEN and finding.message.startswith(module):
        yield finding.message.removeprefix(module)
        yield f"in {module.removesuffix('.')}"
    else:
        yield finding.message


def _related(finding: Finding, places: Places) -> list[types.DiagnosticRelatedInformation]:
    return [
        types.DiagnosticRelatedInformation(places.location(one.span), on_one_line(one.message))
        for one in finding.related
    ]
