"""Proves that a migrated file says the same: by a second reading, and by the mapping applied to that.

What is read is plain data, of python-hcl2 or of JSON. Nothing here knows how the edits were made.
"""

from __future__ import annotations

import os.path
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from iac_imds_lint.documents.compare import differences
from iac_imds_lint.edit import Renamed
from iac_imds_lint.source import SourceFile
from iac_imds_lint.terraform import tree
from iac_imds_lint.terraform.migration import device_proof
from iac_imds_lint.terraform.migration.mapping import (
    ALIKE,
    FATES,
    GROUP,
    MONITORED,
    NETWORK,
    NEW,
    OLD,
    POLICIES,
    Devices,
    Encoded,
    Inside,
    Kept,
    Options,
    ignored,
)
from iac_imds_lint.terraform.migration.readings import bare, each, is_encoded, is_nothing, leaves
from iac_imds_lint.terraform.migration.references import Address, mentions

_STEPS = r"(?:\[[^\]]*\]|\.\*|\.\d+)*"
_MAPPINGS = "block_device_mappings"
_COMMENTS = ("__comments__", "__inline_comments__")
_TOLD = ("__is_block__", *_COMMENTS)
_CONTAINERS = ("metadata_options", "dynamic")


class _Move(NamedTuple):
    """A resource of this module that got another address; ``here`` says that it stands in this file."""

    old: Address
    new: Address
    here: bool


class _Read(NamedTuple):
    """A file: its resources and data sources by kind, type and name, and all the rest."""

    declared: dict[tuple[str, str, str], list[Any]]
    rest: dict[str, Any]


def unproven(
    files: tuple[SourceFile, SourceFile],
    read: tuple[object, object],
    renamed: Sequence[Renamed],
    differing: Callable[[object, object], str],
) -> str:
    """Why a migration is not proven, in a clause; empty where it is.

    ``read`` are both readings of the file before and after; ``differing`` tells what else than options of the catalog
    differs between two pieces of such data.
    """
    moves = list(_moves(files[0].path, renamed))
    left = [move.old for move in moves if any(True for _ in mentions(files[1], move.old))]
    if left:
        return f"something still refers to {left[0]}"
    lost = _comments(files[0]) - _comments(files[1])
    if lost:
        return f"it would lose a comment about {min(lost)}"
    before, after = _read(_unquoted(read[0])), _read(_unquoted(read[1]))
    for move in moves:
        before = _referring(before, move)
        if move.here and (reason := _moved(before, after, move, differing)):
            return reason
    return _first(differing, before, after)


def _moves(path: str, renamed: Sequence[Renamed]) -> Iterator[_Move]:
    for one in renamed:
        if os.path.dirname(one.path) == os.path.dirname(path):
            old, new = (Address(*address.split(".", 1)) for address in (one.before, one.after))
            yield _Move(old, new, one.path == path)


def _first(differing: Callable[[object, object], str], before: _Read, after: _Read) -> str:
    """What else has changed than what migrated: only options of what is repaired beside it may."""
    declared = [{".".join(key): value for key, value in one.declared.items()} for one in (before, after)]
    return differing(*declared) or differing(_settled(before.rest), _settled(after.rest))


def _unquoted(data: object) -> Any:
    """The data with keys that are not quoted, and without what python-hcl2 tells of blocks and comments."""
    match data:
        case dict():
            return {str(key).strip('"'): _unquoted(item) for key, item in data.items() if key not in _TOLD}
        case list():
            return [_unquoted(item) for item in data]
        case _:
            return data


def _comments(source: SourceFile) -> Counter[str]:
    """The words of the comments."""
    found: Counter[str] = Counter()
    waiting = [tree.parse_once(source)]
    while waiting:
        node = waiting.pop()
        if node.type == "comment":
            found.update(re.findall(r"\w+", source.utf8[node.start_byte : node.end_byte].decode()))
        waiting += node.children
    return found


def _read(data: Any) -> _Read:
    declared: dict[tuple[str, str, str], list[Any]] = {}
    for root in each(data):
        for kind in ("resource", "data"):
            for type, named in ((t, n) for types in each(root.get(kind)) for t, n in types.items()):
                for name, body in ((name, body) for names in each(named) for name, body in names.items()):
                    declared.setdefault((kind, type, name), []).extend(each(body))
    roots = [{key: item for key, item in root.items() if key not in ("resource", "data")} for root in each(data)]
    return _Read(declared, roots[0] if len(roots) == 1 else {"": roots})


def _texts(data: Any, change: Callable[[str], str]) -> Any:
    """The data with every text changed."""
    match data:
        case str():
            return change(data)
        case dict():
            return {key: _texts(item, change) for key, item in data.items()}
        case list():
            return [_texts(item, change) for item in data]
        case _:
            return data


