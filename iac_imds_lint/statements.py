"""Statements of IAM policies, service and resource control policies, as values that no dialect owns.

Source: IAM User Guide, "IAM JSON policy elements reference": one statement may stand without a list, and so may one
value; names of elements are case-sensitive, those of actions and of condition keys are not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple, TypeAlias

from iac_imds_lint.source import Span
from iac_imds_lint.value import ABSENT, Absent, Known, Origin, Value, known_text

# Where the key of a member stands whose value has these origins; None where that is not found.
KeyPlace: TypeAlias = "Callable[[str, Value], Span | None]"
# More statements, and more entries of one, than policies of 10,240 characters have are not looked at.
_MOST = 200


class Word(NamedTuple):
    """A text of a policy with its place; ``text`` is None where it is not known.

    ``literal`` is the place that decided it, if that is a literal which may be replaced.
    """

    text: str | None
    span: Span | None = None
    literal: Origin | None = None


class Entry(NamedTuple):
    """One comparison of a condition: an operator, a key, and values of which one has to match."""

    operator: Word
    key: Word
    values: tuple[Word, ...]


class Patterns(NamedTuple):
    """Patterns of actions or of resources; ``negated`` says that they are those of ``NotAction`` or ``NotResource``."""

    words: tuple[Word, ...]
    negated: bool = False


class Statement(NamedTuple):
    """One statement. All ``entries`` have to hold; there may be others that are not known, unless it is ``whole``."""

    span: Span | None
    sid: str
    effect: Word
    actions: Patterns | None
    resources: Patterns | None
    entries: tuple[Entry, ...]
    whole: bool = True


# The statements of a policy.
Document: TypeAlias = "tuple[Statement, ...]"


def word(value: Value) -> Word:
    """A text with its place."""
    origin = value.origins[-1] if value.origins else None
    text = known_text(value)
    is_literal = origin is not None and origin.literal and text is not None
    return Word(text, origin.span if origin else None, origin if is_literal else None)


def words(value: Value) -> tuple[Word, ...]:
    """The texts of a list, or the one that stands without a list."""
    match value:
        case Absent():
            return ()
        case Known(tuple() as items):
            return tuple(map(word, items[:_MOST]))
        case _:
            return (word(value),)


def read(document: Value, key_place: KeyPlace) -> Document:
    """The statements of a policy that is written as IAM's JSON; none where it is no such policy, or not known."""
    statements = _member(document, "Statement")
    items = statements.content if isinstance(statements, Known) else ()
    several = items if isinstance(items, tuple) else (statements,)
    return tuple(_statement(one, key_place) for one in several[:_MOST] if _is_mapping(one))


def _statement(value: Value, key_place: KeyPlace) -> Statement:
    condition = _member(value, "Condition")
    return Statement(
        span=value.origins[-1].span if value.origins else None,
        sid=known_text(_member(value, "Sid")) or "",
        effect=word(_member(value, "Effect")),
        actions=_patterns(value, "Action"),
        resources=_patterns(value, "Resource"),
        entries=tuple(_entries(condition, key_place)),
        whole=_is_whole(condition),
    )


def _patterns(statement: Value, element: str) -> Patterns | None:
    for name, negated in ((element, False), (f"Not{element}", True)):
        found = _member(statement, name)
        if not isinstance(found, Absent):
            return Patterns(words(found), negated)
    return None


def _entries(condition: Value, key_place: KeyPlace) -> Iterator[Entry]:
    for operator, keys in _members(condition):
        place = Word(operator, key_place(operator, keys) or _span(keys))
        for key, values in _members(keys):
            yield Entry(place, Word(key, key_place(key, values) or _span(values)), words(values))


def _span(value: Value) -> Span | None:
    return value.origins[-1].span if value.origins else None


def _is_whole(condition: Value) -> bool:
    """Whether all of a condition is known but for texts in it."""
    levels = (condition, *(keys for _, keys in _members(condition)))
    return isinstance(condition, Absent) or all(map(_is_complete, levels))


def _is_complete(value: Value) -> bool:
    return isinstance(value, Known) and isinstance(value.content, Mapping) and not hasattr(value.content, "rest")


def _is_mapping(value: Value) -> bool:
    return isinstance(value, Known) and isinstance(value.content, Mapping)


def _members(value: Value) -> list[tuple[str, Value]]:
    content = value.content if isinstance(value, Known) else None
    return list(content.items())[:_MOST] if isinstance(content, Mapping) else []


def _member(value: Value, name: str) -> Value:
    content = value.content if isinstance(value, Known) else None
    found = content.get(name, getattr(content, "rest", ABSENT)) if isinstance(content, Mapping) else ABSENT
    return ABSENT if isinstance(found, Known) and found.content is None else found
