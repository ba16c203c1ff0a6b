"""What a template's nodes come to: parameters as they are given, conditions on those, intrinsic functions.

Nothing here fails: what cannot be followed is Unknown, with the function or the name that stopped it.
"""

from __future__ import annotations

from collections.abc import Iterable

from iac_imds_lint.cloudformation import dynamic, functions, mappings, serverless, substitution
from iac_imds_lint.cloudformation.conditions import TOO_DEEP, Assumed, Conditions
from iac_imds_lint.cloudformation.decisions import Broken, Decided
from iac_imds_lint.cloudformation.declarations import Declarations, Given, Output
from iac_imds_lint.cloudformation.places import Fork, Place, Reached, because, is_alias
from iac_imds_lint.cloudformation.template import Call, Parsed, call_of, is_no_value, open_reason, transforms
from iac_imds_lint.documents.node import Mapping, Member, Node, Scalar, Sequence
from iac_imds_lint.value import (
    Absent,
    Branches,
    Known,
    Origin,
    Unknown,
    Value,
    distributed,
    known_text,
    led_through,
    shown,
)

# Functions nested deeper than this are not followed: each level costs up to four Python frames.
_LONGEST = 120
# So many conditions may be undecided on one way, and so many choices be looked at for one place.
_MOST_UNDECIDED = 12
_MOST_FORKS = 64

# AWS CloudFormation Template Reference, "AWS::LanguageExtensions transform".
_EXTENSIONS = "AWS::LanguageExtensions"
_EXTENDED = ("Fn::Length", "Fn::ToJsonString")
_TOO_MANY = "it depends on too many undecided conditions"


