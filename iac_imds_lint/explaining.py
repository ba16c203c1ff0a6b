"""What there is to say of a resource to who points at it: its posture, what decided that, who uses it."""

from __future__ import annotations

import os.path
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from iac_imds_lint import bootscript
from iac_imds_lint.catalog.schema import Option, OptionKey, Role
from iac_imds_lint.edit import Refusal
from iac_imds_lint.finding import Finding, Repair, Suppressed
from iac_imds_lint.model import Posture, Reference, Resource
from iac_imds_lint.posture import Use, World
from iac_imds_lint.report import Report
from iac_imds_lint.rules import imds005
from iac_imds_lint.rules.places import booted, spelt, steps
from iac_imds_lint.rules.versions import DEFAULT, Reach, kept, reach
from iac_imds_lint.source import Span
from iac_imds_lint.standing import Part, Standing
from iac_imds_lint.value import Absent, Branches, Known, Value, handle_of, known_text
from iac_imds_lint.verdict import Verdict

# What an option beside tokens is where nothing sets it (EC2 API, InstanceMetadataOptionsRequest; EC2 User Guide,
# configuring-instance-metadata-options).
_SILENT = {
    Option.ENDPOINT: "enabled",
    Option.HOP_LIMIT: "1, or 2 where the AMI asks for IMDSv2",
    Option.IPV6: "disabled",
    Option.TAGS: "disabled",
}
_OF_EC2 = (Role.CAPACITY, Role.LAUNCH_TEMPLATE, Role.LAUNCH_CONFIGURATION)


class Step(NamedTuple):
    """A place on the way from a resource to what decided a value, and what it is; empty where that is the resource's
    own place.
    """

    span: Span
    what: str


class Reading(NamedTuple):
    """An option of a resource: what it is, in words, its default where it is not set, and what leads to that.

    ``decides`` says that it is what decided the posture.
    """

    name: str
    said: str
    silence: str
    chain: tuple[Step, ...]
    decides: bool


class Launching(NamedTuple):
    """A resource that launches from another one: the one of the two that is told of, the version in words, and whether
    the next one reaches the consumer; None where there are no versions.
    """

    resource: Resource
    version: str
    reach: Reach | None
    renewal: str


class Explained(NamedTuple):
    """A resource explained. ``readings`` are the options that are asked for, ``chain`` leads to what decided the
    posture; ``calls`` are the IMDSv1 calls in what it boots with, ``unseen`` why some of that is not seen, and
    ``remedy`` what would decide a posture that is not.
    """

    resource: Resource
    verdict: Verdict
    readings: tuple[Reading, ...]
    chain: tuple[Step, ...]
    launches: tuple[Launching, ...]
    users: tuple[Launching, ...]
    calls: tuple[Span, ...]
    unseen: str
    remedy: str

    @property
    def root(self) -> str:
        """The directory of the root module, or the file of the template, in which it is."""
        return root_of(self.resource)


def root_of(resource: Resource) -> str:
    """The directory of the root module, or the file of the template, in which a resource is."""
    first = (resource.calls or (resource.head,))[0].path
    return os.path.dirname(first) or "." if first.endswith((".tf", ".tofu", ".tf.json", ".tofu.json")) else first


def subjects(standings: Iterable[Standing]) -> tuple[Standing, ...]:
    """What is to be told of: where a template is named, that template, if it is in this code."""
    found: dict[Resource, Standing] = {}
    for one in standings:
        for subject in _subjects(one):
            found.setdefault(subject.resource, subject)
    return tuple(found.values())


def _subjects(standing: Standing) -> Iterator[Standing]:
    reference = standing.reference if standing.part is Part.TEMPLATE else None
    named = standing.world.targets(reference, standing.resource.scope) if reference is not None else ()
    templates = [template for _, template in named if template is not None]
    yield from (Standing(template, standing.world, Part.HEAD) for template in templates)
    if not templates:
        yield standing


