"""Looking through values: what is in them, what is missing, and where what is computed from them was decided."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice

from iac_imds_lint.terraform.types import Map, Partly
from iac_imds_lint.value import Absent, Branches, Known, Origin, Unknown, Value, assumed, led_through

MOST_ELEMENTS = 100_000
MOST_CHARACTERS = 1_000_000
_MOST_WAYS = 16
_MOST_ORIGINS = 24

TOO_LARGE = Unknown("the value is too large to evaluate")


def refused(reason: str, *values: Value) -> Unknown:
    """What Terraform refuses to make of these values."""
    return Unknown(reason, carried(values), invalid=True)


def is_null(value: Value) -> bool:
    """Whether the value is null, written or not."""
    return isinstance(value, Absent) or (isinstance(value, Known) and value.content is None)


def is_invalid(value: Value) -> bool:
    """Whether Terraform refuses the expression whatever is still unknown."""
    return isinstance(value, Unknown) and value.invalid


def walk(values: Iterable[Value]) -> Iterator[Value]:
    """The values and all that they hold, outermost first."""
    waiting = list(reversed(list(values)))
    while waiting:
        value = waiting.pop()
        yield value
        waiting.extend(reversed(parts(value)))


def parts(value: Value) -> Sequence[Value]:
    """What a value holds."""
    match value:
        case Known(Partly() as members):
            return [*members.values(), members.rest]
        case Known(tuple() as elements):
            return elements
        case Known(Mapping() as members):
            return list(members.values())
        case Branches(_, choices):
            return [choice for _, choice in choices]
        case _:
            return ()


def oversized(values: Iterable[Value]) -> bool:
    """Whether looking through the values would take for ever: what is shared in them counts each time."""
    characters = 0
    for number, value in enumerate(islice(walk(values), MOST_ELEMENTS + 1)):
        if isinstance(value, Known) and isinstance(value.content, str):
            characters += len(value.content)
        if number == MOST_ELEMENTS or characters > 4 * MOST_CHARACTERS:
            return True
    return False


def missing(values: Iterable[Value]) -> Unknown | None:
    """What stands in the way of knowing the values wholly: what is invalid rather than what is unknown."""
    unknown = [value for value in walk(values) if isinstance(value, Unknown)]
    return next(filter(is_invalid, unknown), unknown[0] if unknown else None)


def lost(value: Unknown) -> Unknown:
    """What is computed from a value that is not known: it is no attribute of a resource any more."""
    return value._replace(handle=None)


def carried(values: Iterable[Value]) -> tuple[Origin, ...]:
    """The origins of what is made of the values, whatever they hold."""
    return _traced(origin for value in values for origin in value.origins)


def told(values: Iterable[Value]) -> tuple[Origin, ...]:
    """The origins of what is computed from the values and from all that they hold."""
    return _traced(origin for value in walk(values) for origin in value.origins)


def _traced(origins: Iterable[Origin]) -> tuple[Origin, ...]:
    """No literal alone decided it. The first origins lead there; that a part is sensitive is never lost."""
    steps = dict.fromkeys(
        step._replace(literal=False) for step in origins if not step.literal or step.what != "here" or step.sensitive
    )
    return tuple(step for number, step in enumerate(steps) if number < _MOST_ORIGINS or step.sensitive)


def picked(member: Value, *containers: Value) -> Value:
    """The member as it is, with its own origins: what is taken from something sensitive is sensitive."""
    marks = dict.fromkeys(
        step._replace(literal=False) for value in containers for step in value.origins if step.sensitive
    )
    there = {step._replace(literal=False) for step in member.origins}
    return led_through(member, *(mark for mark in marks if mark not in there))


def is_sensitive(*values: Value) -> bool:
    """Whether nothing that was made of one of the values may be shown."""
    return any(step.sensitive for value in values for step in value.origins)


def settled(values: Sequence[Value], combine: Callable[[Sequence[Value]], Value]) -> Value:
    """``combine`` of values in which no condition is left undecided, at any depth, for each way they may turn out."""
    divided = _divided(values)
    if divided is None:
        return combine(values)
    if sum(1 for _ in islice(_ways(values), _MOST_WAYS + 1)) > _MOST_WAYS:
        return Unknown("it depends on too many undecided conditions", divided.origins)
    taken = ((label, settled(_turned(values, divided, label), combine)) for label, _ in divided.choices)
    return Branches(divided.condition, tuple(taken), divided.origins)


def _divided(values: Sequence[Value]) -> Branches | None:
    return next((value for value in walk(values) if isinstance(value, Branches)), None)


def _ways(values: Sequence[Value]) -> Iterator[Sequence[Value]]:
    """The values for each way in which the conditions may turn out."""
    divided = _divided(values)
    if divided is None:
        yield values
        return
    for label, _ in divided.choices:
        yield from _ways(_turned(values, divided, label))


def _turned(values: Sequence[Value], divided: Branches, label: str) -> Sequence[Value]:
    return [_supposed(value, divided.condition, label) for value in values]


def _supposed(value: Value, condition: str, label: str) -> Value:
    """The value where a condition turned out so, wherever in the value it is asked."""
    match assumed(value, condition, label):
        case Known(content) as known if isinstance(content, tuple | Mapping):
            return known._replace(content=replaced(content, lambda part: _supposed(part, condition, label)))
        case other:
            return other


def replaced(
    content: tuple[Value, ...] | Mapping[str, Value], change: Callable[[Value], Value]
) -> tuple[Value, ...] | Mapping[str, Value]:
    """A collection of the same kind whose members are changed."""
    match content:
        case Partly(rest=rest):
            return Partly({key: change(value) for key, value in content.items()}, rest)
        case tuple() if type(content) is tuple:
            return tuple(map(change, content))
        case tuple():
            return type(content)(map(change, content))
        case _:
            members = {key: change(value) for key, value in content.items()}
            return type(content)(members) if isinstance(content, dict) else members


def called_so(value: Value, what: str) -> Value:
    """The value, its first origin called ``what``: a literal is then the default or the local that it stands in."""
    if not value.origins:
        return value
    return value._replace(origins=(value.origins[0]._replace(what=what), *value.origins[1:]))


def unplaced(value: Value, origins: tuple[Origin, ...]) -> Value:
    """The value and all in it with these origins in place of their own."""
    return TOO_LARGE._replace(origins=origins) if oversized([value]) else _unplaced(value, origins)


def _unplaced(value: Value, origins: tuple[Origin, ...]) -> Value:
    match value:
        case Known(tuple() as items):
            return Known(type(items)(_unplaced(item, origins) for item in items), origins)
        case Known(Mapping() as members):
            return Known(_members(members, origins), origins)
        case Branches(condition, choices):
            return Branches(condition, tuple((label, _unplaced(choice, origins)) for label, choice in choices), origins)
        case Known() | Absent() | Unknown():
            return value._replace(origins=origins)


def _members(members: Mapping[str, Value], origins: tuple[Origin, ...]) -> Mapping[str, Value]:
    found = {key: _unplaced(member, origins) for key, member in members.items()}
    match members:
        case Partly():
            return Partly(found, members.rest)
        case Map():
            return Map(found)
        case _:
            return found
