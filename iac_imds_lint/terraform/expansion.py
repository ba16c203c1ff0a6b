"""How many there are of a resource or module call: ``count`` and ``for_each``.

Source: Terraform language, "The count Meta-Argument", "The for_each Meta-Argument"; addresses as Terraform prints them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple, TypeAlias

from iac_imds_lint.source import Span
from iac_imds_lint.terraform.contents import is_sensitive
from iac_imds_lint.terraform.steps import spread
from iac_imds_lint.terraform.types import List, Map, Partly, Set
from iac_imds_lint.value import Branches, Known, Origin, Unknown, Value, assumed, places, text_of

# More instances than these of one block are not told apart: no one writes so many, but a small text can.
_MOST_INSTANCES = 1_000

Bindings = Mapping[str, Value]
_Leaf: TypeAlias = "tuple[tuple[Assumption, ...], Value]"


class Assumption(NamedTuple):
    """A condition that turned out in the way that is labelled so."""

    condition: str
    label: str


class Instance(NamedTuple):
    """One of those that a block expands to.

    ``suffix`` follows the block's address ('', '[0]', '["a"]'), ``key`` is that of ``for_each``, ``bindings`` are its
    ``count`` or ``each``. ``certain`` is False where it may not exist; ``assumptions`` are the conditions under which
    it does.
    """

    suffix: str
    key: str = ""
    bindings: Bindings = {}  # noqa: RUF012  # a tuple's default; no one writes into bindings
    certain: bool = True
    assumptions: tuple[Assumption, ...] = ()

    def assuming(self, value: Value) -> Value:
        """A value of this instance, which exists only where its conditions hold."""
        for condition, label in self.assumptions:
            value = assumed(value, condition, label)
        return value


class Expansion(NamedTuple):
    """What a block expands to; ``decider`` is its ``count`` or ``for_each``, None where it has neither."""

    decider: Value | None
    counted: bool

    @property
    def deciding(self) -> tuple[Span, ...]:
        """The places that decided which instances there are."""
        return tuple(dict.fromkeys(places(self.decider))) if self.decider is not None else ()

    def instances(self) -> tuple[Instance, ...]:
        """Every instance that there may be, in Terraform's order."""
        if self.decider is None:
            return (Instance(""),)
        found: dict[str, list[Instance]] = {}
        leaves = _possible(list(_leaves(self.decider, ())))
        for assumptions, leaf in leaves:
            for instance in self._of(leaf):
                found.setdefault(instance.suffix, []).append(instance._replace(assumptions=assumptions))
        return tuple(_one(alike, len(leaves)) for alike in found.values())

    def is_decided(self) -> bool:
        """Whether the instances are told apart."""
        return all(suffix or self.decider is None for suffix in (one.suffix for one in self.instances()))

    def shaped(self, leaf: Callable[[str], Value]) -> Value:
        """What the block's name stands for: one value, a list or a map, of what ``leaf`` makes of each suffix."""
        return leaf("") if self.decider is None else self._shaped(self.decider, leaf)

    def _shaped(self, decider: Value, leaf: Callable[[str], Value]) -> Value:
        if isinstance(decider, Branches):
            choices = tuple((label, self._shaped(choice, leaf)) for label, choice in decider.choices)
            return Branches(decider.condition, choices)
        instances = list(self._of(decider))
        if [instance.suffix for instance in instances] == [""]:
            return leaf("")
        if self.counted:
            return Known(List(leaf(instance.suffix) for instance in instances))
        return Known(Map({instance.key: leaf(instance.suffix) for instance in instances}))

    def _of(self, decider: Value) -> Iterator[Instance]:
        """The instances by a ``count`` or ``for_each`` that is not divided."""
        found = list(_counted(decider) if self.counted else _each(decider))
        yield from found if len(found) <= _MOST_INSTANCES else _undecided("there are too many of it", decider.origins)


def _leaves(decider: Value, assumptions: tuple[Assumption, ...]) -> Iterator[tuple[tuple[Assumption, ...], Value]]:
    if isinstance(decider, Branches):
        for label, choice in decider.choices:
            yield from _leaves(choice, (*assumptions, Assumption(decider.condition, label)))
    else:
        yield assumptions, decider


def _possible(leaves: list[_Leaf]) -> list[_Leaf]:
    """Without what Terraform refuses, as long as there is another way."""
    valid = [leaf for leaf in leaves if not (isinstance(leaf[1], Unknown) and leaf[1].invalid)]
    return valid or leaves


def _one(alike: list[Instance], ways: int) -> Instance:
    """An instance that exists in some of the ways in which conditions may turn out."""
    first = alike[0]
    if len(alike) == 1:
        return first._replace(certain=first.certain and ways == 1)
    return first._replace(
        bindings={name: _in_any([one.bindings[name] for one in alike]) for name in first.bindings},
        certain=first.certain and len(alike) == ways,
        assumptions=(),
    )


def _in_any(values: list[Value]) -> Value:
    """A binding that may differ with the condition; one that does is not told."""
    return values[0] if all(value == values[0] for value in values) else Unknown("it depends on an undecided condition")


def _counted(count: Value) -> Iterator[Instance]:
    match count:
        case Known(content) if not isinstance(content, bool) and (number := _whole(text_of(content))) is not None:
            for index in range(min(number, _MOST_INSTANCES + 1)):
                yield Instance(f"[{index}]", "", {"count": Known({"index": Known(index)})})
        case Unknown(reason, origins):
            yield from _undecided(reason, origins)
        case _:
            yield from _undecided("count is no whole number", count.origins)


def _whole(text: str | None) -> int | None:
    return int(text) if text is not None and text.isdecimal() and len(text) < 10 else None


def _each(collection: Value) -> Iterator[Instance]:
    match collection:
        case Known(Partly() as content):
            yield from _undecided(content.rest.reason, collection.origins)
        case Known(Mapping() | Set()):
            yield from _each_of(collection)
        case Known(()):
            return  # Terraform wants a map or a set; an empty tuple is none of either
        case Unknown(reason, origins):
            yield from _undecided(reason, origins)
        case _:
            yield from _undecided("for_each takes a map or a set of strings", collection.origins)


def _each_of(collection: Value) -> Iterator[Instance]:
    elements = spread(collection)
    if isinstance(elements, list) and any(is_sensitive(key) for key, _ in elements):
        yield from _undecided("its keys are sensitive", collection.origins)
        return
    for key, value in elements if isinstance(elements, list) else ():
        text = text_of(key.content) if isinstance(key, Known) else None
        if text is None:
            yield from _undecided(key.reason if isinstance(key, Unknown) else "a key is null", collection.origins)
            return
        name = Known(text)
        yield Instance(f"[{_quoted(text)}]", text, {"each": Known({"key": name, "value": value})})


def _undecided(reason: str, origins: tuple[Origin, ...]) -> Iterator[Instance]:
    """One instance that stands for all, however many there are."""
    unknown = Unknown(reason, origins)
    bindings = {"each": Known({"key": unknown, "value": unknown}), "count": Known({"index": unknown})}
    yield Instance("", "", bindings, certain=False)


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("${", "$${")
    return f'"{escaped}"'
