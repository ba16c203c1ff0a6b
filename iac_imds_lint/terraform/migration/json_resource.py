"""A launch configuration that is declared in Terraform's JSON, as a launch template: its body, and where it stands.

The type is a key that several resources may share: one of them moves to the key of templates, beside it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import NamedTuple

from iac_imds_lint.documents.node import Mapping, Node, Sequence
from iac_imds_lint.edit import Edit, Refusal, apply
from iac_imds_lint.source import Problem, SourceFile
from iac_imds_lint.terraform.migration import json_body, json_layout
from iac_imds_lint.terraform.migration.changes import Changes, Job
from iac_imds_lint.terraform.migration.json_devices import COMMENT, only
from iac_imds_lint.terraform.migration.json_layout import Raw, Style, Written
from iac_imds_lint.terraform.migration.json_places import At, read, trail
from iac_imds_lint.terraform.migration.mapping import NEW


class _Found(NamedTuple):
    """Where a resource is declared: the member of its type, and that of its name in what that holds."""

    type: At
    name: At


def is_alone(type: At) -> bool:
    """Whether there is one resource, or one data source, under the key of a type."""
    value = type.member.value
    holders = value.items if isinstance(value, Sequence) else (value,)
    members = [one for holder in holders if isinstance(holder, Mapping) for one in holder.members]
    return sum(one.key != COMMENT for one in members) == 1


def migrated(job: Job, source: SourceFile) -> Changes | Refusal:
    """The edits that make the configuration a template, in the file that declares it."""
    root = read(source)
    found = None if isinstance(root, Problem) else _found(root, job.resource.body.start)
    body = only(found.name.member.value) if found else None
    if isinstance(root, Problem) or found is None or not isinstance(body, Mapping):
        return Refusal(f"{job.old} is written in a way that is not certain to migrate: do it by hand")
    style = json_layout.style_of(source, root)
    inside = json_body.rewritten(job, source, body, style)
    renamed = (Edit(found.name.member.key_span, json.dumps(job.new.name)),) if job.new.name != job.old.name else ()
    target = next((at for at, one in enumerate(found.type.mapping.members) if one.key == NEW), None)
    if is_alone(found.type) and target is None:
        edits = (Edit(found.type.member.key_span, json.dumps(NEW)), *renamed, *inside.edits)
    else:
        written = _written(source, found, inside.edits)
        edits = (*_taken(source, found, style), *_given(source, found, style, (job.new.name, written)))
    return inside._replace(edits=edits)


def _found(root: Node, offset: int) -> _Found | None:
    """The declaration whose name stands at an offset."""
    found = trail(root, offset)[1:]
    return _Found(*found) if len(found) == 2 and found[1].member.key_span.start == offset else None


def _written(source: SourceFile, found: _Found, edits: tuple[Edit, ...]) -> Raw:
    """The resource as it is to be written elsewhere."""
    span = found.name.member.value.span
    longer = sum(len(edit.content) - (edit.span.end - edit.span.start) for edit in set(edits))
    after = apply(source, edits).text[span.start : span.end + longer]
    return Raw(after, source.indentation(found.name.member.key_span.start))


def _taken(source: SourceFile, found: _Found, style: Style) -> Iterator[Edit]:
    """The edits that take a resource away from where it stands; the key of its type as well, if it is alone there."""
    value = found.type.member.value
    if is_alone(found.type):
        yield from json_layout.changed(source, found.type.mapping, style, {found.type.at: ()}, ())
    elif isinstance(value, Sequence) and len(found.name.mapping.members) == 1:
        yield from json_layout.without(source, value, {value.items.index(found.name.mapping)})
    else:
        yield from json_layout.changed(source, found.name.mapping, style, {found.name.at: ()}, ())


def _given(source: SourceFile, found: _Found, style: Style, added: tuple[str, Raw]) -> Iterator[Edit]:
    """The edits that add a resource to the templates beside, or that begin them."""
    target = next((one.value for one in reversed(found.type.mapping.members) if one.key == NEW), None)
    holders = target.items if isinstance(target, Sequence) else (target,)
    holder = next((one for one in reversed(holders) if isinstance(one, Mapping)), None)
    if holder is not None:
        yield from json_layout.changed(source, holder, style, {}, (added,))
        return
    inline = "\n" not in source.slice(found.type.mapping.span)
    written = Written((added,), inline=inline)
    yield from json_layout.inserted(source, found.type.mapping, style, found.type.at, ((NEW, written),))
