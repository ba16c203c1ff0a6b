"""Options that are no keys of one mapping, written: among settings, in the text of a document, in each of a list."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from iac_imds_lint.catalog.schema import Control, Listed, Option
from iac_imds_lint.cloudformation import json_text
from iac_imds_lint.cloudformation.completing import completed, editable, node_at
from iac_imds_lint.cloudformation.template import Parsed, call_of
from iac_imds_lint.documents import insertion
from iac_imds_lint.documents import node as tree
from iac_imds_lint.documents.insertion import Entries, Written
from iac_imds_lint.documents.node import Member, Node, Scalar, Sequence
from iac_imds_lint.edit import Edit, Refusal
from iac_imds_lint.model import Resource
from iac_imds_lint.source import Span
from iac_imds_lint.value import Absent, Known

_COMPUTED = "is computed, not written: change the expression"


def edits(
    parsed: Parsed, member: Member, resource: Resource, values: Mapping[str, Written]
) -> tuple[Edit, ...] | Refusal | None:
    """The edits that write wanted options of a resource; None where they are the keys of one mapping."""
    control = resource.entry.control
    if control is None:
        return None
    if control.listed is not None:
        return _setting(parsed, member, resource, control, control.listed)
    if "*" in control.path:
        return _in_each(parsed, member, control, values)
    if control.document:
        return _in_document(parsed, member, control, values)
    return None


def _held(node: Node, key: str) -> Member | Refusal | None:
    """The member of a node that may be edited; None where there is none."""
    return editable(node, key) if isinstance(node, tree.Mapping) else None


# --- Settings --------------------------------------------------------------------------------------------------------


def _setting(
    parsed: Parsed, member: Member, resource: Resource, control: Control, listed: Listed
) -> tuple[Edit, ...] | Refusal:
    """The edits that set the setting for tokens, or add it to those that there are."""
    key = control.keys[0]
    pairs = (*listed.beside, (listed.name, key.key), (listed.value, key.secure))
    match resource.container, resource.option(Option.TOKENS):
        case Absent(), _:
            return _added(parsed, member, control.path[0], pairs)
        case _, Known(_, (origin,)) if origin.literal:
            old = node_at(member.value, origin.span)
            if not isinstance(old, Scalar):
                return Refusal(f"{listed.value} {_COMPUTED}")
            new = insertion.replace(parsed.source, old, key.secure)
            return new if isinstance(new, Refusal) else (new,)
        case _:
            return Refusal(f"{key.key} {_COMPUTED}")


def _added(parsed: Parsed, resource: Member, name: str, pairs: Entries) -> tuple[Edit, ...] | Refusal:
    properties = _held(resource.value, "Properties")
    if not isinstance(properties, Member):
        return properties or Refusal("it has no Properties")
    held = _held(properties.value, name)
    if isinstance(held, Refusal):
        return held
    step = insertion.step_between(parsed.source, resource.key_span.start, properties.key_span.start)
    told = ", ".join(f"{key}: {value}" for key, value in pairs)
    match held.value if held else None:
        case None if isinstance(properties.value, tree.Mapping) and call_of(properties.value) is None:
            return insertion.insert(parsed.source, properties.value, ((name, [pairs]),), step)
        case Sequence(_, (_, *_)) as settings:
            return insertion.append(parsed.source, settings, pairs, step)
        case _:
            return Refusal(f"{name} has to be a list to hold {{{told}}} as well")


# --- Lists -----------------------------------------------------------------------------------------------------------


def _in_each(
    parsed: Parsed, resource: Member, control: Control, values: Mapping[str, Written]
) -> tuple[Edit, ...] | Refusal:
    """The edits that complete each container that is written."""
    found: list[Edit] = []
    holders = list(_containers(resource.value, ("Properties", *control.path)))
    for holder in holders:
        if isinstance(holder, Refusal):
            return holder
        new = completed(parsed.source, holder, values, _order(control))
        if isinstance(new, Refusal):
            return new
        found += new
    return tuple(found) if holders else Refusal(f"no {control.name} is written in any of its lists")


def _containers(node: Node, path: tuple[str, ...]) -> Iterator[tree.Mapping | Refusal]:
    """The mappings that a path leads to, in which ``*`` is each element of a list; what is not there is passed over."""
    if (call := call_of(node)) is not None:
        yield Refusal(f"part of it is given by {call.function}")
    elif not path:
        yield node if isinstance(node, tree.Mapping) else Refusal("one of its containers is no mapping")
    elif path[0] == "*":
        for item in node.items if isinstance(node, Sequence) else ():
            yield from _containers(item, path[1:])
    else:
        held = _held(node, path[0])
        if isinstance(held, Refusal):
            yield held
        elif held is not None:
            yield from _containers(held.value, path[1:])


def _order(control: Control) -> list[str]:
    return [key.key for key in control.keys]


# --- Documents -------------------------------------------------------------------------------------------------------


def _in_document(
    parsed: Parsed, resource: Member, control: Control, values: Mapping[str, Written]
) -> tuple[Edit, ...] | Refusal | None:
    """The edits of a text that is JSON; None where the document is written as a mapping of the template."""
    properties = _held(resource.value, "Properties")
    held = _held(properties.value, control.path[0]) if isinstance(properties, Member) else properties
    if not isinstance(held, Member):
        return held or Refusal(f"{control.path[0]} is not written here")
    if isinstance(held.value, tree.Mapping) and call_of(held.value) is None:
        return None
    told = ", ".join(f'"{key}": {value}' for key, value in values.items())
    refusal = Refusal(f'add "{control.path[-1]}": {{{told}}} to the JSON of {control.path[0]}')
    written = json_text.written_out(parsed.source, held.value)
    # Within double quotes, those of the text would have to be escaped.
    if written is None or parsed.source.text[written.start - 1] == '"':
        return refusal
    found = _into_text(written, control.path[1:], tuple(values.items()))
    return refusal if isinstance(found, Refusal) else tuple(_moved(edit, written.start) for edit in found)


def _into_text(written: json_text.Written, path: tuple[str, ...], entries: Entries) -> tuple[Edit, ...] | Refusal:
    target = written.tree
    steps = path
    while steps and isinstance(target, tree.Mapping) and (inner := target.get(steps[0])) is not None:
        target, steps = inner, steps[1:]
    if not isinstance(target, tree.Mapping):
        return Refusal(f"{path[-1]} is no mapping")
    if steps:
        for name in reversed(steps):
            entries = ((name, tuple(entries)),)
        return insertion.insert(written.body, target, entries)
    return completed(written.body, target, dict(entries), [key for key, _ in entries])


def _moved(edit: Edit, start: int) -> Edit:
    """An edit of a part of a file, as one of the file."""
    return edit._replace(span=Span(edit.span.path, edit.span.start + start, edit.span.end + start))
