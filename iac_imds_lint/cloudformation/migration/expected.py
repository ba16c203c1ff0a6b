"""What a migrated template has to say: read from its plain data, for the proof, and apart from what writes it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

_OLD_TYPE, _NEW_TYPE = "AWS::AutoScaling::LaunchConfiguration", "AWS::EC2::LaunchTemplate"
_GROUP = "AWS::AutoScaling::AutoScalingGroup"
_NO_VALUE = {"Ref": "AWS::NoValue"}
_SUBSTITUTED = re.compile(r"\$\{\s*([A-Za-z0-9]+)")


class Ids(NamedTuple):
    """The logical ID that a configuration had, and the one that its template has."""

    old: str
    new: str


def normal(value: object) -> object:
    """Plain data of plain types, cfn-lint's being none, with all functions in their long spelling."""
    match value:
        case str():
            return str(value)
        case dict() if len(value) == 1:
            key, inner = next(iter(value.items()))
            name = _long(str(key)) if isinstance(key, str) else key
            if name == "Fn::GetAtt" and isinstance(inner, str):
                return {name: str(inner).split(".", 1)}
            return {name: normal(inner)}
        case dict():
            return {str(key) if isinstance(key, str) else key: normal(inner) for key, inner in value.items()}
        case list():
            return [normal(inner) for inner in value]
        case _:
            return value


def _long(key: str) -> str:
    if not key.startswith("!"):
        return key
    return key[1:] if key in ("!Ref", "!Condition") else f"Fn::{key[1:]}"


def migrated(template: Any, after: Any, ids: Ids) -> object:
    """What a template, in normal spelling, says when a configuration of it has become a template.

    Where two ways of writing mean the same, it is the one that stands in ``after``.
    """
    resources = template.get("Resources") if isinstance(template, dict) else None
    declared = resources.get(ids.old) if isinstance(resources, dict) else None
    if not isinstance(resources, dict) or not isinstance(declared, dict) or declared.get("Type") != _OLD_TYPE:
        return template
    there = _at(after, "Resources", ids.new)
    own = _resource(declared, there if isinstance(there, dict) else {}, resources)
    others = {key: _group(one, ids) for key, one in resources.items() if key != ids.old}
    return _named(template | {"Resources": others | {ids.new: own}}, ids)


def _at(value: Any, *keys: str) -> Any:
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _resource(declared: dict[str, Any], there: dict[str, Any], resources: Mapping[str, Any]) -> dict[str, Any]:
    properties = declared.get("Properties")
    if not isinstance(properties, dict):
        return declared
    data_there = _at(there, "Properties", "LaunchTemplateData") or {}
    data = _data(properties, data_there, resources)
    name = "LaunchConfigurationName"
    named = {"LaunchTemplateName": properties[name]} if name in properties else {}
    return declared | {"Type": _NEW_TYPE, "Properties": named | {"LaunchTemplateData": data}}


def _data(properties: dict[str, Any], there: dict[str, Any], resources: Mapping[str, Any]) -> dict[str, Any]:
    data: dict[str, Any] = {"Monitoring": {"Enabled": True}}
    public = properties.get("AssociatePublicIpAddress")
    for key, value in properties.items():
        match key:
            case "LaunchConfigurationName" | "AssociatePublicIpAddress":
                pass
            case "ClassicLinkVPCId" | "ClassicLinkVPCSecurityGroups":
                pass
            case "SecurityGroups":
                data |= (
                    {} if "AssociatePublicIpAddress" in properties else {"SecurityGroupIds": _groups(value, resources)}
                )
            case "IamInstanceProfile":
                data[key] = _wrapped(value, there.get(key), lambda end, now: {_profile(end, now, resources): end})
            case "InstanceMonitoring":
                data["Monitoring"] = {"Enabled": _each(value, lambda end: True if end == _NO_VALUE else end)}
            case "PlacementTenancy":
                data["Placement"] = _wrapped(value, there.get("Placement"), lambda end, _: {"Tenancy": end})
            case "SpotPrice":
                market = there.get("InstanceMarketOptions")
                data["InstanceMarketOptions"] = _wrapped(value, market, lambda end, _: _spot(end))
            case "BlockDeviceMappings":
                data[key] = _each(value, _devices)
            case _:
                data[key] = value
    if "AssociatePublicIpAddress" in properties:
        interface = {"DeviceIndex": 0, "AssociatePublicIpAddress": public, "DeleteOnTermination": True}
        groups = properties.get("SecurityGroups")
        given = {"Groups": _groups(groups, resources)} if "SecurityGroups" in properties else {}
        data["NetworkInterfaces"] = [interface | given]
    return data


def _each(value: Any, of: Callable[[Any], Any]) -> Any:
    """A value with each end of its ``Fn::If`` changed."""
    match value:
        case {"Fn::If": [condition, then, otherwise]} if len(value) == 1:
            return {"Fn::If": [condition, _each(then, of), _each(otherwise, of)]}
        case _:
            return of(value)


def _ends(value: Any) -> list[Any]:
    match value:
        case {"Fn::If": [_, then, otherwise]} if len(value) == 1:
            return [*_ends(then), *_ends(otherwise)]
        case _:
            return [value]


