"""One root module or template at a time: read it, judge its resources, list them. A defect of ours is a finding."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from iac_imds_lint import rules
from iac_imds_lint.finding import Finding, RuleModule
from iac_imds_lint.guard import guarded
from iac_imds_lint.inputs import Inputs
from iac_imds_lint.model import AccountDefault, Resource, World
from iac_imds_lint.report import Row
from iac_imds_lint.rules import imds900, imds999
from iac_imds_lint.rules.places import consumers
from iac_imds_lint.source import Problem, SourceFile, Span, Unfollowed
from iac_imds_lint.sources import Sources

if TYPE_CHECKING:
    from iac_imds_lint.cloudformation.resources import Ignore as MetadataIgnore


class Unit(NamedTuple):
    """What is judged by itself: the root module in a directory, or the template at a path."""

    path: str
    is_module: bool


class Given(NamedTuple):
    """What the user says that the code does not: values of variables, and the account's default for tokens."""

    inputs: Inputs = Inputs()
    account_default: AccountDefault | None = None


class Judged(NamedTuple):
    """What judging some units gave. ``reached`` are the directories of the modules that were read, ``relevant`` the
    templates that are some; ``ignores`` what their metadata ignores. ``declared`` are variables that root modules have,
    of those that the user gave values for. ``unfollowed`` are calls of modules that are not here.
    """

    findings: list[Finding]
    rows: list[Row]
    problems: list[Problem]
    relevant: list[str]
    ignores: list[MetadataIgnore]
    reached: set[str]
    declared: set[str]
    unfollowed: list[Unfollowed]


def judge(units: Sequence[Unit], sources: Sources, wants: Callable[[str], bool], given: Given) -> Judged:
    """Judge units one after the other, by the rules whose codes are wanted.

    A module that an earlier unit reached by a call is not judged again by itself.
    """
    judged = Judged([], [], [], [], [], set(), set(), [])
    for unit in units:
        if unit.is_module and unit.path in judged.reached:
            continue
        load = partial(_loaded, unit, sources, judged, given.inputs)
        loaded = guarded(load, partial(_broken, judged, unit.path))
        if loaded is not None:
            world = loaded.assuming(given.account_default)
            judged.findings.extend(_checked(world, wants))
            judged.rows.extend(_rows(world))
    return judged


def joined(parts: Sequence[Judged]) -> Judged:
    """Several results as one."""
    whole = Judged([], [], [], [], [], set(), set(), [])
    for part in parts:
        for field in ("findings", "rows", "problems", "relevant", "ignores", "unfollowed"):
            getattr(whole, field).extend(getattr(part, field))
        whole.reached.update(part.reached)
        whole.declared.update(part.declared)
    return whole


def _loaded(unit: Unit, sources: Sources, judged: Judged, inputs: Inputs) -> World | None:
    return _module(unit.path, sources, judged, inputs) if unit.is_module else _template(unit.path, sources, judged)


def _module(directory: str, sources: Sources, judged: Judged, inputs: Inputs) -> World:
    from iac_imds_lint.terraform import load

    judged.reached.add(directory)
    loaded = load.load(directory, sources, judged.reached, inputs)
    judged.declared.update(loaded.declared)
    judged.unfollowed.extend(loaded.unfollowed)
    _file_problems(loaded.problems, sources, judged)
    return loaded.world


def _template(path: str, sources: Sources, judged: Judged) -> World | None:
    from iac_imds_lint.cloudformation import resources

    source = sources.read(path)
    if not isinstance(source, SourceFile):
        judged.problems.append(source or Problem(path, "it is gone since it was listed"))
        return None
    loaded = resources.load(source)
    if loaded is None:
        return None
    judged.relevant.append(path)
    if isinstance(loaded, Problem):
        _file_problem(loaded, sources, judged)
        return None
    judged.ignores.extend(loaded.ignores)
    _file_problems(loaded.problems, sources, judged)
    return World(loaded.resources)


def _broken(judged: Judged, path: str, error: Exception) -> None:
    """A defect of ours while reading: told as a finding, and what stands there is not judged."""
    judged.findings.append(imds999.finding_at(Span(path or ".", 0, 0), f"reading {path or '.'}", error))


def _file_problems(problems: Iterable[Problem], sources: Sources, judged: Judged) -> None:
    for problem in problems:
        _file_problem(problem, sources, judged)


def _file_problem(problem: Problem, sources: Sources, judged: Judged) -> None:
    source = sources.read(problem.path)
    if not isinstance(source, SourceFile) or problem.position is None:
        judged.problems.append(problem)
        return
    start = source.offset(*problem.position)
    reason = problem.reason
    if problem.path.endswith((".tf", ".tofu", ".tfvars")):
        from iac_imds_lint.terraform.proof import diagnosis

        start, reason = diagnosis(source, start, reason)
    judged.findings.append(imds900.finding(Span(problem.path, start, source.line_end(start)), reason))


def _checked(world: World, wants: Callable[[str], bool]) -> Iterator[Finding]:
    for resource in world.judged():
        for check in rules.FOREIGN_CHECKS if resource.is_foreign else rules.CHECKS:
            if wants(check.RULE.code):
                found = guarded(partial(_run, check, resource, world), partial(_defect, check, resource))
                yield from found or ()


def _run(check: RuleModule, resource: Resource, world: World) -> list[Finding]:
    return list(check.check(resource, world))


def _defect(check: RuleModule, resource: Resource, error: Exception) -> list[Finding]:
    return [imds999.finding(resource, check.RULE.code, error)]


def _rows(world: World) -> Iterator[Row]:
    for resource in world.judged():
        verdict = world.verdict(resource)
        yield Row(
            resource.address,
            resource.entry.type,
            resource.head,
            verdict.posture,
            verdict.decided_by,
            verdict.reason,
            consumers(resource, world),
            resource.calls,
        )
