"""Configurations that one group chooses from by conditions: all become templates, or it names none."""

from __future__ import annotations

from typing import NamedTuple

from iac_imds_lint.cloudformation.migration import consumers
from iac_imds_lint.cloudformation.migration.mentions import Index
from iac_imds_lint.documents.node import Mapping, Member
from iac_imds_lint.finding import Migration

# So many are migrated at once; of more, each by itself: nobody overlooks such a change.
_MOST = 16


class Part(NamedTuple):
    """A configuration, and what is to be done to it. ``chosen_by`` is the group that leads from one to the other."""

    member: Member
    migration: Migration
    chosen_by: str = ""


def parts(found: Index, member: Member, migration: Migration) -> tuple[Part, ...]:
    """The configurations that are migrated together with one, which is among them, in the order of the template."""
    reached = {member.key: Part(member, migration)}
    waiting = [member.key]
    for name in waiting:
        for group in found.launching(name).values():
            for other in consumers.launched(group):
                part = None if other in reached else _part(found, other, migration, group.key)
                if part is not None:
                    reached[other] = part
                    waiting.append(other)
        if len(reached) > _MOST:
            return (reached[member.key],)
    return tuple(sorted(reached.values(), key=lambda part: part.member.key_span))


def _part(found: Index, name: str, migration: Migration, group: str) -> Part | None:
    """Another configuration, if it may be migrated as well: it is reported, or left out by the values of this run."""
    member = found.configurations.get(name)
    if member is None:
        return None
    beside = (migration.beside or {}).get(member.key_span)
    if beside is not None:
        return Part(member, beside, group)
    dormant = next((one.resource for one in migration.dormant if one.resource.head == member.key_span), None)
    if dormant is None or _has_name(member):
        return None
    return Part(member, migration._replace(resources=(dormant,), uses=(), options=(), note=""), group)


def _has_name(member: Member) -> bool:
    """Whether it has a name of its own, by which others may use it: of what is left out, these are not known."""
    properties = member.value.get("Properties") if isinstance(member.value, Mapping) else None
    return isinstance(properties, Mapping) and properties.get("LaunchConfigurationName") is not None
