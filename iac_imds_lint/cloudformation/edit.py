"""How a resource's options are written in a template: splices of its text, and refusals where one is not certain."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from iac_imds_lint.catalog.schema import Control, Option, OptionKey
from iac_imds_lint.cloudformation.template import Parsed, call_of, edited
from iac_imds_lint.documents import insertion
from iac_imds_lint.documents import node as tree
from iac_imds_lint.documents.insertion import Entries, Written
from iac_imds_lint.documents.node import Member, Node, Scalar
from iac_imds_lint.edit import Edit, Refusal
from iac_imds_lint.model import Resource
from iac_imds_lint.source import SourceFile, Span
from iac_imds_lint.sources import Sources
from iac_imds_lint.value import known_text

_SHARED = "others share it through a YAML alias"


class _Spot(NamedTuple):
    """How far a path of keys is written: the innermost mapping, the indentation of a level there, and the keys that
    are still missing. ``empty`` is the key whose value is null, where that is what stopped the way.
    """

    mapping: tree.Mapping
    step: str
    missing: tuple[str, ...] = ()
    empty: Member | None = None


def write(sources: Sources, resource: Resource, wanted: Mapping[Option, str]) -> tuple[Edit, ...] | Refusal:
    """The edits that give each wanted option its value on this resource, or why they are not certain.

    Literals are replaced, missing keys inserted in the order of ``wanted``, the containers around them where they are
    missing too. What has its value already is left alone.
    """
    control = resource.entry.control
    if control is None or "*" in control.path:
        return Refusal("how to write the options of this resource type is not known yet")
    keys = [key for option in wanted if (key := control.key(option)) is not None]
    values = {key.key: _typed(key, wanted[key.option]) for key in keys}
    settled = {key.key for key in keys if known_text(resource.option(key.option)) == wanted[key.option]}
    return _written(sources, resource, control, {key: v for key, v in values.items() if key not in settled})


def replace_literal(sources: Sources, span: Span, value: str) -> Edit | Refusal:
    """The edit that writes ``value`` in place of a literal elsewhere: a parameter's default, a branch of ``Fn::If``."""
    parsed = _parsed(sources, span.path)
    if isinstance(parsed, Refusal):
        return parsed
    for parameter in parsed.section("Parameters"):
        refusal = _not_allowed(parameter, span, value)
        if refusal is not None:
            return refusal
    found = _node_at(parsed.root, span)
    if isinstance(found, Scalar):
        return insertion.replace(parsed.source, found, value)
    if found is not None and _is_no_value(found):
        return _instead_of(parsed, found, value)
    return Refusal("the value is not written as a literal")


def _parsed(sources: Sources, path: str) -> Parsed | Refusal:
    source = sources.read(path)
    parsed = edited(source) if isinstance(source, SourceFile) else None
    return parsed if isinstance(parsed, Parsed) else Refusal(f"{path} cannot be read again")


def _typed(key: OptionKey, value: str) -> Written:
    """A value as the property's type has it: the catalog tells numbers, booleans and texts apart by what is allowed."""
    if isinstance(key.allowed, range) and value.isdecimal():
        return int(value)
    return value == "true" if key.allowed == ("true", "false") else value


def _written(
    sources: Sources, resource: Resource, control: Control, values: Mapping[str, Written]
) -> tuple[Edit, ...] | Refusal:
    parsed = _parsed(sources, resource.head.path)
    if isinstance(parsed, Refusal):
        return parsed
    member = next((member for member in parsed.resources() if member.key_span == resource.head), None)
    if member is None:
        return Refusal(f"{resource.address} is not found again")
    if any(m.aliased for m in (member, *parsed.root.members) if m is member or m.key == "Resources"):
        return Refusal(f"{resource.address} is not changed: {_SHARED}")
    if not values:
        return ()
    spot = _spot(parsed.source, member, ("Properties", *control.path))
    if isinstance(spot, Refusal):
        return spot
    if not spot.missing and spot.empty is None:
        return _completed(parsed, spot, values)
    entries: Entries = tuple(values.items())
    for key in reversed(spot.missing):
        entries = ((key, tuple(entries)),)
    if spot.empty is not None:
        braces = spot.mapping.flow
        return insertion.fill(parsed.source, spot.empty, entries, spot.step, braces=braces)
    return insertion.insert(parsed.source, spot.mapping, entries, spot.step)


