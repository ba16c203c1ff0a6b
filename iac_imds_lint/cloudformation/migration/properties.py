"""The properties of a launch configuration as those of a launch template.

Source: Auto Scaling User Guide, "Migrate AWS CloudFormation stacks to launch templates", mapping reference; the schemas
of both resource types in cfn-lint. Defaults that differ are written out: an instance of a launch configuration has
detailed monitoring, and its volumes are deleted with it (Auto Scaling API, CreateLaunchConfiguration and Ebs).
"""

from __future__ import annotations

import re
from typing import NamedTuple

from iac_imds_lint.cloudformation.migration import devices
from iac_imds_lint.cloudformation.migration.layout import Chunks, Item
from iac_imds_lint.cloudformation.migration.ledger import Ledger
from iac_imds_lint.cloudformation.migration.values import Meanings, branches, is_shared, may_be_nothing
from iac_imds_lint.cloudformation.migration.wrapping import Choice, Wrap, Writing, around, inside
from iac_imds_lint.cloudformation.template import is_no_value
from iac_imds_lint.documents.node import Mapping, Member, Node, Scalar, Tagged
from iac_imds_lint.edit import Edit

DATA, NAME = "LaunchTemplateData", "LaunchTemplateName"

_SAME = frozenset(
    ("ImageId", "InstanceType", "KeyName", "EbsOptimized", "KernelId", "RamDiskId", "UserData", "MetadataOptions")
)
_DROPPED = ("ClassicLinkVPCId", "ClassicLinkVPCSecurityGroups")
_GROUPS, _PUBLIC = "SecurityGroups", "AssociatePublicIpAddress"
# EC2 API, LaunchTemplateName; a launch configuration's name has 1 to 255 characters of any kind.
_NAMED = re.compile(r"[a-zA-Z0-9().\-/_]{3,128}")
_ADMITTED = "3 to 128 letters, digits and ().-/_"
_PART_OF_NAME = re.compile(r"[a-zA-Z0-9().\-/_]*")
_SUBSTITUTED = re.compile(r"\$\{[^{}]*\}")

_BLOCKS = {"PlacementTenancy": "Placement", "SpotPrice": "InstanceMarketOptions"}
_SPOT = Wrap(("SpotOptions", "MaxPrice"), (("MarketType", "spot"),))


class Mapped(NamedTuple):
    """Properties by their keys, as members of ``LaunchTemplateData`` but for ``LaunchTemplateName``."""

    named: tuple[Item, ...]
    data: tuple[Item, ...]


