"""From paths to a report: the whole way of the data, with no I/O but through the sources that it is given."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeVar

from iac_imds_lint import beside, grouping, judging, rewriting, rules, scanning, writing
from iac_imds_lint.beside import Beside
from iac_imds_lint.finding import Finding, Severity, Suppressed, order
from iac_imds_lint.grouping import root_of
from iac_imds_lint.inputs import Inputs
from iac_imds_lint.judging import Given, Judge, Judged, Kind, Unit
from iac_imds_lint.model import AccountDefault, Posture
from iac_imds_lint.posture import World
from iac_imds_lint.report import Report, Row
from iac_imds_lint.rules import imds005
from iac_imds_lint.scanning import Scanned, is_native
from iac_imds_lint.source import Problem, Span, Uncreated, Unfollowed
from iac_imds_lint.sources import Sources
from iac_imds_lint.suppression import applying
from iac_imds_lint.suppression.applying import Ground, Policy
from iac_imds_lint.suppression.configured import PerPath

if TYPE_CHECKING:
    from iac_imds_lint.cloudformation.nesting import Plan as TemplatePlan

_T = TypeVar("_T")
_R = TypeVar("_R")


class Spread(Protocol):
    """How work over many items is done: in one go, or in parts, each of which gives a result."""

    def __call__(self, work: Callable[[Sequence[_T]], _R], items: Sequence[_T]) -> list[_R]:
        """The results of ``work`` over parts of ``items``, which are all of them."""


def in_one_go(work: Callable[[Sequence[_T]], _R], items: Sequence[_T]) -> list[_R]:
    """All items, one after the other."""
    return [work(items)]


class Options(NamedTuple):
    """What a run reports, and for which values. ``select`` and ``ignore`` are codes of rules; an empty ``select`` means
    all. ``inputs`` are what the user gives for variables, ``account_default`` is what the account's defaults say of
    tokens where the code does not set them. ``scripts`` asks for scripts that no resource runs.

    ``configuration`` is the directory of the root module that plans were made of: their findings are placed there.
    It is named as the paths of its files begin: the working directory is the empty string.

    ``per_path`` are codes that are ignored in the files that patterns match, ``require_reason`` asks each suppression
    for a reason, ``honour`` are the tools whose suppressions count here, and ``today`` decides which have expired.
    Paths begin in the directory ``root``, or in the working directory where that is empty.
    """

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    fail_on: Severity = Severity.WARNING
    inputs: Inputs = Inputs()
    configuration: str | None = None
    account_default: AccountDefault | None = None
    scripts: bool = False
    per_path: tuple[PerPath, ...] = ()
    require_reason: bool = False
    honour: tuple[str, ...] = ()
    today: date | None = None
    root: str = ""

    @property
    def policy(self) -> Policy:
        """What is asked of suppressions."""
        assumes = self.inputs != Inputs()
        return Policy(self.wants, self.per_path, self.require_reason, self.honour, self.today, assumes, self.root)

    def wants(self, code: str) -> bool:
        """Whether findings of this code are reported. What could not be judged always is."""
        if code in rules.UNJUDGED:
            return True
        return (not self.select or code in self.select) and code not in self.ignore


def lint(
    paths: Sequence[str],
    sources: Sources,
    options: Options | None = None,
    tick: Callable[[int], None] = lambda _: None,
    spread: Spread = in_one_go,
    callers: Sequence[str] = (),
) -> Report:
    """Judge the files at ``paths``.

    ``tick`` is called with a number of files that were searched, ``spread`` says how the work is done. Files beside
    them are read for context, and ``callers`` are files that may call their modules or nest their stacks; what is
    reported stands in ``paths``, or was called from there. Never raises for what is in a file.
    """
    return with_fixes(find(paths, sources, options or Options(), tick, spread, callers), spread)


def with_fixes(report: Report, spread: Spread = in_one_go) -> Report:
    """A report whose fixes are written."""
    write = partial(writing.with_fixes, sources=report.sources, broken=_broken(report))
    written = spread(write, writing.tasks(report.findings))
    return replace(report, findings=tuple(finding for part in written for finding in part))


def fixed(report: Report, chosen: Collection[Finding]) -> list[Finding]:
    """Some findings of a report with their fixes written, as they are where all are: with what others need of the same
    resource.
    """
    tasks = [task for task in writing.tasks(report.findings) if task.finding in chosen]
    return writing.with_fixes(tasks, report.sources, _broken(report))


def fixed_otherwise(report: Report, finding: Finding) -> list[Finding]:
    """A finding of a report with each of its alternatives for its fix; those that cannot be written are left out."""
    alone = (writing.tasks([other]) for other in writing.with_alternatives(finding))
    written = (writing.with_fixes(tasks, report.sources, _broken(report)) for tasks in alone)
    return [one for (one,) in written if one.fix is not None]


def _broken(report: Report) -> frozenset[str]:
    return frozenset(finding.span.path for finding in report.findings if finding.is_unread)


def find(
    paths: Sequence[str],
    sources: Sources,
    options: Options,
    tick: Callable[[int], None] = lambda _: None,
    spread: Spread = in_one_go,
    callers: Sequence[str] = (),
) -> Report:
    """As ``lint``, but no fix is written yet."""
    scan = partial(scanning.scan, sources=sources, tick=tick, scripts=options.scripts)
    scanned = scanning.once(scanning.joined(spread(scan, paths)), paths, options.root)
    besides = beside.beside(paths, scanned, callers, sources, options.inputs)
    nested = (*scanned.templates, *(beside.unread(paths, scanned) if callers else ()))
    nesting = tuple(dict.fromkeys((*_nesting(callers, nested, sources), *besides.templates)))
    judged = _once(_judged(scanned, besides, nesting, sources, options, spread))
    scope = frozenset((*paths, *judged.placed))
    grouped = grouping.grouped(_united(judged), sources)
    found = [finding for finding in grouped if _in_scope(finding, scope)]
    read = (path for finding in found for path in finding.paths if path in scope)
    relevant = _relevant(scanned, judged, read, scope)
    commented = _commented((*relevant, *(finding.span.path for finding in found)), scanned, judged)
    ground = Ground(sources, commented, judged.said, frozenset(paths), tuple(judged.left_out))
    wanted, suppressed = _wanted(found, ground, options)
    return Report(
        findings=wanted,
        inventory=tuple(_inventory(_united_rows(judged), scope)),
        problems=tuple(dict.fromkeys((*scanned.problems, *judged.problems, *_unjudged_context(grouped, scope)))),
        files=len(paths),
        relevant=relevant,
        sources=sources,
        suppressed=suppressed,
        fail_on=options.fail_on,
        callers=tuple(dict.fromkeys((*besides.paths, *nesting))),
        undeclared=tuple(sorted(options.inputs.variables.keys() - judged.declared)),
        undeclared_parameters=tuple(sorted(options.inputs.parameters.keys() - judged.parameters)),
        unfollowed=tuple(_unfollowed(scanned, judged, scope)),
        uncreated=tuple(_uncreated(judged, scope)),
    )


def worlds(path: str, sources: Sources, options: Options) -> Iterator[World]:
    """What each root module and each template declares that has to do with a file, of those that a run over these
    sources with these options has judged.
    """
    judge = sources.once(_judge, options._replace(today=None))
    for unit in sources.made_with(judge, path):
        yield from sources.once(judge.worlds, unit)


def _wanted(
    found: Sequence[Finding], ground: Ground, options: Options
) -> tuple[tuple[Finding, ...], tuple[Suppressed, ...]]:
    """The findings of the rules that are asked for, in their order, and those that are suppressed."""
    applied = applying.apply(found, ground, options.policy)
    kept = rewriting.sparing(applied.kept, [one.finding for one in applied.suppressed])
    wanted = sorted((finding for finding in kept if options.wants(finding.rule.code)), key=order)
    return tuple(wanted), tuple(one for one in applied.suppressed if options.wants(one.finding.rule.code))


def _nesting(callers: Sequence[str], templates: Sequence[str], sources: Sources) -> tuple[str, ...]:
    """The templates, of those that may nest others, from which one leads to these."""
    others = [path for path in callers if not is_native(path)] if templates else []
    if not others:
        return ()
    from iac_imds_lint.cloudformation import nesting

    return nesting.parents(others, templates, sources)


def _judged(
    scanned: Scanned,
    besides: Beside,
    nesting: Sequence[str],
    sources: Sources,
    options: Options,
    spread: Spread,
) -> Judged:
    """Templates and root modules first; then by itself each of them that none turned out to reach."""
    roots: Sequence[str] = ()
    remaining: Sequence[str] = ()
    seen = tuple(dict.fromkeys((*scanned.seen, *besides.seen)))
    if seen:
        from iac_imds_lint.terraform import load

        roots, remaining = sources.once(load.plan, (seen, besides.calling))
    templates = (*scanned.templates, *nesting)
    first, between, last = _planned(templates, sources) if templates else ((), (), ())
    work = partial(judging.judge, sources=sources, judge=sources.once(_judge, options._replace(today=None)))
    units = [*_units(Kind.TEMPLATE, first), *_units(Kind.PLAN, scanned.plans), *_units(Kind.MODULE, roots)]
    judged = judging.joined(spread(work, units))
    left = [*_units(Kind.TEMPLATE, between), *_units(Kind.MODULE, remaining)]
    judged = judging.joined([judged, work(_unreached(left, judged))])
    alone = _unreached(_units(Kind.TEMPLATE, last), judged)
    judged = judging.joined([judged, *spread(work, alone)]) if alone else judged
    scripts = [path for path in scanned.scripts if path not in judged.booted and path not in judged.relevant]
    return judging.joined([judged, *spread(work, _units(Kind.SCRIPT, scripts))]) if scripts else judged


def _judge(_: Sources, options: Options) -> Judge:
    """Who judges for these options: the same one for as long as sources live, that nothing is judged twice."""
    return Judge(options.wants, Given(options.inputs, options.account_default, options.configuration))


def _once(judged: Judged) -> Judged:
    """The same without what is said of a template by itself where another one nests it."""
    if not any(judged.nests.values()):
        return judged
    from iac_imds_lint.cloudformation import nesting

    repeated = nesting.repeated(judged.nests)
    findings = [f for f in judged.findings if root_of(f.span, f.resource.calls if f.resource else ()) not in repeated]
    rows = [row for row in judged.rows if row.root not in repeated]
    return judged._replace(findings=findings, rows=rows)


def _planned(templates: Sequence[str], sources: Sources) -> TemplatePlan:
    from iac_imds_lint.cloudformation import nesting

    return nesting.plan(templates, sources)


def _units(kind: Kind, paths: Iterable[str]) -> list[Unit]:
    return [Unit(path, kind) for path in paths]


def _unreached(units: Iterable[Unit], judged: Judged) -> list[Unit]:
    return [unit for unit in units if unit.path not in judged.reached]


def _united(judged: Judged) -> list[Finding]:
    """The findings of the configuration and of plans, without what the two say of one block.

    Where both have the same finding, the configuration's can be fixed. Where one of them does not decide, and the other
    does, the other's word counts.
    """
    if not any(judged.planned):
        return judged.findings
    told = {_about(finding) for finding in judged.findings} | _undecided_but(judged.rows)
    superseded = _undecided_but(judged.planned.rows)
    own = (finding for finding in judged.findings if _about(finding) not in superseded)
    return [*own, *(finding for finding in judged.planned.findings if _about(finding) not in told)]


def _united_rows(judged: Judged) -> list[Row]:
    """The rows of the configuration and of plans; of a block that both know, the instances that the plan has."""
    if not judged.planned.rows:
        return judged.rows
    planned = {row.span for row in judged.planned.rows}
    return [*(row for row in judged.rows if row.span not in planned), *judged.planned.rows]


def _undecided_but(rows: Sequence[Row]) -> set[tuple[str, Span]]:
    """What would be said of blocks that are not decided, of those that these rows do decide."""
    decided = {row.span for row in rows} - {row.span for row in rows if row.posture is Posture.UNKNOWN}
    return {(imds005.RULE.code, head) for head in decided}


def _about(finding: Finding) -> tuple[str, Span]:
    return finding.rule.code, finding.resource.head if finding.resource is not None else finding.span


def _relevant(scanned: Scanned, judged: Judged, read: Iterable[str], scope: frozenset[str]) -> tuple[str, ...]:
    """The paths, of those in scope, without which another run would not say the same."""
    templates = (path for path in judged.relevant if path in scope)
    ours = (*(seen.path for seen in scanned.seen), *scanned.commented, *templates, *read, *scanned.scripts)
    return tuple(dict.fromkeys(ours))


def _commented(relevant: Iterable[str], scanned: Scanned, judged: Judged) -> list[str]:
    """The files whose ignore comments count: JSON has none, but in a plan a script may stand that has."""
    return sorted({*relevant, *judged.placed, *judged.relevant, *judged.booted} - set(scanned.plans))


def _unjudged_context(findings: Iterable[Finding], scope: frozenset[str]) -> Iterator[Problem]:
    """Files that were only read for context and could not be: no findings of the user's, but not to be kept quiet."""
    for finding in findings:
        if finding.rule.code in rules.UNJUDGED and not _in_scope(finding, scope):
            yield Problem(finding.span.path, finding.message)