def _replacing(old: str, new: str) -> Callable[[str], str]:
    pattern = re.compile(rf"(?<![\w.-]){re.escape(old)}(?![\w-])")
    return lambda text: pattern.sub(new, text)


def _referring(read: _Read, move: _Move) -> _Read:
    """What all that refers to a resource is to say afterwards."""
    change = _replacing(str(move.old), str(move.new))
    looking = {key for key, bodies in read.declared.items() if _looks_up(key, bodies, change, str(move.new))}
    changes = [change, *(_replacing(f"data.{OLD}.{name}", f"data.{NEW}.{name}") for _, _, name in looking)]

    def said(text: str) -> str:
        for one in changes:
            text = one(text)
        return text

    declared: dict[tuple[str, str, str], list[Any]] = {}
    for key, bodies in read.declared.items():
        new = _texts(bodies, said)
        if key in looking:
            declared[("data", NEW, key[2])] = [{**b, "name": _attribute(b["name"], move.new, "name")} for b in new]
        else:
            launches = key[:2] == ("resource", GROUP)
            declared[key] = [_group(_triggered(b, move), move) if launches else _triggered(b, move) for b in new]
    return _Read(declared, _texts(read.rest, said))


def _looks_up(key: tuple[str, str, str], bodies: list[Any], change: Callable[[str], str], new: str) -> bool:
    return key[:2] == ("data", OLD) and any(new in change(str(body.get("name"))) for body in bodies)


def _attribute(text: Any, new: Address, attribute: str) -> Any:
    """A reference to the name or the ID of what migrated, as one to another attribute."""
    pattern = rf"({re.escape(str(new))}{_STEPS})\.(?:name|id)(?![\w-])"
    return _texts(text, lambda one: re.sub(pattern, rf"\1.{attribute}", one))


def _triggered(body: dict[str, Any], move: _Move) -> dict[str, Any]:
    """What replaces a resource: the version of a template that is new where a configuration was."""
    pattern = re.compile(rf"({re.escape(str(move.new))}{_STEPS})\.([A-Za-z_]\w*)")

    def versioned(text: str) -> str:
        return pattern.sub(lambda m: m[0] if m[2] in ALIKE else f"{m[1]}.latest_version", text)

    found = dict(body)
    if "lifecycle" in body:
        blocks = [dict(block) for block in each(body["lifecycle"])]
        for block in blocks:
            if "replace_triggered_by" in block:
                block["replace_triggered_by"] = _texts(block["replace_triggered_by"], versioned)
        found["lifecycle"] = blocks if isinstance(body["lifecycle"], list) else blocks[0] if blocks else {}
    return found


def _group(body: dict[str, Any], move: _Move) -> dict[str, Any]:
    """A group, if it launches from what migrated, as it is to be."""
    named = body.get("launch_configuration")
    if not isinstance(named, str) or str(move.new) not in named:
        return body
    found = {key: item for key, item in body.items() if key != "launch_configuration"}
    attributes = (("id", "id"), ("version", "latest_version"))
    found["launch_template"] = [{key: _attribute(named, move.new, attribute) for key, attribute in attributes}]
    if "termination_policies" in found:
        found["termination_policies"] = _texts(found["termination_policies"], _policies)
    return _ignoring(found, lambda name: "launch_template" if name == "launch_configuration" else None)


def _policies(text: str) -> str:
    for old, new in POLICIES.items():
        text = text.replace(old, new)
    return text


def _ignoring(body: dict[str, Any], becomes: Callable[[str], str | None]) -> dict[str, Any]:
    """A resource with the names in its ``ignore_changes`` as they are afterwards."""
    found = dict(body)
    if "lifecycle" in body:
        found["lifecycle"] = [dict(block) for block in each(body["lifecycle"])]
        for block in found["lifecycle"]:
            if isinstance(block.get("ignore_changes"), list):
                block["ignore_changes"] = [_renamed(item, becomes) for item in block["ignore_changes"]]
    return found


def _renamed(item: Any, becomes: Callable[[str], str | None]) -> Any:
    name = str(item).strip('"')
    new = becomes(name)
    return str(item).replace(name, new) if new is not None else item


def _settled(data: Any) -> Any:
    """The data with every block in a list of its own, and every list of ignored names without repetitions."""
    match data:
        case dict():
            return {key: _named(key, _settled(item)) for key, item in data.items()}
        case list():
            return [_settled(item) for item in data]
        case _:
            return data


def _named(key: str, item: Any) -> Any:
    if key == "ignore_changes" and isinstance(item, list):
        return list(dict.fromkeys(map(str, item)))
    return [item] if key in ("lifecycle", "launch_template") and isinstance(item, dict) else item


