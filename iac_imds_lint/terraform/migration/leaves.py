"""What an expression may come to: the arms of conditions, what functions pick from or hand on, and what locals are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from iac_imds_lint.terraform.configuration import Module
from iac_imds_lint.terraform.syntax import (
    Access,
    Call,
    Conditional,
    Expression,
    For,
    Index,
    Literal,
    Object,
    Operation,
    Splat,
    Step,
    Template,
    Traversal,
    Tuple,
)

# How far an expression is followed, and how many leaves of it are looked at.
_DEEPEST = 12
_MOST = 60
_CHOOSING = frozenset({"coalesce", "try"})
# Functions that give their first argument, but for its type or the blanks around it.
_HANDING_ON = frozenset({"sensitive", "nonsensitive", "tostring", "trimspace", "chomp", "ephemeralasnull"})
# Functions that make a collection of the elements of their arguments.
_COLLECTING = frozenset({"concat", "merge", "setunion", "coalescelist"})
# Functions whose collection is that of their first argument, or of one of them.
_COLLECTION = frozenset(
    {"compact", "distinct", "flatten", "reverse", "slice", "sort", "tolist", "toset", "tomap", "values", "sensitive"}
)


class _Part(NamedTuple):
    """An expression, or one whose elements are meant."""

    expression: Expression
    of_many: bool = False


def leaves(module: Module, expression: Expression, of_many: bool = False) -> list[Expression]:
    """What an expression may come to; ``of_many`` asks for its elements.

    What is not followed any further stands for itself.
    """
    found: list[Expression] = []
    waiting = [(_Part(expression, of_many), 0)]
    while waiting:
        part, deep = waiting.pop()
        inner = _inner(module, part) if deep < _DEEPEST and len(found) + len(waiting) < _MOST else None
        if inner is None:
            found.append(part.expression)
        else:
            waiting += [(each, deep + 1) for each in reversed(inner)]
    return found


def _inner(module: Module, part: _Part) -> list[_Part] | None:
    match part:
        case _Part(Conditional(_, _, _, yes, no), of_many):
            return [_Part(yes, of_many), _Part(no, of_many)]
        case _Part(Traversal(_, "local", (str() as name, *steps)), of_many):
            attribute = module.local(name)
            return None if attribute is None else [_Part(_stepped(attribute.read(), steps), of_many)]
        case _Part(Access(_, base, steps), of_many):
            inner = _reached(base, steps)
            return None if inner is None else [_Part(one.expression, of_many or one.of_many) for one in inner]
        case _Part(expression, False):
            return _alternatives(expression)
        case _Part(expression, _):
            return _elements(expression)


def _alternatives(expression: Expression) -> list[_Part] | None:
    match expression:
        case Call(_, name, arguments) if name in _CHOOSING and arguments:
            return [_Part(one) for one in arguments]
        case Call(_, name, (first, *_)) if name in _HANDING_ON:
            return [_Part(first)]
        case Call(_, "replace", (first, Literal(_, str() as text), Literal(_, ""))) if text.isspace():
            return [_Part(first)]
        case Call(_, "format", (Literal(_, "%s"), only)):
            return [_Part(only)]
        case Call(_, "join", (Literal(_, ""), joined)) if not isinstance(joined, Tuple) or len(joined.items) == 1:
            return [_Part(joined, of_many=True)]
        case Template(_, parts):
            others = [one for one in parts if not _is_line_end(one)]
            return [_Part(others[0])] if len(others) == 1 and not isinstance(others[0], Literal) else None
        case Call(span, "one", (listed,)):
            return [_Part(listed, of_many=True), _Part(Literal(span, None))]
        case Call(_, "element" | "lookup", (held, _, *otherwise)):
            return [_Part(held, of_many=True), *(_Part(one) for one in otherwise)]
        case _:
            return None


def _is_line_end(part: Expression) -> bool:
    return isinstance(part, Literal) and isinstance(part.content, str) and not part.content.strip("\r\n")


def _elements(expression: Expression) -> list[_Part] | None:
    match expression:
        case Tuple(_, items):
            return [_Part(one, _is_collection(one)) for one in items]
        case Object(_, pairs):
            return [_Part(value) for _, value in pairs]
        case Call(_, name, arguments) if name in _COLLECTING or name in _CHOOSING:
            return [_Part(one, of_many=True) for one in arguments]
        case Call(_, name, (first, *_)) if name in _COLLECTION:
            return [_Part(first, of_many=True)]
        case Call(_, "list", arguments):
            return [_Part(one) for one in arguments]
        case Call(_, "element" | "lookup", (held, _, *otherwise)):
            return [_Part(held, of_many=True), *(_Part(one, of_many=True) for one in otherwise)]
        case _:
            return None


def _is_collection(item: Expression) -> bool:
    """Whether an element of a list is a list again, which is flattened."""
    match item:
        case Tuple() | Object():
            return True
        case Call(_, name):
            return name in _COLLECTING or name in _COLLECTION or name == "list"
        case _:
            return False


def _stepped(expression: Expression, steps: Sequence[Step]) -> Expression:
    """What steps lead to from an expression."""
    match expression:
        case _ if not steps:
            return expression
        case Traversal(span, root, before):
            return Traversal(span, root, (*before, *steps))  # type: ignore[arg-type]
        case Access(span, base, before):
            return Access(span, base, (*before, *steps))  # type: ignore[arg-type]
        case _:
            return Access(expression.span, expression, tuple(steps))  # type: ignore[arg-type]


def _reached(base: Expression, steps: Sequence[str | Index]) -> list[_Part] | None:
    """What steps lead to from what is no name."""
    first, *others = steps
    match base:
        case Conditional(_, _, _, yes, no):
            return [_Part(_stepped(one, steps)) for one in (yes, no)]
        case Tuple() | Object():
            return [_Part(_stepped(one, others)) for one in _at(base, first)]
        case Call(_, name, _) if name in _COLLECTING or name in _COLLECTION:
            return None if others else [_Part(base, of_many=True)]
        case Call(_, "element", (Splat() | Traversal() as listed, _)) | Call(_, "one", (Splat() as listed,)):
            return [_Part(Splat(listed.span, listed, tuple(steps)))]
        case Call():
            inner = _alternatives(base)
            simple = inner is not None and not any(one.of_many for one in inner)
            return [_Part(_stepped(one.expression, steps)) for one in inner] if inner and simple else None
        case _:
            return None


def _at(held: Tuple | Object, step: str | Index) -> Iterable[Expression]:
    """The elements that a step may lead to."""
    key = step if isinstance(step, str) else step.key.content if isinstance(step.key, Literal) else None
    values = [value for _, value in held.items] if isinstance(held, Object) else list(held.items)
    if key is None:
        return values
    if isinstance(held, Tuple):
        return [values[int(key)]] if str(key).isdigit() and int(key) < len(values) else values
    named = [value for name, value in held.items if isinstance(name, Literal) and name.content == key]
    return named or values


def words(expression: Expression) -> tuple[str, ...]:
    """The names in a reference; none where an expression is none."""
    match expression:
        case Traversal(_, root, steps):
            return (root, *(step for step in steps if isinstance(step, str)))
        case Splat(_, base, steps) | Access(_, base, steps):
            before = words(base)
            return (*before, *(step for step in steps if isinstance(step, str))) if before else ()
        case _:
            return ()


def within(module: Module, expression: Expression, is_whole: frozenset[str]) -> Iterator[Expression]:
    """All that a value is put together from, locals followed, but for what the conditions ask.

    What is in the calls of ``is_whole`` is not gone into.
    """
    waiting, seen = [expression], set[str]()
    while waiting:
        one = waiting.pop()
        match one:
            case Traversal(_, "local", (str() as name, *_)):
                attribute = None if name in seen else module.local(name)
                seen.add(name)
                waiting += () if attribute is None else (attribute.read(),)
            case Traversal() | Splat():
                yield one
            case Conditional(_, _, _, yes, no):
                waiting += (yes, no)
            case Call(_, name, arguments):
                yield one
                waiting += () if name in is_whole else arguments
            case _:
                if words(one):
                    yield one
                else:
                    waiting += _children(one)


def _children(expression: Expression) -> Iterator[Expression]:
    match expression:
        case Template(_, items) | Tuple(_, items):
            yield from items
        case Object(_, pairs):
            yield from (value for _, value in pairs)
        case Access(_, base, _):
            yield base
        case Operation(_, _, operands):
            yield from operands
        case For(_, _, _, _, result):
            yield result
        case _:
            return
