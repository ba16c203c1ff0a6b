"""Values of a plan by the catalog's paths. Blocks are lists of objects there, nested attributes are objects."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from iac_imds_lint.source import Span
from iac_imds_lint.terraform.plan import Json, printable
from iac_imds_lint.value import ABSENT, Known, Origin, Unknown, Value

AFTER_APPLY = "it is known after apply"
_UNSAID = "it is known after apply, and the plan does not say whether the configuration sets it"


class Cell(NamedTuple):
    """One place in a resource's values, with what marks it and with the configuration's expression for it.

    ``expression`` is None where none is written, and ``told`` is False where the plan does not say: without a
    configuration, and in blocks that a dynamic block generates.
    """

    after: Json
    unknown: Json
    sensitive: Json
    expression: Json
    told: bool = True

    @property
    def waits(self) -> bool:
        """Whether the value is only known after apply, or computed then."""
        return self.unknown is True

    def member(self, name: str) -> Cell:
        """The value of an attribute or block."""
        after = self.after.get(name) if isinstance(self.after, dict) else None
        expression = _written(self.expression, name)
        unknown = _marked(self.unknown, name)
        if self.unknown is None:  # nothing is marked at all: a value that is missing where one is written
            unknown = True if after is None and expression is not None else None
        return Cell(after, unknown, _marked(self.sensitive, name), expression, self.told)

    def elements(self) -> Iterator[Cell]:
        """The blocks in a list of them, or the one object."""
        if isinstance(self.after, dict):
            yield self
        blocks = self.after if isinstance(self.after, list) else []
        for number, element in enumerate(blocks):
            expression = _block(self.expression, number, len(blocks))
            marks = _marked(self.unknown, number)
            told = self.told and expression is not None
            yield Cell(element, marks, _marked(self.sensitive, number), expression, told)

    def value(self, place: Span) -> Value:
        """The value, at a place that stands for it.

        What is computed and not written in the configuration is not set; nor are the empty strings and zeros that the
        provider stores for what the API did not answer.
        """
        origin = Origin(place, "here by the plan", sensitive=bool(self.sensitive))
        if self.waits:
            if self.expression is not None:
                return Unknown(AFTER_APPLY, (origin,))
            return ABSENT if self.told else Unknown(_UNSAID, (origin,))
        if self.after is None or (self.after in ("", 0) and self.after is not False and self.expression is None):
            return ABSENT
        if isinstance(self.after, dict | list):
            return Known((), (origin,))
        return Known(printable(self.after) if isinstance(self.after, str) else self.after, (origin,))


class Place(NamedTuple):
    """Where a path leads, and whether it exists there."""

    cell: Cell
    exists: Value


def places(top: Cell, path: tuple[str, ...], head: Span) -> list[Place]:
    """Where a path of blocks or of nested attributes leads; ``*`` passes a list's elements."""
    found = [Place(top, Known(True, (Origin(head, "here by the plan"),)))]
    for name in path:
        if name != "*":
            found = [inner for place in found for inner in _inside(place, name)]
    return found


def _inside(place: Place, name: str) -> Iterator[Place]:
    cell = place.cell.member(name)
    for element in cell.elements():
        yield Place(element, place.exists)
    if cell.waits and (cell.expression is not None or not place.cell.told):
        origins = place.exists.origins
        yield Place(cell, Unknown(AFTER_APPLY if place.cell.told else _UNSAID, origins))


def _marked(marks: Json, key: str | int) -> Json:
    """What marks a part: what marks the whole does."""
    if isinstance(marks, dict) and isinstance(key, str):
        return marks.get(key, False)
    if isinstance(marks, list) and isinstance(key, int):
        return marks[key] if key < len(marks) else False
    return True if marks is True else None if marks is None else False


def _written(expression: Json, name: str) -> Json:
    """The expression for a part of a block, or of an attribute that holds an object."""
    if not isinstance(expression, dict):
        return None
    constant = expression.get("constant_value")
    if isinstance(constant, dict):
        return {"constant_value": constant[name]} if name in constant else None
    if isinstance(expression.get("references"), list):
        return expression
    return expression.get(name)


def _block(expression: Json, number: int, total: int) -> Json:
    """The expressions for one block of several, where each of them is written out."""
    if isinstance(expression, list):
        return expression[number] if len(expression) == total else None
    constant = expression.get("constant_value") if isinstance(expression, dict) else None
    if isinstance(constant, list):
        return {"constant_value": constant[number]} if number < len(constant) else None
    return expression
