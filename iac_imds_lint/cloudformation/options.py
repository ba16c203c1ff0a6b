"""Where a resource's options are, and what they are: in a mapping, in each of a list, among settings, in JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from iac_imds_lint.catalog import Control, Entry, Listed, Option, OptionKey, Role
from iac_imds_lint.cloudformation import json_text
from iac_imds_lint.cloudformation.evaluate import Scope
from iac_imds_lint.cloudformation.places import Fork, Place, Reached, each
from iac_imds_lint.cloudformation.template import call_of
from iac_imds_lint.documents.node import Mapping
from iac_imds_lint.model import openness
from iac_imds_lint.settings import Setting, as_documented, chosen
from iac_imds_lint.source import SourceFile, Span
from iac_imds_lint.value import ABSENT, Absent, Branches, Known, Origin, Unknown, Value

# Whether the container of the options is there, and the options in it.
Options: TypeAlias = "tuple[Value, dict[Option, Value]]"


def read(source: SourceFile, scope: Scope, properties: Reached, entry: Entry, head: Span) -> Options:
    """The container of a resource's options, and those that are written in it."""
    control = entry.control
    if control is None:
        return ABSENT, {}
    if control.listed is not None:
        return _among_settings(scope, properties, control, control.listed)
    if "*" in control.path:
        return _most_open(scope, properties, entry.role, control)
    if control.document:
        reached = json_text.opened(source, scope, scope.member(properties, control.path[0]), control.path[0])
        (place,) = scope.at(reached, control.path[1:])
        return written(scope, place), _options_at(scope, place, control, source)
    (place,) = scope.at(properties, control.path)
    options = _options_at(scope, place, control)
    if control.path:
        return written(scope, place), options
    # The options stand among the other properties: they are "written" where one of them is.
    return (Known(True, (Origin(head, "here"),)) if options else ABSENT), options


def written(scope: Scope, reached: Reached) -> Value:
    """Whether a container is written, and where: Known, with its key as the place, or Absent. What conditions decide
    leads on to the mapping that they choose.
    """
    match reached:
        case Fork(condition, choices, way, asked):
            values = [(label, written(scope, choice)) for label, choice in choices]
            if all(isinstance(value, Known) for _, value in values):
                return Known(True, values[0][1].origins[:1])
            return Branches(condition, tuple(values), way, asked)
        case Place(Mapping() as node, span) if call_of(node) is None:
            key = Origin(span, "here", literal=not reached.fixed, fixed=reached.fixed)
            return Known(True, (key, key._replace(span=node.span, what=reached.what)) if reached.trail else (key,))
        case Place():
            value = scope.value(reached)
            reason = "what should hold its options is no mapping"
            return value if isinstance(value, Unknown) else Unknown(reason, value.origins)
        case _:
            return reached


def elements(scope: Scope, reached: Reached) -> tuple[Reached, ...]:
    """What stands in a list, each where it is there under a condition as a fork of it and of nothing."""
    match reached:
        case Fork(_, choices):
            return tuple(
                reached._replace(choices=tuple((other, item if other == label else ABSENT) for other, _ in choices))
                for label, choice in choices
                for item in elements(scope, choice)
            )
        case _:
            return scope.items(reached)


def _options_at(scope: Scope, place: Reached, control: Control, text: SourceFile | None = None) -> dict[Option, Value]:
    found = {key.option: _option(scope, scope.member(place, key.key), key, text) for key in control.keys}
    return {option: value for option, value in found.items() if value != ABSENT}


def _option(scope: Scope, reached: Reached, key: OptionKey, text: SourceFile | None) -> Value:
    value = scope.value(reached)
    if text is not None and isinstance(reached, Place) and json_text.stands_bare(text, reached.node):
        value = json_text.number(value)
    return as_documented(value, key) if key.number else value


def _most_open(scope: Scope, properties: Reached, role: Role, control: Control) -> Options:
    """Of several containers, each of which launches, the most open one; launch specifications have no options.

    An element without one is as open as the launch template that it goes with: no container stands for it.
    """
    ends = list(_ends(scope, properties, control.path))
    if role is Role.SPOT_FLEET:
        written_ones = (value for end in ends if isinstance(value := written(scope, end), Known))
        return next(written_ones, ABSENT), {}
    tokens = control.key(Option.TOKENS)
    found = [(written(scope, end), _options_at(scope, end, control)) for end in ends]
    return max(found, key=lambda one: openness(one[0], one[1], tokens.secure if tokens else ""), default=(ABSENT, {}))


def _ends(scope: Scope, reached: Reached, path: tuple[str, ...]) -> Iterator[Reached]:
    """Where a path leads in each element of its lists; nothing once where an element has no such list, or none in it.

    What is there under a condition is taken for itself: each of these launches where it is.
    """
    if isinstance(reached, Fork):
        for _, choice in reached.choices:
            yield from _ends(scope, choice, path)
    elif not path or isinstance(reached, Absent | Unknown):
        yield reached
    elif path[0] != "*":
        yield from _ends(scope, scope.member(reached, path[0]), path[1:])
    else:
        there: list[Reached] = [
            one for item in scope.items(reached) for one in each(item) if not isinstance(one, Absent)
        ]
        for item in there or [ABSENT]:
            yield from _ends(scope, item, path[1:])


def _among_settings(scope: Scope, properties: Reached, control: Control, listed: Listed) -> Options:
    """The setting that is the option for tokens."""
    key = control.keys[0]
    (found,) = scope.at(properties, control.path[:-1])
    return chosen((_setting(scope, item, listed, key) for item in elements(scope, found)), key)


def _setting(scope: Scope, item: Reached, listed: Listed, key: OptionKey) -> Setting:
    wanted = ((listed.name, key.key), *listed.beside)
    names = tuple((scope.value(scope.member(item, name)), text) for name, text in wanted)
    return Setting(_existing(item), names, scope.value(scope.member(item, listed.value)))


def _existing(item: Reached) -> Value:
    """Whether an element of a list is there."""
    match item:
        case Fork(condition, choices, way, asked):
            return Branches(condition, tuple((label, _existing(choice)) for label, choice in choices), way, asked)
        case Place(_, span):
            return Known(True, (Origin(span, "here"),))
        case _:
            return item
