"""One finding for one cause."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from iac_imds_lint import rewriting, rules
from iac_imds_lint.finding import Finding, Instance, Migration, Repair, Rewriting
from iac_imds_lint.model import Resource
from iac_imds_lint.source import Span
from iac_imds_lint.sources import Sources


def caused(finding: Finding) -> Finding:
    """The finding with its cause: those of several calls of a module that agree in place and origin have one.

    Those about a copy of somebody else's module have one for each place in the user's code.
    """
    calls = set(finding.resource.calls) if finding.resource else set()
    origins = tuple(related.span for related in finding.related if related.span not in calls)
    copied = finding.resource is not None and finding.resource.downloaded is not None
    shared = copied or finding.rule.code in rules.IN_SCRIPTS
    return replace(finding, cause=(finding.rule.code, finding.span, () if shared else origins, _mended_on(finding)))


def grouped(findings: Iterable[Finding], sources: Sources) -> list[Finding]:
    """One finding for one cause; the same ones as before where the run before had all that it is made of."""
    groups: dict[tuple[object, ...], list[Finding]] = {}
    for finding in findings:
        groups.setdefault(finding.cause, []).append(finding)
    return [sources.once(_merged, tuple(group)) for group in groups.values()]


def _mended_on(finding: Finding) -> Span | None:
    """The resource whose own options mend a finding: what several share (by a merge key) is mended on each."""
    match finding.repair:
        case Repair() as repair if repair.options:
            return repair.resource.head
        case Repair() as repair if repair.arguments:
            return repair.arguments[0].span
        case Migration((resource, *_)):
            return resource.head
        case _:
            return None


def _merged(_: Sources, group: tuple[Finding, ...]) -> Finding:
    affected = dict.fromkeys(finding.resource.address for finding in group if finding.resource)
    instances = dict.fromkeys(_instance(finding.resource) for finding in group if finding.resource)
    related = dict.fromkeys(related for finding in group for related in finding.related)
    used = dict.fromkeys(name for finding in group for name in finding.consumers)
    places = dict.fromkeys(place for finding in group for place in finding.rests_on)
    merged = replace(
        group[0],
        affected=tuple(affected),
        instances=tuple(instances),
        related=tuple(related),
        consumers=tuple(used),
        rests_on=tuple(places),
    )
    migrations = [finding.repair for finding in group if isinstance(finding.repair, Migration)]
    scripts = [finding.repair for finding in group if isinstance(finding.repair, Rewriting)]
    if migrations:
        return replace(merged, repair=_whole(migrations))
    return replace(merged, repair=rewriting.whole(scripts)) if scripts else merged


def root_of(span: Span, calls: Sequence[Span]) -> str:
    """The file of the template or module from which calls lead to a place."""
    return calls[0].path if calls else span.path


def _instance(resource: Resource) -> Instance:
    return Instance(root_of(resource.head, resource.calls), resource.address, resource.body)


def _whole(migrations: Sequence[Migration]) -> Migration:
    """The migrations of the instances of one resource as one."""
    resources = dict.fromkeys(resource for migration in migrations for resource in migration.resources)
    # A value that a reference leads to may hold a mapping, and has no hash.
    uses = {(use.resource, use.reference.span): use for migration in migrations for use in migration.uses}
    return migrations[0]._replace(resources=tuple(resources), uses=tuple(uses.values()))
