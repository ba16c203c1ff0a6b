"""Terraform's conversion of values to types, and the types that values have in common.

Source: Terraform language, "Types and Values" and "Type Constraints"; what is not said there, by its console.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from iac_imds_lint.terraform.contents import (
    TOO_LARGE,
    is_invalid,
    is_null,
    is_sensitive,
    missing,
    oversized,
    picked,
    refused,
)
from iac_imds_lint.terraform.equality import fingerprint
from iac_imds_lint.terraform.numbers import is_number, normal, parsed, written
from iac_imds_lint.terraform.types import Collection, List, Map, Member, ObjectOf, Partly, Set, Simple, TupleOf, Type
from iac_imds_lint.value import Branches, Content, Known, Unknown, Value, led_through

_TRUTHS = {"true": True, "1": True, "false": False, "0": False}
_A = {Simple.STRING: "a string", Simple.NUMBER: "a number", Simple.BOOL: "a boolean", Simple.ANY: "a value"}


def converted(value: Value, type: Type) -> Value:
    """The value as one of that type, each member with its own origins; what Terraform refuses is invalid."""
    return TOO_LARGE._replace(origins=value.origins) if oversized([value]) else _converted(value, type)


def _converted(value: Value, type: Type) -> Value:
    match value:
        case Branches(condition, choices, origins):
            return Branches(condition, tuple((label, _converted(choice, type)) for label, choice in choices), origins)
        case Known(content) if content is not None:
            made = _known(value, type)
            if isinstance(made, Unknown) and made.invalid and is_sensitive(value):
                return picked(made._replace(reason="a sensitive value is not of the type that is needed"), value)
            return made
        case _:
            return value


def _known(value: Known, type: Type) -> Value:
    match type:
        case Simple():
            return scalar(value, type)
        case Collection("map", element):
            return _map(value, element)
        case Collection(kind, element):
            return _sequence(value, kind == "set", element)
        case TupleOf(elements):
            return _tuple(value, elements)
        case ObjectOf(members):
            return _object(value, members)


def scalar(value: Known, type: Simple) -> Value:
    """A value that is not null, as a string, a number or a boolean."""
    content: object = value.content
    match type:
        case Simple.ANY:
            return value
        case Simple.BOOL if isinstance(content, bool) or (isinstance(content, str) and content in _TRUTHS):
            return value if isinstance(content, bool) else value._replace(content=_TRUTHS[str(content)])
        case Simple.STRING if isinstance(content, str | bool):
            return value if isinstance(content, str) else value._replace(content="true" if content else "false")
        case Simple.STRING if isinstance(content, int | float):
            return _digits(value, written(content))
        case Simple.NUMBER if isinstance(content, str) or is_number(content):
            return _number(value)
        case _:
            return refused(f"{_A[type]} is needed, not {called(value)}", value)


def _digits(value: Known, text: str | None) -> Value:
    if text is None:
        return Unknown("the number has more digits than can be told", value.origins)
    return value._replace(content=text)


def _number(value: Known) -> Value:
    content = value.content
    number = parsed(content) if isinstance(content, str) else content
    if number is None:
        return refused(f"a number is needed, not {called(value)}", value)
    whole = normal(number) if isinstance(number, int | float) else None
    return TOO_LARGE._replace(origins=value.origins) if whole is None else value._replace(content=whole)


def called(value: Value) -> str:
    """What a value is, for a message; nothing of it is shown where it is sensitive."""
    match value:
        case Known(str() as text) if len(text) < 40 and not any(step.sensitive for step in value.origins):
            return f'the string "{text}"'
        case Known(None):
            return "null"
        case Known(content):
            return f"a {_kind(content)}"
        case _:
            return "null"


def _kind(content: object) -> str:
    match content:
        case bool():
            return "boolean"
        case int() | float():
            return "number"
        case str():
            return "string"
        case List():
            return "list"
        case Set():
            return "set"
        case tuple():
            return "tuple"
        case Map():
            return "map"
        case _:
            return "mapping"


def _sequence(value: Known, distinct: bool, element: Type) -> Value:
    content = value.content
    if not isinstance(content, tuple):
        return refused(f"a {'set' if distinct else 'list'} is needed, not {called(value)}", value)
    if isinstance(content, Set) and len(content) > 1 and not distinct and (unknown := missing(content)) is not None:
        return unknown._replace(handle=None)
    elements = _alike(content, element)
    if isinstance(elements, Unknown):
        return elements
    if not distinct:
        return value._replace(content=List(elements))
    return picked(value._replace(content=set_of(elements)), *elements)


def _map(value: Known, element: Type) -> Value:
    content = value.content
    if not isinstance(content, Mapping):
        return refused(f"a map is needed, not {called(value)}", value)
    keys = sorted(content)
    members = _alike([content[key] for key in keys], element)
    if isinstance(members, Unknown):
        return members
    made = dict(zip(keys, members, strict=True))
    return value._replace(content=Partly(made, content.rest) if isinstance(content, Partly) else Map(made))


def _alike(values: Sequence[Value], element: Type) -> Sequence[Value] | Unknown:
    """The values, all of one type; what of them is invalid or has no type in common with the others is that."""
    members = [_converted(value, element) for value in values]
    if _open(element):
        common = unified(map(type_of, members))
        if common is None:
            return refused("the elements have no type in common", *members[:2])
        members = [_converted(member, common) for member in members]
    wrong = next((member for member in members if isinstance(member, Unknown) and member.invalid), None)
    return members if wrong is None else wrong


def _open(type: Type) -> bool:
    """Whether the type leaves something to the value."""
    match type:
        case Simple():
            return type is Simple.ANY
        case Collection(_, element):
            return _open(element)
        case TupleOf(elements):
            return any(map(_open, elements))
        case ObjectOf(members):
            return any(_open(member.type) for member in members.values())


def set_of(values: Iterable[Value]) -> Set:
    """The values as a set, in Terraform's order; those that are not wholly known are all kept, last."""
    known: dict[object, Value] = {}
    unknown: list[Value] = []
    for value in values:
        key = fingerprint(value)
        if key is None:
            unknown.append(value)
        else:
            known.setdefault(key, value)
    return Set([*(known[key] for key in sorted(known, key=lambda key: key.order)), *unknown])  # type: ignore[attr-defined]


