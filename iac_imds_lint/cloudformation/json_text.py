"""JSON in a property: as a mapping of the template, under ``Fn::ToJsonString``, or as a text, substituted or not.

What is written out keeps its places, so that one unknown part, such as the ARN of a key, hides nothing of the rest.
"""

from __future__ import annotations

import json
import re
from typing import NamedTuple

from iac_imds_lint.cloudformation.evaluate import Scope
from iac_imds_lint.cloudformation.places import Fork, Place, Reached
from iac_imds_lint.cloudformation.template import Call, call_of
from iac_imds_lint.documents import json_reader
from iac_imds_lint.documents.node import Mapping, Member, Node, Scalar, Sequence, Tagged
from iac_imds_lint.source import Problem, SourceFile, Span
from iac_imds_lint.value import Branches, Known, Unknown, Value, distributed

# What Fn::Sub inserts: not ``${!Literal}``, which is a text.
_INSERTED = re.compile(r"\$\{(?!!)[^{}\r\n]*\}")
# What an insertion is covered with: a JSON number, and text inside of a JSON string.
_COVER = "1"


class Written(NamedTuple):
    """A text of the template that is JSON: its source, its tree at its own offsets, and where it begins in the file.

    ``names`` is what ``Fn::Sub`` has beside the text, if anything; ``substituted`` says that it is under one.
    """

    body: SourceFile
    tree: Node
    start: int
    substituted: bool = False
    names: Node | None = None


def opened(source: SourceFile, scope: Scope, reached: Reached, name: str) -> Reached:
    """What a property that is JSON holds, as a mapping of the template would; ``name`` is the property's."""
    match reached:
        case Fork(_, choices):
            return reached._replace(choices=tuple((label, opened(source, scope, one, name)) for label, one in choices))
        case Place(node):
            return _opened_place(source, scope, reached, node, name)
        case _:
            return reached


def _opened_place(source: SourceFile, scope: Scope, place: Place, node: Node, name: str) -> Reached:
    call = call_of(node)
    if isinstance(node, Mapping) and call is None:
        return place
    if call is not None and call.function == "Fn::ToJsonString":
        return opened(source, scope, scope.settle(place._replace(node=call.argument)), name)
    found = written_out(source, node)
    if found is not None:
        return place._replace(node=_placed(source, found))
    return _decoded(scope.value(place), place, name)


def _decoded(value: Value, place: Place, name: str) -> Reached:
    """What a value holds whose text is known, but not written out in one place."""
    match value:
        case Branches(condition, choices, way, asked):
            return Fork(condition, tuple((label, _decoded(one, place, name)) for label, one in choices), way, asked)
        case Known(str() as text, origins):
            tree = json_reader.read(SourceFile(place.span.path, text))
            if isinstance(tree, Problem):
                return Unknown(f"the text of {name} is not JSON", origins)
            last = origins[-1]
            return Place(_at(tree, last.span), last.span, origins[:-1], last.what, shared=True)
        case Known(_, origins):
            return Unknown(f"{name} is no JSON", origins)
        case _:
            return value


def written_out(source: SourceFile, node: Node) -> Written | None:
    """The JSON that a node holds as a text which stands there as it is; None where it has to be computed."""
    match node, call_of(node):
        case Scalar(), None:
            return _verbatim(source, node)
        case _, Call("Fn::Sub", Scalar() as text):
            return _verbatim(source, text, substituted=True)
        case _, Call("Fn::Sub", Sequence(_, (Scalar() as text, Mapping() as names))):
            return _verbatim(source, text, names, substituted=True)
        case _:
            return None


def _verbatim(
    source: SourceFile, scalar: Scalar, names: Node | None = None, *, substituted: bool = False
) -> Written | None:
    start, text = _inside(source, scalar)
    plain = covered(text) if substituted else text
    if not plain.lstrip().startswith("{"):
        return None
    body = SourceFile(source.path, plain)
    tree = json_reader.read(body)
    return None if isinstance(tree, Problem) else Written(body, tree, start, substituted, names)


def covered(text: str) -> str:
    """A text of JSON in which what ``Fn::Sub`` inserts is covered, at the same offsets."""
    return _INSERTED.sub(lambda found: _COVER * len(found.group()), text)


def _inside(source: SourceFile, scalar: Scalar) -> tuple[int, str]:
    """The text of a scalar where it stands in the file as it is, without escapes, and where it begins."""
    text, start = source.slice(scalar.span), scalar.span.start
    if text[:1] in ("|", ">"):
        first = text.find("\n") + 1
        return start + first, text[first:]
    inner = text[1:-1]
    escaped = "''" in inner if text[:1] == "'" else "\\" in inner
    return (start + 1, inner) if text[:1] in ("'", '"') and not escaped else (start, "")


def _placed(source: SourceFile, found: Written) -> Node:
    """The tree with its places in the file; what is inserted as a whole value is itself again."""

    def placed(node: Node) -> Node:
        span = Span(source.path, node.span.start + found.start, node.span.end + found.start)
        match node:
            case Mapping(_, members, flow):
                return Mapping(span, tuple(_member(one, placed(one.value)) for one in members), flow)
            case Sequence(_, items, flow):
                return Sequence(span, tuple(map(placed, items)), flow)
            case Scalar(_, content, quoted):
                return _restored(source, found, Scalar(span, content, quoted))
            case Tagged():  # JSON has no tags
                return node

    def _member(member: Member, value: Node) -> Member:
        key = Span(source.path, member.key_span.start + found.start, member.key_span.end + found.start)
        return Member(member.key, key, value)

    return placed(found.tree)


def _restored(source: SourceFile, found: Written, scalar: Scalar) -> Node:
    """What is inserted as a whole value, as the function that inserts it."""
    text = source.slice(scalar.span)
    if not found.substituted or not _INSERTED.fullmatch(text):
        return scalar
    inserted = Scalar(scalar.span, text, quoted=True)
    if found.names is None:
        return Tagged(scalar.span, "Sub", inserted)
    return Tagged(scalar.span, "Sub", Sequence(scalar.span, (inserted, found.names), flow=True))


def stands_bare(source: SourceFile, node: Node) -> bool:
    """Whether a node is an insertion into JSON text, outside of quotes."""
    return isinstance(node, Tagged) and source.text.startswith("${", node.span.start)


def number(value: Value) -> Value:
    """A value as it is read where its text stands in JSON without quotes."""
    return distributed([value], lambda values: _number(values[0]))


def _number(value: Value) -> Value:
    match value:
        case Known(str() as text, origins):
            try:
                plain = json.loads(text)
            except ValueError:
                return Unknown(f'"{text}" is no JSON', origins)
            return Known(plain if isinstance(plain, str | int | float | None) else text, origins)
        case _:
            return value


def _at(node: Node, span: Span) -> Node:
    """A tree of which all stands at one place: where its text was decided."""
    match node:
        case Mapping(_, members, flow):
            return Mapping(span, tuple(Member(one.key, span, _at(one.value, span)) for one in members), flow)
        case Sequence(_, items, flow):
            return Sequence(span, tuple(_at(item, span) for item in items), flow)
        case Scalar(_, content, quoted):
            return Scalar(span, content, quoted)
        case Tagged():  # JSON has no tags
            return node
