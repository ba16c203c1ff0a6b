"""What a syntax error keeps from being judged: the error is told once, and nothing that may only be due to it.

A resource in whose text something cannot be read may be about to get what it lacks there, so nothing is said of it. Of
what launches from it, or takes a value from what cannot be read, only what its own text says stays.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from iac_imds_lint import resting
from iac_imds_lint.finding import Finding
from iac_imds_lint.model import TEMPLATE_ROLES, Resource
from iac_imds_lint.posture import World
from iac_imds_lint.rules import imds001, imds005
from iac_imds_lint.source import Span

# What is found by what others say, or do not say.
_INFERRED = (imds001.RULE, imds005.RULE)


def is_unread(resource: Resource, world: World) -> bool:
    """Whether something in the text of a resource cannot be read, or whether it is created is decided elsewhere, where
    something cannot be read.
    """
    if not world.unread:
        return False
    touched = any(_touches(place, world) for place in (resource.head, resource.body))
    return touched or (not resource.certain and _may_decide(world))


def may_pass(finding: Finding, world: World) -> bool:
    """Whether a finding may be due to what cannot be read, and gone once that is mended."""
    if not world.unread or finding.resource is None or finding.rule not in _INFERRED:
        return False
    if finding.rule is imds005.RULE and (_may_decide(world) or _may_launch(finding.resource, world)):
        return True
    others = resting.foundations(finding.resource, world)
    return any(is_unread(one, world) for one in others) or any(
        _touches(place, world) for place in _decided(finding, others)
    )


def _may_launch(resource: Resource, world: World) -> bool:
    """Whether a resource may launch from one in whose text something cannot be read, how many there are of it."""
    templates = (one for one in world.resources if one.entry.role in TEMPLATE_ROLES)
    return bool(resource.references) and any(is_unread(one, world) for one in templates)


def _may_decide(world: World) -> bool:
    """Whether something cannot be read beside the resources: what is declared there may decide anything."""
    bodies = [one.body for one in world.resources]
    return not all(any(_overlap(place, body) for body in bodies) for place in world.unread)


def _decided(finding: Finding, others: Iterable[Resource]) -> Iterator[Span]:
    """The places that a finding names, and those of the values that decide; who launches from its resource decides
    nothing.
    """
    leading = finding.resource.leading if finding.resource is not None else ()
    named = (finding.span, *(related.span for related in finding.related))
    decided = (place for one in others for place in resting.deciding(one))
    return (place for place in (*named, *decided) if place not in leading)


def _touches(place: Span, world: World) -> bool:
    return any(_overlap(one, place) for one in world.unread)


def _overlap(one: Span, other: Span) -> bool:
    return one.path == other.path and one.start <= other.end and other.start <= one.end