def _tuple(value: Known, types: Sequence[Type]) -> Value:
    content = value.content
    if not isinstance(content, tuple) or isinstance(content, List | Set) or len(content) != len(types):
        return refused(f"a tuple of {len(types)} elements is needed", value)
    elements = tuple(map(_converted, content, types))
    return next(filter(is_invalid, elements), value._replace(content=elements))


def _object(value: Known, members: Mapping[str, Member]) -> Value:
    content = value.content
    if not isinstance(content, Mapping):
        return refused(f"an object is needed, not {called(value)}", value)
    made = {name: _attribute(value, content, name, member) for name, member in members.items()}
    return next(filter(is_invalid, made.values()), value._replace(content=made))


def _attribute(value: Known, content: Mapping[str, Value], name: str, member: Member) -> Value:
    """An attribute that is not given, or given as null, is its default."""
    given = content.get(name, content.rest if isinstance(content, Partly) else None)
    if given is None and not member.optional:
        return refused(f'the attribute "{name}" is required', value)
    if given is None or (is_null(given) and member.default is not None and not is_null(member.default)):
        return _converted(member.default if member.default is not None else Known(None), member.type)
    return _converted(given, member.type)


def type_of(value: Value) -> Type:
    """The type of a value; ``any`` where it is not known."""
    match value:
        case Known(content):
            return _type_of(content)
        case Branches(_, choices):
            return unified(type_of(choice) for _, choice in choices) or Simple.ANY
        case _:
            return Simple.ANY


def _type_of(content: Content) -> Type:
    match content:
        case bool():
            return Simple.BOOL
        case str():
            return Simple.STRING
        case int() | float():
            return Simple.NUMBER
        case None | Partly():
            return Simple.ANY
        case List() | Set():
            element = unified(map(type_of, content)) or Simple.ANY
            return Collection("set" if isinstance(content, Set) else "list", element)
        case Map():
            return Collection("map", unified(map(type_of, content.values())) or Simple.ANY)
        case tuple():
            return TupleOf(tuple(map(type_of, content)))
        case _:
            return ObjectOf({key: Member(type_of(member)) for key, member in content.items()})


def unified(types: Iterable[Type]) -> Type | None:
    """The type that values of these types are converted to where they must be of one; None where there is none."""
    told: list[Type] = []
    for type in types:
        if type is not Simple.ANY and type not in told:
            told.append(type)
    if len(told) < 2:
        return told[0] if told else Simple.ANY
    if all(isinstance(type, Simple) for type in told):
        return Simple.STRING if Simple.STRING in told else None
    if any(isinstance(type, Simple) for type in told):
        return None
    return _unified_members(told) if all(map(_has_names, told)) else _unified_elements(told)


def _has_names(type: Type) -> bool:
    return isinstance(type, ObjectOf) or (isinstance(type, Collection) and type.kind == "map")


def _unified_members(types: Sequence[Type]) -> Type | None:
    """Objects with the same attributes are such an object, all others a map."""
    objects = [type.members for type in types if isinstance(type, ObjectOf)]
    if len(objects) == len(types) and all(set(members) == set(objects[0]) for members in objects):
        common = {name: unified(members[name].type for members in objects) for name in objects[0]}
        made = {name: Member(type) for name, type in common.items() if type is not None}
        return ObjectOf(made) if len(made) == len(common) else None
    inner = [member.type for members in objects for member in members.values()]
    element = unified([*inner, *(type.element for type in types if isinstance(type, Collection))])
    return Collection("map", element) if element is not None else None


def _unified_elements(types: Sequence[Type]) -> Type | None:
    """Tuples of one length are such a tuple; all others a list, or a set where all are sets or tuples."""
    if any(map(_has_names, types)):
        return None
    tuples = [type.elements for type in types if isinstance(type, TupleOf)]
    if len(tuples) == len(types) and len(set(map(len, tuples))) == 1:
        common = [unified(column) for column in zip(*tuples, strict=True)]
        return TupleOf(tuple(type for type in common if type is not None)) if None not in common else None
    element = unified(
        [
            *(inner for elements in tuples for inner in elements),
            *(type.element for type in types if isinstance(type, Collection)),
        ]
    )
    kinds = {type.kind for type in types if isinstance(type, Collection)}
    return Collection("set" if kinds == {"set"} else "list", element) if element is not None else None


def unify_branches(taken: Value, other: Value) -> Value:
    """The branch of a conditional that is taken, converted to the type that it has in common with the other.

    Source: Terraform language, "Conditional Expressions", Result Types.
    """
    if oversized([taken, other]):
        return TOO_LARGE._replace(origins=taken.origins)
    common = unified([type_of(taken), type_of(other)])
    if common is None:
        return led_through(refused("the two results of the condition have no type in common"), *taken.origins)
    return _converted(taken, common)
