"""What the AWS CDK writes into its templates of the constructs that they are made of, and what to change in those.

A construct of level 2 holds the resource that it makes as its child ``Resource``; one of level 1 is the resource.
``AutoScalingGroup`` holds a child ``LaunchConfig`` or, by a feature flag, ``LaunchTemplate``, beside its ``ASG``.
Sources: AWS CDK API Reference (requireImdsv2 of Instance, BastionHostLinux, LaunchTemplate and AutoScalingGroup;
AutoScalingGroupRequireImdsv2Aspect and InstanceRequireImdsv2Aspect for those that others make); aws-cdk-lib's
auto-scaling-group.ts and launch-template.ts for the names of children.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from iac_imds_lint.catalog import Entry, Option
from iac_imds_lint.cloudformation.metadata import construct as path_of
from iac_imds_lint.cloudformation.template import Parsed
from iac_imds_lint.documents.node import Member
from iac_imds_lint.model import Construct
from iac_imds_lint.sources import Sources

# The key of the metadata that holds a construct's path.
KEY = "aws:cdk:path"

# The directory that the CDK writes to unless it is told otherwise, and a file that is in any such directory.
_OUTPUT = "cdk.out"

_L2 = "/Resource"
# What an AutoScalingGroup's instances are launched from, and the group itself, below its path.
_LAUNCHED = ("/LaunchConfig", "/LaunchTemplate")
_GROUP = "/ASG"
# The resources of clusters that make an AutoScalingGroup of their own: those of ECS, and of EKS.
_CLUSTER = ("/Resource", "/Resource/Resource/Default")
# What a VPC's provider of NAT instances calls one.
_NAT = "/NatInstance"
_REQUIRING = ("AWS::EC2::Instance", "AWS::EC2::LaunchTemplate")

_WORD = re.compile(r"([A-Z])([A-Z]+)")


class _Advice(NamedTuple):
    """What to write, and on which construct."""

    what: str
    on: str

    @property
    def told(self) -> str:
        return f"{self.what} {self.on}"


def paths(parsed: Parsed) -> frozenset[str]:
    """The paths of all constructs that resources of a template were made of."""
    return frozenset(filter(None, map(path_of, parsed.resources())))


def is_output(path: str, sources: Sources) -> bool:
    """Whether a file is where a CDK app writes it, so that the next synthesis writes it anew."""
    *directories, _ = path.split("/")
    return _OUTPUT in directories or _OUTPUT in sources.names("/".join(directories))


def construct(resource: Member, entry: Entry, made: frozenset[str], *, is_output: bool) -> Construct | None:
    """The construct that a resource was made of, with what is to be changed in it; None where it was made of none.

    ``made`` are the paths of all constructs in the template.
    """
    path = path_of(resource)
    if not path:
        return None
    told = _advice(path, entry, made).told
    if is_output:
        remedy = f"a CDK app writes this template: {told} there, and synthesise it again"
    else:
        remedy = f"a CDK app wrote this template, and its next synthesis does so again: {told} there as well"
    return Construct(path, remedy, is_output)


def _advice(path: str, entry: Entry, made: frozenset[str]) -> _Advice:
    """What to change where."""
    of_level_2 = path.endswith(_L2)
    base = path
    while base.endswith(_L2):
        base = base.removesuffix(_L2)
    group, child = base.rpartition("/")[0], base[base.rfind("/") :]
    if child in _LAUNCHED and f"{group}{_GROUP}" in made:
        return _of_group(group, made)
    if entry.type not in _REQUIRING:
        return _Advice(f"set {_key(entry) if of_level_2 else _property(entry)} on", base)
    if not of_level_2:
        return _Advice(f"set {_property(entry)} on", base)
    if base.endswith(_NAT):
        return _Advice("add InstanceRequireImdsv2Aspect to", base)
    return _Advice("set requireImdsv2: true on", base)


def _of_group(group: str, made: frozenset[str]) -> _Advice:
    """What an AutoScalingGroup takes; the options that clusters take for one have no requireImdsv2."""
    around = group.rpartition("/")[0]
    if any(f"{around}{cluster}" in made for cluster in _CLUSTER):
        return _Advice("add AutoScalingGroupRequireImdsv2Aspect to", group)
    return _Advice("set requireImdsv2: true on", group)


def _key(entry: Entry) -> str:
    """The option for tokens as CloudFormation spells it."""
    key = entry.control.key(Option.TOKENS) if entry.control else None
    return key.key if key else "the option"


def _property(entry: Entry) -> str:
    """The option for tokens as a construct of level 1 takes it."""
    control = entry.control
    key = control.key(Option.TOKENS) if control else None
    if control is None or key is None or control.document or control.listed or "*" in control.path:
        return _key(entry)
    return f"{'.'.join(map(_camel, (*control.path, key.key)))}: {key.literal(key.secure)}"


def _camel(name: str) -> str:
    """The name of a property as the CDK spells it: ``DisableIMDSV1`` is ``disableImdsv1``."""
    lowered = _WORD.sub(lambda match: match[1] + match[2].lower(), name)
    return lowered[:1].lower() + lowered[1:]
