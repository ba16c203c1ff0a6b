"""Places where options stand: bodies of blocks, and objects that attributes hold; what is written there, and where.

Shared by resources and by calls of modules, whose arguments hold the same objects.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from iac_imds_lint.source import Span
from iac_imds_lint.terraform.evaluate import Bindings
from iac_imds_lint.terraform.expansion import Instance
from iac_imds_lint.terraform.scope import Scope
from iac_imds_lint.terraform.steps import named_in
from iac_imds_lint.terraform.syntax import Attribute, Block, Body, Expression, Object, Tuple
from iac_imds_lint.terraform.types import Partly
from iac_imds_lint.value import (
    ABSENT,
    Absent,
    Branches,
    Known,
    Origin,
    Unknown,
    Value,
    distributed,
    led_through,
    possibilities,
)


class Place(NamedTuple):
    """Where arguments stand: in a body of blocks with the bindings around it, or as members of an object's value.

    ``exists`` is Known where it certainly is there. ``head`` is where to point at it. ``written`` is the expression of
    an object that is written out.
    """

    head: Span
    exists: Value
    body: Body | None = None
    bindings: Bindings = {}  # noqa: RUF012  # a tuple's default; no one writes into bindings
    value: Value = ABSENT
    written: Expression | None = None

    def span(self, name: str) -> Span:
        """Where an argument stands; the place itself, where it is not written out."""
        if self.body is not None:
            attribute = self.body.attribute(name)
            return attribute.span if attribute else self.head
        member = written_member(self.written, name)
        return member[0] if member else self.head

    def name_span(self, name: str) -> Span:
        """Where the name of an argument stands; the place itself, where it is not written out."""
        if self.body is not None:
            attribute = self.body.attribute(name)
            return attribute.name_span if attribute else self.head
        key = written_key(self.written, name)
        return key[0] if key else self.head


class Arguments(NamedTuple):
    """The arguments of one instance of a block, in a scope."""

    scope: Scope
    instance: Instance

    def top(self, block: Block) -> Place:
        """The block itself as a place."""
        return Place(block.head, Known(True, (Origin(block.head, "here"),)), block.body, self.instance.bindings)

    def at(self, place: Place, name: str) -> Value:
        """The value of an argument; one that is null is absent, and leads to the null."""
        if place.body is None:
            return without_null(member(place, name))
        attribute = place.body.attribute(name)
        return ABSENT if attribute is None else without_null(self.evaluated(attribute, place))

    def evaluated(self, attribute: Attribute, place: Place) -> Value:
        """The value of an argument, under the conditions under which this instance exists."""
        return self.instance.assuming(self.scope.attribute(attribute, place.bindings))

    def inside(self, place: Place, name: str) -> Place | None:
        """The object that an argument holds, or None where it holds none."""
        written, head = None, place.head
        if place.body is not None and (attribute := place.body.attribute(name)) is not None:
            written, head = attribute.read(), attribute.name_span
        elif (found := written_key(place.written, name)) is not None:
            head, written = found
        return next(held(self.at(place, name), written, head), None)


def held(value: Value, written: Expression | None, head: Span) -> Iterator[Place]:
    """The objects that an attribute holds: the nested attributes of ``awscc``, arguments of modules, and JSON."""
    here = Origin(head, "here")
    if isinstance(value, Known) and isinstance(value.content, tuple):
        items = written.items if isinstance(written, Tuple) else ()
        for number, item in enumerate(value.content):
            yield from held(item, items[number] if len(items) == len(value.content) else None, head)
        return
    if isinstance(value, Branches) and any(_is_list(leaf) for _, leaf in possibilities(value)):
        value = _only_element(value)
    exists = led_through(existence(value), here)
    if not isinstance(exists, Absent):
        yield Place(head, exists, value=value, written=written)


def _is_list(value: Value) -> bool:
    return isinstance(value, Known) and isinstance(value.content, tuple)


def _only_element(value: Value) -> Value:
    """Lists between which a condition decides, each by its only element."""
    match value:
        case Branches(condition, choices, origins):
            return Branches(condition, tuple((label, _only_element(choice)) for label, choice in choices), origins)
        case Known((), _):
            return ABSENT
        case Known((only,), _):
            return only
        case Known(tuple(), origins):
            return Unknown("how many elements there are depends on a condition", origins)
        case _:
            return value


def written_member(written: Expression | None, name: str) -> tuple[Span, Expression] | None:
    """Where a member of an object stands that is written out, and its expression."""
    key, item = written_key(written, name) or (None, None)
    return None if key is None or item is None else (Span(key.path, key.start, item.span.end), item)


def written_key(written: Expression | None, name: str) -> tuple[Span, Expression] | None:
    """The place of the key of a member that is written out, and the member's expression."""
    for key, item in written.items if isinstance(written, Object) else ():
        if getattr(key, "content", None) == name:
            return key.span, item
    return None


def member(place: Place, name: str) -> Value:
    """A member of an object's value; Absent where it has none. What is written out needs no other place to be told."""
    found = distributed([place.value], lambda values: member_of(values[0], name))
    if isinstance(place.written, Object) or (isinstance(found, Absent) and not found.origins):
        return found
    return led_through(found, Origin(place.head, "here"))


def member_of(value: Value, name: str) -> Value:
    """A member of an object that is not divided, null included."""
    match value:
        case Known(Partly() as members):
            return members.get(name, members.rest)
        case Known(Mapping() as members):
            return named_in(members[name], name, value) if name in members else ABSENT
        case Unknown():
            return value
        case _:
            return ABSENT


def existence(value: Value) -> Value:
    """Whether an attribute that should hold an object does."""
    match value:
        case Known(None, origins):
            return Absent(origins)
        case Known(()):
            return ABSENT
        case Known(_, origins):
            return Known(True, origins)
        case Branches(condition, choices, origins):
            return Branches(condition, tuple((label, existence(choice)) for label, choice in choices), origins)
        case Unknown() | Absent():
            return value


def without_null(value: Value) -> Value:
    """Null is as good as not written (Terraform language, "Types and Values")."""
    match value:
        case Known(None, origins):
            return Absent(origins)
        case Branches(condition, choices, origins):
            return Branches(condition, tuple((label, without_null(choice)) for label, choice in choices), origins)
        case _:
            return value
