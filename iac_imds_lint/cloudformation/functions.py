"""The intrinsic functions, from evaluated arguments to values.

What they take and give: AWS CloudFormation Template Reference, "Intrinsic function reference". What CloudFormation
refuses is Unknown(invalid=True). Nothing here knows of a template.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TypeAlias

from iac_imds_lint.cloudformation import dynamic
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

Function: TypeAlias = Callable[[Sequence[Value]], Value]

# Characters: no more fit into a template, or into anything that is made of one.
_LONGEST = 1_000_000
# So many values are written into one text by Fn::ToJsonString.
_MOST_PARTS = 10_000

_TOO_LONG = "it is longer than a template may be"


def evaluated(function: str, argument: Value) -> Value:
    """What a function gives for its argument, over all that the argument may be."""
    arity, combine = _FUNCTIONS.get(function, (0, partial(_unread, f"{function} is not evaluated")))
    return distributed([argument], lambda values: _applied(function, arity, combine, values[0]))


def inserted(pieces: Sequence[str], values: Sequence[Value]) -> Value:
    """``Fn::Sub``: texts with values between them, over all that the values may be."""

    def combine(known: Sequence[Value]) -> Value:
        texts = [known_text(value) for value in known]
        if None in texts:
            return _unfit(known[texts.index(None)], "Fn::Sub inserts texts, and this is none")
        return _put_together(
            [part for pair in zip(pieces, [*map(str, texts), ""], strict=True) for part in pair], known
        )

    return distributed(values, combine)


def hidden(values: Sequence[Value]) -> tuple[Origin, ...]:
    """That a part must not be shown holds for the whole."""
    steps = (step for value in values for step in value.origins if step.sensitive)
    return tuple(dict.fromkeys(step._replace(literal=False) for step in steps))


def called(value: Value, what: str) -> Value:
    """The value, its first place named so."""
    if not value.origins:
        return value
    first, *rest = value.origins
    return value._replace(origins=(first._replace(what=what), *rest))


def _applied(function: str, arity: int, combine: Function, argument: Value) -> Value:
    """One function on an argument that is no choice; ``arity`` is 0 for what takes any, 1 for what takes no list."""
    match argument:
        case _ if arity == 0:
            return combine([argument])
        case Unknown():
            return argument
        case Known(tuple() as items) if arity > 1 and len(items) == arity:
            return distributed(items, combine)
        case _ if arity == 1:
            return combine([argument])
        case _:
            return _misused(function)


def _joined(values: Sequence[Value]) -> Value:
    match values:
        case [Known(str() as delimiter) as between, Known(tuple() as items)]:
            return led_through(distributed(items, partial(_join, delimiter)), *hidden([between]))
        case _:
            return _stopped("Fn::Join", values)


def _join(delimiter: str, items: Sequence[Value]) -> Value:
    parts = [item for item in items if not isinstance(item, Absent)]
    texts = [known_text(part) for part in parts]
    if None in texts:
        return _unfit(parts[texts.index(None)], "Fn::Join joins texts, and an item is none")
    if len(parts) == 1:
        return called(parts[0], "the only item that Fn::Join joins")
    between = [part for text in texts for part in (delimiter, str(text))]
    return _put_together(between[1:], parts)


def _selected(values: Sequence[Value]) -> Value:
    match values:
        case [Known(str() | int()) as index, Known(tuple() as items)]:
            text = known_text(index) or ""
            present = [item for item in items if not isinstance(item, Absent)]
            if not text.isascii() or not text.isdigit() or len(text) > 9:
                return Unknown("Fn::Select counts from 0, and its index is no such number", invalid=True)
            if int(text) >= len(present):
                told = shown(index, "(sensitive value)")
                return Unknown(f"Fn::Select asks for item {told} of a list of {len(present)}", invalid=True)
            return called(present[int(text)], "the item that Fn::Select takes")
        case _:
            return _stopped("Fn::Select", values)


def _split(values: Sequence[Value]) -> Value:
    match values:
        case [Known(str(delimiter)), Known() as source] if delimiter and (text := known_text(source)) is not None:
            origins = tuple(step._replace(literal=False) for step in source.origins)
            return Known(tuple(Known(part, origins) for part in text.split(delimiter)), hidden(values))
        case _:
            return _stopped("Fn::Split", values)


def _length(values: Sequence[Value]) -> Value:
    match values:
        case [Known(tuple() as items)]:
            return distributed(items, lambda known: Known(sum(not isinstance(item, Absent) for item in known)))
        case _:
            return _stopped("Fn::Length", values)


def _base64(values: Sequence[Value]) -> Value:
    text = known_text(values[0])
    if text is None:
        return _stopped("Fn::Base64", values)
    return _text(base64.b64encode(text.encode("utf-8", "surrogatepass")).decode(), values)


def _json(values: Sequence[Value]) -> Value:
    """``Fn::ToJsonString``: a list or a mapping, without spaces, in the order that it is written in."""
    match values:
        case [Known(tuple() | dict()) as value]:
            parts: list[str] = []
            held: list[Value] = []
            for number, part in enumerate(_tokens(value, held)):
                if isinstance(part, Unknown) or number > _MOST_PARTS:
                    return part if isinstance(part, Unknown) else Unknown(_TOO_LONG)
                parts.append(part)
            return _put_together(parts, held)
        case _:
            return _stopped("Fn::ToJsonString", values)


def _tokens(value: Value, held: list[Value]) -> Iterator[str | Unknown]:
    """The pieces of a JSON text; what cannot be written is Unknown, and is the last that is looked at. All values that
    are met are put into ``held``.
    """
    held.append(value)
    match value:
        case Known(tuple() as items):
            yield "["
            for number, item in enumerate(items):
                yield "," if number else ""
                yield from _tokens(item, held)
            yield "]"
        case Known(dict() as members):
            yield "{"
            for number, (key, item) in enumerate(members.items()):
                yield f"{',' if number else ''}{json.dumps(key, ensure_ascii=False)}:"
                yield from _tokens(item, held)
            yield "}"
        case Known(content):
            yield json.dumps(content, ensure_ascii=False)
        case Unknown():
            yield value
        case Absent() | Branches():
            yield Unknown("what Fn::ToJsonString writes is not decided in all its parts")


def _unread(reason: str, _: Sequence[Value]) -> Value:
    return Unknown(reason)


def _imported(values: Sequence[Value]) -> Value:
    name = known_text(values[0])
    if name is not None:
        told = shown(values[0], "(sensitive value)")
        return Unknown(f"export {told} of another stack is known at deployment only")
    why = f": {values[0].reason}" if isinstance(values[0], Unknown) else ""
    return Unknown(f"Fn::ImportValue reads an export of another stack whose name is not known{why}")


def _transformed(values: Sequence[Value]) -> Value:
    match values:
        case [Known(dict(members))] if name := shown(members.get("Name", Absent()), ""):
            return Unknown(f"Fn::Transform has the macro {name} write it at deployment")
        case _:
            return Unknown("Fn::Transform has a macro write it at deployment")


# The function, and how many arguments it takes as a list: 1 is an argument that is no list of arguments, 0 any.
_FUNCTIONS: dict[str, tuple[int, Function]] = {
    "Fn::Join": (2, _joined),
    "Fn::Select": (2, _selected),
    "Fn::Split": (2, _split),
    "Fn::Length": (1, _length),
    "Fn::ToJsonString": (1, _json),
    "Fn::Base64": (1, _base64),
    "Fn::GetAZs": (0, partial(_unread, "the Availability Zones of a Region are known at deployment only")),
    "Fn::ImportValue": (0, _imported),
    "Fn::Transform": (0, _transformed),
}


def _put_together(texts: list[str], parts: Sequence[Value]) -> Value:
    """One text of several, which is never made if no template can hold it."""
    return _text("".join(texts), parts) if sum(map(len, texts)) <= _LONGEST else Unknown(_TOO_LONG)


def _text(text: str, parts: Sequence[Value]) -> Value:
    if (unread := dynamic.unread(text)) is not None:
        return Unknown("a dynamic reference is resolved at deployment only") if hidden(parts) else unread
    return Known(text, hidden(parts)) if len(text) <= _LONGEST else Unknown(_TOO_LONG)


def _stopped(function: str, values: Sequence[Value]) -> Value:
    """Why a function gives nothing: the first argument that is not known, else that they are not what it takes."""
    return next((value for value in values if isinstance(value, Unknown)), _misused(function))


def _misused(function: str) -> Unknown:
    return Unknown(f"this use of {function} is not understood", invalid=True)


def _unfit(value: Value, reason: str) -> Unknown:
    """Why a value is no part of a text. A text that holds an attribute of a resource is not that attribute."""
    return value._replace(handle=None) if isinstance(value, Unknown) else Unknown(reason, invalid=True)
