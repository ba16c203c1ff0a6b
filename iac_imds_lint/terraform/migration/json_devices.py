"""Block devices of a launch configuration as the block device mappings of a template, in Terraform's JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from iac_imds_lint.documents.node import Mapping, Member, Node, Sequence
from iac_imds_lint.edit import Step
from iac_imds_lint.source import SourceFile
from iac_imds_lint.terraform.json_syntax import expression
from iac_imds_lint.terraform.migration import leftovers
from iac_imds_lint.terraform.migration.json_layout import Entries, Raw, Written, raw
from iac_imds_lint.terraform.migration.mapping import DELETED, FATES, Devices
from iac_imds_lint.terraform.syntax import Literal

MAPPINGS = "block_device_mappings"
COMMENT = "//"


class Mapped(NamedTuple):
    """What blocks of devices are written as, and what they leave to do by hand."""

    value: Raw | Written
    by_hand: tuple[Step, ...] = ()


class Root(NamedTuple):
    """The name of the root device, as a string of JSON."""

    device: str


def mapped(source: SourceFile, blocks: list[Member], root: Root) -> Mapped | None:
    """The blocks of devices, as the one property that they become; None where one is no block."""
    devices: list[Written] = []
    by_hand: list[Step] = []
    for member in blocks:
        fate = FATES.get(member.key)
        for node in _items(member.value):
            if not isinstance(node, Mapping) or not isinstance(fate, Devices):
                return None
            members, steps = _device(source, node, fate, root)
            devices.append(Written(members, inline=is_inline(source, node)))
            by_hand += steps
    value = blocks[0].value
    if len(devices) == 1 and not isinstance(value, Sequence):
        return Mapped(devices[0], tuple(by_hand))
    inline = isinstance(value, Sequence) and is_inline(source, value) and len(blocks) == 1
    return Mapped(Written(items=tuple(devices), inline=inline), tuple(by_hand))


def generated(source: SourceFile, blocks: list[Member], root: Root) -> Mapped | None:
    """The dynamic blocks of devices, as the one member that they become: each keeps the name of its iterator."""
    devices: list[Written] = []
    by_hand: list[Step] = []
    for member in blocks:
        for node in _items(member.value):
            if not isinstance(node, Mapping):
                return None
            content = _content(source, member.key, node, root)
            if content is None:
                return None
            by_hand += content.by_hand
            devices.append(Written(tuple(_dynamic(source, member.key, node, content)), inline=is_inline(source, node)))
    if len(devices) == 1 and not isinstance(blocks[0].value, Sequence):
        return Mapped(devices[0], tuple(by_hand))
    return Mapped(Written(items=tuple(devices)), tuple(by_hand))


def is_inline(source: SourceFile, node: Node) -> bool:
    """Whether a value stands on one line."""
    return "\n" not in source.slice(node.span)


def only(value: Node) -> Node:
    """What a list holds that holds one thing; anything else is itself."""
    return value.items[0] if isinstance(value, Sequence) and len(value.items) == 1 else value


def _items(value: Node) -> tuple[Node, ...]:
    return value.items if isinstance(value, Sequence) else (value,)


def _content(source: SourceFile, type: str, dynamic: Mapping, root: Root) -> Mapped | None:
    content = next((one for one in dynamic.members if one.key == "content"), None)
    return mapped(source, [content._replace(key=type)], root) if content else None


def _dynamic(source: SourceFile, type: str, node: Mapping, content: Mapped) -> Iterator[tuple[str, Raw | Written]]:
    named = node.get("iterator") is not None
    for member in node.members:
        yield member.key, content.value if member.key == "content" else raw(source, member.value)
        if member.key == "for_each" and not named:
            yield "iterator", Raw(f'"{type}"')


def _device(source: SourceFile, node: Mapping, fate: Devices, root: Root) -> tuple[Entries, list[Step]]:
    """A block of a device, sorted into what belongs to its mapping and what to the volume."""
    comments: list[tuple[str, Raw | Written]] = []
    outer: list[tuple[str, Raw | Written]] = [("device_name", Raw(root.device))] if fate.is_root else []
    ebs: list[tuple[str, Raw | Written]] = []
    by_hand: list[Step] = []
    left_out = False
    for member in node.members:
        written = (member.key, raw(source, member.value))
        if member.key == COMMENT:
            comments.append(written)
        elif member.key == "no_device":
            left_out = _is_true(source, member) is not False
            outer += [("no_device", Raw('"true"') if _is_true(source, member) else written[1])] if left_out else []
            by_hand += [Step(member.key_span, leftovers.NO_DEVICE)] if left_out else []
        elif member.key in fate.outer:
            outer.insert(0, written) if member.key == "device_name" else outer.append(written)
        else:
            ebs.append(written)
            if member.key not in fate.ebs:
                told = f"{member.key} is no argument that a block device of a template has"
                by_hand.append(Step(member.key_span, told))
    volume = _volume(ebs, is_inline(source, node)) if fate.ebs and (ebs or not left_out) else tuple(ebs)
    return (*comments, *outer, *volume), by_hand


def _volume(ebs: list[tuple[str, Raw | Written]], inline: bool) -> Entries:
    name, value = DELETED
    told = () if name in dict(ebs) else ((name, Raw(value)),)
    return (("ebs", Written((*ebs, *told), inline=inline)),)


def _is_true(source: SourceFile, member: Member) -> bool | None:
    """Whether a value is true, or false or null; None where it is computed."""
    match expression(source, member.value):
        case Literal(_, True | "true"):
            return True
        case Literal(_, False | "false" | None):
            return False
        case _:
            return None
