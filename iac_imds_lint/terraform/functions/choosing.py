"""Functions that choose among their arguments, and those that convert them.

Source: Terraform language, Functions, "Type Conversion Functions" and ``coalesce``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from iac_imds_lint.terraform.contents import carried, is_null, lost, parts, picked, refused, walk
from iac_imds_lint.terraform.conversion import converted, type_of, unified
from iac_imds_lint.terraform.functions.signature import ordered
from iac_imds_lint.terraform.types import Collection, Kind, Simple, Type
from iac_imds_lint.value import Branches, Known, Origin, Unknown, Value, led_through


def first_valid(arguments: Sequence[Value]) -> Value:
    """``try``: the first argument that Terraform does not refuse, be it known or not."""
    wrong: Unknown | None = None
    for argument in arguments:
        found = _invalid(argument)
        if found is None:
            return argument
        wrong = found if wrong is None else wrong
    return refused("there is nothing to try") if wrong is None else wrong


def can(arguments: Sequence[Value]) -> Value:
    """Whether Terraform does not refuse the argument."""
    (argument,) = arguments
    if _invalid(argument) is not None:
        return Known(False)
    unknown = next((value for value in walk(arguments) if isinstance(value, Unknown)), None)
    return Known(True) if unknown is None else lost(unknown)


def _invalid(value: Value) -> Unknown | None:
    """What is invalid in a value, whichever way conditions turn out."""
    match value:
        case Unknown():
            return value if value.invalid else None
        case Known(tuple() | Mapping()):
            return next((found for found in map(_invalid, parts(value)) if found is not None), None)
        case _:
            return None


def coalesce(arguments: Sequence[Value]) -> Value:
    """The first argument that is neither null nor an empty string, as the type that all of them have in common."""
    types = [type_of(argument) for argument in arguments]
    common = unified(types)
    if common is None:
        return refused("the arguments have no type in common", *arguments)
    if Simple.ANY in types and not isinstance(common, Simple):
        common = Simple.ANY
    for argument in arguments:
        if is_null(argument) or (isinstance(argument, Known) and argument.content == ""):
            continue
        value = argument if isinstance(argument, Unknown) else converted(argument, common)
        return picked(value, *arguments)
    return refused("all arguments are null or empty", *arguments)


def conversion(type: Type) -> Callable[[Sequence[Value]], Value]:
    """``tostring`` and its like: null stays null."""
    return lambda arguments: converted(arguments[0], type)


def collection(kind: Kind) -> Callable[[Sequence[Value]], Value]:
    """``tolist`` and its like: the elements decide their type."""
    return conversion(Collection(kind, Simple.ANY))


def alltrue(arguments: Sequence[Value]) -> Value:
    """Whether no element is false or null."""
    return _every(arguments, decisive=False)


def anytrue(arguments: Sequence[Value]) -> Value:
    """Whether an element is true."""
    return _every(arguments, decisive=True)


def _every(arguments: Sequence[Value], decisive: bool) -> Value:
    """One element decides where it is enough, whatever the others are; null is not true."""
    truths = converted(arguments[0], Collection("list", Simple.BOOL))
    if is_null(truths):
        return refused("it is given null", truths)
    elements = ordered(truths)
    if isinstance(elements, Unknown):
        return elements
    origins = carried([truths, *elements])
    if decisive in [isinstance(each, Known) and each.content is True for each in elements if not _open(each)]:
        return Known(decisive, origins)
    unknown = next(filter(_open, elements), None)
    if isinstance(unknown, Unknown):
        return lost(unknown)
    return Known(not decisive, origins) if unknown is None else Unknown("an element is not known", unknown.origins)


def _open(value: Value) -> bool:
    return isinstance(value, Unknown | Branches)


def sensitive(arguments: Sequence[Value]) -> Value:
    """The value, not to be shown: its first origin says so."""
    (value,) = arguments
    return _reached(value, (*(step._replace(sensitive=True) for step in value.origins[:1]), *value.origins[1:]))


def nonsensitive(arguments: Sequence[Value]) -> Value:
    """The value, to be shown again; what it holds stays as it is."""
    (value,) = arguments
    return _reached(value, tuple(origin._replace(sensitive=False) for origin in value.origins))


def _reached(value: Value, origins: tuple[Origin, ...]) -> Value:
    return led_through(value._replace(origins=()), *origins)


def issensitive(arguments: Sequence[Value]) -> Value:
    """Whether the value itself, not something that it holds, is sensitive."""
    (value,) = arguments
    return Known(any(origin.sensitive for origin in value.origins), carried(arguments))
