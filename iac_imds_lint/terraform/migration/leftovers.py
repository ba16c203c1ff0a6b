"""References that nothing is written for: what each has to be looked at for, and where."""

from __future__ import annotations

from iac_imds_lint.edit import Step
from iac_imds_lint.source import SourceFile
from iac_imds_lint.terraform.migration.mapping import FATES, GROUP, Devices, Inside, Kept
from iac_imds_lint.terraform.migration.references import Address, Mention

_IDENTITIES = {"name": "name", "id": "ID", "arn": "ARN"}
_REFACTORING = ("moved", "removed", "import")

CHOOSES = "it chooses between launch configurations: write launch_template with the chosen one's id and latest_version"
LAUNCHES_OTHERWISE = "the group launches from something else as well: write one launch_template for it"
BY_NAME = "it names the launch configuration by a text: write launch_template with the template's id and latest_version"
LOOKED_UP_ALREADY = "a data source of that name looks a launch template up already: name this one otherwise"
NO_MAPPING = "has no mapping: write what it means for a launch template"
UNKNOWN_ROOT = "write the image's root device name, which the provider looked up for a launch configuration"
TWO_SCRIPTS = "write this and user_data as one: a template's user_data is in base64"
DECLARED_AGAIN = "it is declared here as well: migrate what is written here likewise"


def step(source: SourceFile, mention: Mention) -> Step:
    """What is left to do about a reference."""
    return Step(mention.whole, _told(source.slice(mention.whole), mention))


def _told(text: str, mention: Mention) -> str:
    kind = mention.block[0]
    if kind in _REFACTORING:
        return f"a launch template cannot be {kind if kind != 'import' else 'imported'} so: take this block out"
    identity = _IDENTITIES.get(mention.attribute)
    if identity is None:
        return _attribute(mention)
    if mention.block[:2] == ("resource", GROUP) and mention.path in (("name",), ("name_prefix",)):
        changed = f"the group was replaced when {text} changed, which it does no more"
        return f"{changed}: name it otherwise, with instance_refresh"
    if kind == "module":
        return f"the module takes this for a launch configuration's {identity}"
    if mention.block[:2] == ("data", "aws_iam_policy_document"):
        return f"the {identity} is a launch template's afterwards, and the action another"
    return f"this is a launch template's {identity} afterwards: look at what uses it"


def _attribute(mention: Mention) -> str:
    if not mention.attribute:
        return "each launch configuration is a launch template afterwards"
    return f"a launch template has no {mention.attribute} of that kind{_instead(mention.attribute)}"


def looked_up(mention: Mention, data: Address) -> Step:
    """What is left to do about an attribute of a data source."""
    if not mention.attribute:
        return Step(mention.whole, f"{data} has other attributes than a launch configuration's")
    return Step(mention.whole, f"{data.type} has no {mention.attribute}{_instead(mention.attribute)}")


def _instead(attribute: str) -> str:
    match FATES.get(attribute):
        case Kept("vpc_security_group_ids"):
            return ": its vpc_security_group_ids, or those of its network_interfaces"
        case Inside(path, name):
            return f": {name} is in its {path[0]}"
        case Devices():
            return ": the devices are in its block_device_mappings"
        case _:
            return ": write what is meant"