def _wrapped(value: Any, there: Any, wrap: Callable[[Any, Any], Any]) -> Any:
    """A value below other keys: each of its ends, or the whole of it where that is what is written."""
    ends = _ends(value)
    if _NO_VALUE not in ends and len(ends) > 1:
        whole = wrap(value, there)
        forced = {tuple(wrap(end, there)) for end in ends}
        if whole == there and forced == {tuple(whole)}:
            return whole
    if len(ends) == 1:
        return value if value == _NO_VALUE else wrap(value, there)
    ways = iter(_ends(there))
    return _each(value, lambda end: _with(end, next(ways, None), wrap))


def _with(end: Any, there: Any, wrap: Callable[[Any, Any], Any]) -> Any:
    return end if end == _NO_VALUE else wrap(end, there)


def _spot(price: Any) -> dict[str, Any]:
    return {"MarketType": "spot", "SpotOptions": {"MaxPrice": price}}


def _profile(end: Any, there: Any, resources: Mapping[str, Any]) -> str:
    """``Arn`` or ``Name``: what is certain by itself, else what is written."""
    match end:
        case str():
            return "Arn" if end.startswith("arn:") else "Name"
        case {"Ref": str(name)} if name in resources:
            return "Name"
        case {"Fn::GetAtt": [*_, "Arn"]}:
            return "Arn"
        case _:
            return "Arn" if isinstance(there, dict) and "Arn" in there else "Name"


def _groups(value: Any, resources: Mapping[str, Any]) -> Any:
    """Security groups by their IDs."""
    match value:
        case list():
            return [_groups(item, resources) for item in value]
        case {"Fn::If": _}:
            return _each(value, lambda end: _groups(end, resources))
        case {"Ref": str(name)}:
            declared = resources.get(name)
            is_group = _at(declared, "Type") == "AWS::EC2::SecurityGroup"
            outside = is_group and _at(declared, "Properties", "VpcId") is None
            return {"Fn::GetAtt": [name, "GroupId"]} if outside else value
        case _:
            return value


def _devices(value: Any) -> Any:
    return [_each(item, _device) for item in value] if isinstance(value, list) else value


def _device(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    changed = dict(value)
    if "Ebs" in value:
        changed["Ebs"] = _each(value["Ebs"], _volume)
    if str(value.get("NoDevice")).lower() == "true":
        changed["NoDevice"] = ""
    return changed


def _volume(value: Any) -> Any:
    if not isinstance(value, dict) or value == _NO_VALUE or any(str(key).startswith("Fn::") for key in value):
        return value
    written = value.get("DeleteOnTermination", _NO_VALUE)
    return value | {"DeleteOnTermination": _each(written, lambda end: True if end == _NO_VALUE else end)}


def _group(resource: Any, ids: Ids) -> Any:
    """A group that launches from the template, where it launched from the configuration."""
    properties = resource.get("Properties") if isinstance(resource, dict) else None
    if not isinstance(properties, dict) or resource.get("Type") != _GROUP:
        return resource
    # Of several configurations that it chooses from, one after the other is migrated.
    key = next((key for key in ("LaunchConfigurationName", "LaunchTemplate") if key in properties), "")
    named = properties.get(key)
    if not any(end == {"Ref": ids.old} for end in _ends(named)):
        return resource
    changed = {other: value for other, value in properties.items() if other != key}
    changed["LaunchTemplate"] = _each(named, lambda end: _specification(ids) if end == {"Ref": ids.old} else end)
    policies = properties.get("TerminationPolicies")
    if isinstance(policies, Sequence):
        changed["TerminationPolicies"] = _policies(policies)
    return resource | {"Properties": changed}


def _policies(value: Any) -> Any:
    if isinstance(value, list):
        return [_policies(item) for item in value]
    return "OldestLaunchTemplate" if value == "OldestLaunchConfiguration" else value


def _specification(ids: Ids) -> dict[str, Any]:
    version = {"Fn::GetAtt": [ids.new, "LatestVersionNumber"]}
    return {"LaunchTemplateId": {"Ref": ids.new}, "Version": version}


def _named(value: Any, ids: Ids) -> Any:
    """Everything with the new ID for the old one, where a resource is named."""
    match value:
        case {"Ref": ids.old}:
            return {"Ref": ids.new}
        case {"Fn::GetAtt": [ids.old, *rest]}:
            return {"Fn::GetAtt": [ids.new, *rest]}
        case {"Fn::Sub": str(text)}:
            return {"Fn::Sub": _substituted(text, ids, ())}
        case {"Fn::Sub": [str(text), dict(given)]}:
            return {"Fn::Sub": [_substituted(text, ids, tuple(given)), _named(given, ids)]}
        case dict():
            return {
                key: _depending(inner, ids) if key == "DependsOn" else _named(inner, ids)
                for key, inner in value.items()
            }
        case list():
            return [_named(item, ids) for item in value]
        case _:
            return value


def _substituted(text: str, ids: Ids, given: tuple[str, ...]) -> str:
    def named(found: re.Match[str]) -> str:
        is_it = found[1] == ids.old and ids.old not in given
        return found[0][: -len(ids.old)] + ids.new if is_it else found[0]

    return _SUBSTITUTED.sub(named, text)


def _depending(value: Any, ids: Ids) -> Any:
    if isinstance(value, list):
        return [_depending(item, ids) for item in value]
    return ids.new if value == ids.old else value
