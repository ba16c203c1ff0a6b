"""References that nothing is written for: what each has to be looked at for, and where."""

from __future__ import annotations

from iac_imds_lint.edit import Step
from iac_imds_lint.source import SourceFile
from iac_imds_lint.terraform.migration.mapping import ALIKE_INSIDE, FATES, GROUP, Devices, Inside, Kept
from iac_imds_lint.terraform.migration.references import Address, Kind, Mention

_IDENTITIES = {"name": "name", "id": "ID", "arn": "ARN"}
_REFACTORING = ("moved", "removed", "import")

CHOOSES = "it chooses between launch configurations: write launch_template with the chosen one's id and latest_version"
LAUNCHES_OTHERWISE = "the group launches from something else as well: write one launch_template for it"
BY_NAME = "it names the launch configuration by a text: write launch_template with the template's id and latest_version"
LOOKED_UP_ALREADY = "a data source of that name looks a launch template up already: name this one otherwise"
NO_MAPPING = "has no mapping: write what it means for a launch template"
UNKNOWN_ROOT = (
    'the draft guesses device_name = "/dev/xvda": write the image\'s own root device, '
    "which the provider looked up for a launch configuration"
)
NO_DEVICE = (
    'no_device = "true" is what the provider sends, where EC2 documents an empty string: '
    "see that the template's version leaves the device out"
)
IGNORES = (
    "the group ignores changes of what it launches from: take that out for the apply that migrates it, "
    "or it keeps the configuration, whose destruction then fails"
)
TWO_SCRIPTS = "write this and user_data as one: a template's user_data is in base64"
DECLARED_AGAIN = "it is declared here as well: migrate what is written here likewise"


def is_refactoring(mention: Mention) -> bool:
    """Whether a reference stands in a block about the state, which is to be taken out as it is."""
    return mention.block[0] in _REFACTORING


def step(source: SourceFile, mention: Mention) -> Step:
    """What is left to do about a reference."""
    return Step(mention.whole, _told(source.slice(mention.whole), mention))


def _told(text: str, mention: Mention) -> str:
    kind = mention.block[0]
    if kind in _REFACTORING:
        return f"a launch template cannot be {kind if kind != 'import' else 'imported'} so: take this block out"
    identity = _IDENTITIES.get(mention.attribute) if len(mention.names) == 1 else None
    if identity is None:
        return _attribute(mention)
    if mention.block[:2] == ("resource", GROUP) and mention.path in (("name",), ("name_prefix",)):
        changed = f"the group was replaced when {text} changed, which it does no more"
        return f"{changed}: name it otherwise, with instance_refresh"
    if kind == "module":
        taken = f"module.{mention.block[1]} takes this for a launch configuration's {identity}"
        return f"{taken}: give it the template's id and latest_version"
    if mention.block[:2] == ("data", "aws_iam_policy_document"):
        return f"the {identity} is a launch template's afterwards, and the action another"
    return f"this is a launch template's {identity} afterwards: look at what uses it"


def _attribute(mention: Mention) -> str:
    names = mention.names
    if not names:
        return "each launch configuration is a launch template afterwards"
    if names == ("user_data",):
        return "a configuration's user_data is a hash, a template's the script in base64: write what is meant"
    if names[0] in ALIKE_INSIDE:
        return f"a launch template's {names[0]} have more arguments: look at what takes them"
    return f"a launch template has no {'.'.join(names)} of that kind{_instead(names[0])}"


def looked_up(source: SourceFile, mention: Mention, data: Address) -> Step:
    """What is left to do about an attribute of a data source."""
    names = mention.names
    if not names:
        return Step(mention.whole, f"{data} has other attributes than a launch configuration's")
    if mention.kind is Kind.LAUNCHES:
        return Step(mention.argument, f"write launch_template with the id and latest_version of {data}")
    if names[0] in _IDENTITIES:
        return step(source, mention)
    return Step(mention.whole, f"{data.type} has no {'.'.join(names)}{_instead(names[0])}")


def taken(text: str, iterated: bool) -> str:
    """What is left to do about a group that takes a configuration's name from somewhere, by an expression."""
    if iterated and text in ("each.value.name", "each.value.id"):
        return "write launch_template with id = each.value.id and version = each.value.latest_version"
    given = f"it takes the launch configuration's name from {text}"
    return f"{given}: give it the template's id and latest_version there, and write launch_template with them"


def _instead(attribute: str) -> str:
    match FATES.get(attribute):
        case Kept("vpc_security_group_ids"):
            return ": its vpc_security_group_ids, or those of its network_interfaces"
        case Kept(name) if name != attribute:
            return f": it is its {name}"
        case Inside(path, name):
            return f": {name} is in its {path[0]}"
        case Devices():
            return ": the devices are in its block_device_mappings"
        case _:
            return ": write what is meant"
