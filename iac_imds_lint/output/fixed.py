"""What repairing came to, for a person: what was changed, what was left and why, and how much of each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from iac_imds_lint.edit import Applicability
from iac_imds_lint.finding import Finding, Key, key
from iac_imds_lint.fixer import Refused
from iac_imds_lint.output.excerpt import harmless
from iac_imds_lint.output.full import of_suppressed, summary
from iac_imds_lint.output.notes import counted
from iac_imds_lint.report import Report
from iac_imds_lint.source import Problem, SourceFile


class Done(NamedTuple):
    """What was mended by fixes at least as sure as ``threshold``, what went with them, what was refused, and the report
    on what is left. ``unwritten`` are the files that could not be written, and why.
    """

    mended: Sequence[Finding]
    along: Sequence[Finding]
    refused: Sequence[Refused]
    report: Report
    threshold: Applicability
    unwritten: Sequence[Problem] = ()

    def hindrance(self, finding: Finding) -> Problem | None:
        """What kept the fix of a finding from being written."""
        paths = finding.fix.paths if finding.fix is not None else frozenset()
        return next((problem for problem in self.unwritten if problem.path in paths), None)


def changes(done: Done) -> str:
    """A line for each file that was changed, and below it one for each finding: its code, its resource and the fix."""
    by_file: dict[str, list[str]] = {}
    for finding in done.mended:
        for path in sorted(finding.fix.paths) if finding.fix is not None else ():
            by_file.setdefault(path, []).append(f"{_named(finding)}: {finding.fix.message if finding.fix else ''}")
    for finding in done.along:
        by_file.setdefault(finding.span.path, []).append(f"{_named(finding)}: gone with that")
    return _listed("fixed", by_file)


def left(done: Done) -> str:
    """A line for each file with findings that are left, and below it one for each of them: where it is, and why."""
    refused = {key(one.finding) for one in done.refused}
    by_file: dict[str, list[str]] = {}
    for finding in done.report.findings:
        line = f"{_named(finding)}, line {_row(finding, done.report)}: {_reason(finding, done, refused)}"
        by_file.setdefault(finding.span.path, []).append(line)
    return _listed("left", by_file)


def _listed(word: str, by_file: Mapping[str, Sequence[str]]) -> str:
    blocks = (
        (f"{word} in {path}", *(f"  {line}" for line in dict.fromkeys(by_file[path]))) for path in sorted(by_file)
    )
    return "".join(f"{harmless(line)}\n" for block in blocks for line in block)


def count(done: Done, verb: str) -> str:
    """How much was fixed (``verb`` says whether it was), and what could be done about the rest."""
    number, total = len(done.mended) + len(done.along), len(done.report.findings)
    if not number and not total:
        return summary(done.report)
    kinds = Counter(_kind(finding, done) for finding in done.report.findings)
    parts = [f"{kinds[kind]} {kind}" for kind in _KINDS if kinds[kind]]
    rest = f": {', '.join(parts)}" if len(parts) > 1 else f", {next(iter(kinds), '')}"
    kept = f"{total} left in {counted(done.report.files, 'file')}{rest}" if total else "none left"
    return f"{counted(number, 'finding') if number else 'no finding'} {verb}, {kept}.{of_suppressed(done.report)}"


_BY_UNSAFE, _TO_LOOK_AT, _WITHOUT, _UNAPPLIED, _UNWRITTEN = (
    "fixable with --unsafe-fixes",
    "with a fix that is to be looked at",
    "without a fix",
    "with a fix that was not applied",
    "with a fix that could not be written",
)
_KINDS = (_BY_UNSAFE, _TO_LOOK_AT, _UNAPPLIED, _UNWRITTEN, _WITHOUT)


def _kind(finding: Finding, done: Done) -> str:
    if finding.fix is None:
        return _WITHOUT
    if finding.fix.applicability >= done.threshold:
        return _UNWRITTEN if done.hindrance(finding) else _UNAPPLIED
    return _BY_UNSAFE if finding.fix.applicability is Applicability.UNSAFE else _TO_LOOK_AT


def _reason(finding: Finding, done: Done, refused: Collection[Key]) -> str:
    if finding.fix is None:
        word = "fix refused" if key(finding) in refused else "no fix"
        return f"{word}: {finding.fix_unavailable}" if finding.fix_unavailable else word
    why = f" ({finding.fix.note})" if finding.fix.note else ""
    if finding.fix.applicability >= done.threshold:
        return _hindered(finding, done.hindrance(finding))
    if finding.fix.applicability is Applicability.UNSAFE:
        return f"its fix is unsafe{why}, use --unsafe-fixes"
    return f"its fix{why} is to be looked at and done by hand, see --output-format full"


def _hindered(finding: Finding, hindrance: Problem | None) -> str:
    if hindrance is None:
        return "its fix was not applied"
    where = "" if hindrance.path == finding.span.path else f"{hindrance.path}: "
    return f"its fix could not be written ({where}{hindrance.reason})"


def _named(finding: Finding) -> str:
    return f"{finding.rule.code} {finding.resource.address}" if finding.resource is not None else finding.rule.code


def _row(finding: Finding, report: Report) -> int:
    source = report.sources.read(finding.span.path)
    return source.position(finding.span.start).row if isinstance(source, SourceFile) else 1
