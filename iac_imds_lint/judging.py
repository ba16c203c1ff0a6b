"""One root module or template at a time: read it, judge its resources, list them. A defect of ours is a finding."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from enum import Enum
from functools import partial
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

from iac_imds_lint import bootscript, resting, rules, unread
from iac_imds_lint.edit import Applicability, Refusal
from iac_imds_lint.finding import Finding, Migration, Removal, Rewriting, RuleModule
from iac_imds_lint.grouping import caused
from iac_imds_lint.guard import guarded
from iac_imds_lint.inputs import Inputs
from iac_imds_lint.model import AccountDefault, Posture, Resource
from iac_imds_lint.posture import World
from iac_imds_lint.report import Boot, BootState, Row
from iac_imds_lint.rules import imds007, imds900, imds999
from iac_imds_lint.rules.places import booted, consumers
from iac_imds_lint.script import Script, Unseen
from iac_imds_lint.source import Problem, SourceFile, Span, Uncreated, Unfollowed
from iac_imds_lint.sources import Sources

if TYPE_CHECKING:
    from iac_imds_lint.directive import Said


# A plan is made from the configuration: a change of the one would be lost with the next.
NO_FIX = Refusal("run the linter on the configuration to fix it")
_IN_THE_APP = Refusal("the program that writes this template writes the script, too: change it there")


class Kind(Enum):
    """What is judged by itself: the root module in a directory, the template, the plan or the script at a path."""

    MODULE = "module"
    TEMPLATE = "template"
    PLAN = "plan"
    SCRIPT = "script"


class Unit(NamedTuple):
    """Something that is judged by itself, and where it is."""

    path: str
    kind: Kind


class Given(NamedTuple):
    """What the user says that the code does not: values of variables, the account's default for tokens, and the root
    module that plans were made of.
    """

    inputs: Inputs = Inputs()
    account_default: AccountDefault | None = None
    configuration: str | None = None


class Judged(NamedTuple):
    """What judging some units gave.

    ``reached`` are the directories of the modules that were read, and the files that templates nest or include;
    ``relevant`` the templates, with these, and plans that are some; ``said`` what their metadata asks to be ignored.
    ``declared`` are variables that root modules have, of those that the user gave values for, ``parameters`` those of
    templates. ``planned`` are the findings and rows of plans, ``placed`` the files of the configuration where they
    stand. ``unfollowed`` are calls of modules, and nested stacks, that are not here. ``left_out`` are the bodies of
    what the values of this run leave out, ``uncreated`` those to be told of. ``nests`` are the files that each template
    nests or includes, ``booted`` those in which boot scripts of resources stand.
    """

    findings: list[Finding]
    rows: list[Row]
    problems: list[Problem]
    relevant: list[str]
    said: list[Said]
    reached: set[str]
    declared: set[str]
    parameters: set[str]
    planned: Planned
    placed: set[str]
    unfollowed: list[Unfollowed]
    uncreated: list[Uncreated]
    left_out: list[Span]
    nests: dict[str, set[str]]
    booted: set[str]


class Planned(NamedTuple):
    """The findings and the rows of plans, apart from those of the configuration that they may repeat."""

    findings: list[Finding]
    rows: list[Row]


_lists = attrgetter(
    *("findings", "rows", "problems", "relevant", "said", "unfollowed", "uncreated", "left_out"),
    *("planned.findings", "planned.rows"),
)
_sets = attrgetter("reached", "declared", "parameters", "placed", "nests", "booted")


def _nothing() -> Judged:
    return Judged([], [], [], [], [], set(), set(), set(), Planned([], []), set(), [], [], [], {}, set())


class Judge:
    """Who judges: by the rules whose codes are wanted, for the values that are given. What plans create is placed in
    the root module in the directory ``given.configuration``, if there is one.
    """

    def __init__(self, wants: Callable[[str], bool], given: Given) -> None:
        self.wants = wants
        self.given = given

    def __call__(self, sources: Sources, unit: Unit) -> Judged:
        """What judging one unit gives."""
        judged = _nothing()
        broken = partial(_broken, judged, unit.path)
        if unit.kind is Kind.SCRIPT:
            guarded(partial(_script, unit.path, sources, judged), broken)
        elif unit.kind is not Kind.PLAN or not _planned(unit.path, sources, judged, self):
            for declared in guarded(partial(_loaded, unit, sources, judged, self.given.inputs), broken) or ():
                _tell(declared.assuming(self.given.account_default), judged, self.wants)
        for findings in (judged.findings, judged.planned.findings):
            findings[:] = map(caused, findings)
        return judged

    def worlds(self, sources: Sources, unit: Unit) -> list[World]:
        """What a unit declares, once more and with all that is known of it; nothing of a script or a plan."""
        if unit.kind not in (Kind.MODULE, Kind.TEMPLATE):
            return []
        load = partial(_loaded, unit, sources, _nothing(), self.given.inputs)
        found = guarded(load, lambda _: None) or ()
        return [world.assuming(self.given.account_default) for world in found]


def judge(units: Sequence[Unit], sources: Sources, judge: Judge) -> Judged:
    """Judge units one after the other, each once for as long as its files stay as they are.

    A module that an earlier unit reached by a call, or a template that it nests, is not judged again by itself.
    """
    judged = _nothing()
    for unit in units:
        if unit.kind is Kind.PLAN or unit.path not in judged.reached:
            _add(sources.once(judge, unit), judged)
    return judged


def _tell(world: World, judged: Judged, wants: Callable[[str], bool]) -> None:
    judged.findings.extend(_checked(world, wants))
    judged.rows.extend(_rows(world))
    judged.booted.update(_booted(world))


def joined(parts: Sequence[Judged]) -> Judged:
    """Several results as one."""
    if len(parts) == 1:
        return parts[0]
    whole = _nothing()
    for part in parts:
        _add(part, whole)
    return whole


def _add(part: Judged, whole: Judged) -> None:
    """Add a result to others."""
    for held, more in zip(_lists(whole), _lists(part), strict=True):
        if more:
            held.extend(more)
    for held, more in zip(_sets(whole), _sets(part), strict=True):
        if more:
            held.update(more)


def _loaded(unit: Unit, sources: Sources, judged: Judged, inputs: Inputs) -> list[World]:
    """What a unit declares; a file may hold several templates, each for itself."""
    if unit.kind is Kind.MODULE:
        return [_module(unit.path, sources, judged, inputs)]
    return _templates(unit.path, sources, judged, inputs)


def _planned(path: str, sources: Sources, judged: Judged, judge: Judge) -> bool:
    """Judge the plan at a path; whether there is one."""
    from iac_imds_lint.terraform import plan_resources

    source = sources.read(path)
    if not isinstance(source, SourceFile):
        return False  # for a reason that is told where a template is looked for
    load = partial(plan_resources.load, source, sources, judge.given.configuration)
    loaded = guarded(load, partial(_broken, judged, path))
    if loaded is None:
        return any(finding.span.path == path for finding in judged.findings)
    judged.relevant.append(path)
    if isinstance(loaded, Problem):
        _file_problem(loaded, sources, judged)
        return True
    _file_problems(loaded.problems, sources, judged)
    judged.placed.update(loaded.placed)
    world = loaded.world.assuming(judge.given.account_default)
    judged.planned.findings.extend(map(_unfixed, _checked(world, judge.wants)))
    judged.planned.rows.extend(_rows(world))
    judged.booted.update(_booted(world))
    return True


def _script(path: str, sources: Sources, judged: Judged) -> None:
    """Judge a script that no resource runs."""
    source = sources.read(path)
    if isinstance(source, SourceFile):
        judged.findings.extend(imds007.of_script(bootscript.of_file(source)))
    else:
        judged.problems.append(source or Problem(path, "it is gone since it was listed"))


def _booted(world: World) -> set[str]:
    """The files in which what the resources boot with stands."""
    scripts = (one for resource in world.resources for one in resource.boot if isinstance(one, Script))
    return {piece.span.path for script in scripts for piece in script.text.pieces}


def _unfixed(finding: Finding) -> Finding:
    """The finding without a repair, unless none would help anywhere or nobody knows which."""
    by_hand = finding.resource is not None and finding.resource.entry.unfixable
    told = not isinstance(finding.repair, Migration | Rewriting) and (by_hand or finding.posture is Posture.UNKNOWN)
    return finding if told else replace(finding, repair=NO_FIX)


def _by_its_program(finding: Finding) -> Finding:
    """The finding; without a repair where a program writes the code again, and with a warning where it wrote it."""
    construct = finding.resource.construct if finding.resource is not None else None
    repair = finding.repair
    if construct is None or isinstance(repair, Refusal | Removal):
        return finding
    if isinstance(repair, Rewriting):
        return replace(finding, repair=_IN_THE_APP) if construct.is_output else finding
    if construct.is_output:
        return replace(finding, repair=Refusal(construct.remedy))
    told = "; ".join(filter(None, (repair.note, construct.remedy)))
    least = min(repair.applicability, Applicability.UNSAFE)
    return replace(finding, repair=repair._replace(applicability=least, note=told))


def _module(directory: str, sources: Sources, judged: Judged, inputs: Inputs) -> World:
    from iac_imds_lint.terraform import load

    judged.reached.add(directory)
    loaded = load.load(directory, sources, judged.reached, inputs)
    judged.declared.update(loaded.declared)
    judged.unfollowed.extend(loaded.unfollowed)
    judged.left_out.extend(loaded.left_out)
    _file_problems(loaded.problems, sources, judged)
    return loaded.world


def _templates(path: str, sources: Sources, judged: Judged, inputs: Inputs) -> list[World]:
    from iac_imds_lint.cloudformation import load

    source = sources.read(path)
    if not isinstance(source, SourceFile):
        judged.problems.append(source or Problem(path, "it is gone since it was listed"))
        return []
    loaded = load.load(source, sources, inputs)
    if loaded:
        judged.relevant.append(path)
    if isinstance(loaded, Problem):
        _file_problem(loaded, sources, judged)
        return []
    for template in loaded:
        told = template.told
        judged.relevant.extend(told.reached)
        judged.reached.update(told.reached)
        judged.nests.setdefault(path, set()).update(told.reached)
        judged.unfollowed.extend(told.unfollowed)
        judged.uncreated.extend(told.uncreated)
        judged.left_out.extend(told.left_out)
        judged.said.extend(told.said)
        judged.parameters.update(template.parameters)
        _file_problems(told.problems, sources, judged)
    sharing = load.Lazily(sources)
    return [
        World(template.resources, dormant=template.dormant, sharing=sharing, unread=_unread(template.told.problems))
        for template in loaded
    ]


def _unread(problems: Iterable[Problem]) -> Iterator[Span]:
    return (place for problem in problems for place in problem.left_out)


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
    judged.findings.append(
        imds900.finding(Span(problem.path, start, source.line_end(start)), problem.reason, is_whole=problem.is_whole)
    )


def _checked(world: World, wants: Callable[[str], bool]) -> Iterator[Finding]:
    for resource in world.judged():
        if unread.is_unread(resource, world):
            continue
        for check in rules.FOREIGN_CHECKS if resource.is_foreign else rules.CHECKS:
            if wants(check.RULE.code):
                found = guarded(partial(_run, check, resource, world), partial(_defect, check, resource))
                yield from map(_by_its_program, found or ())
    yield from _checked_policies(world, wants)


def _checked_policies(world: World, wants: Callable[[str], bool]) -> Iterator[Finding]:
    """What is found in policies, which have no posture."""
    for resource in world.policies():
        for check in rules.POLICY_CHECKS if not (resource.is_foreign or unread.is_unread(resource, world)) else ():
            if wants(check.RULE.code):
                found = guarded(partial(_run, check, resource, world), partial(_defect, check, resource))
                yield from map(_by_its_program, found or ())


def _run(check: RuleModule, resource: Resource, world: World) -> list[Finding]:
    found = (resting.placed(finding, world) for finding in check.check(resource, world))
    return [finding for finding in found if not unread.may_pass(finding, world)]


def _defect(check: RuleModule, resource: Resource, error: Exception) -> list[Finding]:
    return [imds999.finding(resource, check.RULE.code, error)]


def _rows(world: World) -> Iterator[Row]:
    for resource in world.judged():
        if unread.is_unread(resource, world):
            continue
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
            _boot(booted(resource, world)),
        )


def _boot(boot: Sequence[Script | Unseen]) -> Boot:
    """What is known of the scripts that a resource boots with."""
    calls = tuple(dict.fromkeys(found.span for found in bootscript.calls(boot)))
    unseen = bootscript.unseen(boot)
    if calls:
        return Boot(BootState.CALLS_V1, "", calls)
    if unseen:
        return Boot(BootState.UNSEEN, unseen[0].reason)
    return Boot(BootState.FREE if boot else BootState.NONE)
