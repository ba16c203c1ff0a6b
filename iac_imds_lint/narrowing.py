"""A report without the findings that a baseline knows, or that a change does not touch: they are kept as suppressed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace

from iac_imds_lint.finding import Finding, Hiding, Suppressed, Suppression, key
from iac_imds_lint.report import Report

# What is decided once, by the first report of a run: nothing in the code says it.
_FROM_OUTSIDE = (Hiding.BASELINE, Hiding.UNCHANGED, Hiding.TOLD)


def without(report: Report, hidden: Iterable[Suppressed]) -> Report:
    """The report with these of its findings among the suppressed ones."""
    hidden = tuple(hidden)
    chosen = frozenset(one.finding for one in hidden)
    kept = tuple(finding for finding in report.findings if finding not in chosen)
    return replace(report, findings=kept, suppressed=(*report.suppressed, *hidden))


def to(report: Report, chosen: Mapping[Finding, Finding]) -> Report:
    """The report with some of its findings alone, each as what stands for it here: the same with its fix written. What
    else it has is hidden, as what a change does not touch is.
    """
    others = (finding for finding in report.findings if finding not in chosen)
    hidden = tuple(Suppressed(finding, Suppression(Hiding.UNCHANGED)) for finding in others)
    kept = tuple(chosen[finding] for finding in report.findings if finding in chosen)
    return replace(report, findings=kept, suppressed=(*report.suppressed, *hidden))


def narrowed(report: Report) -> tuple[Suppressed, ...]:
    """The findings that were hidden from outside of the code."""
    return tuple(one for one in report.suppressed if one.by.hiding in _FROM_OUTSIDE)


def as_before(report: Report, before: Report) -> Report:
    """A later report of the same run, after edits, without what the earlier one was narrowed by."""
    known = narrowed(before)
    if not known:
        return report
    left = Counter(key(one.finding) for one in known)
    reasons = {key(one.finding): one.by for one in known}
    hidden = []
    for finding in report.findings:
        name = key(finding)
        if left[name] > 0:
            left[name] -= 1
            hidden.append(Suppressed(finding, reasons[name]))
    return without(report, hidden)