class _Forks:
    """How many choices may still be looked at for one place: aliases can make a tree of exponential size."""

    def __init__(self) -> None:
        self.left = _MOST_FORKS


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
        given: Given | None = None,
        prefix: str = "",
        output: Output | None = None,
    ) -> None:
        self.prefix = prefix
        self._declared = Declarations(parsed, given or {}, prefix, output)
        self._mappings = {member.key: member.value for member in parsed.section("Mappings")}
        self._extended = _EXTENSIONS in transforms(parsed.root)
        definitions = {member.key: member.value for member in parsed.section("Conditions")}
        self._conditions = Conditions(definitions, lambda node, level: self._inner(_bare(node), node, level))
        self._seen: dict[tuple[int, str, Assumed], tuple[Node, Value]] = {}

    def truth(self, name: str, taken: Assumed = ()) -> Value:
        """What a condition comes to, by its name: Known true or false; Branches of both, labelled as ``Fn::If`` labels
        them, where the deployment decides it; Unknown where it cannot be evaluated. The origins lead to what decided.
        ``taken`` are conditions that are taken as decided.
        """
        match self._conditions.truth(name, taken):
            case Broken(reason):
                return Unknown(reason)
            case Decided(holds, origins):
                return Known(holds, origins)
            case None:
                return Branches(name, tuple((_label(name, holds), Known(holds)) for holds in (True, False)))

    def launches(self, resource: Member) -> Value:
        """Whether a resource is created: the :meth:`truth` of its ``Condition``; Known true where it has none."""
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
        return Place(resource.value, resource.key_span, fixed=because(resource.aliased), assumed=holds)

    def settle(self, place: Place, level: int = 0) -> Reached:
        """What stands at a place once ``Fn::If`` and ``AWS::NoValue`` are followed."""
        return self._settled(place, level, _Forks())

    def _settled(self, place: Place, level: int, forks: _Forks) -> Reached:
        match place.node, call_of(place.node):
            case Scalar(_, None, _), None:
                return Absent(place.way(literal=True))
            case node, _ if is_no_value(node):
                return Absent(place.way(literal=True))
            case _, Call("Fn::If", Sequence(_, (Scalar(_, str(name), _), then, otherwise))):
                return self._chosen(place, name, (then, otherwise), level + 1, forks)
            case _:
                return place

    def _chosen(self, place: Place, name: str, choices: tuple[Node, Node], level: int, forks: _Forks) -> Reached:
        truth = self._conditions.truth(name, place.assumed, level)
        if level > _LONGEST or isinstance(truth, Broken):
            return Unknown(truth.reason if isinstance(truth, Broken) else TOO_DEEP, place.way())
        trail = (*place.way(), *(self._switches(place, truth, choices, level) if truth is not None else ()))
        sides = {
            holds: place._replace(
                node=node,
                trail=trail,
                what=f"the value where {_label(name, holds)}",
                fixed=place.fixed or because(is_alias(node, place.node)),
            )
            for node, holds in zip(choices, (True, False), strict=True)
        }
        if truth is not None:
            return self._settled(sides[truth.holds], level, forks)
        forks.left -= 1
        if forks.left < 0 or len(place.assumed) >= _MOST_UNDECIDED:
            return Unknown(_TOO_MANY, place.way())
        return Fork(name, tuple(self._taken(side, name, holds, level, forks) for holds, side in sides.items()), trail)

    def _switches(self, place: Place, truth: Decided, choices: tuple[Node, Node], level: int) -> tuple[Origin, ...]:
        """What decided a condition; of what would turn it, what ``Fn::If`` gives then."""
        if all(origin.turn is None for origin in truth.origins):
            return truth.origins
        beside = known_text(self._inner(place, choices[1 if truth.holds else 0], level)) or ""
        return tuple(step._replace(turn=step.turn and step.turn._replace(gives=beside)) for step in truth.origins)

    def _taken(self, side: Place, name: str, holds: bool, level: int, forks: _Forks) -> tuple[str, Reached]:
        """One side of an ``Fn::If``, whose condition is taken as decided there."""
        place = side._replace(assumed=(*side.assumed, (name, holds)))
        return _label(name, holds), self._settled(place, level, forks)

    def member(self, reached: Reached, key: str) -> Reached:
        """What stands under a key of what was reached."""
        match reached:
            case Absent():
                return Absent()
            case Unknown():
                return reached
            case Fork(_, choices):
                below = tuple((label, self.member(choice, key)) for label, choice in choices)
                return Absent() if all(choice == Absent() for _, choice in below) else reached._replace(choices=below)
            case Place(Mapping(_, members)) if call_of(reached.node) is None:
                return self._under(reached, members, key)
            case Place():
                value = self.value(reached)
                reason = value.reason if isinstance(value, Unknown) else f"what should hold {key} is no mapping"
                return Unknown(reason, reached.way())

    def _under(self, place: Place, members: tuple[Member, ...], key: str) -> Reached:
        found = next((member for member in reversed(members) if member.key == key), None)
        if found is not None:
            return self.settle(place.below(found))
        added = next((member for member in members if member.key.startswith("Fn::")), None)
        if added is not None:
            return Unknown(
                f"{added.key} may add {key} at deployment", (*place.trail, Origin(added.key_span, place.what))
            )
        misspelt = next((member for member in members if member.key.lower() == key.lower()), None)
        if misspelt is not None:
            reason = f"{misspelt.key} is written where {key} is meant, and names of properties are case-sensitive"
            return Unknown(reason, (*place.trail, Origin(misspelt.key_span, place.what)), invalid=True)
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
            return Unknown(TOO_DEEP)
        match reached:
            case Absent() | Unknown():
                return reached
            case Fork(condition, choices, way, asked):
                values = tuple((label, self.value(to, level + 1)) for label, to in choices)
                return Branches(condition, values, way, asked)
            case Place():
                reason = open_reason(reached.node)
                if reason is not None:
                    return Unknown(reason, reached.way())
                call = call_of(reached.node)
                return self._called(reached, call, level + 1) if call else self._plain(reached, level + 1)

    def _plain(self, place: Place, level: int) -> Value:
        match place.node:
            case Scalar(_, str(text), _) if (unread := dynamic.unread(text, place.way())) is not None:
                return unread
            case Scalar(_, str(text), _) if variable := serverless.variable_in(text):
                return Unknown(f"{variable} is a variable of the Serverless Framework", place.way())
            case Scalar(_, content, _, computed):
                return Known(content, place.way(literal=not computed))
            case Sequence(_, items):
                return Known(tuple(self._inner(place, item, level) for item in items), place.way())
            case Mapping(_, members):
                return Known({m.key: self._inner(place, m.value, level, m.aliased) for m in members}, place.way())
            case _:  # a Tagged is a call
                return Unknown("it is not understood", place.way())

    def _inner(self, place: Place, node: Node, level: int, aliased: bool = False) -> Value:
        """The value of a node on which another one depends; once, however many aliases lead to it."""
        fixed = place.fixed or because(aliased or is_alias(node, place.node))
        key = (id(node), fixed, place.assumed)
        if key not in self._seen:
            inner = Place(node, node.span, fixed=fixed, assumed=place.assumed)
            value = self.value(self.settle(inner, level), level)
            if isinstance(value, Branches):  # what is undecided is told of the whole, not of its part
                value = value._replace(origins=value.origins[1:])
            self._seen[key] = node, value
        return self._seen[key][1]

    def _called(self, place: Place, call: Call, level: int) -> Value:
        match call:
            case Call("Ref", Scalar(_, str(name), _)):
                return led_through(self._named(name, place.assumed), *place.way())
            case Call("Ref", argument) if self._extended and call_of(argument) is not None:
                named = distributed([self._inner(place, argument, level)], lambda names: self._by_name(names[0], place))
                return led_through(named, *place.way())
            case Call("Fn::GetAtt", argument):
                return led_through(self._got(place, argument, level), *place.way())
            case Call("Fn::FindInMap", Sequence(_, (_, _, _, *_) as keys)) if len(keys) <= 4:
                return _led_to_each(self._mapped(place, keys, level), place.way())
            case Call("Fn::Sub", Scalar(_, str(text), _)):
                return self._substituted(place, call.argument, text, {}, level)
            case Call("Fn::Sub", Sequence(_, (Scalar(_, str(text), _), Mapping(_, members)) as items)):
                names = {member.key: member.value for member in members}
                return self._substituted(place, items[0], text, names, level)
            case Call("Ref" | "Fn::Sub" | "Fn::If" | "Fn::FindInMap" as function):
                return Unknown(f"this use of {function} is not understood", place.way(), invalid=True)
            case Call("Condition") if isinstance(place.node, Mapping):
                return self._plain(place, level)  # an ordinary key, as policies have it
            case Call(function) if function in _EXTENDED and not self._extended:
                return Unknown(f"{function} needs the transform {_EXTENSIONS}", place.way(), invalid=True)
            case Call(function):
                value = functions.evaluated(function, self._inner(place, call.argument, level))
                return led_through(value, *place.way())

    def _named(self, name: str, taken: Assumed) -> Value:
        """What ``Ref`` of a name gives where conditions are taken as decided."""
        value = self._conditions.narrowed(self._declared.reference(name), taken)
        if isinstance(value, Unknown) and not value.invalid and not self._declared.has_resource(name):
            only = self._conditions.only(name, taken)
            return value if only is None else self._declared.concealed(name, only)
        return value

    def _got(self, place: Place, argument: Node, level: int) -> Value:
        """``Fn::GetAtt`` of ``Name.Attribute`` or of a name and an attribute, which may be a function's."""
        match argument:
            case Scalar(_, str(text), _):
                name, _, attribute = text.partition(".")
            case Sequence(_, (Scalar(_, str(name), _), written)):
                attribute = shown(self._inner(place, written, level), "") or "attribute"
            case Sequence(_, (named, written)) if self._extended and call_of(named) is not None:
                pair = [self._inner(place, named, level), self._inner(place, written, level)]
                return distributed(pair, self._attribute)
            case _:
                name, attribute = "", ""
        return self._declared.attribute(name, attribute)

    def _attribute(self, pair: Iterable[Value]) -> Value:
        """An attribute of a resource whose name a function gives, as AWS::LanguageExtensions allows."""
        named, written = pair
        if isinstance(named, Unknown):
            return named._replace(handle=None)
        return self._declared.attribute(shown(named, ""), shown(written, "") or "attribute")

    def _by_name(self, named: Value, place: Place) -> Value:
        """``Ref`` of a name that a function gives, as AWS::LanguageExtensions allows."""
        if isinstance(named, Unknown):
            return named._replace(handle=None)
        name = shown(named, "")
        return self._named(name, place.assumed) if name else Unknown("the name that Ref takes is no text", invalid=True)

    def _mapped(self, place: Place, keys: tuple[Node, ...], level: int) -> Value:
        """``Fn::FindInMap``: ``keys`` are the mapping, two keys, and what may hold a default."""
        names = [_spoken(node) or f"key {n} of Fn::FindInMap" for n, node in enumerate(keys)]
        default: Value | None = None
        if len(keys) > 3:
            written = keys[3].get("DefaultValue") if isinstance(keys[3], Mapping) else None
            if written is None or not self._extended:
                why = "this use of Fn::FindInMap is not understood" if self._extended else _NO_DEFAULT
                return Unknown(why, invalid=True)
            default = functions.called(self._inner(place, written, level), "the DefaultValue of Fn::FindInMap")

        def read(entry: mappings.Entry) -> Value:
            if call_of(entry.node) is not None:
                return Unknown(f"{entry.what} is a function, and mappings hold none", invalid=True)
            return self._plain(Place(entry.node, entry.node.span, what=entry.what, fixed=because(entry.aliased)), level)

        def found(values: Iterable[Value]) -> Value:
            mapping, first, second = values
            pair = mappings.Key(first, names[1], keys[1]), mappings.Key(second, names[2], keys[2])
            return mappings.found(self._mappings, (mapping, *pair), default, read)

        return distributed([self._inner(place, key, level) for key in keys[:3]], found)

    def _substituted(self, place: Place, written: Node, text: str, names: dict[str, Node], level: int) -> Value:
        """``Fn::Sub`` of a text whose pieces are parameters, resources or ``names``."""
        pieces = substitution.pieces(text)
        if pieces is None:
            return Unknown("Fn::Sub has a ${ that no } closes", place.way(), invalid=True)
        if len(pieces) == 1:
            return self._plain(place._replace(node=written, trail=place.trail), level)
        values = [self._piece(place, piece, names, level) for piece in pieces[1::2]]
        if len(values) == 1 and pieces[0] == pieces[2] == "" and not _is_list(values[0]):
            return led_through(values[0], *place.way())
        return led_through(functions.inserted(pieces[::2], values), *place.way())

    def _piece(self, place: Place, piece: str, names: dict[str, Node], level: int) -> Value:
        settled = substitution.settled(piece)
        if settled is not None:
            return settled
        name = piece.strip()
        if name in names:
            return self._inner(place, names[name], level)
        return self.inserted(piece, place)

    def inserted(self, piece: str, place: Place) -> Value:
        """What ``Fn::Sub`` inserts for the name of a parameter, a resource or an attribute of one."""
        if reason := substitution.refusal(piece):
            return Unknown(reason, invalid=True)
        resource, dot, attribute = piece.strip().partition(".")
        return self._declared.attribute(resource, attribute) if dot else self._named(resource, place.assumed)


_NO_DEFAULT = f"DefaultValue of Fn::FindInMap needs the transform {_EXTENSIONS}"


def _led_to_each(value: Value, way: tuple[Origin, ...]) -> Value:
    """The value, reached through a way, as is each thing that it may be and that is written somewhere."""
    if isinstance(value, Branches):
        choices = tuple((label, _led_to_each(choice, way)) for label, choice in value.choices)
        return value._replace(choices=choices, origins=(*way, *value.origins))
    return led_through(value, *way) if value.origins or not isinstance(value, Absent) else value


def _bare(node: Node) -> Place:
    return Place(node, node.span)


def _is_list(value: Value) -> bool:
    return isinstance(value, Known) and isinstance(value.content, tuple | dict)


def _spoken(key: Node) -> str:
    """What a key that is not known refers to; empty where that is no name."""
    match call_of(key):
        case Call("Ref", Scalar(_, str(name), _)):
            return name
        case _:
            return ""


def _label(condition: str, holds: bool) -> str:
    return f"{condition} is {'true' if holds else 'false'}"


def _condition_of(resource: Member) -> Node | None:
    return resource.value.get("Condition") if isinstance(resource.value, Mapping) else None
