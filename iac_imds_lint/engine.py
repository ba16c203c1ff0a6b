"""From paths to a report: the whole way of the data, with no I/O but through the sources that it is given."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeVar

from iac_imds_lint import rules, suppression
from iac_imds_lint.catalog import Dialect, Option
from iac_imds_lint.edit import Edit, Fix, Refusal
from iac_imds_lint.finding import Finding, Repair, RuleModule, Severity
from iac_imds_lint.model import Resource, World
from iac_imds_lint.report import Report, Row
from iac_imds_lint.rules import imds900, imds901, imds999
from iac_imds_lint.rules.places import consumers
from iac_imds_lint.source import Problem, SourceFile, Span
from iac_imds_lint.sources import Sources

if TYPE_CHECKING:
    from iac_imds_lint.cloudformation.resources import Ignore as MetadataIgnore
    from iac_imds_lint.terraform.scan import Seen

_T = TypeVar("_T")

_NATIVE = (".tf", ".tofu", ".tf.json", ".tofu.json")


class Options(NamedTuple):
    """What a run reports. ``select`` and ``ignore`` are codes or their beginnings; an empty ``select`` means all."""

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    fail_on: Severity = Severity.WARNING

    def wants(self, code: str) -> bool:
        """Whether findings of this code are reported. What could not be judged always is."""
        if code in ("IMDS900", "IMDS999"):
            return True
        return (not self.select or code.startswith(self.select)) and not code.startswith(self.ignore or ("\0",))


class _Read(NamedTuple):
    """What was found in the files: worlds, findings about the files themselves, and what could not be read."""

    worlds: list[World]
    findings: list[Finding]
    problems: list[Problem]
    relevant: list[str]
    ignores: list[MetadataIgnore]


def lint(
    paths: Sequence[str], sources: Sources, options: Options | None = None, tick: Callable[[], None] = lambda: None
) -> Report:
    """Judge the files at ``paths``.

    ``tick`` is called once for every file. Files beside them are read for context; what is reported stands in
    ``paths``, or was called from there. Never raises for what is in a file.
    """
    options = options or Options()
    read = _read(paths, sources, tick)
    scope = frozenset(paths)
    judged = [finding for world in read.worlds for finding in _judged(world, options)]
    found = [finding for finding in _grouped([*read.findings, *judged]) if _in_scope(finding, scope)]
    found += _unused_metadata(read.ignores, found, options)
    kept, suppressed = _suppressed(found, read.relevant, sources, options)
    wanted = sorted((finding for finding in kept if options.wants(finding.rule.code)), key=_order)
    return Report(
        findings=tuple(_with_fixes(wanted, sources)),
        inventory=tuple(_inventory(read.worlds, scope)),
        problems=tuple(read.problems),
        files=len(paths),
        relevant=tuple(read.relevant),
        sources=sources,
        suppressed=tuple(suppressed),
        fail_on=options.fail_on,
    )


def _read(paths: Sequence[str], sources: Sources, tick: Callable[[], None]) -> _Read:
    read = _Read([], [], [], [], [])
    native: list[str] = []
    for path in paths:
        if path.endswith(_NATIVE):
            native.append(path)
        else:
            _read_template(path, sources, read)
            tick()
    _read_terraform(native, sources, read, tick)
    return read


def _bytes(path: str, sources: Sources, read: _Read) -> bytes | None:
    data = sources.data(path)
    if isinstance(data, bytes):
        return data
    read.problems.append(data or Problem(path, "it is gone since it was listed"))
    return None


def _read_terraform(paths: Iterable[str], sources: Sources, read: _Read, tick: Callable[[], None]) -> None:
    from iac_imds_lint.terraform.scan import Scanner

    scanner = Scanner()
    seen = []
    for path in paths:
        data = _bytes(path, sources, read)
        found = scanner.scan(path, data) if data is not None else None
        if found is not None:
            seen.append(found)
        if found is not None or (data is not None and suppression.MARKER.encode() in data):
            read.relevant.append(path)
        tick()
    if seen:
        _load_terraform(seen, sources, read)


def _load_terraform(seen: Sequence[Seen], sources: Sources, read: _Read) -> None:
    from iac_imds_lint.terraform import load

    for directory, loading in load.roots(seen, sources):
        loaded = _guarded(loading, partial(_broken, read, directory or "."))
        if loaded is not None:
            read.worlds.append(loaded.world)
            _file_problems(loaded.problems, sources, read)


def _file_problems(problems: Iterable[Problem], sources: Sources, read: _Read) -> None:
    for problem in problems:
        _file_problem(problem, sources, read)


def _file_problem(problem: Problem, sources: Sources, read: _Read) -> None:
    source = sources.read(problem.path)
    if not isinstance(source, SourceFile) or problem.position is None:
        read.problems.append(problem)
        return
    start = source.offset(*problem.position)
    reason = problem.reason
    if problem.path.endswith((".tf", ".tofu")):
        from iac_imds_lint.terraform.proof import diagnosis

        start, reason = diagnosis(source, start, reason)
    read.findings.append(imds900.finding(Span(problem.path, start, source.line_end(start)), reason))


def _read_template(path: str, sources: Sources, read: _Read) -> None:
    from iac_imds_lint.cloudformation import template

    data = _bytes(path, sources, read)
    if data is None or not template.looks_like_template(data):
        return
    source = sources.read(path)
    if not isinstance(source, SourceFile):
        read.problems.append(source or Problem(path, "it is gone since it was listed"))
        return
    from iac_imds_lint.cloudformation import resources

    loaded = _guarded(partial(resources.load, source), partial(_broken, read, path))
    if loaded is None:
        return
    read.relevant.append(path)
    if isinstance(loaded, Problem):
        _file_problem(loaded, sources, read)
        return
    read.worlds.append(World(loaded.resources))
    read.ignores.extend(loaded.ignores)
    _file_problems(loaded.problems, sources, read)


def _broken(read: _Read, path: str, error: Exception) -> None:
    """A defect of ours while reading: told as a finding, and what stands there is not judged."""
    read.findings.append(imds999.finding_at(Span(path, 0, 0), f"reading {path}", error))


def _judged(world: World, options: Options) -> Iterator[Finding]:
    for resource in world.judged():
        for check in rules.CHECKS:
            if options.wants(check.RULE.code):
                found = _guarded(partial(_checked, check, resource, world), partial(_defect, check, resource))
                yield from found or ()


def _checked(check: RuleModule, resource: Resource, world: World) -> list[Finding]:
    return list(check.check(resource, world))


def _defect(check: RuleModule, resource: Resource, error: Exception) -> list[Finding]:
    return [imds999.finding(resource, check.RULE.code, error)]


def _guarded(work: Callable[[], _T], otherwise: Callable[[Exception], _T | None]) -> _T | None:
    try:
        return work()
    except Exception as error:  # noqa: BLE001 - the one broad except: a defect of ours must not end the run
        return otherwise(error)


def _grouped(findings: Iterable[Finding]) -> list[Finding]:
    """One finding for one cause: those of several calls of a module that agree in place and origin are one."""
    groups: dict[object, list[Finding]] = {}
    for finding in findings:
        calls = set(finding.resource.calls) if finding.resource else set()
        origins = tuple(related.span for related in finding.related if related.span not in calls)
        groups.setdefault((finding.rule.code, finding.span, origins), []).append(finding)
    return [_merged(group) for group in groups.values()]


def _merged(group: list[Finding]) -> Finding:
    affected = dict.fromkeys(finding.resource.address for finding in group if finding.resource)
    related = dict.fromkeys(related for finding in group for related in finding.related)
    used = dict.fromkeys(name for finding in group for name in finding.consumers)
    return replace(group[0], affected=tuple(affected), related=tuple(related), consumers=tuple(used))


def _in_scope(finding: Finding, scope: frozenset[str]) -> bool:
    calls = finding.resource.calls if finding.resource else ()
    return finding.span.path in scope or any(call.path in scope for call in calls)


def _suppressed(
    findings: list[Finding], relevant: Iterable[str], sources: Sources, options: Options
) -> tuple[list[Finding], list[Finding]]:
    """The findings that stay, with those about the comments themselves, and the ones that a comment covers."""
    covered = [f for f in findings if f.resource is not None and f.rule.code in f.resource.suppressed]
    kept = [f for f in findings if f not in covered]
    unread = {f.span.path for f in findings if f.rule.code == "IMDS900"}
    for path in relevant:
        source = sources.read(path)
        if not isinstance(source, SourceFile) or suppression.MARKER not in source.text:
            continue
        for item in suppression.read(source, rules.CODES):
            if isinstance(item, suppression.Mistake):
                kept.append(imds901.finding(item.span, item.message))
                continue
            hits = {f: code for f in kept if (code := suppression.covers(item, f, source))}
            covered += hits
            kept = [f for f in kept if f not in hits]
            unused = [code for code in item.codes if code not in hits.values() and options.wants(code.code)]
            kept += [_unused(code) for code in unused if path not in unread]
    return kept, covered


def _unused_metadata(
    ignores: Iterable[MetadataIgnore], findings: Sequence[Finding], options: Options
) -> Iterator[Finding]:
    """A finding for each code that a template's metadata ignores in vain."""
    for ignore in ignores:
        hits = (f for f in findings if f.rule.code == ignore.code and f.span.path == ignore.body.path)
        if options.wants(ignore.code) and not any(_inside(hit, ignore.body) for hit in hits):
            yield imds901.finding(ignore.span, f"this ignores {ignore.code}, which is not found here")


