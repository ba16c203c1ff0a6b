"""Whole reports as plain values, so that two runs can be compared in all that they say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from typing import Any

from iac_imds_lint.report import Report


def plain(report: Report) -> Any:
    """All that a report says, without the files that it was made from."""
    return _Plain().of(replace(report, sources=None))  # type: ignore[arg-type]


class _Plain:
    """Values made plain: what is met again is told by its number, so that what refers to itself comes to an end."""

    def __init__(self) -> None:
        self._met: dict[int, tuple[int, object]] = {}

    def of(self, value: object) -> Any:
        """A value as one of texts, numbers, tuples and mappings."""
        match value:
            case None | str() | int() | float() | bytes():
                return value
            case Enum():
                return str(value)
            case Mapping():
                return [(self.of(key), self.of(one)) for key, one in value.items()]
            case set() | frozenset():
                return sorted(map(repr, map(self.of, value)))
            case tuple() | list():
                named = getattr(value, "_fields", ())
                held = [self.of(one) for one in value]
                return (type(value).__name__, dict(zip(named, held, strict=True))) if named else held
        return self._thing(value)

    def _thing(self, value: object) -> Any:
        """A dataclass by its fields; of anything else, only what it is."""
        if not is_dataclass(value):
            return type(value).__name__
        if id(value) in self._met:
            return type(value).__name__, self._met[id(value)][0]
        self._met[id(value)] = len(self._met), value
        return type(value).__name__, {field.name: self.of(getattr(value, field.name)) for field in fields(value)}
