"""Proof for options that are no keys of one mapping: which differences between two readings write one, and no more."""

from __future__ import annotations

from collections.abc import Callable

from iac_imds_lint.catalog import Control, Entry, Listed, OptionKey
from iac_imds_lint.cloudformation.json_text import covered
from iac_imds_lint.documents import held_json
from iac_imds_lint.documents.compare import MISSING, Path, differences

# What may stand between a property and its text.
_SUBSTITUTED: tuple[Path, ...] = ((), ("!Sub",), ("Fn::Sub",), ("!Sub", 0), ("Fn::Sub", 0))

Allowed = Callable[[OptionKey, object], bool]


def is_intended(entry: Entry, path: Path, before: object, after: object, resource: object, allowed: Allowed) -> bool:
    """Whether a difference at a path below a resource writes an option; ``resource`` is what that is afterwards."""
    control = entry.control
    if control is None:
        return False
    if control.listed is not None:
        return _is_setting(control, control.listed, path, before, after, resource)
    if "*" in control.path:
        return _is_in_list(control, path, after, allowed)
    return control.document and _is_in_text(control, path, before, after, allowed)


def _is_setting(control: Control, listed: Listed, path: Path, before: object, after: object, resource: object) -> bool:
    key = control.keys[0]
    names = {**dict(listed.beside), listed.name: key.key}
    ours = {**names, listed.value: key.secure}
    match path:
        case ("Properties", str() as name) if name == control.path[0]:
            return before is MISSING and after == [ours]
        case ("Properties", str() as name, int()) if name == control.path[0]:
            return before is MISSING and after == ours
        case ("Properties", str() as name, int() as index, str() as last) if name == control.path[0]:
            item = _below(resource, ("Properties", name, index))
            named = isinstance(item, dict) and all(item.get(key) == text for key, text in names.items())
            return named and last == listed.value and after in (key.secure, key.typed(key.secure))
        case _:
            return False


def _is_in_list(control: Control, path: Path, after: object, allowed: Allowed) -> bool:
    pattern = ("Properties", *control.path)
    alike = len(path) == len(pattern) + 1 and all(
        isinstance(step, int) if wanted == "*" else step == wanted for step, wanted in zip(path, pattern, strict=False)
    )
    key = next((key for key in control.keys if path and key.key == path[-1]), None)
    return alike and key is not None and allowed(key, after)


def _is_in_text(control: Control, path: Path, before: object, after: object, allowed: Allowed) -> bool:
    if path[:2] != ("Properties", control.path[0]) or path[2:] not in _SUBSTITUTED:
        return False
    first, second = _held(before), _held(after)
    if first is MISSING or second is MISSING:
        return False
    return all(
        _is_member(control, (*found.path, *below), value, allowed)
        for found in differences(first, second)
        for below, value in _members(found.after)
    )


def _is_member(control: Control, path: Path, value: object, allowed: Allowed) -> bool:
    key = next((key for key in control.keys if path == (*control.path[1:], key.key)), None)
    return key is not None and allowed(key, value)


def _members(value: object) -> list[tuple[Path, object]]:
    """What an object holds, each with its key; anything else by itself."""
    return [((str(key),), inner) for key, inner in value.items()] if isinstance(value, dict) else [((), value)]


def _held(text: object) -> object:
    """What a text of JSON holds, its insertions covered; MISSING where it is none."""
    held = held_json.plain(covered(text)) if isinstance(text, str) else None
    return MISSING if held is None else held.content


def _below(node: object, path: Path) -> object:
    for step in path:
        if isinstance(node, dict):
            node = node.get(step)
        elif isinstance(node, list) and isinstance(step, int) and step < len(node):
            node = node[step]
        else:
            return None
    return node
