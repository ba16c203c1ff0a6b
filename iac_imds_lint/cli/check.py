"""What ``check`` does with a report: print it, print a patch, or repair."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import click

from iac_imds_lint import ignoring, narrowing, output
from iac_imds_lint.cli.telling import tell
from iac_imds_lint.edit import Applicability
from iac_imds_lint.engine import Options, lint
from iac_imds_lint.errors import UsageError
from iac_imds_lint.output.view import Root, View
from iac_imds_lint.report import Report
from iac_imds_lint.source import Problem

if TYPE_CHECKING:
    from iac_imds_lint.fixer import Outcome
    from iac_imds_lint.output.fixed import Done

Write = Callable[[str | bytes], None]


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


class Printing(NamedTuple):
    """How the report is printed, and whether a person who watches standard error sees it."""

    output_format: str
    view: View
    is_seen: bool


def root() -> Root:
    """Where the paths of this run begin."""
    here = os.getcwd()
    return Root(here, ignoring.git_root(here) or here)


def run(report: Report, options: Options, fixing: Fixing, printing: Printing, write: Write) -> Report:
    """Write what was asked for; the report by which the run is judged."""
    if fixing.diff:
        return _print_patch(report, options, fixing, write)
    if not fixing.fix:
        write(output.rendered(report, printing.output_format, printing.view))
        if output.is_read(printing.output_format) and report.relevant:
            from iac_imds_lint.output.full import summary

            click.echo(summary(report), err=True)
        return report
    from iac_imds_lint.output import fixed

    done = _repair(report, options, fixing)
    write(output.rendered(done.report, printing.output_format, printing.view))
    click.echo(fixed.changes(done), err=True, nl=False)
    if not (printing.is_seen and printing.output_format == "full"):  # which says why of each
        click.echo(fixed.left(done), err=True, nl=False)
    if report.relevant:
        click.echo(fixed.count(done, "fixed"), err=True)
    return done.report


def _print_patch(report: Report, options: Options, fixing: Fixing, write: Write) -> Report:
    from iac_imds_lint.fixer import repair
    from iac_imds_lint.output import fixed, patch
    from iac_imds_lint.replacing import left_out

    outcome = repair(report, options, fixing.threshold)
    unnameable = patch.unnameable(before.path for before, _ in outcome.changed)
    problems = left_out(unnameable, outcome.together, "not in the patch: a fix of it changes {} as well")
    for problem in problems:
        tell(f"{problem.path}: {problem.reason}")
    done = _without(problems, outcome, report, options, fixing.threshold)
    named = {before.path for before, _ in outcome.changed} - {problem.path for problem in problems}
    # Bytes, for a patch is UTF-8 as the files are, whatever the terminal is.
    write(patch.render(pair for pair in outcome.changed if pair[0].path in named).encode())
    for refused in outcome.refused:
        tell(f"not fixed: {refused.finding.message}: {refused.reason}")
    click.echo(fixed.count(done, "would be fixed"), err=True)
    return replace(report, problems=(*report.problems, *problems))


def _repair(report: Report, options: Options, fixing: Fixing) -> Done:
    """Write the fixes; what was done, and the report by which the run is judged."""
    from iac_imds_lint.fixer import repair
    from iac_imds_lint.replacing import write_all

    outcome = repair(report, options, fixing.threshold)
    named = (*options.inputs.variable_files, *options.inputs.parameter_files)
    within = report.sources.within
    problems = write_all(outcome.changed, lambda path: path in named or within(path), outcome.together)
    for problem in problems:
        tell(f"{problem.path}: {problem.reason}")
    return _without(problems, outcome, report, options, fixing.threshold)._replace(unwritten=problems)


def _without(
    problems: Sequence[Problem], outcome: Outcome, report: Report, options: Options, threshold: Applicability
) -> Done:
    """What is done of an outcome where some files stay as they were."""
    from iac_imds_lint.finding import key
    from iac_imds_lint.output.fixed import Done

    if not problems:
        return Done(outcome.mended, outcome.along, outcome.refused, outcome.report, threshold)
    unchanged = {problem.path for problem in problems}
    changed = [after for before, after in outcome.changed if before.path not in unchanged]
    again = lint(report.relevant, report.sources.with_changes(changed), options, callers=report.callers)
    again = narrowing.as_before(again, report)
    again = replace(again, problems=(*report.problems, *problems), files=report.files)
    mended = [finding for finding in outcome.mended if finding.fix and not finding.fix.paths & unchanged]
    still = set(map(key, again.findings))
    along = [finding for finding in outcome.along if key(finding) not in still]
    return Done(mended, along, outcome.refused, again, threshold)
