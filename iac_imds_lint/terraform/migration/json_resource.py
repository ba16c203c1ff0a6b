"""A launch configuration that is declared in Terraform's JSON, as a launch template: its body, and where it stands.

The type is a key that several resources may share: one of them moves to the key of templates, beside it.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Iterator
from typing import NamedTuple

from iac_imds_lint.documents import json_reader
from iac_imds_lint.documents.node import Mapping, Member, Node, Sequence
from iac_imds_lint.edit import Edit, Refusal, apply
from iac_imds_lint.source import Problem, SourceFile
from iac_imds_lint.terraform.migration import json_body, json_layout
from iac_imds_lint.terraform.migration.changes import Changes, Job
from iac_imds_lint.terraform.migration.json_devices import COMMENT, only
from iac_imds_lint.terraform.migration.json_layout import Raw, Style, Written
from iac_imds_lint.terraform.migration.mapping import NEW


class _Found(NamedTuple):
    """Where a resource is declared: the member of its name with what holds it, and the member of its type with that."""

    types: Mapping
    type: int
    names: Mapping
    name: int

    @property
    def of_type(self) -> Member:
        return self.types.members[self.type]

    @property
    def named(self) -> Member:
        return self.names.members[self.name]

    @property
    def is_alone(self) -> bool:
        """Whether no other resource shares the key of the type."""
        value = self.of_type.value
        holders = value.items if isinstance(value, Sequence) else (value,)
        members = [one for holder in holders if isinstance(holder, Mapping) for one in holder.members]
        return sum(one.key != COMMENT for one in members) == 1


def migrated(job: Job, source: SourceFile) -> Changes | Refusal:
    """The edits that make the configuration a template, in the file that declares it."""
    root = json_reader.read(source)
    found = None if isinstance(root, Problem) else _found(root, job.resource.body.start)
    body = only(found.named.value) if found else None
    if isinstance(root, Problem) or found is None or not isinstance(body, Mapping):
        return Refusal(f"{job.old} is written in a way that is not certain to migrate: do it by hand")
    style = json_layout.style_of(source, root)
    inside = json_body.rewritten(job, source, body, style)
    renamed = (Edit(found.named.key_span, json.dumps(job.new.name)),) if job.new.name != job.old.name else ()
    target = next((at for at, one in enumerate(found.types.members) if one.key == NEW), None)
    if found.is_alone and target is None:
        edits = (Edit(found.of_type.key_span, json.dumps(NEW)), *renamed, *inside.edits)
    else:
        written = _written(source, found, inside.edits)
        edits = (*_taken(source, found, style), *_given(source, found, style, (job.new.name, written)))
    return inside._replace(edits=edits)


def _found(node: Node, offset: int, above: tuple[tuple[Mapping, int], ...] = ()) -> _Found | None:
    """The declaration whose name stands at an offset."""
    match node:
        case Sequence(_, items):
            at = bisect_right(items, offset, key=lambda item: item.span.start) - 1
            return _found(items[at], offset, above) if at >= 0 else None
        case Mapping(_, members):
            at = bisect_right(members, offset, key=lambda member: member.key_span.start) - 1
            if at >= 0 and members[at].key_span.start == offset:
                return _Found(*above[-1], node, at) if above else None
            return _found(members[at].value, offset, (*above, (node, at))) if at >= 0 else None
        case _:
            return None


def _written(source: SourceFile, found: _Found, edits: tuple[Edit, ...]) -> Raw:
    """The resource as it is to be written elsewhere."""
    span = found.named.value.span
    longer = sum(len(edit.content) - (edit.span.end - edit.span.start) for edit in set(edits))
    after = apply(source, edits).text[span.start : span.end + longer]
    return Raw(after, source.indentation(found.named.key_span.start))


def _taken(source: SourceFile, found: _Found, style: Style) -> Iterator[Edit]:
    """The edits that take a resource away from where it stands; the key of its type as well, if it is alone there."""
    value = found.of_type.value
    if found.is_alone:
        yield from json_layout.changed(source, found.types, style, {found.type: ()}, ())
    elif isinstance(value, Sequence) and len(found.names.members) == 1:
        yield from json_layout.without(source, value, {value.items.index(found.names)})
    else:
        yield from json_layout.changed(source, found.names, style, {found.name: ()}, ())


def _given(source: SourceFile, found: _Found, style: Style, added: tuple[str, Raw]) -> Iterator[Edit]:
    """The edits that add a resource to the templates beside, or that begin them."""
    target = next((one.value for one in reversed(found.types.members) if one.key == NEW), None)
    holders = target.items if isinstance(target, Sequence) else (target,)
    holder = next((one for one in reversed(holders) if isinstance(one, Mapping)), None)
    if holder is not None:
        yield from json_layout.changed(source, holder, style, {}, (added,))
        return
    inline = "\n" not in source.slice(found.types.span)
    written = Written((added,), inline=inline)
    yield from json_layout.inserted(source, found.types, style, found.type, ((NEW, written),))