class Properties:
    """The properties of one launch configuration: first the edits inside of their values, then where each goes."""

    def __init__(self, writing: Writing, mapping: Mapping, meanings: Meanings, ledger: Ledger) -> None:
        self._writing = writing
        self._members = {member.key: member for member in mapping.members}
        self._meanings = meanings
        self._ledger = ledger
        self._whole: dict[str, Wrap] = {}

    def edits(self) -> tuple[Edit, ...]:
        """The edits inside of values, before these are moved."""
        found: list[Edit] = []
        for member in self._members.values():
            written = self._rewritten(member)
            if member.aliased and written:
                self._shared(member)
            else:
                found += written
        return tuple(found)

    def _shared(self, member: Member) -> None:
        self._ledger.by_hand(
            member.key_span, f"write {member.key} out for the launch template: others share it through a YAML alias"
        )

    def _rewritten(self, member: Member) -> tuple[Edit, ...]:
        match member.key:
            case "IamInstanceProfile":
                return self._wrapped(member, self._profile)
            case "InstanceMonitoring":
                self._whole[member.key] = Wrap(("Enabled",))
                return self._monitored(member)
            case "PlacementTenancy":
                return self._wrapped(member, lambda _: Wrap(("Tenancy",)))
            case "SpotPrice":
                return self._wrapped(member, self._price)
            case "SecurityGroups":
                return self._groups(member.value)
            case "BlockDeviceMappings":
                return devices.edits(self._writing, member.value, self._ledger)
            case _:
                return ()

    def _wrapped(self, member: Member, choice: Choice) -> tuple[Edit, ...]:
        """Wrap a value whole where all of its ends are put below the same keys, else each end."""
        wraps = {choice(end) for end in branches(member.value) if not is_no_value(end)}
        if len(wraps) == 1 and not may_be_nothing(member.value):
            wrap = next(iter(wraps))
            if wrap is not None:
                self._whole[member.key] = wrap
            return ()
        if is_shared(member.value):
            self._shared(member)
            return ()
        return inside(self._writing, member.value, choice, flow=self._writing.json)

    def _profile(self, end: Node) -> Wrap:
        return Wrap((self._meanings.profile(end),))

    def _price(self, end: Node) -> Wrap:
        name = self._meanings.may_be_empty(end)
        if name and end.span not in self._meanings.guarded(self._members["SpotPrice"].value):
            self._ledger.by_hand(end.span, f"ask for Spot Instances only where {name} is not empty, by a condition")
        return _SPOT

    def _monitored(self, member: Member) -> tuple[Edit, ...]:
        """Detailed monitoring where nothing is said of it."""
        return tuple(Edit(end.span, "true") for end in branches(member.value) if is_no_value(end))

    def _groups(self, value: Node) -> tuple[Edit, ...]:
        return tuple(Edit(one.span, _identified(self._writing, one)) for one in self._meanings.groups(value))

    def mapped(self, chunks: Chunks) -> Mapped:
        """Where each property goes, in their order."""
        named: list[Item] = []
        data: list[Item] = []
        for key, item in chunks.items.items():
            if key == "LaunchConfigurationName":
                self._check_name(self._members[key])
                named.append(_alone(item)._replace(key=NAME))
            elif key in (_GROUPS, _PUBLIC) and _PUBLIC in chunks.items:
                if not any(one.key == "NetworkInterfaces" for one in data):
                    data.append(self._interface(chunks, item))
            elif key in _DROPPED:
                self._ledger.note(f"{key} is dropped: EC2-Classic is gone")
            else:
                data.append(self._in_data(key, item))
        return Mapped(tuple(named), tuple(data))

    def _in_data(self, key: str, item: Item) -> Item:
        match key:
            case "InstanceMonitoring":
                return around(item, "Monitoring", self._whole[key])
            case "IamInstanceProfile" if key in self._whole:
                return around(item, key, self._whole[key])
            case "PlacementTenancy" | "SpotPrice":
                new = _BLOCKS[key]
                return around(item, new, self._whole[key]) if key in self._whole else item._replace(key=new)
            case "SecurityGroups":
                return item._replace(key="SecurityGroupIds")
            case "BlockDeviceMappings" | "IamInstanceProfile":
                return item
            case _ if key in _SAME:
                return item
            case _:
                member = self._members[key]
                self._ledger.by_hand(member.key_span, f"say what {key} is on a launch template, which has none")
                return item

    def _interface(self, chunks: Chunks, place: Item) -> Item:
        """A network interface with what a launch configuration says of the public address and of security groups.

        A template that has an interface takes no groups beside it (EC2 API, RequestLaunchTemplateData).
        """
        public = _alone(chunks.items[_PUBLIC])
        groups = chunks.items.get(_GROUPS)
        members = [Item("DeviceIndex", 0), public, Item("DeleteOnTermination", True)]
        if groups:
            members.append(_alone(groups)._replace(key="Groups"))
        return Item("NetworkInterfaces", [tuple(members)], gap=place.gap)

    def _check_name(self, member: Member) -> None:
        text = _literal(member.value)
        if text is None:
            self._ledger.note(f"its name is taken to be one that a template may have: {_ADMITTED}")
        elif not text or (not _NAMED.fullmatch(text) if "${" not in text else not _fits(text)):
            self._ledger.by_hand(member.value.span, f"write a name that a template may have: {_ADMITTED}")


def _alone(item: Item) -> Item:
    """A member that goes elsewhere, with the comments before it."""
    comments = tuple(line for line in item.gap or () if line.lstrip().startswith("#"))
    return item._replace(gap=None, above=(*comments, *item.above))


def _fits(text: str) -> bool:
    return all(_PART_OF_NAME.fullmatch(part) for part in _SUBSTITUTED.split(text))


def _literal(node: Node) -> str | None:
    """The text of a literal, or of a substitution."""
    match node:
        case Scalar(_, content):
            return str(content)
        case Tagged(_, "Sub", Scalar(_, str(text), _)):
            return text
        case _:
            return None


def _identified(writing: Writing, reference: Node) -> str:
    """``Ref`` to a security group as its ``GroupId``: of one that names no VPC, ``Ref`` may give the name."""
    text = writing.source.slice(reference.span)
    if isinstance(reference, Tagged):
        name = str(reference.node.content) if isinstance(reference.node, Scalar) else ""
        return f"!GetAtt {name}.GroupId"
    return re.sub(
        r"""(["']?)Ref\1(\s*:\s*)(["']?)([A-Za-z0-9]+)\3""", r"\1Fn::GetAtt\1\2[\3\4\3, \3GroupId\3]", text, count=1
    )
