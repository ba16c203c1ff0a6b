"""What a finding rests on: every place whose change may have made it what it is, wherever that stands.

Said once for all rules: what a resource says and launches from, what decided that, who launches from it, and where a
fix would go.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from iac_imds_lint.edit import Refusal
from iac_imds_lint.finding import Finding, Migration, Removal, Repair, Rewriting
from iac_imds_lint.model import DecidedBy, Resource
from iac_imds_lint.posture import World
from iac_imds_lint.script import Script, Unseen
from iac_imds_lint.source import Span
from iac_imds_lint.value import Value, places


def placed(finding: Finding, world: World) -> Finding:
    """The finding with the places on which it rests."""
    resource = finding.resource
    if resource is None:
        return finding
    found = dict.fromkeys((*_places_of(foundations(resource, world)), *_used(resource, world), *_mended(finding)))
    return replace(finding, rests_on=tuple(found))


def foundations(resource: Resource, world: World) -> tuple[Resource, ...]:
    """A resource and all that it takes its settings from, each once."""
    seen: dict[Resource, None] = {}
    pending = [resource]
    while pending:
        one = pending.pop()
        if one not in seen:
            seen[one] = None
            pending += _sources(one, world)
    return tuple(seen)


def _places_of(resources: Iterable[Resource]) -> Iterator[Span]:
    for one in resources:
        yield from _own(one)


def _sources(resource: Resource, world: World) -> Iterator[Resource]:
    """What a resource takes its settings from: what it launches from, and what decides where that says nothing."""
    for reference in resource.references:
        yield from (one for _, one in world.targets(reference, resource.scope) if one is not None)
    if resource.releases is not None:
        yield from (one for variant in resource.releases.variants for one in variant.launches)
    elif world.verdict(resource).decided_by is not DecidedBy.RESOURCE:
        account = world.account_default(resource)
        yield from (*((account,) if account is not None else ()), *world.images(resource))


def _own(resource: Resource) -> Iterator[Span]:
    """The places of what a resource says, and of what decided that."""
    yield from (resource.head, resource.body, *resource.leading, *resource.deciding)
    if resource.downloaded is not None:
        yield from (resource.downloaded.head, resource.downloaded.body)
    for value in _values(resource):
        yield from places(value)
    for exposure in resource.exposures:
        yield exposure.by.span
    if resource.generator is not None and resource.generator.by is not None:
        yield resource.generator.by.span
    yield from _booted(resource.boot)


def deciding(resource: Resource) -> Iterator[Span]:
    """The places, of those, that may decide its posture and whether there is one."""
    yield from resource.deciding
    for value in _deciding(resource):
        yield from places(value)
    if resource.generator is not None and resource.generator.by is not None:
        yield resource.generator.by.span


def _values(resource: Resource) -> Iterator[Value]:
    yield from (resource.name, *_deciding(resource))


def _deciding(resource: Resource) -> Iterator[Value]:
    yield from (resource.container, resource.inline, resource.image)
    yield from resource.options.values()
    yield from resource.facts.values()
    for reference in resource.references:
        yield from (reference.target, reference.version)


def _booted(boot: Iterable[Script | Unseen]) -> Iterator[Span]:
    """The places of what a resource boots with."""
    for script in boot:
        if isinstance(script, Script):
            yield from (piece.span for piece in script.text.pieces)
        else:
            yield script.span


def _used(resource: Resource, world: World) -> Iterator[Span]:
    """The places of those who launch from a resource."""
    for use in world.uses(resource):
        yield from (use.resource.head, use.resource.body)
        yield from (*places(use.reference.target), *places(use.reference.version))


def _mended(finding: Finding) -> Iterator[Span]:
    """The places at which a repair would be written."""
    match finding.repair:
        case Repair() as repair:
            yield from _written(repair)
        case Migration(resources, uses):
            yield from (resource.body for resource in resources)
            yield from (use.resource.body for use in uses)
        case Rewriting(part):
            yield from (piece.span for piece in part.text.pieces)
        case Removal(span):
            yield span
        case Refusal():
            pass


def _written(repair: Repair) -> Iterator[Span]:
    if repair.options:
        yield repair.resource.body
    yield from (literal.span for literal in repair.literals)
    yield from (argument.span for argument in repair.arguments)
    for alternative in repair.alternatives:
        yield from _written(alternative)
