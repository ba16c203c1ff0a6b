"""What an option's value can be known to be, and where it was decided.

A value is never a bare ``None`` and has no truth value: a caller has to match on what it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple, TypeAlias

from iac_imds_lint.limits import Limits
from iac_imds_lint.source import Span

Scalar: TypeAlias = "str | int | float | bool | None"
Content: TypeAlias = "Scalar | tuple[Value, ...] | Mapping[str, Value]"


# So many things a value may be, each looked at by itself.
MOST_CHOICES = 16
_MOST_COMBINATIONS = 256
# So many characters of a text are told.
_MOST_SHOWN = 60
_NO_TRUTH = "a Value has no truth value: match on Known, Absent, Unknown and Branches"


class Turn(NamedTuple):
    """The literal in place of another by which a condition turns out otherwise, and the text that it then gives; empty
    where that is no text.
    """

    literal: str
    gives: str = ""


class Origin(NamedTuple):
    """A step on the way from a resource to the place that decided a value.

    ``what`` reads after "is": "the default of var.tokens". ``literal`` says that the span is a literal which can be
    replaced by another to change the decision, within ``limits``; ``fixed`` why it cannot be, though it is written,
    and ``merged`` that the resource may have a literal of its own beside that one.
    ``alike`` are the other literals of which one may count in its place: all of them have to be changed.
    ``sensitive`` says that no value that came this way may be shown. ``turn`` is set where the span is the literal by
    which a condition was decided.
    """

    span: Span
    what: str
    literal: bool = False
    sensitive: bool = False
    limits: tuple[Limits, ...] = ()
    fixed: str = ""
    merged: bool = False
    turn: Turn | None = None
    alike: tuple[Origin, ...] = ()

    def refusal(self, text: str) -> str:
        """Why a text may not stand in place of the literal; empty where it may."""
        return next(filter(None, (limits.refusal(text) for limits in self.limits)), "")


class Handle(NamedTuple):
    """An attribute of a resource of this code: its value exists only after apply, but whose it is, is known.

    ``published`` is set where it is no resource, but an image of AWS's: the path or the name by which it is found.
    """

    address: str
    attribute: str
    published: str = ""


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

    ``invalid`` says that nothing can decide it: Terraform or CloudFormation refuses what is written.
    """

    reason: str
    origins: tuple[Origin, ...] = ()
    handle: Handle | None = None
    invalid: bool = False

    def __bool__(self) -> bool:
        raise TypeError(_NO_TRUTH)


class Answers(NamedTuple):
    """Some of the answers to a question: these, or where ``others`` all but these."""

    texts: frozenset[str]
    others: bool = False

    def both(self, more: Answers) -> Answers | None:
        """The answers that are in both; None where there are none."""
        match self.others, more.others:
            case True, True:
                return Answers(self.texts | more.texts, others=True)
            case True, False:
                return more.both(self)
            case False, True:
                texts = self.texts - more.texts
            case _:
                texts = self.texts & more.texts
        return Answers(texts) if texts else None


class Asked(NamedTuple):
    """What tells a question apart from others, and the answers for which each choice is, by its label.

    ``where`` is the template that asks it, if a value of another one does.
    """

    question: str
    answers: tuple[tuple[str, Answers], ...]
    where: str = ""


class Branches(NamedTuple):
    """Each choice is known, which one is taken is not. ``condition`` is its text, choices are (label, value).

    The condition is the question itself and each label an answer of its own, unless ``asked`` tells more. Answers for
    which there is no choice are refused at deployment.
    """

    condition: str
    choices: tuple[tuple[str, Value], ...]
    origins: tuple[Origin, ...] = ()
    asked: Asked | None = None

    @property
    def question(self) -> tuple[str, str]:
        """What is asked, and where: one question never has two answers at once."""
        return (self.asked.question, self.asked.where) if self.asked else (self.condition, "")

    def answers(self, label: str) -> Answers:
        """The answers for which a choice is."""
        own = Answers(frozenset({label}))
        return dict(self.asked.answers).get(label, own) if self.asked else own

    def __bool__(self) -> bool:
        raise TypeError(_NO_TRUTH)


Value: TypeAlias = "Known | Absent | Unknown | Branches"

ABSENT = Absent()
# What the label of a choice says that is for all answers but those of the others; it is told last.
OTHERWISE = "is any other"


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
        case Branches(_, _, origins):
            return value._replace(origins=(*steps, *origins))


