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
    from iac_imds_lint.cli.standard_input import Typed
    from iac_imds_lint.finding import Finding
    from iac_imds_lint.fixer import Outcome
    from iac_imds_lint.output.fixed import Done

Write = Callable[[str | bytes], None]


class Fixing(NamedTuple):
    """What was asked for: ``--fix``, ``--unsafe-fixes``, ``--diff``; and what was typed, where that is to be fixed."""

    fix: bool
    unsafe: bool
    diff: bool
    typed: Typed | None = None

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

    def repaired(self, report: Report, options: Options) -> Outcome:
        """What fixing comes to: of what was typed, where something was, and of no file beside it."""
        from iac_imds_lint.fixer import repair

        if self.typed is None:
            return repair(report, options, self.threshold)
        return repair(report, options, self.threshold, self.typed.is_fixed_here)

    def elsewhere(self, finding: Finding) -> bool:
        """Whether a fix is left alone because it changes files beside what was typed."""
        fix = finding.fix
        is_wanted = fix is not None and fix.applicability >= self.threshold
        return is_wanted and self.typed is not None and not self.typed.is_fixed_here(finding)


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

    if fixing.typed is not None:
        done = _print_text(fixing.repaired(report, options), fixing.typed, fixing, write)
    else:
        done = _repair(report, options, fixing)
        write(output.rendered(done.report, printing.output_format, printing.view))
    click.echo(fixed.changes(done), err=True, nl=False)
    # The report in full says why of each.
    if not (printing.is_seen and printing.output_format == "full" and fixing.typed is None):
        click.echo(fixed.left(done), err=True, nl=False)
    if report.relevant:
        click.echo(fixed.count(done, "fixed"), err=True)
    return done.report


def _print_patch(report: Report, options: Options, fixing: Fixing, write: Write) -> Report:
    from iac_imds_lint.output import fixed, patch
    from iac_imds_lint.replacing import left_out

    outcome = fixing.repaired(report, options)
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
    for finding in filter(fixing.elsewhere, outcome.report.findings):
        tell(f"not fixed: {finding.message}: {_OF_OTHERS}")
    click.echo(fixed.count(done, "would be fixed"), err=True)
    return replace(report, problems=(*report.problems, *problems))


_OF_OTHERS = "its fix changes other files, and only standard input is fixed"


def _print_text(outcome: Outcome, typed: Typed, fixing: Fixing, write: Write) -> Done:
    """Write what was typed, as it is fixed; the byte for byte same where nothing is."""
    from iac_imds_lint.output.fixed import Done

    write(next((after.encode() for before, after in outcome.changed if before.path == typed.path), typed.content))
    done = Done(outcome.mended, outcome.along, outcome.refused, outcome.report, fixing.threshold)
    left = [finding.fix.paths for finding in outcome.report.findings if finding.fix and fixing.elsewhere(finding)]
    others = sorted(frozenset().union(*left) - {typed.path})
    return done._replace(unwritten=[Problem(path, "only standard input is fixed") for path in others])


def _repair(report: Report, options: Options, fixing: Fixing) -> Done:
    """Write the fixes; what was done, and the report by which the run is judged."""
    from iac_imds_lint.replacing import write_all

    outcome = fixing.repaired(report, options)
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
