"""A second reading of a migration in Terraform's JSON: what the template says is told as a configuration again.

It is written apart from what writes migrations, knows nothing of layouts, and reads with the standard library.
Source: the provider's documentation of both resources.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any, TypeAlias

from iac_imds_lint.documents.compare import differences
from iac_imds_lint.edit import Renamed
from iac_imds_lint.source import SourceFile
from iac_imds_lint.terraform.migration import json_scripts
from iac_imds_lint.terraform.migration.mapping import GROUP, NEW, OLD
from iac_imds_lint.terraform.migration.references import Address, mentions

_Body: TypeAlias = "dict[str, Any]"
_IDENTITY = re.compile(r"\.(?:name|id|latest_version)\b(?!.*\.(?:name|id|latest_version)\b)", re.DOTALL)
_COMPACT = re.compile(r"\$\{compact\(\[(.*)\]\)\}", re.DOTALL)
_DEFAULTED = re.compile(r"\$\{coalesce\((.*), true\)\}", re.DOTALL)
_MAPPINGS = "block_device_mappings"
_DEVICES = ("root_block_device", "ebs_block_device", "ephemeral_block_device")
_LEFT_OUT = ("vpc_classic_link_id", "vpc_classic_link_security_groups")
_EMPTY = ("iam_instance_profile", "placement_tenancy", "spot_price")
_ORDERS = ("depends_on", "replace_triggered_by")
_SPOT = ("instance_market_options", "spot_options")
_IGNORED = {
    "security_groups": "",
    "vpc_security_group_ids": "",
    "associate_public_ip_address": "",
    "network_interfaces": "",
    "user_data_base64": "user_data",
    "placement_tenancy": "placement",
    "spot_price": _SPOT[0],
    "enable_monitoring": "monitoring",
    "launch_configuration": "launch_template",
    **dict.fromkeys((*_DEVICES, *_LEFT_OUT), _MAPPINGS),
}


def comparable(before: SourceFile, after: SourceFile, renamed: Sequence[Renamed]) -> tuple[object, object] | str:
    """Both files as plain data that are equal if the second says the same with templates, or why it does not.

    It raises ValueError where one is not JSON.
    """
    for one in renamed:
        left = next(mentions(after, Address(*one.before.rsplit(".", 1))), None)
        if left is not None:
            return f"it would still refer to {after.slice(left.whole)}"
    texts = {one.before: one.after for one in renamed}
    old, new = (_flat(json.loads(file.text, object_pairs_hook=_object)) for file in (before, after))
    texts |= _data_sources(old, new)
    old, new = (_in_other_words(one, texts) for one in (old, new))
    for one in renamed:
        if one.path == before.path:
            was, now = f"resource.{one.before}", f"resource.{one.after}"
            if was not in old or now in old or was in new or now not in new:
                return f"it would not make {one.after} of {one.before}"
            old[now], new[now] = _configured(old.pop(was)), _told(new[now])
            reason = _script(old[now], new[now]) or _differing(old[now], new[now])
            if reason:
                return reason
    return _with_groups(old), _with_groups(new)


def _object(pairs: list[tuple[str, Any]]) -> _Body:
    """An object, of whose keys none is lost that is written twice."""
    found: _Body = {}
    for key, value in pairs:
        name = key
        while name in found:
            name += " again"
        found[name] = value
    return found


def _several(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _flat(document: Any) -> _Body:
    """Resources and data sources by their addresses, whatever lists they stand in, beside all the rest."""
    found: _Body = {}
    for number, part in enumerate(_several(document)):
        for kind, value in part.items() if isinstance(part, dict) else ():
            if kind in ("resource", "data"):
                _add(found, kind, value, 2)
            else:
                found[f"{number} {kind}"] = value
    return found


def _add(found: _Body, address: str, value: Any, labels: int) -> None:
    for item in _several(value):
        if not labels or not isinstance(item, dict):
            while address in found:
                address += " again"
            found[address] = item
            continue
        for key, inner in item.items():
            _add(found, f"{address}.{key}", inner, labels - 1)


def _data_sources(old: _Body, new: _Body) -> dict[str, str]:
    """The data sources that are of templates now, which they become in the first reading as well."""
    found: dict[str, str] = {}
    for was in [address for address in old if address.startswith(f"data.{OLD}.")]:
        now = was.replace(OLD, NEW, 1)
        if was not in new and now in new and now not in old:
            found[was] = now
            old[now] = old.pop(was)
    return found


def _in_other_words(value: Any, texts: dict[str, str]) -> Any:
    """Plain data in which every text says the new addresses, and what is an identity says ``id``."""
    if not texts:
        return value
    names = "|".join(map(re.escape, sorted(texts, key=len, reverse=True)))
    pattern = re.compile(rf"(?<![\w.-])({names})(?![\w-])")
    new = tuple(texts.values())

    def reworded(one: Any, key: str = "") -> Any:
        match one:
            case str():
                text = pattern.sub(lambda found: texts[found[1]], one)
                named = key in ("name", "launch_configuration", "id", "version", *_ORDERS) and text.count(".") > 1
                return _IDENTITY.sub(".id", text) if named and any(address in text for address in new) else text
            case list():
                return [reworded(item, key) for item in one]
            case dict():
                return {name: reworded(inner, name) for name, inner in one.items()}
            case _:
                return one

    return {address: reworded(inner) for address, inner in value.items()}


def _configured(body: _Body) -> _Body:
    """A configuration with what it says by itself, its devices in one list."""
    found = {key: value for key, value in body.items() if value is not None and key not in _LEFT_OUT}
    found = {key: value for key, value in found.items() if value != "" or key not in _EMPTY}
    found.setdefault("enable_monitoring", True)
    found["devices"] = [
        _device(key, device) for key in found if key in _DEVICES for device in _several(found[key]) if device
    ]
    generated = {key: value for part in _several(found.pop("dynamic", [])) for key, value in part.items()}
    found["generated"] = [
        _generated(key, each) for key in generated if key in _DEVICES for each in _several(generated[key])
    ]
    found["dynamic"] = {key: value for key, value in generated.items() if key not in _DEVICES}
    if "user_data_base64" in found:
        found["user_data"] = found.pop("user_data_base64")
    return {key: value for key, value in found.items() if key not in _DEVICES}


def _device(kind: str, device: _Body) -> _Body:
    """A block of a device. The provider looks up what the root device is called."""
    told = {"device_name": ""} if kind == "root_block_device" else {}
    kept = {"delete_on_termination": True} if kind != "ephemeral_block_device" else {}
    left_out = {
        key: value for key, value in device.items() if key != "no_device" or value not in (False, "false", None)
    }
    return {**told, **kept, **left_out}


def _generated(kind: str, each: _Body) -> _Body:
    contents = [_device(kind, content) for content in _several(each.get("content"))]
    return {"iterator": kind, **each, "content": contents}


def _told(body: _Body) -> _Body:
    """A template as a configuration that says all of it."""
    found = dict(body)
    dynamic = {key: value for part in _several(found.pop("dynamic", [])) for key, value in part.items()}
    for name, argument, path in _BLOCKS:
        value = _only(found.pop(name)) if name in found else _made(dynamic, name)
        if value is not None:
            found[argument] = _argument(value, path)
    found["enable_monitoring"] = _undefaulted(found.get("enable_monitoring"))
    network = _only(found.pop("network_interfaces", None))
    if isinstance(network, dict) and network.pop("delete_on_termination", None) is True:
        found |= network
    elif "vpc_security_group_ids" in found:
        found["security_groups"] = found.pop("vpc_security_group_ids")
    found["devices"] = [_flattened(device) for device in _several(found.pop(_MAPPINGS, []))]
    mapped = _several(dynamic.pop(_MAPPINGS, []))
    found["generated"] = [{**one, "content": [_flattened(each) for each in _several(one["content"])]} for one in mapped]
    found["dynamic"] = dynamic
    return found


_BLOCKS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("iam_instance_profile", "iam_instance_profile", ()),
    ("placement", "placement_tenancy", ("tenancy",)),
    ("monitoring", "enable_monitoring", ("enabled",)),
    (_SPOT[0], "spot_price", (_SPOT[1], "max_price")),
)


def _only(value: Any) -> Any:
    return value[0] if isinstance(value, list) and len(value) == 1 else value


def _argument(block: Any, path: tuple[str, ...]) -> Any:
    """What a block has for the one thing that it says."""
    match path, block:
        case (), {"name": value, **rest} | {"arn": value, **rest} if not rest:
            return value
        case ("max_price",) | ("tenancy",) | ("enabled",), {**rest} if [*rest] == [*path]:
            return rest[path[0]]
        case ("spot_options", *inner), {"market_type": "spot", "spot_options": options, **rest} if not rest:
            return _argument(_only(options), tuple(inner))
        case _:
            return block


def _made(dynamic: _Body, name: str) -> Any:
    """The block that a dynamic one makes of a text which is neither null nor empty."""
    match dynamic.get(name):
        case {"for_each": str() as each, "content": content, **rest} if not rest and (
            found := _COMPACT.fullmatch(each)
        ):
            del dynamic[name]
            return _filled(_only(content), f"${{{name}.value}}", f"${{{found[1]}}}")
        case _:
            return None


def _filled(content: Any, placeholder: str, value: str) -> Any:
    if isinstance(content, dict):
        return {key: _filled(inner, placeholder, value) for key, inner in content.items()}
    return value if content == placeholder else content


def _undefaulted(value: Any) -> Any:
    found = _DEFAULTED.fullmatch(value) if isinstance(value, str) else None
    return f"${{{found[1]}}}" if found else value


def _flattened(device: Any) -> Any:
    """A mapping of a device as the block that it was."""
    if not isinstance(device, dict):
        return device
    found = {key: value for key, value in device.items() if key != "ebs"} | _only(device.get("ebs", {}))
    looked_up = str(found.get("device_name", "")).endswith(".root_device_name}")
    return {**found, "device_name": ""} if looked_up else found


def _script(old: _Body, new: _Body) -> str:
    """Whether the boot script is the same, which both say in one way then."""
    before, after = old.pop("user_data", None), new.pop("user_data", None)
    if before is None or after is None:
        return "" if before is after else "it would not give the same user data"
    return "" if json_scripts.same(before, after) else "it would not give the same user data"


def _differing(old: _Body, new: _Body) -> str:
    """What is not the same of a migrated resource, but for the options that are asked for."""
    found = differences(_reordered(old), _reordered(new))
    path = next((one.path for one in found if "metadata_options" not in one.path[:2]), None)
    return f"the template would have another {'.'.join(map(str, path))}" if path else ""


def _with_groups(document: _Body) -> _Body:
    """All of a document, its groups launching from an identity, and what is ignored by its new names."""
    return {address: _group(address, _reordered(body)) for address, body in document.items()}


def _reordered(body: Any) -> Any:
    if not isinstance(body, dict) or "lifecycle" not in body:
        return body
    blocks = [_ignoring(block) for block in _several(body["lifecycle"])]
    return {**body, "lifecycle": blocks}


def _ignoring(block: Any) -> Any:
    names = block.get("ignore_changes") if isinstance(block, dict) else None
    if not isinstance(names, list):
        return block
    return {**block, "ignore_changes": sorted({_IGNORED.get(str(name), str(name)) for name in names})}


def _group(address: str, body: Any) -> Any:
    if not address.startswith(f"resource.{GROUP}.") or not isinstance(body, dict):
        return body
    found = dict(body)
    match _only(found.get("launch_template")):
        case {"id": str() as id, "version": str() as version, **rest} if not rest and id == version and f"{NEW}." in id:
            del found["launch_template"]
            found["launch_configuration"] = id
    policies = found.get("termination_policies")
    if isinstance(policies, list):
        found["termination_policies"] = [_policy(one) for one in policies]
    return found


def _policy(name: Any) -> Any:
    return "OldestLaunchTemplate" if name == "OldestLaunchConfiguration" else name
