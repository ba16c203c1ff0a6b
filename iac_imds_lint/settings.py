"""Options among settings that have names and values, and values that AWS documents in one spelling only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from typing import NamedTuple

from iac_imds_lint.catalog.schema import Option, OptionKey
from iac_imds_lint.value import (
    ABSENT,
    Absent,
    Branches,
    Known,
    Unknown,
    Value,
    distributed,
    known_text,
    possibilities,
)


class Setting(NamedTuple):
    """An element of a list of settings, in any dialect.

    ``exists`` is Known where it is there, with its place; ``names`` are what it says and the texts that make it ours;
    ``value`` is what it sets.
    """

    exists: Value
    names: tuple[tuple[Value, str], ...]
    value: Value


def chosen(settings: Iterable[Setting], key: OptionKey) -> tuple[Value, dict[Option, Value]]:
    """Whether one of the settings is ``key``, as a container of options is, and what it sets.

    Of two that differ, which one counts is not documented.
    """
    states = [_state(setting, key) for setting in settings if _may_be_ours(setting)]
    state = distributed([one for one in states if one != ABSENT], partial(_counting, key=key))
    value = _part(state, 1)
    return _part(state, 0), {} if value == ABSENT else {key.option: value}


def as_documented(value: Value, key: OptionKey) -> Value:
    """The value; not known where it is spelt in a way of which AWS does not document how it is read."""
    match value:
        case Branches(_, choices):
            return value._replace(choices=tuple((label, as_documented(one, key)) for label, one in choices))
        case Known(str() as text, origins) if key.number:
            return Unknown(f'AWS documents {key.key} as a number, and not how the text "{text}" is read', origins)
        case Known(str() as text, origins) if key.allowed == ("true", "false") and text not in key.allowed:
            if text.lower() in key.allowed:
                return Unknown(f'AWS documents "true" and "false" for {key.key}, not how "{text}" is read', origins)
            return value
        case _:
            return value


def _may_be_ours(setting: Setting) -> bool:
    return all(_may_be(value, text) for value, text in setting.names)


def _may_be(value: Value, text: str) -> bool:
    leaves = (leaf for _, leaf in possibilities(value))
    return any(isinstance(leaf, Unknown) or known_text(leaf) == text for leaf in leaves)


def _state(setting: Setting, key: OptionKey) -> Value:
    """Whether a setting is ours: Known with its existence and its value, Absent, or Unknown where it may be."""
    parts = (setting.exists, *(value for value, _ in setting.names), setting.value)
    return distributed(parts, partial(_state_of, texts=tuple(text for _, text in setting.names), key=key))


def _state_of(parts: Sequence[Value], texts: tuple[str, ...], key: OptionKey) -> Value:
    exists, *names, value = parts
    if isinstance(exists, Absent):
        return ABSENT
    undecided = next((part for part in (exists, *names) if isinstance(part, Unknown)), None)
    refused = next((part for part in parts if isinstance(part, Unknown) and part.invalid), None)
    if refused is not None:
        return refused
    if any(not isinstance(name, Unknown) and known_text(name) != text for name, text in zip(names, texts, strict=True)):
        return ABSENT
    if undecided is not None:
        reason = f"whether one of its settings is {key.key} is not decided here: {undecided.reason}"
        return Unknown(reason, undecided.origins)
    return Known((exists, as_documented(value, key)))


def _counting(states: Sequence[Value], key: OptionKey) -> Value:
    """The one setting that counts of those that are ours, or that may be where none is for certain."""
    refused = next((state for state in states if isinstance(state, Unknown) and state.invalid), None)
    if refused is not None:
        return refused
    ours = [state for state in states if isinstance(state, Known)]
    if not ours:
        return next((state for state in states if isinstance(state, Unknown)), ABSENT)
    texts = [known_text(_part(state, 1)) for state in ours]
    if len(set(texts)) > 1 or (len(ours) > 1 and texts[0] is None):
        reason = f"{key.key} is set more than once, and which one counts is not documented"
        return Unknown(reason, _part(ours[-1], 0).origins)
    return ours[0]


def _part(state: Value, index: int) -> Value:
    """The existence (0) or the value (1) in a state."""
    match state:
        case Known((exists, value)):
            return value if index else exists
        case Branches(_, choices):
            told = tuple((label, _part(one, index)) for label, one in choices)
            return ABSENT if all(one == ABSENT for _, one in told) else state._replace(choices=told)
        case _:
            return ABSENT if index else state
