"""The launch specifications of a spot fleet made into launch templates, as a draft: HCL only.

Sources: the provider's documentation of ``aws_spot_fleet_request`` and ``aws_launch_template`` with their schemas; EC2
API, SpotFleetLaunchSpecification, LaunchTemplateOverrides and RequestLaunchTemplateData.
"""

from __future__ import annotations

import os.path
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from iac_imds_lint.edit import Edit, Refusal, Step
from iac_imds_lint.finding import Migrated, Migration
from iac_imds_lint.source import SourceFile, Span
from iac_imds_lint.sources import Sources
from iac_imds_lint.terraform.migration import rows
from iac_imds_lint.terraform.migration.references import Address, files
from iac_imds_lint.terraform.migration.rows import Argument, Body, Row
from iac_imds_lint.terraform.migration.spot import (
    OPTIONS,
    New,
    arguments,
    head_of,
    is_declared,
    new_block,
    place,
    wanted_options,
)

TEMPLATE = "aws_launch_template"
_SPECIFICATION = "launch_specification"

_KEPT = {
    "ami": "image_id",
    "instance_type": "instance_type",
    "key_name": "key_name",
    "ebs_optimized": "ebs_optimized",
}
# What a fleet decides for each way to launch; the type stays in the template as well.
_OVERRIDES = ("instance_type", "spot_price", "weighted_capacity", "availability_zone", "subnet_id")
_PLACEMENT = {"placement_group": "group_name", "placement_tenancy": "tenancy"}
_PROFILES = {"iam_instance_profile": "name", "iam_instance_profile_arn": "arn"}
_PUBLIC = "associate_public_ip_address"
_GROUPS = "vpc_security_group_ids"
_ENCODED = re.compile(r"(?:base64encode|base64gzip|filebase64|textencodebase64)\(")
_EACH = re.compile(r"\b(?:count\.index|each\.(?:key|value))\b")
_KNOWN = frozenset((*_KEPT, *_OVERRIDES, *_PLACEMENT, *_PROFILES, _PUBLIC, _GROUPS, "user_data", "monitoring", "tags"))
_EBS = ("snapshot_id", "volume_type", "volume_size", "iops", "throughput", "encrypted", "kms_key_id")
_REPLACED = "Terraform replaces the fleet, with all that it launched: see when"
_ROOT = (
    "a template names its root device: add it to the template as block_device_mappings, by the device_name that the "
    "image has"
)
_BLOCKS = ("ebs_block_device", "ephemeral_block_device", "root_block_device")


class _Made(NamedTuple):
    """What a launch specification becomes: lines of a template, a block in the fleet, and what is left to do."""

    template: list[str]
    config: Row
    steps: list[Step]


def migrate(sources: Sources, migration: Migration) -> Migrated | Refusal:
    """The edits that make each launch specification a template, and what they leave to do."""
    resource = migration.resources[0]
    by_hand = Refusal(resource.entry.unfixable)
    source = sources.read(resource.head.path)
    if not isinstance(source, SourceFile) or source.path.endswith(".json"):
        return by_hand
    head = head_of(source, resource.body)
    body = rows.read(source, head.node) if head else None
    if head is None or body is None or len(head.labels) != 2:
        return by_hand
    specified = [(row, _inside(source, row)) for row in body.rows if row.name == _SPECIFICATION]
    if not specified or any(inner is None for _, inner in specified) or _is_generated(body):
        return by_hand
    module = list(files(sources, os.path.dirname(source.path)))
    names = _names(source.slice(head.labels[1]), len(specified))
    taken = next((name for name in names if is_declared(module, Address(TEMPLATE, name))), None)
    if taken is not None:
        return Refusal(f"{TEMPLATE}.{taken} is there already: {by_hand.reason}")
    wanted = dict(wanted_options(migration))
    made = {
        row.start: _made(body, inner, name, wanted)
        for (row, inner), name in zip(specified, names, strict=True)
        if inner is not None
    }
    after = [made[row.start].config if row.start in made else row for row in body.rows]
    templates = "".join(source.newline.join([*one.template, "", ""]) for one in made.values())
    begin = source.line_start(source.offset_of_byte(head.node.start_byte))
    edits = (Edit(Span(source.path, begin, begin), templates), *rows.edits(body, after))
    steps = (Step(resource.head, _REPLACED), *(step for one in made.values() for step in one.steps))
    return Migrated(tuple(_joined(edits)), steps)


def _joined(edits: Iterable[Edit]) -> Iterator[Edit]:
    """The edits in order, those that touch each other as one: no reader has to know which comes first."""
    waiting: Edit | None = None
    for edit in sorted(edits):
        if waiting is not None and edit.span.start <= waiting.span.end:
            span = waiting.span._replace(end=max(waiting.span.end, edit.span.end))
            waiting = Edit(span, waiting.content + edit.content)
        else:
            if waiting is not None:
                yield waiting
            waiting = edit
    if waiting is not None:
        yield waiting