def places(value: Value) -> Iterator[Span]:
    """Every place on the way to what decided a value, or any of those that it may be."""
    for origin in value.origins:
        yield origin.span
        yield from (alike.span for alike in origin.alike)
    if isinstance(value, Branches):
        for _, choice in value.choices:
            yield from places(choice)


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
    divided = _divided(values)
    if divided is None:
        return combine(values)
    if combinations(values) > _MOST_COMBINATIONS:
        return Unknown("it depends on too many undecided conditions", divided.origins)
    taken = tuple((label, distributed(supposed, combine)) for label, supposed in _sides(divided, values))
    if not taken:
        return Unknown(f"it has no value, whatever {divided.condition} is", divided.origins)
    return bounded(divided._replace(choices=taken))


def ways(values: Sequence[Value]) -> Iterator[tuple[tuple[str, ...], Sequence[Value]]]:
    """Each way in which undecided conditions among values may turn out, by its labels, with what the values are then.

    Linear in :func:`combinations`, which the caller looks at first.
    """
    divided = _divided(values)
    if divided is None:
        yield (), values
        return
    for label, supposed in _sides(divided, values):
        for labels, leaves in ways(supposed):
            yield (label, *labels), leaves


def combinations(values: Iterable[Value]) -> int:
    """How many ways there are at most for values together; not counted further where they are too many."""
    count = 1
    for value in values:
        count *= _width(value)
        if count > _MOST_COMBINATIONS:
            break
    return count


def _divided(values: Sequence[Value]) -> Branches | None:
    return next((value for value in values if isinstance(value, Branches)), None)


def _sides(divided: Branches, values: Sequence[Value]) -> Iterator[tuple[str, Sequence[Value]]]:
    """What values are for each choice of one of them; choices that leave another without a value are left out."""
    for label, _ in divided.choices:
        supposed = [answered(value, divided, label) for value in values]
        there = [value for value in supposed if value is not None]
        if len(there) == len(values):
            yield label, there


def assumed(value: Value, condition: str, label: str) -> Value:
    """The value where a condition turned out in the way that is labelled so."""
    found = _supposed(value, (condition, ""), Answers(frozenset({label})))
    return Unknown(f"{condition} decides it otherwise") if found is None else found


def answered(value: Value, by: Branches, label: str) -> Value | None:
    """The value where another one is what it is by this label; None where there is none then."""
    return _supposed(value, by.question, by.answers(label))


def _supposed(value: Value, question: tuple[str, str], answers: Answers) -> Value | None:
    """The value where the answer to a question is one of these; None where there is none then."""
    if not isinstance(value, Branches):
        return value
    if value.question != question:
        below = [(label, _supposed(choice, question, answers)) for label, choice in value.choices]
        choices = tuple((label, choice) for label, choice in below if choice is not None)
        return value._replace(choices=choices) if choices else None
    left = [(label, both) for label, _ in value.choices if (both := value.answers(label).both(answers)) is not None]
    told = dict(value.choices)
    among = [(label, _supposed(told[label], question, both)) for label, both in left]
    choices = tuple((label, choice) for label, choice in among if choice is not None)
    if len(choices) <= 1:
        return led_through(choices[0][1], *value.origins) if choices else None
    return value._replace(choices=choices, asked=Asked(question[0], tuple(left), question[1]))


def bounded(value: Branches) -> Value:
    """The value, unless it has so many ends that looking at each would take for ever."""
    if _width(value) > MOST_CHOICES:
        return Unknown("it depends on too many undecided conditions", value.origins)
    return value


def _width(value: Value) -> int:
    return sum(_width(choice) for _, choice in value.choices) if isinstance(value, Branches) else 1


def kept(value: Value) -> Value:
    """The value, in which nothing that would be refused is left out of a verdict: a branch that a template holds by
    mistake may be made good by what is not read, and the deployment of one branch says nothing of the others.
    """
    match value:
        case Branches(_, choices):
            return value._replace(choices=tuple((label, kept(choice)) for label, choice in choices))
        case Unknown(invalid=True):
            return value._replace(invalid=False)
        case _:
            return value


def known_text(value: Value) -> str | None:
    """The text of a value that is known to be one scalar, else None."""
    return text_of(value.content) if isinstance(value, Known) else None


def handle_of(value: Value) -> Handle | None:
    """The resource attribute that the value is, where that much is known."""
    return value.handle if isinstance(value, Unknown) else None


def shown(value: Value, otherwise: str) -> str:
    """The text of a known scalar as a reason may say it; ``otherwise`` where it came through something sensitive."""
    return otherwise if any(step.sensitive for step in value.origins) else known_text(value) or ""


def quoted(value: Value) -> str:
    """The text of a known scalar in quotes, as a reason may say it."""
    text = shown(value, "")
    if not text and known_text(value) != "":
        return "(sensitive value)"
    return f'"{text}"' if len(text) <= _MOST_SHOWN else f'"{text[:_MOST_SHOWN]}…"'
