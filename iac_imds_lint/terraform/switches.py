"""Arguments of a module's call that decide whether the options count at all, by the catalog's rows."""

from __future__ import annotations

from typing import NamedTuple

from iac_imds_lint.catalog.module_schema import Switch
from iac_imds_lint.terraform.places import Arguments, Place
from iac_imds_lint.value import ABSENT, Absent, Branches, Known, Unknown, Value, known_text


class Switches(NamedTuple):
    """The switches of one launch: ``top`` is the call, ``element`` the element of a group, or the call as well."""

    arguments: Arguments
    top: Place
    element: Place

    def state(self, switch: Switch) -> bool | None:
        """Whether a switch is at its value; None where that is not decided."""
        in_group = "*" in switch.path
        first = self._value(self.element if in_group else self.top, switch.path[2:] if in_group else switch.path)
        values = [first, *(self._value(self.top, path) for path in switch.defaults)]
        value = next((value for value in values if value != ABSENT), ABSENT)
        return _state(switch, value)

    def _value(self, place: Place, path: tuple[str, ...]) -> Value:
        found: Place | None = place
        for name in path[:-1]:
            found = self.arguments.inside(found, name) if found is not None else None
        return self.arguments.at(found, path[-1]) if found is not None else ABSENT


def _state(switch: Switch, value: Value) -> bool | None:
    match value:
        case Absent():
            return switch.silent
        case Branches(_, choices):
            states = {_state(switch, choice) for _, choice in choices}
            return states.pop() if len(states) == 1 else None
        case Unknown(_, _, handle):
            return True if switch.value == "*" and handle is not None else None
        case Known(content) if switch.value == "*":
            return content not in ("", ())
        case Known():
            return known_text(value) == switch.value
