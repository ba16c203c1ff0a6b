"""What a report says of a finding beside its message, and where places are: the same words in every format."""

from __future__ import annotations

from collections.abc import Iterator

from iac_imds_lint.edit import Fix
from iac_imds_lint.finding import Finding
from iac_imds_lint.report import Report
from iac_imds_lint.source import SourceFile, Span

_MOST_NAMES = 8


def notes(finding: Finding) -> Iterator[str]:
    """Who is affected, who launches from it, and the fix or why there is none; a line each."""
    if len(finding.affected) > 1:
        yield f"affects: {_names(finding.affected)}"
    if finding.consumers:
        yield f"used by: {_names(finding.consumers)}"
    if finding.fix is not None:
        yield offer(finding.fix)
    elif finding.fix_unavailable:
        yield f"no fix: {finding.fix_unavailable}"


def offer(fix: Fix) -> str:
    """A fix in a line: how sure it is, why, and what it does."""
    why = f": {fix.note}" if fix.note else ""
    return f"fix ({fix.applicability.label}{why}): {fix.message}"


def beside(fix: Fix, report: Report) -> Iterator[str]:
    """What a fix leaves to do by hand, and what else would mend the finding; a line each."""
    for step in fix.by_hand:
        yield f"by hand: {at(step.span, report)}: {step.message}"
    for other in fix.alternatives:
        yield f"or {offer(other)}"


def at(span: Span, report: Report) -> str:
    """``path:row`` of a place."""
    return f"{span.path}:{row(span, report)}"


def row(span: Span, report: Report) -> int:
    """The row of a place, from 1."""
    source = report.sources.read(span.path)
    return source.position(span.start).row if isinstance(source, SourceFile) else 1


def counted(number: int, noun: str) -> str:
    """A number of things, in words that agree with it."""
    several = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    return f"{number} {noun if number == 1 else several}"


def _names(names: tuple[str, ...]) -> str:
    shown = ", ".join(names[:_MOST_NAMES])
    return f"{shown} and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else shown
