"""The few values that a variable can only have, by its type or by its validation."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from iac_imds_lint.terraform.syntax import Call, Expression, Literal, Operation, Traversal
from iac_imds_lint.terraform.types import Simple, Type
from iac_imds_lint.value import Known, Value, text_of

# A choice of more values than these decides nothing that a reader could follow.
_MOST_VALUES = 8
_ALTERNATIVES = re.compile(r"\^\(?(?:\?:)?([\w-]+(?:\|[\w-]+)*)\)?\$")

Evaluate = Callable[[Expression], Value]
_Domain: TypeAlias = "tuple[Known, ...] | None"


def admitted(
    name: str, conditions: Sequence[Expression], type: Type | None, evaluate: Evaluate, *, null: bool
) -> _Domain:
    """The values that all conditions admit, in the order in which they are written; None where they may be any.

    ``evaluate`` tells the lists that the conditions name; ``null`` says that a boolean may be null as well.
    """
    domain: _Domain = (Known(True), Known(False), *((Known(None),) if null else ())) if type is Simple.BOOL else None
    for condition in conditions:
        domain = _both(domain, _of(condition, name, evaluate))
    return domain if domain and len(domain) <= _MOST_VALUES else None


def spelt(value: Known) -> str:
    """A value as a condition names it."""
    return f'"{value.content}"' if isinstance(value.content, str) else text_of(value.content) or "null"


def _of(condition: Expression, name: str, evaluate: Evaluate) -> _Domain:
    """What a condition admits: ``contains([...], var.x)``, ``var.x == "a"``, a pattern of words, ``&&`` and ``||``."""
    match condition:
        case Operation(_, "&&", (one, two)):
            return _both(_of(one, name, evaluate), _of(two, name, evaluate))
        case Operation(_, "||", (one, two)):
            return _either(_of(one, name, evaluate), _of(two, name, evaluate))
        case Operation(_, "==", (one, two)) if _is(one, name):
            return _scalars([evaluate(two)])
        case Operation(_, "==", (one, two)) if _is(two, name):
            return _scalars([evaluate(one)])
        case Call(_, "contains", (elements, needle), False) if _is(needle, name):
            found = evaluate(elements)
            content = found.content if isinstance(found, Known) else None
            return _scalars(content) if isinstance(content, tuple) else None
        case Call(_, "can", (Call(_, "regex", (Literal(_, str() as pattern), text), False),), False) if _is(text, name):
            words = _ALTERNATIVES.fullmatch(pattern)
            return tuple(Known(word) for word in words[1].split("|")) if words and _grouped(pattern) else None
        case _:
            return None


def _grouped(pattern: str) -> bool:
    """``^a|b$`` is no choice of two words: the anchors bind to one of them each."""
    return "|" not in pattern or "(" in pattern


def _is(expression: Expression, name: str) -> bool:
    return isinstance(expression, Traversal) and expression.root == "var" and expression.steps == (name,)


def _scalars(values: Sequence[Value]) -> _Domain:
    known = tuple(value for value in values if isinstance(value, Known))
    scalars = [value for value in known if not isinstance(value.content, tuple | Mapping)]
    return known if len(scalars) == len(values) else None


def _both(one: _Domain, two: _Domain) -> _Domain:
    if one is None or two is None:
        return two if one is None else one
    contents = [value.content for value in two]
    return tuple(value for value in one if value.content in contents)


def _either(one: _Domain, two: _Domain) -> _Domain:
    return None if one is None or two is None else (*one, *(value for value in two if value not in one))
