"""Expressions with all that they are made of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from iac_imds_lint.terraform.syntax import (
    Access,
    Call,
    Conditional,
    Each,
    Expression,
    For,
    Index,
    Literal,
    Object,
    Opaque,
    Operation,
    Splat,
    Step,
    Template,
    Traversal,
    Tuple,
)


def expressions(expression: Expression) -> Iterator[Expression]:
    """An expression and all that is in it, at any depth."""
    waiting = [expression]
    while waiting:
        yield (inner := waiting.pop())
        waiting.extend(_inside(inner))


def _inside(expression: Expression) -> Iterator[Expression]:
    """The expressions that one is made of."""
    match expression:
        case Template(_, inner) | Operation(_, _, inner) | Tuple(_, inner) | Call(_, _, inner):
            yield from inner
        case Traversal(_, _, steps):
            yield from _keys(steps)
        case Access(_, base, steps) | Splat(_, base, steps):
            yield base
            yield from _keys(steps)
        case Conditional(_, condition, _, yes, no):
            yield from (condition, yes, no)
        case Object(_, members):
            for key, item in members:
                yield from (key, item)
        case For(_, _, collection, key, result, condition):
            yield from (one for one in (collection, key, result, condition) if one is not None)
        case Literal() | Opaque():
            return


def _keys(steps: Sequence[Step]) -> Iterator[Expression]:
    for step in steps:
        match step:
            case Index(key):
                yield key
            case Each(inner):
                yield from _keys(inner)
            case str():
                pass
