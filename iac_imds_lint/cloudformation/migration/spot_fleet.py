"""The launch specifications of a spot fleet made into launch templates, as a draft.

Sources: the resource type schemas of ``AWS::EC2::SpotFleet`` and ``AWS::EC2::LaunchTemplate``; EC2 API,
SpotFleetLaunchSpecification, LaunchTemplateOverrides and RequestLaunchTemplateData.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from iac_imds_lint.cloudformation.migration.layout import Chunks, Held, Item, Look, Shown, chunks, look_of, written
from iac_imds_lint.cloudformation.template import Parsed, call_of, edited
from iac_imds_lint.documents import insertion
from iac_imds_lint.documents.node import Mapping, Member, Node, Scalar, Sequence
from iac_imds_lint.edit import Edit, Refusal, Step
from iac_imds_lint.finding import Migrated, Migration
from iac_imds_lint.source import SourceFile, Span
from iac_imds_lint.sources import Sources

_CONFIG = "SpotFleetRequestConfigData"
_SPECIFICATIONS = "LaunchSpecifications"
_OPTIONS = "MetadataOptions"
_KEPT = {
    "ImageId": "ImageId",
    "InstanceType": "InstanceType",
    "InstanceRequirements": "InstanceRequirements",
    "KeyName": "KeyName",
    "KernelId": "KernelId",
    "RamdiskId": "RamDiskId",
    "EbsOptimized": "EbsOptimized",
    "IamInstanceProfile": "IamInstanceProfile",
    "Monitoring": "Monitoring",
    "Placement": "Placement",
    "NetworkInterfaces": "NetworkInterfaces",
    "BlockDeviceMappings": "BlockDeviceMappings",
    "TagSpecifications": "TagSpecifications",
    "UserData": "UserData",
}
# What a fleet decides for each way to launch; the type stays in the template as well.
_OVERRIDES = ("InstanceType", "SpotPrice", "SubnetId", "WeightedCapacity")
_GROUPS = "SecurityGroups"
_REPLACED = "CloudFormation replaces the fleet, with all that it launched: see when"


class _Place(NamedTuple):
    """A fleet in its template: the resource, and the list of its launch specifications. ``undashed`` is the text with
    blanks in place of the dashes of that list, so that the keys behind them begin their lines.
    """

    parsed: Parsed
    member: Member
    specifications: Member
    step: str
    undashed: SourceFile

    @property
    def source(self) -> SourceFile:
        """The file of the template."""
        return self.parsed.source


class _Made(NamedTuple):
    """A template and the configuration that names it, as they are laid out; and what is left to do."""

    template: str
    config: tuple[Item, ...]
    look: Look
    steps: tuple[Step, ...]


def migrate(sources: Sources, migration: Migration) -> Migrated | Refusal:
    """The edits that make each launch specification a template, and what they leave to do."""
    resource = migration.resources[0]
    by_hand = Refusal(resource.entry.unfixable)
    source = sources.read(resource.head.path)
    parsed = edited(source, resource.head.start) if isinstance(source, SourceFile) else None
    found = _found(parsed, resource.head) if isinstance(parsed, Parsed) else None
    if found is None or not isinstance(found.specifications.value, Sequence):
        return by_hand
    items = found.specifications.value.items
    names = _names(found.member.key, len(items))
    taken = next((member.key for member in found.parsed.resources() if member.key in names), None)
    if taken is not None:
        return Refusal(f"{taken} is there already: {by_hand.reason}")
    control = resource.entry.control
    keys = {key.option: key.key for key in control.keys} if control else {}
    options = tuple(Item(keys[option], value) for option, value in migration.options)
    made: list[_Made] = []
    for item, name in zip(items, names, strict=True):
        one = _made(found, item, name, options)
        if one is None:
            return by_hand
        made.append(one)
    edits = (*_templates(found, made), _configs(found, made))
    return Migrated(edits, (Step(resource.head, _REPLACED), *(step for one in made for step in one.steps)))


def _found(parsed: Parsed, head: Span) -> _Place | None:
    """The place of the specifications; None where they, or what they stand in, are not written out there."""
    resources = next((member for member in parsed.root.members if member.key == "Resources"), None)
    member = _at(resources.value, head) if resources and not resources.aliased else None
    properties = _own(member.value, "Properties") if member else None
    config = _own(properties.value, _CONFIG) if properties else None
    found = _own(config.value, _SPECIFICATIONS) if config else None
    if member is None or properties is None or config is None or found is None:
        return None
    if not isinstance(found.value, Sequence) or found.value.aliased or not _is_of_a_piece(member, found.value):
        return None
    step = insertion.step_between(parsed.source, properties.key_span.start, config.key_span.start)
    return _Place(parsed, member, found, step, _undashed(parsed.source, found.value))


def _is_of_a_piece(fleet: Member, items: Sequence) -> bool:
    """Whether all is written in blocks, or all in braces: text moves from one place to the other."""
    styles = {node.flow for node in (fleet.value, items, *items.items) if isinstance(node, Mapping | Sequence)}
    return len(styles) == 1 and bool(items.items)


def _undashed(source: SourceFile, items: Sequence) -> SourceFile:
    parts, at = [], 0
    for item in items.items if not items.flow else ():
        dash = source.text.rfind("-", source.line_start(item.span.start), item.span.start)
        if dash >= at:
            parts += [source.text[at:dash], " "]
            at = dash + 1
    return SourceFile(source.path, "".join((*parts, source.text[at:])), source.bom)


def _at(resources: Node, head: Span) -> Member | None:
    members = resources.members if isinstance(resources, Mapping) else ()
    return next((member for member in members if member.key_span == head and not member.aliased), None)


def _own(node: Node, key: str) -> Member | None:
    if not isinstance(node, Mapping) or call_of(node) is not None:
        return None
    found = [member for member in node.members if member.key == key]
    return found[0] if len(found) == 1 and not found[0].aliased else None


def _names(name: str, count: int) -> list[str]:
    return [f"{name}Template"] if count == 1 else [f"{name}Template{number}" for number in range(1, count + 1)]


def _made(found: _Place, item: Node, name: str, options: tuple[Item, ...]) -> _Made | None:
    if not isinstance(item, Mapping) or call_of(item) is not None or not item.members:
        return None
    pieces = chunks(found.undashed, item, ())
    if isinstance(pieces, Refusal):
        return None
    look = look_of(found.undashed, item, found.step)
    groups = _group_ids(found.source, item)
    data = [_bare(pieces.items[old], new) for old, new in _KEPT.items() if old in pieces.items and old != "UserData"]
    data += [Item("SecurityGroupIds", groups)] if groups else []
    data.append(Item(_OPTIONS, options))
    data += [_bare(pieces.items["UserData"], "UserData")] if "UserData" in pieces.items else []
    declared: tuple[Item, ...] = (
        Item("Type", "AWS::EC2::LaunchTemplate"),
        *_condition(found.member),
        Item("Properties", (Item("LaunchTemplateData", tuple(data)),)),
    )
    steps = tuple(_left(item, pieces, has_groups=groups is not None))
    return _Made(written([Item(name, declared)], look), _config(pieces, name, look), look, steps)


def _condition(fleet: Member) -> Iterator[Item]:
    """The condition of the fleet, which is that of its templates."""
    held = fleet.value.get("Condition") if isinstance(fleet.value, Mapping) else None
    if isinstance(held, Scalar) and isinstance(held.content, str):
        yield Item("Condition", held.content)


def _bare(item: Item, name: str) -> Item:
    """An item by another name, without what parted it from others."""
    return Item(name, item.value, item.above)


def _config(pieces: Chunks, name: str, look: Look) -> tuple[Item, ...]:
    quoted = look.quote == '"'
    reference = f'{{"Ref": "{name}"}}' if quoted else f"!Ref {name}"
    version = (
        f'{{"Fn::GetAtt": ["{name}", "LatestVersionNumber"]}}' if quoted else f"!GetAtt {name}.LatestVersionNumber"
    )
    colon = look.colon if look.flow else ": "
    template: Shown = (
        Item("LaunchTemplateId", Held((colon + reference,))),
        Item("Version", Held((colon + version,))),
    )
    overrides = tuple(Item(key, pieces.items[key].value) for key in _OVERRIDES if key in pieces.items)
    config = Item("LaunchTemplateSpecification", template)
    return (config, Item("Overrides", [overrides])) if overrides else (config,)


def _group_ids(source: SourceFile, item: Mapping) -> Held | None:
    """The IDs of the security groups as one list, where each stands on one line."""
    groups = _own(item, _GROUPS)
    if groups is None or not isinstance(groups.value, Sequence) or groups.value.aliased:
        return None
    texts: list[str] = []
    for group in groups.value.items:
        held = _own(group, "GroupId")
        text = source.slice(held.value.span) if held else "\n"
        if "\n" in text or (isinstance(group, Mapping) and len(group.members) > 1):
            return None
        texts.append(text)
    return Held((f": [{', '.join(texts)}]",))


def _left(item: Mapping, pieces: Chunks, *, has_groups: bool) -> Iterator[Step]:
    for member in item.members:
        if member.key == _GROUPS and not has_groups:
            yield Step(member.key_span, f"{_GROUPS} is not carried over: write SecurityGroupIds into the template")
        elif member.key == _OPTIONS and isinstance(member.value, Mapping) and len(member.value.members) > 2:
            yield Step(member.key_span, f"what else {_OPTIONS} says is not carried over: write it into the template")
        elif member.key not in (*_KEPT, *_OVERRIDES, _GROUPS, _OPTIONS):
            yield Step(member.key_span, f"{member.key} is not carried over: see what the template has for it")
    if "SubnetId" in pieces.items and "NetworkInterfaces" in pieces.items:
        subnet = next(member for member in item.members if member.key == "SubnetId")
        yield Step(subnet.key_span, "EC2 takes a SubnetId beside NetworkInterfaces only in one of these")


def _templates(found: _Place, made: list[_Made]) -> Iterator[Edit]:
    """The templates, before the fleet."""
    source, start = found.source, found.member.key_span.start
    look = made[0].look
    begin = source.line_start(start)
    own_line = not source.text[begin:start].strip()
    indent = source.text[begin:start] if own_line else ""
    texts = [_moved(one.template, one.look, indent) for one in made]
    parting = f",{source.newline}{indent}" if look.flow and own_line else ", " if look.flow else source.newline
    joined = "".join(text + parting for text in texts)
    at = start if look.flow else _above_comments(source, begin, indent)
    yield Edit(Span(source.path, at, at), joined)


def _above_comments(source: SourceFile, line: int, indent: str) -> int:
    """The beginning of the comments right above a line that are indented as it is."""
    while line and source.line(source.position(line).row - 1).startswith(f"{indent}#"):
        line = source.line_start(line - 1)
    return line


def _configs(found: _Place, made: list[_Made]) -> Edit:
    """The configurations in the place of the specifications."""
    source, old = found.source, found.specifications
    look = made[0].look
    configs: Shown = [one.config for one in made]
    start = old.key_span.start
    line = source.line_start(start)
    indent = source.text[line:start] if not source.text[line:start].strip() else ""
    text = _moved(written([Item("LaunchTemplateConfigs", configs)], look), look, indent)
    end = old.value.span.end
    if not look.flow:
        text = text.removeprefix(indent)
        end = _last(old.value)
    return Edit(Span(source.path, start, end), text)


def _last(node: Node) -> int:
    """The end of what stands in a block, without the comments and blank lines that follow it."""
    match node:
        case Sequence(_, (*_, last), flow=False) | Mapping(_, (*_, Member(_, _, last)), flow=False):
            return _last(last)
        case _:
            return node.span.end


def _moved(text: str, look: Look, indent: str) -> str:
    """Lines in another indentation than that of what was read."""
    by = len(indent) - len(look.indent)
    first, *others = text.split("\n")
    if not look.flow:
        first, others = "", [first, *others]
    moved = [_shifted(line, by) for line in others]
    return "\n".join(moved) if not look.flow else "\n".join((first, *moved))


def _shifted(line: str, by: int) -> str:
    if by >= 0:
        return " " * by + line if line.strip() else line
    blanks = len(line) - len(line.lstrip(" "))
    return line[min(-by, blanks) :]
