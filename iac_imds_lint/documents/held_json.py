"""JSON that a known text holds, as plain data with the places of that text."""

from __future__ import annotations

import json
from typing import NamedTuple

from iac_imds_lint.documents.node import Mapping, Node, Scalar, Sequence, Tagged
from iac_imds_lint.value import Known, Origin, Unknown, Value, distributed


class Held(NamedTuple):
    """What a text holds, as plain data: ``None`` is null."""

    content: object


def plain(text: str) -> Held | None:
    """What a JSON text holds; None where it is no JSON, or nested more deeply than Python reads."""
    try:
        return Held(json.loads(text))
    except (ValueError, RecursionError):
        return None


def decoded(value: Value, name: str) -> Value:
    """A value whose text, if it is a known one, is read as JSON; ``name`` is what holds it."""
    return distributed([value], lambda values: _decoded(values[0], name))


def _decoded(value: Value, name: str) -> Value:
    match value:
        case Known(str() as text, origins):
            held = plain(text)
            if held is None:
                return Unknown(f"the text of {name} is not JSON", origins)
            return _valued(held.content, tuple(origin._replace(literal=False) for origin in origins))
        case _:
            return value


def _valued(plain: object, origins: tuple[Origin, ...]) -> Value:
    """Plain data as a value, all of it decided where the text was."""
    match plain:
        case dict():
            return Known({str(key): _valued(item, origins) for key, item in plain.items()}, origins)
        case list():
            return Known(tuple(_valued(item, origins) for item in plain), origins)
        case str() | int() | float() | None:
            return Known(plain, origins)
        case _:
            return Unknown("it is no JSON value", origins)


def placed(node: Node) -> Value:
    """What a tree of JSON holds, each value with its place."""
    here = (Origin(node.span, "here", literal=isinstance(node, Scalar)),)
    match node:
        case Mapping(_, members):
            return Known({member.key: placed(member.value) for member in members}, here)
        case Sequence(_, items):
            return Known(tuple(map(placed, items)), here)
        case Scalar(_, content):
            return Known(content, here)
        case Tagged():
            return Unknown("JSON has no tags", here)
