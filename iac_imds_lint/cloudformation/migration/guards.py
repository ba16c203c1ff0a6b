"""Which parameters a condition keeps from being an empty text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from iac_imds_lint.cloudformation.template import Call, call_of
from iac_imds_lint.documents.node import Node, Scalar, Sequence
from iac_imds_lint.source import Span

# Conditions name one another; more levels are not followed.
_DEEPEST = 16


def guarded(value: Node, conditions: Mapping[str, Node], filled: frozenset[str] = frozenset()) -> Iterator[Span]:
    """The ends of a value that are a ``Ref`` to a parameter, and are taken only where that is not empty."""
    match call_of(value):
        case Call("Fn::If", Sequence(_, (condition, then, otherwise))):
            yield from guarded(then, conditions, filled | _filled(condition, True, conditions))
            yield from guarded(otherwise, conditions, filled | _filled(condition, False, conditions))
        case Call("Ref", Scalar(_, str(name), _)) if name in filled:
            yield value.span


def _filled(condition: Node, holds: bool, conditions: Mapping[str, Node], depth: int = 0) -> frozenset[str]:
    """The parameters that are not empty where a condition holds, or does not hold."""
    if isinstance(condition, Scalar):
        named = conditions.get(str(condition.content)) if depth < _DEEPEST else None
        return _filled(named, holds, conditions, depth + 1) if named is not None else frozenset()
    match call_of(condition):
        case Call("Condition", named):
            return _filled(named, holds, conditions, depth)
        case Call("Fn::Not", Sequence(_, (inner,))):
            return _filled(inner, not holds, conditions, depth)
        case Call("Fn::And" | "Fn::Or" as function, Sequence(_, items)) if (function == "Fn::And") is holds:
            return frozenset().union(*(_filled(item, holds, conditions, depth) for item in items))
        case Call("Fn::Equals", Sequence(_, (one, other))):
            return _unlike(one, other, holds) | _unlike(other, one, holds)
        case _:
            return frozenset()


def _unlike(one: Node, other: Node, equal: bool) -> frozenset[str]:
    """The parameter on one side, where it is a text that is not empty, or not the empty one."""
    match call_of(one), other:
        case Call("Ref", Scalar(_, str(name), _)), Scalar(_, content) if (content == "") is not equal:
            return frozenset((name,))
        case _:
            return frozenset()
