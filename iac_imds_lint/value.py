"""What an option's value can be known to be, and where it was decided.

A value is never a bare ``None`` and has no truth value: a caller has to match on what it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from math import prod
from typing import NamedTuple, TypeAlias

from iac_imds_lint.limits import Limits
from iac_imds_lint.source import Span

Scalar: TypeAlias = "str | int | float | bool | None"
Content: TypeAlias = "Scalar | tuple[Value, ...] | Mapping[str, Value]"


_MOST_CHOICES = 16
_MOST_COMBINATIONS = 256
_NO_TRUTH = "a Value has no truth value: match on Known, Absent, Unknown and Branches"


class Origin(NamedTuple):
    """A step on the way from a resource to the place that decided a value.

    ``what`` reads after "is": "the default of var.tokens". ``literal`` says that the span is a literal which can be
    replaced by another to change the decision, within ``limits``; ``fixed`` why it cannot be, though it is written,
    and ``merged`` that the resource may have a literal of its own beside that one.
    ``sensitive`` says that no value that came this way may be shown.
    """

    span: Span
    what: str
    literal: bool = False
    sensitive: bool = False
    limits: tuple[Limits, ...] = ()
    fixed: str = ""
    merged: bool = False

    def refusal(self, text: str) -> str:
        """Why a text may not stand in place of the literal; empty where it may."""
        return next(filter(None, (limits.refusal(text) for limits in self.limits)), "")


class Handle(NamedTuple):
    """An attribute of a resource of this code: its value exists only after apply, but whose it is, is known."""

    address: str
    attribute: str


class Known(NamedTuple):
    """A value that the code decides. ``origins`` leads from the resource to the place that decided it."""

    content: Content
    origins: tuple[Origin, ...] = ()

    def __bool__(self) -> bool:
        raise TypeError(_NO_TRUTH)


class Absent(NamedTuple):
    """Not set. ``origins`` is empty where nothing is written, and leads to the null where one is."""

    origins: tuple[Origin, ...] = ()

    def __bool__(self) -> bool:
        raise TypeError(_NO_TRUTH)


class Unknown(NamedTuple):
    """Not decided by the code that was read. ``reason`` is a clause that a user can act on.

    ``invalid`` says that nothing can decide it: Terraform refuses the expression (``try`` and ``can`` ask for this).
    """

    reason: str
    origins: tuple[Origin, ...] = ()
    handle: Handle | None = None
    invalid: bool = False

    def __bool__(self) -> bool:
        raise TypeError(_NO_TRUTH)


class Branches(NamedTuple):
    """Each choice is known, which one is taken is not. ``condition`` is its text, choices are (label, value)."""

    condition: str
    choices: tuple[tuple[str, Value], ...]
    origins: tuple[Origin, ...] = ()

    def __bool__(self) -> bool:
        raise TypeError(_NO_TRUTH)


Value: TypeAlias = "Known | Absent | Unknown | Branches"

ABSENT = Absent()


def text_of(content: Content) -> str | None:
    """A scalar as Terraform and CloudFormation convert it to a string; None for null and for collections."""
    match content:
        case bool():
            return "true" if content else "false"
        case str():
            return content
        case int() | float():
            whole = isinstance(content, float) and content.is_integer()
            return str(int(content)) if whole else str(content)
        case _:
            return None


def led_through(value: Value, *steps: Origin) -> Value:
    """The same value, reached through ``steps`` first."""
    match value:
        case Known(content, origins):
            return Known(content, (*steps, *origins))
        case Absent(origins):
            return Absent((*steps, *origins))
        case Unknown(_, origins):
            return value._replace(origins=(*steps, *origins))
        case Branches(condition, choices, origins):
            return Branches(condition, choices, (*steps, *origins))


def possibilities(value: Value) -> Iterator[tuple[tuple[str, ...], Value]]:
    """Every undivided value that ``value`` may be, with the labels of the branches that lead to it."""
    match value:
        case Branches(_, choices, _):
            for label, choice in choices:
                for labels, leaf in possibilities(choice):
                    yield (label, *labels), leaf
        case _:
            yield (), value


def distributed(values: Sequence[Value], combine: Callable[[Sequence[Value]], Value]) -> Value:
    """``combine`` of values, for each way in which undecided conditions among them may turn out.

    One condition is never taken to be two things at once. More than 16 ends are not followed: that is Unknown.
    """
    divided = next((value for value in values if isinstance(value, Branches)), None)
    if divided is None:
        return combine(values)
    if prod(map(_width, values)) > _MOST_COMBINATIONS:
        return Unknown("it depends on too many undecided conditions", divided.origins)
    taken = (
        (label, distributed([assumed(value, divided.condition, label) for value in values], combine))
        for label, _ in divided.choices
    )
    return bounded(Branches(divided.condition, tuple(taken), divided.origins))


def assumed(value: Value, condition: str, label: str) -> Value:
    """The value where a condition turned out in the way that is labelled so."""
    match value:
        case Branches(of, choices, origins) if of == condition:
            chosen = dict(choices).get(label, Unknown(f"{condition} decides it otherwise"))
            return led_through(assumed(chosen, condition, label), *origins)
        case Branches(of, choices, origins):
            return Branches(of, tuple((key, assumed(choice, condition, label)) for key, choice in choices), origins)
        case _:
            return value


def bounded(value: Branches) -> Value:
    """The value, unless it has so many ends that looking at each would take for ever."""
    if _width(value) > _MOST_CHOICES:
        return Unknown("it depends on too many undecided conditions", value.origins)
    return value


def _width(value: Value) -> int:
    return sum(_width(choice) for _, choice in value.choices) if isinstance(value, Branches) else 1


def known_text(value: Value) -> str | None:
    """The text of a value that is known to be one scalar, else None."""
    return text_of(value.content) if isinstance(value, Known) else None


def handle_of(value: Value) -> Handle | None:
    """The resource attribute that the value is, where that much is known."""
    return value.handle if isinstance(value, Unknown) else None
