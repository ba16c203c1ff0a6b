"""The body of a launch configuration in Terraform's JSON, as that of a launch template: member by member, in place."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import NamedTuple

from iac_imds_lint.catalog.schema import Fact, Option
from iac_imds_lint.documents.node import Mapping, Member, Node, Scalar, Sequence
from iac_imds_lint.edit import Edit, Refusal, Step
from iac_imds_lint.source import SourceFile
from iac_imds_lint.terraform import edit, json_syntax
from iac_imds_lint.terraform.migration import (
    decisions,
    groups,
    json_devices,
    json_layout,
    json_strings,
    leftovers,
    mapping,
)
from iac_imds_lint.terraform.migration.changes import Changes, Job
from iac_imds_lint.terraform.migration.decisions import Presence, Script
from iac_imds_lint.terraform.migration.json_devices import COMMENT, MAPPINGS, Mapped, Root
from iac_imds_lint.terraform.migration.json_layout import Entries, Raw, Style, Written, raw
from iac_imds_lint.terraform.migration.mapping import Devices, Dropped, Encoded, Inside, Kept, Options
from iac_imds_lint.terraform.migration.values import Reader
from iac_imds_lint.terraform.syntax import Expression

_USUAL_DEVICE = Root('"/dev/xvda"')


class _Part(NamedTuple):
    """What becomes of a member: ``entries`` stand in its place (None: it stays), ``edits`` are inside of it.

    ``dynamic`` are dynamic blocks that it becomes.
    """

    entries: Entries | None = None
    edits: tuple[Edit, ...] = ()
    by_hand: tuple[Step, ...] = ()
    notes: tuple[str, ...] = ()
    dynamic: Entries = ()


_STAYS = _Part()
_GONE = _Part(())


def rewritten(job: Job, source: SourceFile, body: Mapping, style: Style) -> Changes:
    """The edits that make the body of a configuration that of a template."""
    return _Body(job, source, body, style).changes()


class _Body:
    """One body, with what its members decide of each other."""

    def __init__(self, job: Job, source: SourceFile, body: Mapping, style: Style) -> None:
        self._job = job
        self._source = source
        self._body = body
        self._style = style
        self._reader = Reader(job.module)
        self._addressed = self._written("associate_public_ip_address")

    def changes(self) -> Changes:
        """The edits of all members, what they leave to do, and what they take for granted."""
        parts = [self._part(member) for member in self._body.members]
        self._generate(parts)
        self._map_devices(parts)
        changes = {at: part.entries for at, part in enumerate(parts) if part.entries is not None}
        options = self._options()
        edits = json_layout.changed(self._source, self._body, self._style, changes, self._added())
        return Changes(
            (*edits, *options.edits, *(edit for part in parts for edit in part.edits)),
            (*options.by_hand, *(step for part in parts for step in part.by_hand)),
            tuple(dict.fromkeys(note for part in parts for note in part.notes)),
        )

    def _written(self, name: str) -> Member | None:
        """The member of a name, unless it is null."""
        found = next((member for member in reversed(self._body.members) if member.key == name), None)
        return None if found is None or _is_null(found.value) else found

    def _expression(self, member: Member) -> Expression:
        return json_syntax.expression(self._source, member.value)

    def _part(self, member: Member) -> _Part:
        """What becomes of a member by itself."""
        if member.key in (COMMENT, "dynamic"):
            return _STAYS
        fate = mapping.FATES.get(member.key)
        match fate:
            case Kept(name):
                return self._kept(member, name)
            case Encoded():
                return self._encoded(member)
            case Inside():
                return _GONE if _is_null(member.value) else self._inside(member, fate)
            case Dropped(why):
                return _Part((), notes=(f"{member.key} is left out: it speaks of {why}",))
            case Devices() | Options():
                return _STAYS
            case None:
                return _by_hand(member, f"{member.key} {leftovers.NO_MAPPING}")

    def _kept(self, member: Member, name: str) -> _Part:
        if member.key == "lifecycle":
            return _Part(edits=tuple(self._ignored(member.value)))
        if member.key == "security_groups":
            return self._groups(member, name)
        if member.key == "user_data_base64":
            return self._in_base64_already(member, name)
        if member.key in ("name", "name_prefix"):
            return _by_hand(member, decisions.refused_name(self._job, member.key, self._expression(member)))
        if name == member.key:
            return _STAYS
        return _Part(edits=(Edit(member.key_span, json.dumps(name)),))

    def _groups(self, member: Member, name: str) -> _Part:
        """Security groups, which are those of the network interface where an address is spoken of."""
        told = groups.told(self._job, self._expression(member))
        steps = tuple(Step(member.key_span, step) for step in told.by_hand)
        if self._addressed is not None:
            return _Part((), by_hand=steps, notes=told.notes)
        return _Part(edits=(Edit(member.key_span, json.dumps(name)),), by_hand=steps, notes=told.notes)

    def _in_base64_already(self, member: Member, name: str) -> _Part:
        """The other argument for user data, of which a template has one."""
        if _is_null(member.value):
            return _GONE
        if self._written("user_data") is not None:
            return _by_hand(member, leftovers.TWO_SCRIPTS)
        return _Part(edits=(Edit(member.key_span, json.dumps(name)),))

    def _ignored(self, value: Node) -> Iterator[Edit]:
        """The names of ignored changes, as the template has them, each once."""
        for block in value.items if isinstance(value, Sequence) else (value,):
            names = block.get("ignore_changes") if isinstance(block, Mapping) else None
            if isinstance(names, Sequence):
                yield from json_layout.renamed_items(self._source, names, self._ignored_name)

    def _ignored_name(self, name: str) -> str | None:
        return mapping.ignored(name, addressed=self._addressed is not None) if name in mapping.FATES else name

    def _encoded(self, member: Member) -> _Part:
        """User data, encoded unless they are already."""
        if _is_null(member.value):
            return _GONE
        decided = decisions.script(self._job, self._expression(member))
        if decided.by_hand or decided.script is Script.AS_IT_IS:
            return _by_hand(member, decided.by_hand)._replace(notes=decided.notes)
        written = self._in_base64(member.value, decided.script)
        if written is None:
            return _by_hand(member, "encode user_data in base64: how it is written is not certain to keep its value")
        return _Part(edits=(Edit(member.value.span, written),), notes=decided.notes)

    def _in_base64(self, value: Node, script: Script) -> str | None:
        text = self._source.slice(value.span)
        string = text if text.startswith('"') else json.dumps(text)
        inside = json_strings.expression(string)
        if script is Script.ENCODED or inside is None:
            return json_strings.encoded(string, "base64encode")
        condition = _unless_null(inside) if script is Script.YES_ENCODED else None
        if condition is not None:
            return json_strings.interpolation(condition)
        tested = inside if decisions.is_one_term(json_syntax.expression(self._source, value)) else f"({inside})"
        return json_strings.interpolation(f"{tested} == null ? null : base64encode({inside})")

    def _inside(self, member: Member, fate: Inside) -> _Part:
        """An argument that becomes one of a block; a dynamic one where it may be null or empty."""
        written, value = self._expression(member), raw(self._source, member.value)
        if fate.path == (mapping.NETWORK,):
            return _Part(((mapping.NETWORK, self._network(member)),))
        if member.key == "enable_monitoring":
            if decisions.may_be_null(self._job, written, Fact.MONITORED):
                inside = json_strings.expression(value.text)
                value = Raw(json_strings.interpolation(f"coalesce({inside}, true)")) if inside else value
            return _Part((_block(fate, fate.name, value),))
        decided = decisions.block(self._job, member.key, written)
        name = decided.name or fate.name
        steps = (Step(member.key_span, decided.by_hand),) if decided.by_hand else ()
        inside = json_strings.expression(value.text)
        if decided.presence is Presence.NEVER:
            return _GONE
        if decided.presence is Presence.CERTAIN or inside is None:
            return _Part((_block(fate, name, value),), by_hand=steps, notes=decided.notes)
        each = Raw(json_strings.interpolation(f"compact([{inside}])"))
        block, content = _block(fate, name, Raw(f'"${{{fate.path[0]}.value}}"'))
        dynamic = ((block, Written((("for_each", each), ("content", content)))),)
        return _Part((), by_hand=steps, notes=decided.notes, dynamic=dynamic)

    def _network(self, member: Member) -> Written:
        held = self._written("security_groups")
        entries: Entries = (("associate_public_ip_address", raw(self._source, member.value)), pair(mapping.DELETED))
        return Written((*entries, *((("security_groups", raw(self._source, held.value)),) if held else ())))

    def _generate(self, parts: list[_Part]) -> None:
        """Dynamic blocks: those of devices become mappings, and those that members become are added."""
        more = tuple(entry for part in parts for entry in part.dynamic)
        at = next((at for at, member in enumerate(self._body.members) if member.key == "dynamic"), None)
        if at is None:
            first = next((at for at, part in enumerate(parts) if part.dynamic), None)
            if first is not None:
                parts[first] = parts[first]._replace(entries=(("dynamic", Written(more)),))
            return
        member = self._body.members[at]
        holder = json_devices.only(member.value)
        found = self._dynamic(holder, more) if isinstance(holder, Mapping) else None
        told = "write the dynamic blocks of devices as block_device_mappings"
        parts[at] = _by_hand(member, told) if found is None else found

    def _dynamic(self, holder: Mapping, more: Entries) -> _Part | None:
        """The dynamic blocks of a body."""
        devices = [member for member in holder.members if isinstance(mapping.FATES.get(member.key), Devices)]
        found = json_devices.generated(self._source, devices, self._root()[0]) if devices else Mapped(Written())
        if found is None:
            return None
        by_hand = [*found.by_hand]
        changes: dict[int, Entries] = {}
        for at, member in enumerate(holder.members):
            if devices and member is devices[0]:
                changes[at] = ((MAPPINGS, found.value),)
            elif member in devices:
                changes[at] = ()
            elif member.key != COMMENT and not isinstance(mapping.FATES.get(member.key), Options | Kept):
                by_hand.append(Step(member.key_span, f"{member.key} {leftovers.NO_MAPPING}"))
        if any(member.key == "root_block_device" for member in devices):
            by_hand += self._root()[1]
        edits = json_layout.changed(self._source, holder, self._style, changes, more)
        return _Part(edits=tuple(edits), by_hand=tuple(by_hand))

    def _map_devices(self, parts: list[_Part]) -> None:
        """The blocks of devices, in the place of the first."""
        found = [
            at for at, member in enumerate(self._body.members) if isinstance(mapping.FATES.get(member.key), Devices)
        ]
        blocks = [self._body.members[at] for at in found if not _is_empty(self._body.members[at].value)]
        for at in found:
            parts[at] = _GONE
        if not blocks:
            return
        at = self._body.members.index(blocks[0])
        root, by_hand = self._root()
        mapped = json_devices.mapped(self._source, blocks, root)
        if mapped is None:
            parts[at] = _Part(by_hand=(Step(blocks[0].key_span, f"write {blocks[0].key} as {MAPPINGS}"),))
            return
        by_hand = by_hand if any(block.key == "root_block_device" for block in blocks) else ()
        parts[at] = _Part(((MAPPINGS, mapped.value),), by_hand=(*by_hand, *mapped.by_hand))

    def _root(self) -> tuple[Root, tuple[Step, ...]]:
        """The name of the root device, which the provider looked up for a configuration; a guess is left to check."""
        image = self._written("image_id")
        text = json_strings.expression(self._source.slice(image.value.span)) if image else None
        device = self._reader.root_device(self._expression(image), text or "") if image else ""
        if device:
            return Root(json_strings.interpolation(device.removeprefix('"${'))), ()
        member = self._written("root_block_device") or self._body.members[0]
        return _USUAL_DEVICE, (Step(member.key_span, leftovers.UNKNOWN_ROOT),)

    def _options(self) -> Changes:
        """The metadata options that there are, completed."""
        if self._lacks_options():
            return Changes()
        wanted = dict(self._job.migration.options)
        written = edit.write(self._job.sources, self._job.resource, wanted) if wanted else ()
        if isinstance(written, Refusal):
            return Changes(by_hand=(Step(self._job.resource.head, f"write the metadata options: {written.reason}"),))
        return Changes(written)

    def _lacks_options(self) -> bool:
        path = self._job.resource.entry.control.path if self._job.resource.entry.control else ("",)
        dynamic = self._body.get("dynamic")
        holders = dynamic.items if isinstance(dynamic, Sequence) else (dynamic,)
        generated = any(isinstance(holder, Mapping) and holder.get(path[0]) for holder in holders)
        return self._body.get(path[0]) is None and not generated

    def _added(self) -> Entries:
        """What a template has to be told that a configuration did not say."""
        monitored = mapping.MONITORED
        told = () if self._written("enable_monitoring") else ((monitored.block, Written((pair(monitored.pair),))),)
        control = self._job.resource.entry.control
        wanted: dict[Option, str] = dict(self._job.migration.options)
        if control is None or not wanted or not self._lacks_options():
            return told
        keys = tuple(
            (key.key, Raw(json.dumps(key.typed(wanted[key.option])))) for key in control.keys if key.option in wanted
        )
        return (*told, (control.path[0], Written(keys)))


def _by_hand(member: Member, told: str) -> _Part:
    """A member that stays as it is, with something to do about it if there is."""
    return _Part(by_hand=(Step(member.key_span, told),) if told else ())


def _is_null(value: Node) -> bool:
    return isinstance(value, Scalar) and value.content is None


def _is_empty(value: Node) -> bool:
    """Whether there is no block in what stands for blocks."""
    return _is_null(value) or (isinstance(value, Sequence) and not value.items)


def _unless_null(expression: str) -> str | None:
    """A condition one of whose arms is null, with the other one encoded; None for any other expression.

    Its text has one question mark, which is that of the condition then.
    """
    condition, mark, arms = expression.partition("?")
    before, _, last = arms.rpartition(":")
    if not mark or "?" in arms or last.strip() != "null":
        return None
    return f"{condition.rstrip()} ? base64encode({before.strip()}) : null"


def _block(fate: Inside, name: str, value: Raw) -> tuple[str, Written]:
    """The block that holds an argument."""
    inner: Entries = ((name, value),)
    for block in reversed(fate.path[1:]):
        inner = ((block, Written(inner)),)
    return fate.path[0], Written((*(pair(each) for each in fate.beside), *inner))


def pair(given: tuple[str, str]) -> tuple[str, Raw]:
    """An argument with a value that JSON and HCL write alike."""
    return given[0], Raw(given[1])
