"""What a template's nodes come to: parameters at their defaults, conditions on those, intrinsic functions.

Nothing here fails: what cannot be followed is Unknown, with the function or the name that stopped it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from collections.abc import Mapping as Names
from typing import NamedTuple, TypeAlias

from iac_imds_lint.cloudformation import serverless
from iac_imds_lint.cloudformation.template import Call, Parsed, call_of, open_reason
from iac_imds_lint.documents.node import Mapping, Member, Node, Scalar, Sequence
from iac_imds_lint.source import Span
from iac_imds_lint.value import (
    Absent,
    Branches,
    Handle,
    Known,
    Origin,
    Unknown,
    Value,
    known_text,
    led_through,
    possibilities,
    text_of,
)

# A chain of conditions and functions longer than this is not followed: each step costs up to three Python frames.
_LONGEST = 120

# More allowed values, or pairs of them, than this are not tried one by one.
_MOST_CHOICES = 64

_PIECE = re.compile(r"\$\{([^}]*)\}")
_TOO_LONG = "its functions and conditions are nested too deeply to be followed"


class Place(NamedTuple):
    """A node that the template settles on.

    ``span`` is the key or item that it stands at, ``trail`` what led from the resource to the node and ``what`` what
    the node is on that way, ``shared`` says that an alias leads to it, ``assumed`` are conditions taken as decided.
    """

    node: Node
    span: Span
    trail: tuple[Origin, ...] = ()
    what: str = "here"
    shared: bool = False
    assumed: tuple[tuple[str, bool], ...] = ()

    def way(self, *, literal: bool = False) -> tuple[Origin, ...]:
        """The way from the resource to this node."""
        return (*self.trail, Origin(self.node.span, self.what, literal and not self.shared))


class Fork(NamedTuple):
    """What stands at one place, by a condition that cannot be decided."""

    condition: str
    choices: tuple[tuple[str, Reached], ...]
    way: tuple[Origin, ...]


Values: TypeAlias = "Names[str, Value]"
Reached: TypeAlias = "Place | Absent | Unknown | Fork"


class _Truth(NamedTuple):
    """What a condition comes to. ``decided`` is None where that depends on the deployment; ``broken`` says why it
    cannot be evaluated at all.
    """

    decided: bool | None
    origins: tuple[Origin, ...] = ()
    broken: str = ""


_UNDECIDED = _Truth(None)


class Scope:
    """The names of one template, and what nodes come to under them. Each condition is evaluated once.

    ``given`` are values of parameters, which count instead of their defaults. ``prefix`` is what precedes a logical ID
    in the address of a resource: the logical IDs of the stacks around it, each with a slash. ``output`` gives the value
    of an output of a stack that this template nests, by the stack's logical ID and the output's name; None where the
    stack is not read.
    """

    def __init__(
        self,
        parsed: Parsed,
        given: Values | None = None,
        prefix: str = "",
        output: Callable[[str, str], Value | None] | None = None,
    ) -> None:
        self.prefix = prefix
        self._given = given or {}
        self._output = output
        self._parameters = {member.key: member for member in parsed.section("Parameters")}
        self._definitions = {member.key: member.value for member in parsed.section("Conditions")}
        self._resources = {member.key for member in parsed.resources()}
        self._conditions: dict[str, _Truth] = {}

    def truth(self, name: str) -> Value:
        """What a condition comes to, by its name: Known true or false; Branches of both, labelled as ``Fn::If`` labels
        them, where the deployment decides it; Unknown where it cannot be evaluated. The origins lead to what decided.
        """
        truth = self._condition(name, 0)
        if truth.broken:
            return Unknown(truth.broken)
        if truth.decided is not None:
            return Known(truth.decided, truth.origins)
        return Branches(name, tuple((_label(name, holds), Known(holds)) for holds in (True, False)))

    def launches(self, resource: Member) -> Value:
        """Whether a resource is created at all: the :meth:`truth` of its ``Condition``; Known true where it has none."""
        match _condition_of(resource):
            case None:
                return Known(True)
            case Scalar(_, str(name), _):
                return self.truth(name)
            case _:
                return Unknown(f"the Condition of {resource.key} is no name of a condition")

    def start(self, resource: Member) -> Place:
        """The place of a resource, whose ``Condition`` is taken as true in all that it holds."""
        name = _condition_of(resource)
        holds = ((name.content, True),) if isinstance(name, Scalar) and isinstance(name.content, str) else ()
        return Place(resource.value, resource.key_span, shared=resource.aliased, assumed=holds)

    def settle(self, place: Place, level: int = 0) -> Reached:
        """What stands at a place once ``Fn::If`` and ``AWS::NoValue`` are followed."""
        match place.node, call_of(place.node):
            case Scalar(_, None, _), None:
                return Absent(place.way(literal=True))
            case _, Call("Ref", Scalar(_, "AWS::NoValue", _)):
                return Absent(place.way(literal=True))
            case _, Call("Fn::If", Sequence(_, (Scalar(_, str(name), _), then, otherwise))):
                return self._chosen(place, name, (then, otherwise), level + 1)
            case _:
                return place

    def _chosen(self, place: Place, name: str, choices: tuple[Node, Node], level: int) -> Reached:
        assumed = dict(place.assumed)
        truth = _Truth(assumed[name]) if name in assumed else self._condition(name, level)
        if level > _LONGEST or truth.broken:
            return Unknown(truth.broken or _TOO_LONG, place.way())
        trail = (*place.way(), *truth.origins)
        sides = tuple(
            place._replace(
                node=node,
                trail=trail,
                what=f"the value where {_label(name, holds)}",
                assumed=(*place.assumed, (name, holds)),
            )
            for node, holds in zip(choices, (True, False), strict=True)
        )
        if truth.decided is not None:
            return self.settle(sides[0 if truth.decided else 1], level)
        told = tuple((_label(name, not i), self.settle(side, level)) for i, side in enumerate(sides))
        return Fork(name, told, place.way())

    def member(self, reached: Reached, key: str) -> Reached:
        """What stands under a key of what was reached."""
        match reached:
            case Absent():
                return Absent()
            case Unknown():
                return reached
            case Fork(condition, choices, way):
                below = tuple((label, self.member(choice, key)) for label, choice in choices)
                return Absent() if all(choice == Absent() for _, choice in below) else Fork(condition, below, way)
            case Place(Mapping(_, members)) if call_of(reached.node) is None:
                return self._under(reached, members, key)
            case Place():
                value = self.value(reached)
                reason = value.reason if isinstance(value, Unknown) else f"what should hold {key} is no mapping"
                return Unknown(reason, reached.way())

    def _under(self, place: Place, members: tuple[Member, ...], key: str) -> Reached:
        found = next((member for member in reversed(members) if member.key == key), None)
        if found is not None:
            return self.settle(
                place._replace(node=found.value, span=found.key_span, shared=place.shared or found.aliased)
            )
        added = next((member for member in members if member.key.startswith("Fn::")), None)
        if added is not None:
            return Unknown(
                f"{added.key} may add {key} at deployment", (*place.trail, Origin(added.key_span, place.what))
            )
        return Absent()

    def items(self, reached: Reached) -> tuple[Reached, ...]:
        """What stands in a list that was reached, the items of every choice; a lone value counts as its only item."""
        match reached:
            case Absent():
                return ()
            case Fork(_, choices):
                return tuple(item for _, choice in choices for item in self.items(choice))
            case Place(Sequence(_, items)):
                return tuple(self.settle(reached._replace(node=item, span=item.span)) for item in items)
            case _:
                return (reached,)

    def at(self, reached: Reached, path: Iterable[str]) -> tuple[Reached, ...]:
        """All that stands at a path, in which ``*`` is each item of a list."""
        found: tuple[Reached, ...] = (reached,)
        for key in path:
            if key == "*":
                found = tuple(item for one in found for item in self.items(one))
            else:
                found = tuple(self.member(one, key) for one in found)
        return found

    def value(self, reached: Reached, level: int = 0) -> Value:
        """The value of what was reached."""
        if level > _LONGEST:
            return Unknown(_TOO_LONG)
        match reached:
            case Absent() | Unknown():
                return reached
            case Fork(condition, choices, way):
                return Branches(condition, tuple((label, self.value(to, level + 1)) for label, to in choices), way)
            case Place():
                reason = open_reason(reached.node)
                if reason is not None:
                    return Unknown(reason, reached.way())
                call = call_of(reached.node)
                return self._called(reached, call, level + 1) if call else self._plain(reached, level + 1)

    def _plain(self, place: Place, level: int) -> Value:
        match place.node:
            case Scalar(_, str(text), _) if "{{resolve:" in text:
                return Unknown("a dynamic reference is resolved at deployment only", place.way())
            case Scalar(_, str(text), _) if variable := serverless.variable_in(text):
                return Unknown(f"{variable} is a variable of the Serverless Framework", place.way())
            case Scalar(_, content, _, computed):
                return Known(content, place.way(literal=not computed))
            case Sequence(_, items):
                return Known(tuple(self._inner(place, item, level) for item in items), place.way())
            case Mapping(_, members):
                return Known({m.key: self._inner(place, m.value, level) for m in members}, place.way())
            case _:  # a Tagged is a call
                return Unknown("it is not understood", place.way())

    def _inner(self, place: Place, node: Node, level: int) -> Value:
        """The value of a node on which another one depends."""
        inner = Place(node, node.span, shared=place.shared, assumed=place.assumed)
        return self.value(self.settle(inner, level), level)

    def _called(self, place: Place, call: Call, level: int) -> Value:
        match call:
            case Call("Ref", Scalar(_, str(name), _)):
                return led_through(self._named(name), *place.way())
            case Call("Fn::GetAtt", argument):
                return led_through(self._attribute(*_attribute_of(argument)), *place.way())
            case Call("Fn::Sub", Scalar(_, str(text), _)):
                return self._substituted(place, call.argument, text, {}, level)
            case Call("Fn::Sub", Sequence(_, (Scalar(_, str(text), _), Mapping(_, members)) as items)):
                names = {member.key: member.value for member in members}
                return self._substituted(place, items[0], text, names, level)
            case Call("Ref" | "Fn::Sub" | "Fn::If" as function):
                return Unknown(f"this use of {function} is not understood", place.way())
            case Call("Fn::Transform"):
                return Unknown("Fn::Transform has a macro write it at deployment", place.way())
            case Call(function):
                return Unknown(f"{function} is not evaluated", place.way())

    def _named(self, name: str) -> Value:
        """What ``Ref`` of a name gives."""
        if name in self._given and name in self._parameters:
            return self._given[name]
        if name in self._parameters:
            return self._parameter(self._parameters[name])
        if name in self._resources:
            return Unknown(f"{name} is known after deployment only", handle=Handle(self.prefix + name, "Ref"))
        if name.startswith("AWS::"):
            return Unknown(f"{name} is known at deployment only")
        return Unknown(f"{name} is no parameter or resource of this template")

    def _attribute(self, name: str, attribute: str) -> Value:
        stack, _, output = attribute.partition(".")
        value = self._output(name, output) if stack == "Outputs" and self._output else None
        if value is not None:
            return value
        if name in self._resources:
            handle = Handle(self.prefix + name, attribute)
            return Unknown(f"{name}.{attribute} is known after deployment only", handle=handle)
        return Unknown(f"{name or 'what Fn::GetAtt names'} is no resource of this template")

    def _parameter(self, member: Member) -> Value:
        name, declared = member.key, member.value
        if not isinstance(declared, Mapping):
            return Unknown(f"parameter {name} is not declared as a mapping")
        kind, default, allowed = declared.get("Type"), declared.get("Default"), declared.get("AllowedValues")
        kind_text = str(kind.content) if isinstance(kind, Scalar) else ""
        if kind_text.startswith("AWS::SSM::Parameter::Value"):
            return Unknown(f"parameter {name} is read from the Systems Manager parameter store at deployment")
        if kind_text.startswith("List<") or kind_text == "CommaDelimitedList":
            return Unknown(f"parameter {name} is a list")
        if default is not None and default != Scalar(default.span, None, False):
            shared = any(m.aliased for m in (member, *declared.members) if m.key in (name, "Default"))
            return self._plain(Place(default, default.span, what=f"the default of parameter {name}", shared=shared), 0)
        return _one_allowed(name, allowed)

    def _substituted(self, place: Place, written: Node, text: str, names: dict[str, Node], level: int) -> Value:
        """``Fn::Sub`` of a text whose pieces are parameters, resources or ``names``."""
        pieces = _PIECE.split(text)
        if len(pieces) == 1:
            return self._plain(place._replace(node=written, trail=place.trail), level)
        if text == f"${{{pieces[1]}}}":
            return led_through(self._piece(place, pieces[1], names, level), *place.way())
        values = [self._piece(place, piece, names, level) for piece in pieces[1::2]]
        texts = [known_text(value) for value in values]
        stopped = next((value for value, known in zip(values, texts, strict=True) if known is None), None)
        if stopped is not None:
            reason = stopped.reason if isinstance(stopped, Unknown) else "what Fn::Sub inserts is not decided"
            return Unknown(reason, place.way())
        pieces[1::2] = [str(known) for known in texts]
        return Known("".join(pieces), place.way())

    def _piece(self, place: Place, piece: str, names: dict[str, Node], level: int) -> Value:
        name = piece.strip()
        if variable := serverless.variable_in(f"${{{piece}}}"):
            return Unknown(f"{variable} is a variable of the Serverless Framework")
        if name.startswith("!"):
            return Known(f"${{{name[1:]}}}")
        if name in names:
            return self._inner(place, names[name], level)
        resource, dot, attribute = name.partition(".")
        return self._attribute(resource, attribute) if dot else self._named(name)

    def _condition(self, name: str, level: int) -> _Truth:
        """What a condition comes to, by its name."""
        if name not in self._definitions:
            return _Truth(None, broken=f"condition {name} is not defined")
        if name not in self._conditions:
            self._conditions[name] = _Truth(None, broken=f"condition {name} refers to itself")
            self._conditions[name] = self._truth(self._definitions[name], level + 1)
        return self._conditions[name]

    def _truth(self, node: Node, level: int) -> _Truth:
        if level > _LONGEST:
            return _Truth(None, broken=_TOO_LONG)
        match call_of(node):
            case Call("Condition", Scalar(_, str(name), _)):
                return self._condition(name, level)
            case Call("Fn::Equals", Sequence(_, (one, other))):
                pair = (self._operand(one, level), self._operand(other, level))
                return _equal(*pair)
            case Call("Fn::Not", Sequence(_, (inner,))):
                truth = self._truth(inner, level + 1)
                return truth if truth.decided is None else truth._replace(decided=not truth.decided)
            case Call("Fn::And" | "Fn::Or" as function, Sequence(_, parts)):
                return _together([self._truth(part, level + 1) for part in parts], deciding=function == "Fn::Or")
            case _:
                return _UNDECIDED

    def _operand(self, node: Node, level: int) -> Value:
        return self.value(Place(node, node.span), level + 1)


def _label(condition: str, holds: bool) -> str:
    return f"{condition} is {'true' if holds else 'false'}"


def _condition_of(resource: Member) -> Node | None:
    return resource.value.get("Condition") if isinstance(resource.value, Mapping) else None


def _attribute_of(argument: Node) -> tuple[str, str]:
    """The resource and the attribute that ``Fn::GetAtt`` names; empty texts where it names none."""
    match argument:
        case Scalar(_, str(text), _):
            name, _, attribute = text.partition(".")
            return name, attribute
        case Sequence(_, (Scalar(_, str(name), _), Scalar(_, str(attribute), _))):
            return name, attribute
        case Sequence(_, (Scalar(_, str(name), _), _)):
            return name, "attribute"
        case _:
            return "", ""


def _one_allowed(name: str, allowed: Node | None) -> Value:
    """What a parameter without a default may be."""
    items = allowed.items if isinstance(allowed, Sequence) else ()
    if not items or not all(isinstance(item, Scalar) for item in items):
        return Unknown(f"parameter {name} has no default")
    if len(items) > _MOST_CHOICES:
        return Unknown(f"parameter {name} has no default and more than {_MOST_CHOICES} allowed values")
    what = f"the only allowed value of parameter {name}" if len(items) == 1 else f"an allowed value of parameter {name}"
    values = [Known(item.content, (Origin(item.span, what),)) for item in items if isinstance(item, Scalar)]
    if len(values) == 1:
        return values[0]
    return Branches(f"parameter {name}", tuple((f"{name} is {text_of(value.content)}", value) for value in values))


def _equal(one: Value, other: Value) -> _Truth:
    """``Fn::Equals``, over all that its sides may be: CloudFormation compares their texts."""
    ones, others = list(possibilities(one)), list(possibilities(other))
    if len(ones) * len(others) > _MOST_CHOICES:
        return _UNDECIDED
    results: set[bool | None] = set()
    for _, left in ones:
        for _, right in others:
            texts = (known_text(left), known_text(right))
            results.add(None if None in texts else texts[0] == texts[1])
    if len(results) != 1:
        return _UNDECIDED
    origins = (*_decisive(one), *_decisive(other))
    return _Truth(results.pop(), origins)


def _decisive(value: Value) -> tuple[Origin, ...]:
    """Where one side of a comparison was decided, if not in the condition itself."""
    if not isinstance(value, Known) or len(value.origins) < 2:
        return ()
    return (value.origins[-1]._replace(literal=False),)


def _together(truths: list[_Truth], *, deciding: bool) -> _Truth:
    """``Fn::Or`` (one that is true decides) or ``Fn::And`` (one that is false does)."""
    decisive = next((truth for truth in truths if truth.decided is deciding), None)
    if decisive is not None:
        return decisive
    broken = next((truth for truth in truths if truth.broken), None)
    if broken is not None:
        return broken
    if any(truth.decided is None for truth in truths):
        return _UNDECIDED
    return _Truth(not deciding, tuple(origin for truth in truths for origin in truth.origins))