def _spot(source: SourceFile, resource: Member, path: tuple[str, ...]) -> _Spot | Refusal:
    """Follow a path of keys from a resource as far as it is written."""
    holder, mapping = resource, resource.value
    if not isinstance(mapping, tree.Mapping):
        return Refusal(f"{resource.key} is no mapping")
    step = "  "
    for index, key in enumerate(path):
        own = next((member for member in mapping.members if not member.aliased), None)
        if own is not None:
            step = insertion.step_between(source, holder.key_span.start, own.key_span.start)
        found = _only(mapping, key)
        if isinstance(found, Refusal):
            return found
        if found is None:
            return _Spot(mapping, step, path[index:])
        match found.value:
            case Scalar(_, None, _):
                return _Spot(mapping, step, path[index + 1 :], found)
            case tree.Mapping() as inner if call_of(inner) is None:
                holder, mapping = found, inner
            case _:
                return Refusal(f"{key} is not written as a mapping")
    return _Spot(mapping, step)


def _only(mapping: tree.Mapping, key: str) -> Member | Refusal | None:
    """The one member with a key, if it may be edited; None where there is none and one may be added."""
    found = [member for member in mapping.members if member.key == key]
    if len(found) > 1:
        return Refusal(f"{key} is written twice")
    if not found:
        added = next((member.key for member in mapping.members if member.key.startswith("Fn::")), None)
        return Refusal(f"{added} may add {key}") if added else None
    if found[0].aliased:
        return Refusal(f"{key} is not changed: {_SHARED}")
    call = call_of(found[0].value)
    if call is not None and not _is_no_value(found[0].value):
        return Refusal(f"{key} is given by {call.function}")
    return found[0]


def _completed(parsed: Parsed, spot: _Spot, values: Mapping[str, Written]) -> tuple[Edit, ...] | Refusal:
    """Replace what is written in the container and add what is not, each group before the wanted key that follows."""
    edits: list[Edit] = []
    waiting: list[tuple[str, Written]] = []
    for key, value in values.items():
        member = _only(spot.mapping, key)
        if isinstance(member, Refusal):
            return member
        if member is None:
            waiting.append((key, value))
            continue
        added = insertion.insert(parsed.source, spot.mapping, waiting, spot.step, member) if waiting else ()
        if isinstance(added, Refusal):
            return added
        changed = _replaced(parsed, member, value)
        if isinstance(changed, Refusal):
            return changed
        edits += [*added, changed]
        waiting = []
    if waiting:
        added = insertion.insert(parsed.source, spot.mapping, waiting, spot.step)
        if isinstance(added, Refusal):
            return added
        edits += added
    return tuple(edits)


def _replaced(parsed: Parsed, member: Member, value: Written) -> Edit | Refusal:
    match member.value:
        case Scalar() as old:
            return insertion.replace(parsed.source, old, value)
        case other if _is_no_value(other):
            return _instead_of(parsed, other, value)
        case _:
            return Refusal(f"{member.key} is not written as a literal")


def _is_no_value(node: Node) -> bool:
    call = call_of(node)
    return call is not None and isinstance(call.argument, Scalar) and call.argument.content == "AWS::NoValue"


def _instead_of(parsed: Parsed, node: Node, value: Written) -> Edit | Refusal:
    """A literal in place of a call."""
    return insertion.replace(parsed.source, Scalar(node.span, None, False), value)


def _not_allowed(parameter: Member, span: Span, value: str) -> Refusal | None:
    """Why a parameter's default at ``span`` cannot become ``value``."""
    declared = parameter.value
    if not isinstance(declared, tree.Mapping):
        return None
    default, allowed = declared.get("Default"), declared.get("AllowedValues")
    if default is None or default.span != span:
        return None
    if isinstance(allowed, tree.Sequence):
        texts = [str(item.content) for item in allowed.items if isinstance(item, Scalar)]
        if value not in texts:
            return Refusal(f"parameter {parameter.key} does not allow {value}")
    if declared.get("AllowedPattern") is not None:
        return Refusal(f"parameter {parameter.key} has an AllowedPattern that {value} may not match")
    return None


def _node_at(node: Node, span: Span) -> Node | None:
    """The node that stands at exactly this span."""
    if node.span == span:
        return node
    match node:
        case tree.Mapping(_, members):
            inner = [member.value for member in members]
        case tree.Sequence(_, items):
            inner = list(items)
        case tree.Tagged(_, _, tagged):
            inner = [tagged]
        case _:
            return None
    around = (child for child in inner if child.span.start <= span.start and span.end <= child.span.end)
    return next((found for child in around if (found := _node_at(child, span)) is not None), None)
