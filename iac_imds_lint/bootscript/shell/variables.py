"""What the variables of a script may hold, with what branches make of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from iac_imds_lint.bootscript.shell.values import Held, Value, Values, united

_MOST_LISTS = 16
_MOST_ELEMENTS = 64

Changes: TypeAlias = "dict[str, Held | None]"


class Variables:
    """Variables by name. What is set is noted, so that a branch can be taken back at the cost of what it changed."""

    def __init__(self) -> None:
        self._held: dict[str, Held] = {}
        self._trail: list[tuple[str, Held | None]] = []

    def held(self, name: str) -> Held | None:
        """The lists that a variable may hold; None where nothing assigns it."""
        return self._held.get(name)

    def values(self, name: str) -> Values | None:
        """What a variable may be as one word: its first element."""
        held = self._held.get(name)
        return None if held is None else united(one[0] for one in held if one)

    def put(self, name: str, held: Held | None) -> None:
        """Assign a variable, or unset it."""
        self._trail.append((name, self._held.get(name)))
        self._restore(name, held)

    def set(self, name: str, values: Values) -> None:
        """Assign one word."""
        self.put(name, tuple((one,) for one in values))

    def append(self, name: str, elements: Iterable[Values]) -> None:
        """Add elements to an array."""
        added = listed(elements)
        before = self._held.get(name) or ((),)
        both = ((*one, *other)[:_MOST_ELEMENTS] for one in before for other in added)
        self.put(name, tuple(dict.fromkeys(both))[:_MOST_LISTS])

    def mark(self) -> int:
        """A point to go back to."""
        return len(self._trail)

    def undone(self, mark: int) -> Changes:
        """Go back to a point: what was changed since, as it was before going back."""
        changes: Changes = {}
        while len(self._trail) > mark:
            name, before = self._trail.pop()
            changes.setdefault(name, self._held.get(name))
            self._restore(name, before)
        return changes

    def merge(self, branches: list[Changes]) -> None:
        """Let variables be what any of the branches made of them."""
        for name in dict.fromkeys(name for changes in branches for name in changes):
            now = self._held.get(name)
            some = (changes.get(name, now) for changes in branches)
            lists = dict.fromkeys(one for held in some if held for one in held)
            kept = sorted(lists, key=lambda one: not any(value.telling for value in one)) if len(lists) > 1 else lists
            self.put(name, tuple(kept)[:_MOST_LISTS] or None)

    def _restore(self, name: str, held: Held | None) -> None:
        if held is None:
            self._held.pop(name, None)
        else:
            self._held[name] = held


def listed(elements: Iterable[Values]) -> Held:
    """The lists that elements with several values make: the first of each, the second of each."""
    some = [one for one in elements if one][:_MOST_ELEMENTS]
    count = min(max((len(one) for one in some), default=1), _MOST_LISTS)
    return tuple(tuple(one[min(number, len(one) - 1)] for one in some) for number in range(count))


def elements(held: Held) -> Iterable[Value]:
    """All elements of all lists."""
    return dict.fromkeys(value for one in held for value in one)
