"""``check --add-suppressions``: ignore what is there now, by comments and metadata of ours."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

from iac_imds_lint import output
from iac_imds_lint.cli.telling import tell
from iac_imds_lint.directive import day_of
from iac_imds_lint.engine import Options
from iac_imds_lint.errors import UsageError
from iac_imds_lint.finding import Finding
from iac_imds_lint.output.notes import counted
from iac_imds_lint.report import Report
from iac_imds_lint.source import SourceFile

if TYPE_CHECKING:
    from iac_imds_lint.adding import Added
    from iac_imds_lint.cli.check import Printing

_ONLY = "goes with --add-suppressions"


class Adding(NamedTuple):
    """What was asked for: the reason and the last day to write, and whether only a patch is."""

    reason: str
    until: date | None
    diff: bool


def asked(given: Mapping[str, Any], options: Options) -> Adding | None:
    """What the options ask for; None where they do not. Raises UsageError where they make no sense together."""
    reason, until = given["reason"], given["until"]
    if not given["add_suppressions"]:
        if reason is not None or until is not None:
            raise UsageError(f"{'--reason' if reason is not None else '--until'} {_ONLY}")
        return None
    for name in ("fix", "unsafe_fixes", "write_baseline", "prune_baseline"):
        if given[name]:
            raise UsageError(f"--add-suppressions and --{name.replace('_', '-')}: use one of them")
    if options.require_reason and not (reason or "").strip():
        raise UsageError("the configuration requires a reason: give one with --reason")
    if reason is not None and not reason.isprintable():
        raise UsageError("--reason is one line of text")
    return Adding(" ".join((reason or "").split()), _day(until, options), given["diff"])


def _day(text: str | None, options: Options) -> date | None:
    if text is None:
        return None
    day = day_of(text)
    if day is None:
        raise UsageError(f"--until takes a day as YYYY-MM-DD, not {text!r}")
    if options.today is not None and day < options.today:
        raise UsageError(f"--until {day} is past")
    return day


def run(
    report: Report, options: Options, adding: Adding, printing: Printing, write: Callable[[str | bytes], None]
) -> Report:
    """Write the suppressions, or print them as a patch; the report by which the run is judged."""
    from iac_imds_lint.adding import add
    from iac_imds_lint.suppression.writing_ours import Asked

    added = add(report, options, Asked(adding.reason, adding.until))
    report = _patched(report, added, write) if adding.diff else _written(report, added, printing, write)
    for finding, reason in added.left:
        tell(f"not suppressed: {_place(finding, report)} {finding.rule.code} {finding.message}: {reason}")
    done = counted(len(added.done), "finding")
    tell(f"{done} {'would be ' if adding.diff else ''}suppressed, {len(added.left)} left")
    return report


def _patched(report: Report, added: Added, write: Callable[[str | bytes], None]) -> Report:
    from iac_imds_lint.output import patch

    problems = list(patch.unnameable(before.path for before, _ in added.changed))
    for problem in problems:
        tell(f"{problem.path}: {problem.reason}")
    unnameable = {problem.path for problem in problems}
    write(patch.render(pair for pair in added.changed if pair[0].path not in unnameable).encode())
    return replace(report, problems=(*report.problems, *problems))


def _written(report: Report, added: Added, printing: Printing, write: Callable[[str | bytes], None]) -> Report:
    from iac_imds_lint.replacing import write_all

    problems = write_all(added.changed, report.sources.within)
    for problem in problems:
        tell(f"{problem.path}: {problem.reason}")
    unwritten = {problem.path for problem in problems}
    kept = tuple(finding for finding in added.done if finding.span.path in unwritten)
    after = added.report
    report = replace(after, findings=(*after.findings, *kept), problems=(*after.problems, *problems))
    write(output.rendered(report, printing.output_format, printing.view))
    return report


def _place(finding: Finding, report: Report) -> str:
    source = report.sources.read(finding.span.path)
    row = f":{source.position(finding.span.start).row}" if isinstance(source, SourceFile) else ""
    return f"{finding.span.path}{row}:"
