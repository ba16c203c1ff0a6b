"""Terraform's equality: values are equal where their types are the same and all that they hold is."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from iac_imds_lint.terraform.contents import is_null, missing
from iac_imds_lint.terraform.numbers import is_number
from iac_imds_lint.terraform.types import List, Map, Partly, Set
from iac_imds_lint.value import Absent, Branches, Known, Unknown, Value


class Fingerprint(NamedTuple):
    """The same for two values if and only if they are equal. ``order`` is by what Terraform sorts a set.

    Sets of collections have no documented order: it is that of a text that stands for each element.
    """

    kind: str
    content: object
    order: tuple[str, object, str]


def fingerprint(value: Value) -> Fingerprint | None:
    """What tells a value from others; None where it is not wholly known."""
    match value:
        case Absent() | Known(None):
            return Fingerprint("null", None, ("~", 0, "~"))
        case Known(bool() as content):
            return Fingerprint("bool", content, ("bool", content, "T" if content else "F"))
        case Known(str() as content):
            return Fingerprint("string", content, ("string", content, _quoted(content)))
        case Known(int() | float() as content):
            return Fingerprint("number", content, ("number", content, f"{content:.10g}"))
        case Known(Mapping() as content):
            return _mapping(content)
        case Known(tuple() as content):
            inner = [fingerprint(element) for element in content]
            prints = [element for element in inner if element is not None]
            return _compound(kind_of(value), prints) if len(prints) == len(inner) else None
        case _:
            return None


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _mapping(content: Mapping[str, Value]) -> Fingerprint | None:
    keys = sorted(content)
    inner = [fingerprint(content[key]) for key in keys]
    prints = [element for element in inner if element is not None]
    if isinstance(content, Partly) or len(prints) != len(inner):
        return None
    named = isinstance(content, Map)
    texts = [
        f"{_quoted(key)}:{each.order[2]};" if named else f"{each.order[2]};"
        for key, each in zip(keys, prints, strict=True)
    ]
    text = f"{{{''.join(texts)}}}" if named else f"<{''.join(texts)}>"
    return Fingerprint("map" if named else "object", tuple(zip(keys, prints, strict=True)), ("text", text, text))


def _compound(kind: str, prints: Sequence[Fingerprint]) -> Fingerprint:
    text = f"[{''.join(f'{each.order[2]};' for each in prints)}]"
    return Fingerprint(kind, tuple(prints), ("text", text, text))


def kind_of(value: Known) -> str:
    """What kind of type the value is of."""
    match value.content:
        case List():
            return "list"
        case Set():
            return "set"
        case tuple():
            return "tuple"
        case Map():
            return "map"
        case Mapping():
            return "object"
        case bool():
            return "bool"
        case str():
            return "string"
        case None:
            return "null"
        case content:
            return "number" if is_number(content) else "null"


def same(one: Value, two: Value) -> bool | Unknown:
    """Whether two values are equal, or the Unknown that leaves it open."""
    for value in (one, two):
        if isinstance(value, Unknown):
            return value
        if isinstance(value, Branches):
            return Unknown(f"{value.condition} is not known", value.origins)
    if is_null(one) or is_null(two):
        return is_null(one) and is_null(two)
    if isinstance(one, Known) and isinstance(two, Known):
        return _same(one, two)
    return False


def _same(one: Known, two: Known) -> bool | Unknown:
    match one.content, two.content:
        case (Partly() as left, Mapping() as right) | (Mapping() as right, Partly() as left):
            return _partly(left, right)
        case _ if kind_of(one) != kind_of(two):
            return False
        case Set() as left, Set() as right:
            return _sets(left, right)
        case tuple() as left, tuple() as right:
            return len(left) == len(right) and _all(list(zip(left, right, strict=True)))
        case Mapping() as left, Mapping() as right:
            return left.keys() == right.keys() and _all([(left[key], right[key]) for key in left])
        case left, right:
            return left == right or _numbers(one, two)


def _all(pairs: Sequence[tuple[Value, Value]]) -> bool | Unknown:
    """False where one pair differs, whatever the others are."""
    results = [same(left, right) for left, right in pairs]
    if False in results:
        return False
    return next((result for result in results if isinstance(result, Unknown)), True)


def _sets(left: Set, right: Set) -> bool | Unknown:
    unknown = missing([*left, *right])
    if unknown is not None:
        return unknown
    return {fingerprint(each) for each in left} == {fingerprint(each) for each in right}


def _partly(left: Partly, right: Mapping[str, Value]) -> bool | Unknown:
    shared = [(left[key], right[key]) for key in left if key in right]
    if _all(shared) is False or (not isinstance(right, Partly) and not left.keys() <= right.keys()):
        return False
    return left.rest


def _numbers(one: Known, two: Known) -> bool | Unknown:
    """Contents that differ; a float so close to another number may stand for the same."""
    left, right = one.content, two.content
    if not isinstance(left, float) and not isinstance(right, float):
        return False
    if not isinstance(left, int | float) or not isinstance(right, int | float):
        return False
    if not math.isclose(left, right, rel_tol=1e-14):
        return False
    return Unknown("the numbers have more digits than can be told", (*one.origins, *two.origins))