def _inside(finding: Finding, body: Span) -> bool:
    place = finding.resource.body if finding.resource is not None else finding.span
    return body.start <= place.start < body.end


def _unused(code: suppression.Code) -> Finding:
    return imds901.finding(code.span, f"this comment ignores {code.code}, which is not found here")


def _with_fixes(findings: Sequence[Finding], sources: Sources) -> Iterator[Finding]:
    """The findings with their fixes written. In order of places, so that each file is parsed for it once."""
    repairs: dict[Resource, list[Repair]] = {}
    for finding in findings:
        if isinstance(finding.repair, Repair):
            repairs.setdefault(finding.repair.resource, []).append(finding.repair)
    for finding in findings:
        match finding.repair:
            case Repair():
                merged = repairs[finding.repair.resource]
                written = _guarded(partial(write, merged, sources), _unwritable) or Refusal("")
            case refusal:
                written = refusal
        if isinstance(written, Refusal):
            yield replace(finding, fix_unavailable=written.reason)
        else:
            yield replace(finding, fix=written)


def _unwritable(error: Exception) -> Refusal:
    return Refusal(f"writing it failed ({type(error).__name__}: {error}): a defect of iac-imds-lint, please report it")


def write(repairs: Sequence[Repair], sources: Sources) -> Fix | Refusal:
    """One resource's repairs, merged and written in its dialect."""
    first = repairs[0]
    wanted = dict(option for repair in repairs for option in repair.options)
    edits: list[Edit] = []
    if wanted:
        written = _writer(first.resource).write(sources, first.resource, wanted)
        if isinstance(written, Refusal):
            return written
        edits += written
    for literal in dict.fromkeys(literal for repair in repairs for literal in repair.literals):
        new = _writer(first.resource).replace_literal(sources, literal.span, literal.value)
        if isinstance(new, Refusal):
            return new
        edits.append(new)
    return Fix(
        message="; ".join(dict.fromkeys(repair.message for repair in repairs)),
        applicability=min(repair.applicability for repair in repairs),
        edits=tuple(sorted(set(edits))),
        note="; ".join(dict.fromkeys(repair.note for repair in repairs if repair.note)),
    )


