"""Which version of a launch template a consumer stays on when the template changes."""

from __future__ import annotations

from enum import Enum

from iac_imds_lint.catalog.schema import Fact, Role
from iac_imds_lint.model import Reference, Resource
from iac_imds_lint.posture import World
from iac_imds_lint.value import Absent, Known, Unknown, Value, known_text, possibilities

DEFAULT = "the default version"

# The attributes of aws, awscc and CloudFormation that name the newest and the default version of a template.
_LATEST = ("latest_version", "latest_version_number", "LatestVersionNumber")
_DEFAULT = ("default_version", "default_version_number", "DefaultVersionNumber")


class Reach(Enum):
    """What a new version of a template does to a consumer of it."""

    KEPT = "it stays on the version that it has"
    LAUNCHES = "what it launches from then on has the new version"
    RENEWS = "what it runs is replaced as well"
    OPEN = "which version it asks for is not decided"


def reach(use: Resource, reference: Reference, template: Resource, world: World) -> Reach:
    """Whether the next version of what a consumer launches from reaches it."""
    if kept(reference, template, world, use.scope):
        return Reach.KEPT
    versions = [version for _, version in possibilities(reference.version)]
    by_version = template.entry.role is Role.LAUNCH_TEMPLATE
    if by_version and not all(_arrives(version, template, world, use.scope) for version in versions):
        return Reach.OPEN
    return Reach.RENEWS if renews(use, reference, template, world) else Reach.LAUNCHES


def _arrives(version: Value, template: Resource, world: World, scope: str) -> bool:
    """Whether a version that is asked for is certainly another one once the template has changed."""
    match version:
        case Unknown(_, _, handle) if handle and handle.attribute in (*_LATEST, *_DEFAULT):
            is_newest = handle.attribute in _LATEST or _follows(template)
            return is_newest and world.target(version, scope) is template
        case Absent():
            return _follows(template)
        case _:
            return known_text(version) == "$Latest" or (known_text(version) == "$Default" and _follows(template))


def _follows(template: Resource) -> bool:
    """Whether the default version is always the newest."""
    return known_text(template.fact(Fact.FOLLOWS_LATEST)) == "true"


def kept(reference: Reference, template: Resource, world: World, scope: str) -> str:
    """The version that a consumer keeps to, in words; empty where a new one reaches it, or that is not decided.

    ``$Default`` is what EC2 takes where no version is named (EC2 API, LaunchTemplateSpecification).
    """
    if template.entry.role is not Role.LAUNCH_TEMPLATE:
        return ""
    found = {_kept(leaf, template, world, scope) for _, leaf in possibilities(reference.version)}
    return found.pop() if len(found) == 1 else ""


def renews(use: Resource, reference: Reference, template: Resource, world: World) -> bool:
    """Whether a new version of a launch template does something to what its consumer runs already.

    A version that is written as ``$Latest`` stays as it is: nothing updates the consumer then, and only what it
    launches later has the new version, unless its provider compares what runs with it (facts of the type).
    """
    if not use.renews or kept(reference, template, world, use.scope):
        return False
    versions = [known_text(version) for _, version in possibilities(reference.version)]
    latest = template.entry.role is Role.LAUNCH_TEMPLATE and all(version == "$Latest" for version in versions)
    return use.entry.resolves_latest or not latest


def _kept(version: Value, template: Resource, world: World, scope: str) -> str:
    match version:
        case Absent():
            return _default(template)
        case Known():
            return _named(known_text(version) or "", template)
        case Unknown(_, _, handle) if handle and handle.attribute in _DEFAULT:
            return _default(template) if world.target(version, scope) is template else ""
        case _:
            return ""


def _named(version: str, template: Resource) -> str:
    if version.isdigit():
        return f"version {version}"
    return _default(template) if version == "$Default" else ""


def _default(template: Resource) -> str:
    """The default version, if it stays the same when the template changes.

    Sources: ``update`` of the provider's internal/service/ec2/ec2_launch_template.go moves it for
    ``update_default_version`` or another ``default_version``; "The default version of a launch template cannot be
    specified in AWS CloudFormation" (AWS::EC2::LaunchTemplate, return values), and so not through awscc either.
    """
    follows, chosen = template.fact(Fact.FOLLOWS_LATEST), template.fact(Fact.DEFAULT_VERSION)
    stays = isinstance(follows, Absent) or known_text(follows) == "false"
    return DEFAULT if stays and isinstance(chosen, Absent | Known) else ""