def _moved(before: _Read, after: _Read, move: _Move, differing: Callable[[object, object], str]) -> str:
    """Why a resource has not become what it should, in a clause; both are taken out of what is compared otherwise."""
    old = before.declared.pop(("resource", *move.old), [])
    new = after.declared.pop(("resource", *move.new), [])
    for declared in (before, after):
        for key, bodies in declared.declared.items():
            declared.declared[key] = _settled(bodies)
    if len(old) != 1 or len(new) != 1:
        return f"{move.old} is not in its place"
    return _Becoming(old[0], new[0], differing).reason()


class _Becoming:
    """One configuration, and the template that it has become."""

    def __init__(self, old: dict[str, Any], new: dict[str, Any], differing: Callable[[object, object], str]) -> None:
        self._old = _settled(_ignoring(old, lambda name: ignored(name, addressed=NETWORK in new)))
        self._new = _settled(new)
        self._differing = differing

    def reason(self) -> str:
        """Why it is not the same, in a clause; empty where it is."""
        for name, value in self._old.items():
            if name != "dynamic" and not self._has(name, value):
                return f"it would also change {name}"
        return self._devices() or self._options() or self._more()

    def _has(self, name: str, value: Any) -> bool:
        if {"user_data", "user_data_base64"} <= {*self._old} and name.startswith("user_data"):
            encoded = bare(self._old["user_data_base64"])
            script = bare(self._new.get("user_data")).removeprefix(f"{encoded}!=null?{encoded}:")
            return is_encoded(self._old["user_data"], script)
        match FATES.get(name):
            case Kept("vpc_security_group_ids") if self._has_network():
                return bool(self._within(NETWORK, value))
            case Kept(new):
                return new in self._new and not differences(value, self._new[new])
            case Encoded(new):
                return is_encoded(value, self._new.get(new))
            case Inside((block, *_)) if name == block:
                return is_nothing(value) or (self._within(block, value) and self._is_named(block, bare(value)))
            case Inside(path):
                return is_nothing(value) or self._within(path[0], value)
            case None:
                return name in self._new and not differences(value, self._new[name])
            case _:
                return True

    def _is_named(self, block: str, value: str) -> bool:
        """Whether a block says ``arn`` for an ARN, and ``name`` for what is a name, as far as the text tells."""
        keys = {
            key
            for one in self._blocks(block, self._new)
            for key in (*one, *(k for c in each(one.get("content")) for k in c))
        }
        if value.startswith("arn:") or value.endswith(".arn"):
            return "arn" in keys
        return "name" in keys or not value.endswith((".name", ".id"))

    def _has_network(self) -> bool:
        return NETWORK in self._new

    def _blocks(self, name: str, body: dict[str, Any]) -> list[Any]:
        """The blocks of a name, generated ones with them."""
        dynamic = (generated.get(name) for generated in each(body.get("dynamic")))
        return [*each(body.get(name)), *(block for generated in dynamic for block in each(generated))]

    def _within(self, name: str, value: Any) -> bool:
        """Whether some argument in the blocks of a name holds a value."""
        held = [*leaves(self._blocks(name, self._new))]
        return all(any(leaf in one for one in held) for leaf in leaves(value))

    def _devices(self) -> str:
        """The devices, each of which has to be there again with all that it says."""
        named = ((name, fate) for name, fate in FATES.items() if isinstance(fate, Devices))
        old = [(name, fate, self._blocks(name, self._old)) for name, fate in named]
        return device_proof.differing(old, self._blocks(_MAPPINGS, self._new))

    def _options(self) -> str:
        """The metadata options, in which only options may differ."""
        old, new = ({"": self._blocks(_CONTAINERS[0], body)} for body in (self._old, self._new))
        return (
            self._differing(old, new) if old[""] else self._differing({}, {_CONTAINERS[0]: new[""]} if new[""] else {})
        )

    def _more(self) -> str:
        """What is there that nobody wrote: only monitoring."""
        expected = {*_CONTAINERS, MONITORED.block, _MAPPINGS}
        for name in self._old:
            match FATES.get(name):
                case Kept(new) | Encoded(new):
                    expected.add(new)
                case Inside(path):
                    expected.add(path[0])
                case Options() | None:
                    expected.add(name)
                case _:
                    pass
        more = [name for name in self._new if name not in expected]
        if more:
            return f"it would also add {more[0]}"
        monitored = list(leaves(self._blocks(MONITORED.block, self._new)))
        if not monitored or ("enable_monitoring" not in self._old and monitored != [MONITORED.pair[1]]):
            return "it would also change whether there is detailed monitoring"
        return ""