def _unfollowed(scanned: Scanned, judged: Judged, scope: frozenset[str]) -> Iterator[Unfollowed]:
    """The calls that lead to modules of which nothing is known, also in files that were not parsed."""
    found = [one for one in judged.unfollowed if one.path in scope]
    for seen in scanned.seen:
        if seen.directory not in judged.reached:
            found += [Unfollowed("", source, seen.path) for source in seen.remote]
    yield from dict.fromkeys(found)


def _uncreated(judged: Judged, scope: frozenset[str]) -> Iterator[Uncreated]:
    """What conditions leave out of the templates in scope."""
    yield from dict.fromkeys(one for one in judged.uncreated if one.path in scope)


def _in_scope(finding: Finding, scope: frozenset[str]) -> bool:
    """Whether a finding, its resource, a call that leads there or anything that it rests on stands in one of the
    paths.
    """
    resource = finding.resource
    calls = (resource.head, *resource.calls) if resource else ()
    return _touches(scope, finding.span, calls) or not scope.isdisjoint(finding.paths)


def _touches(scope: frozenset[str], span: Span, calls: Iterable[Span]) -> bool:
    """Whether what stands at a place, or a call that leads there, stands in one of the paths."""
    return span.path in scope or any(call.path in scope for call in calls)


def _inventory(rows: Iterable[Row], scope: frozenset[str]) -> Iterator[Row]:
    here = (row for row in rows if _touches(scope, row.span, row.calls))
    unique = {(row.resource, row.span, row.calls): row for row in here}
    yield from sorted(unique.values(), key=lambda row: (row.span, row.resource))
