"""Proves that the devices of a launch configuration are those of the template: block by block, by a second reading."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from iac_imds_lint.terraform.migration.mapping import DELETED, Devices
from iac_imds_lint.terraform.migration.readings import bare, each

# What a draft calls a root device whose name nobody knows.
_DRAFTED_ROOT = "/dev/xvda"


def differing(old: Iterable[tuple[str, Devices, Sequence[Any]]], new: Sequence[Any]) -> str:
    """Why the mappings do not say what the blocks said, by the names and fates of these; empty where they do."""
    waiting: dict[str, list[dict[str, str]]] = {}
    for device in map(_device, new):
        waiting.setdefault(_slot(device), []).append(device)
    for name, fate, blocks in old:
        for was in map(_device, blocks):
            found = waiting.get("" if fate.is_root else _slot(was)) or [{}]
            if not _is_same_device(was, found.pop(0), name, fate):
                return f"it would also change a device: {was.get('device_name', name)}"
    return "it would also change the number of devices" if any(waiting.values()) else ""


def _device(block: dict[str, Any]) -> dict[str, str]:
    """What a block of a device says, in one level."""
    found: dict[str, str] = {}
    for key, item in block.items():
        if key in ("ebs", "content"):
            for inner in each(item):
                found |= _device(inner)
        else:
            found[key] = bare(item)
    return found


def _slot(device: dict[str, str]) -> str:
    """What tells devices apart: the name, which a root device gets."""
    name = device.get("device_name", "")
    return "" if name.endswith(".root_device_name") or name == _DRAFTED_ROOT else name


def _is_same_device(old: dict[str, str], new: dict[str, str], kind: str, fate: Devices) -> bool:
    """Whether a mapping says what a block of a device said; it may say besides what that took for granted."""
    deleted = old.get(DELETED[0], "null")
    expected = {**old, DELETED[0]: DELETED[1] if deleted == "null" else deleted}
    if not fate.ebs or ("no_device" in old and DELETED[0] not in new):
        expected = dict(old)
    if expected.get("no_device") in ("false", "null"):
        del expected["no_device"]
    if fate.is_root:
        expected["device_name"] = new.get("device_name", "")
    if "for_each" in old:
        expected.setdefault("iterator", kind)
    coalesced = {**expected, DELETED[0]: f"coalesce({deleted},{DELETED[1]})"}
    return new in (expected, coalesced)
