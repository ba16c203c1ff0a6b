"""What ``check`` does with a report: print it, print a patch, or repair."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

import click

from iac_imds_lint.edit import Applicability
from iac_imds_lint.engine import Options, lint
from iac_imds_lint.errors import UsageError
from iac_imds_lint.finding import Finding
from iac_imds_lint.output.style import Style
from iac_imds_lint.report import Report

Write = Callable[[str], None]


class Fixing(NamedTuple):
    """What was asked for: ``--fix``, ``--unsafe-fixes``, ``--diff``."""

    fix: bool
    unsafe: bool
    diff: bool

    def verify(self) -> None:
        """Raises UsageError where the three make no sense together."""
        if self.fix and self.diff:
            raise UsageError("--fix writes and --diff only shows: use one of them")
        if self.unsafe and not (self.fix or self.diff):
            raise UsageError("--unsafe-fixes goes with --fix or --diff")

    @property
    def threshold(self) -> Applicability:
        """The least applicability of the fixes to apply."""
        return Applicability.UNSAFE if self.unsafe else Applicability.SAFE


def run(report: Report, options: Options, fixing: Fixing, output_format: str, style: Style, write: Write) -> Report:
    """Write what was asked for; the report by which the run is judged."""
    if fixing.diff:
        _print_patch(report, options, fixing, write)
        return report
    mended = 0
    if fixing.fix:
        report, mended = _repair(report, options, fixing)
    write(rendered(report, output_format, style))
    if output_format != "json" and report.relevant:
        from iac_imds_lint.output.full import summary

        click.echo(summary(report, mended), err=True)
    return report


def rendered(report: Report, output_format: str, style: Style) -> str:
    """The findings in one format."""
    if output_format == "json":
        from iac_imds_lint.output import json_report

        return json_report.render(report)
    if output_format == "concise":
        from iac_imds_lint.output import concise

        return concise.render(report, style)
    from iac_imds_lint.output import full

    return full.render(report, style)


def _print_patch(report: Report, options: Options, fixing: Fixing, write: Write) -> None:
    from iac_imds_lint.fixer import repair
    from iac_imds_lint.output import patch

    outcome = repair(report, options, fixing.threshold)
    write(patch.render(outcome.changed))
    _tell(len(outcome.mended), outcome.report, "would fix")
    for refused in outcome.refused:
        click.echo(f"not fixed: {refused.finding.message}: {refused.reason}", err=True)


def _repair(report: Report, options: Options, fixing: Fixing) -> tuple[Report, int]:
    """Write the fixes; the report by which the run is judged, and how many findings were mended."""
    from iac_imds_lint.files import write_all
    from iac_imds_lint.fixer import repair

    outcome = repair(report, options, fixing.threshold)
    named = (*options.inputs.variable_files, *options.inputs.parameter_files)
    problems = write_all(outcome.changed, lambda path: path in named or report.sources.within(path))
    for problem in problems:
        click.echo(f"{problem.path}: {problem.reason}", err=True)
    unwritten = {problem.path for problem in problems}
    mended = [finding for finding in outcome.mended if not unwritten & set(_changed_by(finding))]
    for finding in mended:
        click.echo(f"fixed: {', '.join(_changed_by(finding))}: {finding.rule.code} {finding.message}", err=True)
    if not unwritten:
        return outcome.report, len(mended)
    written = [after for before, after in outcome.changed if before.path not in unwritten]
    again = lint(report.relevant, report.sources.with_changes(written), options, callers=report.callers)
    return replace(again, problems=(*report.problems, *problems), files=report.files), len(mended)


def _changed_by(finding: Finding) -> tuple[str, ...]:
    """The files that a finding's fix changes."""
    return tuple(dict.fromkeys(edit.span.path for edit in finding.fix.edits)) if finding.fix else ()


def _tell(mended: int, report: Report, verb: str) -> None:
    left = len(report.findings)
    click.echo(f"{verb} {mended} finding{'' if mended == 1 else 's'}; {left} left.", err=True)