def explained(standing: Standing) -> Explained:
    """All that there is to say of a resource at a place."""
    resource, world = standing.resource, standing.world
    verdict = world.verdict(resource)
    boot = booted(resource, world)
    unseen = bootscript.unseen(boot)
    chain = tuple(_chain(verdict.value))
    readings = tuple(_readings(standing, chain))
    return Explained(
        resource,
        verdict,
        readings,
        () if any(reading.decides for reading in readings) else chain,
        tuple(launches(resource, world)),
        users(resource, world),
        tuple(dict.fromkeys(call.span for call in bootscript.calls(boot))),
        unseen[0].reason if unseen else "",
        _remedy(resource, world) if verdict.posture is Posture.UNKNOWN else "",
    )


def _readings(standing: Standing, deciding: tuple[Step, ...]) -> Iterator[Reading]:
    """The option that is pointed at; all of them, where that is what holds them."""
    control = standing.resource.entry.control
    keys = control.keys if control is not None else ()
    for key in keys:
        if standing.part is Part.OPTIONS or key.option is standing.option:
            yield _reading(standing.resource, key, deciding)


def _reading(resource: Resource, key: OptionKey, deciding: tuple[Step, ...]) -> Reading:
    value = resource.option(key.option)
    by_default = _SILENT.get(key.option, "") if resource.entry.role in _OF_EC2 else ""
    chain = tuple(_chain(value))
    silence = by_default if isinstance(value, Absent) else ""
    return Reading(key.key, spelt(value), silence, chain, bool(chain) and chain == deciding)


def _chain(value: Value) -> Iterator[Step]:
    if value.origins:
        yield Step(value.origins[0].span, "")
        yield from (Step(step.span, step.message) for step in steps(value))


def launches(resource: Resource, world: World) -> Iterator[Launching]:
    """What a resource launches from, of what is in this code."""
    for reference in resource.references:
        for _, template in world.targets(reference, resource.scope):
            if template is not None:
                yield _launching(template, Use(resource, reference), template, world)


def users(template: Resource, world: World) -> tuple[Launching, ...]:
    """Who launches from a template or configuration, once for each version."""
    return tuple(dict.fromkeys(_launching(use.resource, use, template, world) for use in world.uses(template)))


def _launching(told: Resource, use: Use, template: Resource, world: World) -> Launching:
    if template.entry.role not in (Role.LAUNCH_TEMPLATE, Role.LAUNCH_CONFIGURATION):
        return Launching(told, "", None, "")
    reached = reach(use.resource, use.reference, template, world)
    renewal = use.resource.entry.renewal if reached is Reach.RENEWS else ""
    return Launching(told, _version(use.reference, template, world, use.resource.scope), reached, renewal)


def _version(reference: Reference, template: Resource, world: World, scope: str) -> str:
    """The version that a consumer asks for, in words; empty where there are none."""
    if template.entry.role is not Role.LAUNCH_TEMPLATE:
        return ""
    handle = handle_of(reference.version)
    told = kept(reference, template, world, scope)
    match reference.version:
        case _ if told:
            return told
        case Absent():
            return DEFAULT
        case Known() as version if known_text(version):
            return spelt(version)
        case Branches(condition):
            return f"the version decided by {condition}"
        case _:
            return handle.attribute if handle is not None and handle.attribute else "a version that is not known"


def _remedy(resource: Resource, world: World) -> str:
    """What would decide a posture that is not decided; empty where a template is to answer for it."""
    found = next(imds005.check(resource, world), None)
    match found.repair if found is not None else None:
        case Repair(message=message) | Refusal(message):
            return message
        case _:
            return ""


class Concerning(NamedTuple):
    """The findings of a report about a resource, and those that are suppressed."""

    found: tuple[Finding, ...]
    suppressed: tuple[Suppressed, ...]


def concerning(resource: Resource, report: Report) -> Concerning:
    """What a report says about a resource; one may be of another reading of the same files."""
    return Concerning(
        tuple(finding for finding in report.findings if _is_about(finding, resource)),
        tuple(one for one in report.suppressed if _is_about(one.finding, resource)),
    )


def _is_about(finding: Finding, resource: Resource) -> bool:
    root = (resource.calls or (resource.head,))[0].path
    return any(
        one.body == resource.body and one.address == resource.address and one.root == root for one in finding.instances
    )
