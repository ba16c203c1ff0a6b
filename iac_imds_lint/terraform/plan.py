"""The JSON of a plan: which resources will exist after apply, and what the configuration says about them.

Source: Terraform internals, "JSON Output Format"; looked at in what Terraform 1.11 with provider 5.100 writes. OpenTofu
writes the same. The JSON of a state is read alike: all that it holds exists.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import NamedTuple, TypeAlias

from iac_imds_lint.catalog import Dialect, entries
from iac_imds_lint.source import Problem, SourceFile, Span

Json: TypeAlias = "str | int | float | bool | list[Json] | dict[str, Json] | None"
Object: TypeAlias = "Mapping[str, Json]"

# Actions after which the resource exists; a replacement is a deletion and a creation. "read" is for data sources.
_STAYS = ("create", "update", "no-op")
# Where resources are listed, the best first: Terraform leaves out a part that would be empty.
_PARTS = ("resource_changes", "planned_values", "values")
# Major versions of the format: "reject any input which reports an unsupported major version".
_VERSIONS = ("0", "1")
_KEY = r'(\[(?:\d+|"(?:[^"\\]|\\.)*")\])?'
_CALL = re.compile(rf'module\.([^.\[\]"]+){_KEY}\.')
_INSTANCE = re.compile(rf'([^.\[\]"]+\.[^.\[\]"]+){_KEY}')
_ADDRESS = re.compile(r'"address"\s*:\s*("(?:[^"\\]|\\.)*")')
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\u2028\u2029]")


class Step(NamedTuple):
    """A module call on the way to a resource. ``key`` is that of its instance, as addresses spell it: ``["a"]``."""

    name: str
    key: str = ""


class Planned(NamedTuple):
    """A resource that exists after apply.

    ``address`` is made of ``steps``, ``named`` (type and name) and ``key``. ``after`` are its values, ``unknown`` and
    ``sensitive`` mark parts of them. Where ``unknown`` is None the plan marks nothing: what is missing is not known.
    """

    address: str
    type: str
    steps: tuple[Step, ...]
    named: str
    key: str
    after: Json
    unknown: Json
    sensitive: Json


class Plan:
    """A plan as it is written. What is wrong with parts of it is in ``problems``; the other parts are read."""

    def __init__(self, source: SourceFile, root: Object) -> None:
        self.source = source
        self.root = root
        self.problems: list[Problem] = []
        self.resources = tuple(self._resources())

    def place(self, address: str) -> Span:
        """Where the plan lists a resource; its first character where it does not."""
        return self._places.get(address, Span(self.source.path, 0, 0))

    @cached_property
    def _places(self) -> dict[str, Span]:
        """Where each address stands, the first one that follows the key of the part that is read."""
        found: dict[str, Span] = {}
        for match in _ADDRESS.finditer(self.source.text, self._key_place(self._part)):
            token = match[1]
            address = printable(json.loads(token, strict=False)) if "\\" in token else token[1:-1]
            found.setdefault(address, Span(self.source.path, *match.span(1)))
        return found

    @property
    def _part(self) -> str:
        return next((key for key in _PARTS if self.root.get(key) is not None), "")

    def _key_place(self, key: str) -> int:
        return max(self.source.text.find(f'"{key}"'), 0)

    def _note(self, reason: str, place: int) -> None:
        self.problems.append(Problem(self.source.path, reason, self.source.position(place)))

    def _resources(self) -> Iterator[Planned]:
        if self.root.get("errored") is True:
            self._note("planning failed, so this plan is not complete", self._key_place("errored"))
        listed = self._changes() if self._part == "resource_changes" else self._values()
        catalog = entries(Dialect.TERRAFORM)
        for found in listed:
            if isinstance(found, str):
                self._note(found, self._key_place(self._part))
            elif found.type in catalog:
                yield found

    def _changes(self) -> Iterator[Planned | str]:
        listed = self.root.get("resource_changes")
        if not isinstance(listed, list):
            yield "resource_changes is no list"
            return
        for number, entry in enumerate(listed):
            found = _changed(entry)
            if isinstance(found, str):
                yield f"resource_changes[{number}] {found}"
            elif found is not None:
                yield found

    def _values(self) -> Iterator[Planned | str]:
        """The resources of ``planned_values``, or those of a state, in which nothing waits for an apply."""
        holder = self.root.get(self._part)
        marks: Json = None if self._part == "planned_values" else {}
        pending = [member(holder, "root_module")]
        while pending:
            module = pending.pop()
            pending += items(module, "child_modules")
            for entry in items(module, "resources"):
                found = _valued(entry, marks)
                if found is not None:
                    yield f"{self._part} {found}" if isinstance(found, str) else found

    @cached_property
    def _modules(self) -> dict[tuple[str, ...], Object]:
        return {}

    def module(self, steps: tuple[Step, ...]) -> Object:
        """The configuration of a module, empty where the plan has none."""
        names = tuple(step.name for step in steps)
        if names not in self._modules:
            found = member(self.root, "configuration", "root_module")
            for name in names:
                found = member(found, "module_calls", name, "module")
            self._modules[names] = found if isinstance(found, dict) else {}
        return self._modules[names]

    def call(self, steps: tuple[Step, ...]) -> Object:
        """The configuration of the call that the last of the steps is."""
        found = member(self.module(steps[:-1]), "module_calls", steps[-1].name) if steps else None
        return found if isinstance(found, dict) else {}

    @cached_property
    def _configured(self) -> dict[tuple[str, ...], dict[str, Object]]:
        return {}

    def configured(self, resource: Planned) -> Object:
        """The configuration of a resource, empty where the plan has none."""
        names = tuple(step.name for step in resource.steps)
        if names not in self._configured:
            listed = (entry for entry in items(self.module(resource.steps), "resources") if isinstance(entry, dict))
            self._configured[names] = {
                f"{entry.get('type')}.{entry.get('name')}": entry
                for entry in listed
                if entry.get("mode", "managed") == "managed"
            }
        return self._configured[names].get(resource.named, {})


def read(source: SourceFile) -> Plan | Problem | None:
    """The plan that a file holds; None where it holds none, a Problem where it is no JSON or of an unknown version."""
    root = _decoded(source)
    if isinstance(root, Problem):
        return root
    if not isinstance(root, dict) or "format_version" not in root or "terraform_version" not in root:
        return None
    if not any(key in root for key in _PARTS):
        return None
    version = root["format_version"]
    if not isinstance(version, str) or version.partition(".")[0] not in _VERSIONS:
        place = source.position(max(source.text.find('"format_version"'), 0))
        return Problem(source.path, f"a plan of format version {printable(str(version))[:20]}, not 1", place)
    return Plan(source, root)


def _decoded(source: SourceFile) -> Json | Problem:
    """The text decoded. The reader that keeps positions takes ten times as long: it is only asked what is wrong."""
    from iac_imds_lint.documents import json_reader

    try:
        found: Json = json.loads(source.text, parse_int=_whole, parse_constant=_refuse)
    except (ValueError, RecursionError):
        problem = json_reader.read(source)
        reason = problem.reason if isinstance(problem, Problem) else "nested too deeply"
        place = problem.position if isinstance(problem, Problem) else None
        return Problem(source.path, reason, place or source.position(0))
    return found


def _whole(digits: str) -> int | float:
    # int() refuses very long digit strings (sys.set_int_max_str_digits); no option of ours is such a number.
    return int(digits) if len(digits) < 300 else float(digits)


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not a JSON value")


def member(node: Json | Object, *keys: str) -> Json:
    """What a path of keys leads to; None where it leads nowhere."""
    found: Json | Object = node
    for key in keys:
        found = found.get(key) if isinstance(found, dict) else None
    return found  # type: ignore[return-value]  # a Mapping is only what is given


def items(node: Json | Object, key: str) -> list[Json]:
    """The list at a key; empty where there is none."""
    found = member(node, key)
    return found if isinstance(found, list) else []


def printable(text: str) -> str:
    """A text with what would steer a terminal, or what no encoding writes, replaced."""
    return _UNSAFE.sub("\ufffd", text)


def _changed(entry: Json) -> Planned | str | None:
    """What a member of ``resource_changes`` leaves behind, None where that is nothing, or what is wrong with it."""
    if not isinstance(entry, dict):
        return "is no object"
    if entry.get("mode", "managed") != "managed":
        return None
    type, address, change = entry.get("type"), entry.get("address"), entry.get("change")
    if not isinstance(type, str) or not isinstance(address, str):
        return "has no type and address"
    actions = items(change, "actions")
    if not isinstance(change, dict) or not actions:
        return f"({printable(address)}) has no change with actions"
    if not any(action in _STAYS for action in actions):
        return None
    if not isinstance(change.get("after"), dict):
        return f"({printable(address)}) has no values after the change"
    marks = change.get("after_unknown")
    return _planned(type, address, change["after"], {} if marks is None else marks, change.get("after_sensitive"))


def _valued(entry: Json, marks: Json) -> Planned | str | None:
    """A resource among values, None for a data source, or what is wrong with it."""
    match entry:
        case {"mode": "data"}:
            return None
        case {"type": str(type), "address": str(address), "values": dict(values)}:
            return _planned(type, address, values, marks, member(entry, "sensitive_values"))
        case _:
            return "has a resource without type, address and values"


def _planned(type: str, address: str, after: Json, unknown: Json, sensitive: Json) -> Planned:
    steps, end = steps_of(address)
    match = _INSTANCE.fullmatch(address, end)
    named, key = (match[1], match[2] or "") if match else ("", "")
    return Planned(printable(address), type, steps, named, key, after, unknown, sensitive)


def steps_of(address: str) -> tuple[tuple[Step, ...], int]:
    """The module calls that an address begins with, and where what follows them begins."""
    steps: list[Step] = []
    end = 0
    while match := _CALL.match(address, end):
        steps.append(Step(match[1], match[2] or ""))
        end = match.end()
    return tuple(steps), end
