"""How a function takes its arguments: as values that it passes on, or as what Python can compute with."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from iac_imds_lint.terraform.contents import (
    MOST_CHARACTERS,
    MOST_ELEMENTS,
    TOO_LARGE,
    is_invalid,
    is_null,
    lost,
    missing,
    refused,
    settled,
    told,
)
from iac_imds_lint.terraform.conversion import converted
from iac_imds_lint.terraform.numbers import is_number, normal
from iac_imds_lint.terraform.types import List, Map, Set, Type
from iac_imds_lint.value import Known, Origin, Unknown, Value

INVALID = Unknown("", invalid=True)


class Members(dict[str, Any]):
    """What a computation answers for a map: its members, of one type."""

    __slots__ = ()


class Function(Protocol):
    """What a name in the table stands for."""

    def __call__(self, name: str, arguments: Sequence[Value]) -> Value:
        """The value of a call with arguments none of which is Branches."""


class Passing(NamedTuple):
    """A function of values: it may hand them on unknown. It takes at least and at most so many."""

    run: Callable[[Sequence[Value]], Value]
    least: int
    most: int = MOST_ELEMENTS
    lenient: bool = False

    def __call__(self, name: str, arguments: Sequence[Value]) -> Value:
        """The value of a call; an argument that Terraform refuses is the end of it, except of ``try`` and ``can``."""
        if not self.least <= len(arguments) <= self.most:
            return _miscounted(name, arguments)
        wrong = None if self.lenient else next(filter(is_invalid, arguments), None)
        return wrong if wrong is not None else in_words(name, self.run(arguments))


class Computing(NamedTuple):
    """A function of contents: all that its arguments hold must be known, and none be null
    unless ``nullable``.

    ``rest`` is the type of any further arguments; of ``parameters``, the last ``optional`` may be left out.
    """

    parameters: tuple[Type, ...]
    run: Callable[..., Any]
    rest: Type | None = None
    optional: int = 0
    nullable: bool = False

    def __call__(self, name: str, arguments: Sequence[Value]) -> Value:
        """The value of a call."""
        most = MOST_ELEMENTS if self.rest is not None else len(self.parameters)
        if not len(self.parameters) - self.optional <= len(arguments) <= most:
            return _miscounted(name, arguments)
        null = None if self.nullable else next(filter(is_null, arguments), None)
        if null is not None:
            return refused(f"{name}() is given null", null)
        return in_words(name, settled(arguments, self._computed))

    def _computed(self, arguments: Sequence[Value]) -> Value:
        further = () if self.rest is None else (self.rest,) * (len(arguments) - len(self.parameters))
        values = [converted(*pair) for pair in zip(arguments, (*self.parameters, *further), strict=False)]
        unknown = missing(values)
        if unknown is not None:
            return lost(unknown)
        return made(self.run(*map(native, values)), told(values))


def _miscounted(name: str, arguments: Sequence[Value]) -> Value:
    return refused(f"{name}() does not take {len(arguments)} arguments", *arguments)


def in_words(name: str, value: Value) -> Value:
    """The value; where the function refused something, the reason says which function."""
    if is_invalid(value) and isinstance(value, Unknown) and not value.reason.startswith(f"{name}()"):
        return value if "()" in value.reason else value._replace(reason=f"{name}(): {value.reason}")
    return value


def native(value: Value) -> Any:
    """A value that is wholly known, as Python has it."""
    match value:
        case Known(tuple() as elements):
            return [native(element) for element in elements]
        case Known(Mapping() as members):
            return {key: native(member) for key, member in members.items()}
        case Known(content):
            return normal(content) if is_number(content) and isinstance(content, int | float) else content
        case _:
            return None


def made(result: Any, origins: tuple[Origin, ...]) -> Value:
    """A value of what a function computed: Python's lists are lists, tuples tuples, and dictionaries objects."""
    match result:
        case Unknown():
            return result._replace(origins=origins)
        case str():
            return Known(composed(result), origins) if len(result) <= MOST_CHARACTERS else _large(origins)
        case int() | float():
            content = result if isinstance(result, bool) else normal(result)
            return _large(origins) if content is None else Known(content, origins)
        case None:
            return Known(None, origins)
        case Mapping():
            members = {key: made(member, origins) for key, member in result.items()}
            return Known(Map(members) if isinstance(result, Members) else members, origins)
        case _:
            return _elements(result, origins)


def _elements(result: Sequence[Any], origins: tuple[Origin, ...]) -> Value:
    if len(result) > MOST_ELEMENTS:
        return _large(origins)
    elements = [made(element, origins) for element in result]
    return Known(List(elements) if isinstance(result, list) else tuple(elements), origins)


def _large(origins: tuple[Origin, ...]) -> Value:
    return TOO_LARGE._replace(origins=origins)


def composed(text: str) -> str:
    """Strings are in Unicode's composed form (Terraform language, "Strings")."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def refusal(reason: str) -> Unknown:
    """What a computation answers where Terraform refuses its arguments."""
    return INVALID._replace(reason=reason)


def sequence(value: Value, kinds: str = "a list") -> tuple[Value, ...] | Unknown:
    """The elements of a list, a tuple or a set; else what stands in the way."""
    match value:
        case Known(tuple() as elements):
            return elements
        case Unknown():
            return lost(value)
        case _:
            return refused(f"{kinds} is needed", value)


def ordered(value: Value) -> tuple[Value, ...] | Unknown:
    """The elements of a list or a tuple: sets are refused."""
    elements = sequence(value)
    return refused("a list is needed, not a set", value) if isinstance(elements, Set) else elements