def _inside(source: SourceFile, row: Row) -> Body | None:
    return rows.read(source, row.node) if row.node is not None else None


def _is_generated(body: Body) -> bool:
    return any(row.name == "dynamic" and f'"{_SPECIFICATION}"' in row.text for row in body.rows)


def _names(name: str, count: int) -> list[str]:
    return [name] if count == 1 else [f"{name}_{number}" for number in range(1, count + 1)]


def _made(body: Body, inner: Body, name: str, wanted: Mapping[str, str]) -> _Made:
    given = {row.name: row.argument for row in inner.rows if row.argument}
    address = f"{TEMPLATE}.{name}"
    where = {"id": f"{address}.id", "version": f"{address}.latest_version"}
    overrides = [given[one] for one in _OVERRIDES if one in given and not (one == "subnet_id" and _PUBLIC in given)]
    inside = [New("launch_template_specification", arguments(where))]
    inside += [New("overrides", [one._replace(comment="") for one in overrides])] if overrides else []
    blocks = list(_blocks(inner, given, wanted))
    plain = [given[old]._replace(name=new) for old, new in _KEPT.items() if old in given]
    new = New(f'resource "{TEMPLATE}" "{name}"', [*plain, *_more(given)], blocks)
    outer = body.indent.removesuffix(body.step)
    return _Made(
        new.lines(outer, body.step), new_block(body, New("launch_template_config", (), inside)), [*_left(inner)]
    )


def _more(given: Mapping[str, Argument]) -> Iterator[Argument]:
    if _GROUPS in given and _PUBLIC not in given:
        yield Argument("", _GROUPS, given[_GROUPS].value)
    if "user_data" in given:
        value = given["user_data"].value
        yield Argument("", "user_data", value if _ENCODED.match(value) else f"base64encode({value})")


def _blocks(inner: Body, given: Mapping[str, Argument], wanted: Mapping[str, str]) -> Iterator[New]:
    """The blocks of a template, by what a launch specification says."""
    for old, new in _PROFILES.items():
        if old in given:
            yield New("iam_instance_profile", [Argument("", new, given[old].value)])
    if "monitoring" in given:
        yield New("monitoring", [Argument("", "enabled", given["monitoring"].value)])
    placed = [Argument("", new, given[old].value) for old, new in _PLACEMENT.items() if old in given]
    if placed:
        yield New("placement", placed)
    if _PUBLIC in given:
        yield New("network_interfaces", list(_interface(given)))
    yield from _devices(inner)
    if "tags" in given:
        tagged = [Argument("", "resource_type", '"instance"'), Argument("", "tags", given["tags"].value)]
        yield New("tag_specifications", tagged)
    yield New(OPTIONS, arguments(wanted))


def _interface(given: Mapping[str, Argument]) -> Iterator[Argument]:
    yield Argument("", _PUBLIC, given[_PUBLIC].value)
    yield Argument("", "delete_on_termination", "true")
    if _GROUPS in given:
        yield Argument("", "security_groups", given[_GROUPS].value)
    if "subnet_id" in given:
        yield Argument("", "subnet_id", given["subnet_id"].value)


def _devices(inner: Body) -> Iterator[New]:
    """The devices that have a name. A launch specification deletes volumes with the instance, unless it says no."""
    for row in inner.rows:
        held = _inside(inner.source, row) if row.name in _BLOCKS[:2] else None
        given = {one.name: one.argument for one in held.rows if one.argument} if held else {}
        named = [Argument("", one, given[one].value) for one in ("device_name", "virtual_name") if one in given]
        if row.name == "ebs_block_device" and given:
            kept = given.get("delete_on_termination", Argument("", "delete_on_termination", "true")).value
            ebs = [Argument("", one, given[one].value) for one in _EBS if one in given]
            yield New("block_device_mappings", named, [New("ebs", [*ebs, Argument("", "delete_on_termination", kept)])])
        elif given:
            yield New("block_device_mappings", named)


def _left(inner: Body) -> Iterator[Step]:
    source = inner.source
    for row in inner.rows:
        if row.node is None:
            continue
        if row.name == "root_block_device":
            yield Step(place(source, row), _ROOT)
        elif row.name not in _KNOWN and row.name not in _BLOCKS:
            yield Step(place(source, row), f"{row.name} is not carried over: see what the template has for it")
        elif row.name in _BLOCKS and _inside(source, row) is None:
            yield Step(place(source, row), f"{row.name} is not carried over: add it as block_device_mappings")
        if _EACH.search(row.text):
            yield Step(
                place(source, row), "this differs between instances: give the template the same count or for_each"
            )
        if row.name == "user_data" and row.argument and not _ENCODED.match(row.argument.value):
            told = "the fleet encodes what is not encoded yet, and the template all of it: see that it is none"
            yield Step(place(source, row), told)
