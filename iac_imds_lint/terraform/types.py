"""Terraform's types: what a ``Known`` holds where Terraform tells a list from a tuple, and what constraints ask for.

A plain tuple is a tuple and a plain mapping an object, as ``[...]`` and ``{...}`` make them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum
from typing import Literal as OneOf
from typing import NamedTuple, TypeAlias

from iac_imds_lint.terraform.syntax import Call, Expression, Literal, Object, Traversal, Tuple
from iac_imds_lint.value import Known, Unknown, Value, text_of


class List(tuple[Value, ...]):
    """``list(T)``: elements of one type."""

    __slots__ = ()


class Set(tuple[Value, ...]):
    """``set(T)``: each element once, in the order in which Terraform goes through them."""

    __slots__ = ()


class Map(dict[str, Value]):
    """``map(T)``: values of one type, in the order of the keys."""

    __slots__ = ()


class Partly(dict[str, Value]):
    """An object or a map of which some members are certain; any other key is ``rest``, or not in it at all."""

    __slots__ = ("rest",)

    def __init__(self, members: Mapping[str, Value], rest: Unknown) -> None:
        super().__init__(members)
        self.rest = rest


class Simple(Enum):
    """The types without parts. ``any`` stands for one that the value decides."""

    ANY = "any"
    STRING = "string"
    NUMBER = "number"
    BOOL = "bool"


Kind: TypeAlias = OneOf["list", "set", "map"]


class Collection(NamedTuple):
    """``list(T)``, ``set(T)`` or ``map(T)``."""

    kind: Kind
    element: Type


class TupleOf(NamedTuple):
    """``tuple([A, B])``."""

    elements: tuple[Type, ...]


class Member(NamedTuple):
    """An attribute of an object type, with what ``optional(T, default)`` says of it."""

    type: Type
    optional: bool = False
    default: Value | None = None


class ObjectOf(NamedTuple):
    """``object({a = A, b = optional(B)})``."""

    members: Mapping[str, Member]


Type: TypeAlias = "Simple | Collection | TupleOf | ObjectOf"
Evaluate: TypeAlias = Callable[[Expression, str], Value]

STRINGS = Collection("list", Simple.STRING)
_SIMPLE: Mapping[str, Type] = {simple.value: simple for simple in Simple}
_KINDS: Mapping[str, Kind] = {"list": "list", "set": "set", "map": "map"}


def constraint(expression: Expression, evaluate: Evaluate) -> Type | None:
    """The type that ``type = expression`` asks for; None where it is none. ``evaluate`` is for the defaults,
    with the names of their members.

    Source: Terraform language, "Type Constraints"; quoted types and bare collections are those of Terraform 0.11.
    """
    match expression:
        case Literal(_, str() as name) | Traversal(_, name, ()):
            return _named(name)
        case Call(_, "list" | "set" | "map" as kind, (inner,)):
            element = constraint(inner, evaluate)
            return Collection(_KINDS[kind], element) if element else None
        case Call(_, "tuple", (Tuple(_, items),)):
            elements = [constraint(item, evaluate) for item in items]
            return TupleOf(tuple(element for element in elements if element)) if all(elements) else None
        case Call(_, "object", (Object(_, items),)):
            return _object(items, evaluate)
        case _:
            return None


def _named(name: str) -> Type | None:
    if name in _KINDS:
        return Collection(_KINDS[name], Simple.ANY)
    return _SIMPLE.get(name)


def _object(items: tuple[tuple[Expression, Expression], ...], evaluate: Evaluate) -> Type | None:
    members: dict[str, Member] = {}
    for key, item in items:
        name = text_of(key.content) if isinstance(key, Literal) else None
        member = _member(name or "", item, evaluate)
        if name is None or member is None:
            return None
        members[name] = member
    return ObjectOf(members)


def _member(name: str, expression: Expression, evaluate: Evaluate) -> Member | None:
    match expression:
        case Call(_, "optional", (inner, *default)) if len(default) < 2:
            type = constraint(inner, evaluate)
            value = evaluate(default[0], name) if default else Known(None)
            return Member(type, optional=True, default=value) if type else None
        case _:
            type = constraint(expression, evaluate)
            return Member(type) if type else None