class Writer(Protocol):
    """What the ``edit`` module of a dialect offers."""

    def write(self, sources: Sources, resource: Resource, wanted: Mapping[Option, str]) -> tuple[Edit, ...] | Refusal:
        """The edits that give each wanted option its value on the resource, or why they are not certain."""

    def replace_literal(self, sources: Sources, span: Span, value: str) -> Edit | Refusal:
        """The edit that writes a value in place of a literal."""


def unproven(before: SourceFile, after: SourceFile) -> str:
    """Why a changed file is not proven to say the same but for the intended change; empty where it is."""
    if before.path.endswith(_NATIVE):
        from iac_imds_lint.terraform import proof

        return proof.unproven(before, after)
    from iac_imds_lint.cloudformation import proof as template_proof

    return template_proof.unproven(before, after)


def _writer(resource: Resource) -> Writer:
    match resource.entry.dialect:
        case Dialect.TERRAFORM:
            from iac_imds_lint.terraform import edit as terraform_edit

            return terraform_edit
        case Dialect.CLOUDFORMATION:
            from iac_imds_lint.cloudformation import edit as cloudformation_edit

            return cloudformation_edit


def _inventory(worlds: Iterable[World], scope: frozenset[str]) -> Iterator[Row]:
    rows: dict[tuple[str, Span], Row] = {}
    for world in worlds:
        for resource in world.judged():
            if resource.head.path not in scope and not any(call.path in scope for call in resource.calls):
                continue
            verdict = world.verdict(resource)
            told = Row(
                resource.address,
                resource.entry.type,
                resource.head,
                verdict.posture,
                verdict.decided_by,
                verdict.reason,
                consumers(resource, world),
            )
            rows.setdefault((resource.address, resource.head), told)
    yield from sorted(rows.values(), key=lambda row: (row.span, row.resource))


def _order(finding: Finding) -> tuple[str, int, str, str]:
    return finding.span.path, finding.span.start, finding.rule.code, finding.message
