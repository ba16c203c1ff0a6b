"""The launch templates and configurations that a resource names, and of what a name is made that is not known."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from iac_imds_lint.catalog import Entry, TemplateKeys
from iac_imds_lint.cloudformation.evaluate import Scope
from iac_imds_lint.cloudformation.places import Fork, Place, Reached, each
from iac_imds_lint.cloudformation.template import Call, call_of
from iac_imds_lint.documents.node import Mapping as Braces
from iac_imds_lint.documents.node import Node, Scalar, Sequence
from iac_imds_lint.model import Reference
from iac_imds_lint.source import Span
from iac_imds_lint.value import ABSENT, Absent, Known, Unknown, Value, handle_of, kept

_PIECE = re.compile(r"\$\{([^{}]*)\}")
# Names of parameters and pseudo parameters in a spelling stand between these, which no name of AWS holds.
_OPEN, _CLOSE = "\x02", "\x03"
# Names that are nested deeper in functions, or made of more parts, are not compared: EC2 takes 128 characters.
_DEEPEST = 2
_MOST_PARTS = 50
_LONGEST = 1_000


def references(scope: Scope, properties: Reached, entry: Entry) -> tuple[Reference, ...]:
    """All that a resource names of what its type may launch from."""
    return tuple(one for keys in entry.templates for one in _under(scope, properties, keys))


def name_spelling(scope: Scope, reached: Reached) -> str:
    """Of what a name is made that is known at deployment only; empty where it is known, or cannot be told.

    Parameters and pseudo parameters have one value in a stack: two names that are spelt alike in it are one name.
    """
    if not isinstance(reached, Place) or isinstance(value := scope.value(reached), Known | Absent) or handle_of(value):
        return ""
    spelt = _spelt(reached.node, {}, 0)
    return f"{scope.prefix}{_OPEN}{spelt}" if spelt and _OPEN in spelt else ""


def _spelt(node: Node, names: Mapping[str, Node], level: int) -> str | None:
    if level > _DEEPEST:
        return None
    match node, call_of(node):
        case Scalar(_, content, _), None:
            return str(content)
        case _, Call("Ref", Scalar(_, str(name), _)):
            return f"{_OPEN}{name}{_CLOSE}"
        case _, Call("Fn::Sub", Scalar(_, str(text), _)):
            return _substituted(text, {}, level)
        case _, Call("Fn::Sub", Sequence(_, (Scalar(_, str(text), _), Braces(_, members)))):
            return _substituted(text, {member.key: member.value for member in members}, level)
        case _, Call("Fn::Join", Sequence(_, (Scalar(_, str(between), _), Sequence(_, items)))):
            return _joined([_spelt(item, names, level + 1) for item in items[: _MOST_PARTS + 1]], between)
        case _:
            return None


def _substituted(text: str, names: Mapping[str, Node], level: int) -> str | None:
    pieces = _PIECE.split(text[:_LONGEST])
    parts = [_piece(p.strip(), names, level) if i % 2 else p for i, p in enumerate(pieces[: _MOST_PARTS + 1])]
    return _joined(parts, "") if len(text) <= _LONGEST else None


def _joined(parts: list[str | None], between: str) -> str | None:
    if None in parts or len(parts) > _MOST_PARTS:
        return None
    text = between.join(str(part) for part in parts)
    return text if len(text) <= _LONGEST else None


def _piece(name: str, names: Mapping[str, Node], level: int) -> str | None:
    if name.startswith("!"):
        return f"${{{name[1:]}}}"
    return _spelt(names[name], {}, level + 1) if name in names else f"{_OPEN}{name}{_CLOSE}"


def _under(scope: Scope, properties: Reached, keys: TemplateKeys) -> Iterator[Reference]:
    """What is named under one path; in each element of a list, whatever that may be."""
    for container in scope.at(properties, keys.path):
        for place in each(container) if "*" in keys.path else (container,):
            if not isinstance(place, Absent):
                yield from _reference(scope, place, keys)


def _reference(scope: Scope, container: Reached, keys: TemplateKeys) -> Iterator[Reference]:
    named: Reached = ABSENT
    target: Value = ABSENT
    for key in (keys.id, keys.name):
        if key and isinstance(target, Absent):
            named = scope.member(container, key)
            target = scope.value(named)
    if isinstance(target, Absent):
        if not keys.path:
            return
        target = Unknown(f"{keys.path[-1]} names no launch template")
    if keys.unread:
        target = Unknown(keys.unread, target.origins)
    version = scope.value(scope.member(container, keys.version)) if keys.version else ABSENT
    yield Reference(kept(target), version, _place_of(target, container), keys.roles, name_spelling(scope, named))


def _place_of(target: Value, container: Reached) -> Span:
    if target.origins:
        return target.origins[0].span
    match container:
        case Place(_, span):
            return span
        case Fork(_, _, way):
            return way[0].span
        case other:
            return other.origins[0].span
