"""SARIF 2.1.0 (OASIS, https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html), within GitHub's limits.

Code scanning rejects a file with more than 25,000 results, and one that has more than 10 MB as gzip:
https://docs.github.com/en/code-security/reference/code-scanning/sarif-files/sarif-support-for-code-scanning
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from iac_imds_lint.finding import Hiding, Severity, Suppression
from iac_imds_lint.output.dumping import dumped
from iac_imds_lint.output.fingerprints import fingerprints
from iac_imds_lint.output.notes import counted
from iac_imds_lint.output.sarif.places import BASE, Places
from iac_imds_lint.output.sarif.results import Reported, result
from iac_imds_lint.output.sarif.tool import driver
from iac_imds_lint.output.view import View
from iac_imds_lint.report import Report
from iac_imds_lint.source import Problem

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_MOST_RESULTS = 25_000
_MOST_BYTES = 10_000_000
_ORDER = tuple(Severity)
_NOT_ACCEPTED = (Hiding.UNCHANGED, Hiding.TOLD)


def render(report: Report, view: View) -> str:
    """The findings as a SARIF log of one run; with those that are suppressed, where the view asks for them.

    Of more than GitHub takes, the most severe are kept, and a notification says how many were left out.
    """
    found = _reported(report, view)
    most = _MOST_RESULTS
    while True:
        kept = _most_severe(found, most)
        text = dumped(_log(report, view, kept, len(found) - len(kept)))
        if not kept or _fits(text):
            return text
        most = len(kept) // 2


def _reported(report: Report, view: View) -> list[Reported]:
    """What becomes a result, in the order of the report.

    What the change does not touch, or another batch tells, is never one: nobody decided to accept it, which is what a
    suppression says.
    """
    hidden = [one for one in report.suppressed if view.suppressed and one.by.hiding not in _NOT_ACCEPTED]
    findings = [*report.findings, *(one.finding for one in hidden)]
    # SARIF wants suppressions, none where there is none, of all results or of no result (section 3.27.23).
    by: list[tuple[Suppression, ...] | None] = [() if hidden else None for _ in report.findings]
    by += [(one.by,) for one in hidden]
    named = fingerprints(findings, view.root)
    return [Reported(*one) for one in zip(findings, named, by, strict=True)]


def _most_severe(found: Sequence[Reported], most: int) -> list[Reported]:
    if len(found) <= most:
        return list(found)
    ranked = sorted(range(len(found)), key=lambda index: _rank(found[index]))
    return [found[index] for index in sorted(ranked[:most])]


def _rank(one: Reported) -> tuple[bool, int]:
    return bool(one.by), _ORDER.index(one.finding.rule.severity)


def _fits(text: str) -> bool:
    if len(text) * 4 <= _MOST_BYTES:
        return True
    import zlib

    return len(zlib.compress(text.encode())) <= _MOST_BYTES


def _log(report: Report, view: View, kept: Sequence[Reported], left_out: int) -> dict[str, Any]:
    places = Places(report.sources, view.root)
    invocation = {
        "executionSuccessful": not report.unreadable,
        "toolExecutionNotifications": [*_notifications(report.problems, places), *_told(left_out)],
    }
    run = {
        "tool": {"driver": driver()},
        "invocations": [invocation],
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {BASE: {"description": {"text": "The root of the repository that was linted."}}},
        "artifacts": [_artifact(path, places) for path in _paths(report, kept)],
        "results": [result(one, places) for one in kept],
    }
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}


def _notifications(problems: Iterable[Problem], places: Places) -> Iterator[dict[str, Any]]:
    for problem in problems:
        location = {"physicalLocation": places.problem(problem)}
        yield {"level": "error", "message": {"text": problem.reason}, "locations": [location]}


def _told(left_out: int) -> Iterator[dict[str, Any]]:
    if left_out:
        text = f"{counted(left_out, 'result')} of lesser severity left out: GitHub takes no larger report."
        yield {"level": "warning", "message": {"text": text}}


def _paths(report: Report, kept: Iterable[Reported]) -> list[str]:
    return sorted({*report.relevant, *(one.finding.span.path for one in kept)})


def _artifact(path: str, places: Places) -> dict[str, Any]:
    return {"location": places.file(path), "roles": ["analysisTarget"], "encoding": "UTF-8"}
