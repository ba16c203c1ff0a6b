"""Proof that a patched template says what it said, but for the intended change.

Our own second reading, and cfn-lint's decoder where it is installed: it is the reference, and imported only here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any, NamedTuple

from iac_imds_lint.access import WRITTEN
from iac_imds_lint.catalog import Dialect, Entry, OptionKey, entries, policy_entries
from iac_imds_lint.cloudformation import metadata, option_proof, parameter_files
from iac_imds_lint.cloudformation.migration import expected
from iac_imds_lint.cloudformation.template import all_edited
from iac_imds_lint.documents import json_reader
from iac_imds_lint.documents.compare import MISSING, Difference, Path, differences, plain
from iac_imds_lint.documents.growth import ungrown
from iac_imds_lint.edit import Renamed
from iac_imds_lint.source import Problem, SourceFile
from iac_imds_lint.value import text_of

# Where the values stand among the arguments of a function that passes one of them on.
_PASSED: dict[str, tuple[Path, ...]] = {
    "If": ((1,), (2,)),
    "Sub": ((), (0,)),
    "FindInMap": ((3, "DefaultValue"),),
}


_SUBS = frozenset(("!Sub", "Fn::Sub"))


class _NoValue:
    """Stands for ``AWS::NoValue``, which is one value and no mapping."""


_NO_VALUE = _NoValue()


class _Decoded(NamedTuple):
    """What cfn-lint makes of a text: plain data, or None with its words."""

    template: object
    words: str = ""


def prepare() -> None:
    """Import the reference, where it is installed, which the first proof would wait for."""
    _decoded(SourceFile("", "Resources: {}\n"))


def unproven(before: SourceFile, after: SourceFile, renamed: Sequence[Renamed] = ()) -> str:
    """Why a patched template is not proven; empty where it is."""
    first, second = all_edited(before), all_edited(after)
    if not first:
        return _unproven_values(before, after)
    if isinstance(first, Problem):
        return "the original is no template that can be read"
    if isinstance(second, Problem) or len(second) != len(first):
        why = second.reason if isinstance(second, Problem) else "it is no template any more"
        return f"the patched text cannot be read: {why}"
    if _is_json(before) and not _is_json(after):
        return "the patched text is no JSON any more"
    ids = [expected.Ids(one.before, one.after) for one in renamed if one.path == before.path]
    told = (_unintended(plain(one.root), plain(other.root), ids) for one, other in zip(first, second, strict=True))
    # What is enclosed in a file of another tool's, or included in others, is no template to cfn-lint.
    return next(filter(None, told), "") or ("" if first[0].enclosed else _contradicted(before, after, ids))


def unproven_script(before: SourceFile, after: SourceFile, inserted: Sequence[str]) -> str:
    """Why a template into whose scripts something was inserted is not proven; empty where it is."""
    first, second = all_edited(before), all_edited(after)
    if isinstance(first, Problem) or isinstance(second, Problem):
        return second.reason if isinstance(second, Problem) else "the original is no template that can be read"
    changed = ungrown([plain(one.root) for one in first], [plain(one.root) for one in second], inserted)
    if changed:
        return f"{changed} would change as well"
    read = [] if not first or first[0].enclosed else [_decoded(before), _decoded(after)]
    if not read or read[0] is None or read[1] is None or read[0].template is None:
        return ""
    if read[1].template is None:
        return f"cfn-lint cannot read the patched text: {read[1].words}"
    changed = ungrown(read[0].template, read[1].template, inserted)
    return f"{changed} would change as well" if changed else ""


def unproven_removal(before: SourceFile, after: SourceFile) -> str:
    """Why a template out of which comments or metadata of ours were taken is not proven; empty where it is."""
    first, second = all_edited(before), all_edited(after)
    if isinstance(first, Problem) or isinstance(second, Problem):
        return second.reason if isinstance(second, Problem) else "the original is no template that can be read"
    if _is_json(before) and not _is_json(after):
        return "the patched text is no JSON any more"
    read = [[_without_ours(plain(one.root)) for one in parsed] for parsed in (first, second)]
    if read[0] != read[1]:
        return "it would change more than comments and metadata of ours"
    decoded = [] if not first or first[0].enclosed else [_decoded(before), _decoded(after)]
    if not decoded or decoded[0] is None or decoded[1] is None or decoded[0].template is None:
        return ""
    same = _without_ours(decoded[0].template) == _without_ours(decoded[1].template)
    return "" if same else f"cfn-lint reads more than our own out of it: {decoded[1].words}".removesuffix(": ")


def _without_ours(value: object) -> object:
    """Plain data without what metadata asks of us, and without metadata that asks for nothing else."""
    match value:
        case dict():
            inner = {key: _without_ours(held) for key, held in value.items() if key != metadata.KEY}
            return {key: held for key, held in inner.items() if key != "Metadata" or held != {}}
        case list():
            return [_without_ours(item) for item in value]
        case _:
            return value


def _is_json(source: SourceFile) -> bool:
    return source.text.lstrip()[:1] == "{" and not isinstance(json_reader.read(source), Problem)


def _unproven_values(before: SourceFile, after: SourceFile) -> str:
    """Why a patched file of values is not proven: those of parameters, or what a template includes."""
    first, second = parameter_files.tree(before), parameter_files.tree(after)
    if isinstance(first, Problem):
        return "the original is no template that can be read"
    if isinstance(second, Problem):
        return "the patched text cannot be read"
    for path, old, new in differences(plain(first), plain(second)):
        if old is MISSING or isinstance(old, dict | list) or not _is_secured(_text(old), _text(new)):
            return f"{'/'.join(map(str, path)) or 'the file'} would change as well"
    return ""


def _is_secured(old: str, new: str) -> bool:
    """Whether a value became a secure one; in a ``NAME=VALUE``, that of the same name."""
    name, equals, value = new.partition("=")
    return (value if equals and old.startswith(name + equals) else new) in _secure()


def _contradicted(before: SourceFile, after: SourceFile, ids: Sequence[expected.Ids]) -> str:
    """What cfn-lint's decoder says against a patch; empty where nothing, or where it is not installed."""
    first, second = _decoded(before), _decoded(after)
    if first is None or second is None:
        return ""
    if first.template is None:
        # The reference cannot read the original (a duplicate key, say): our own second reading is the proof then.
        return "" if second.template is None else "cfn-lint reads the patched text, but not the original"
    if second.template is None:
        return f"cfn-lint cannot read the patched text: {second.words}"
    return _unintended(first.template, second.template, ids)


def _decoded(source: SourceFile) -> _Decoded | None:
    try:
        from cfnlint.decode import decode_str  # type: ignore[import-not-found,import-untyped,unused-ignore]
    except ImportError:
        return None
    template, matches = decode_str(source.text)
    return _Decoded(template, "; ".join(match.message for match in matches))


def _unintended(before: object, after: object, ids: Sequence[expected.Ids] = ()) -> str:
    """The first difference that no fix of ours intends, in words. ``ids`` are those of what was migrated."""
    if ids:
        before, after = expected.normal(before), expected.normal(after)
    for one in ids:
        before = expected.migrated(before, after, one)
    for difference in differences(_simplified(before), _simplified(after)):
        if not _intended(difference, after):
            place = "/".join(str(key) for key in difference.path) or "the template"
            return f"{place} would change as well"
    return ""


def _intended(difference: Difference, template: object) -> bool:
    """Whether a difference is an option that is written, with the containers around it, or a literal made secure."""
    path, before, after = difference
    if isinstance(before, dict | list):
        return False
    if _is_default(path) or _is_passed(path) or path[:1] == ("Mappings",):
        return before is not MISSING and _text(after) in _secure()
    if _is_in_policy(path, template):
        return before is not MISSING and _text(after) in WRITTEN
    found = _resource_at(path, template)
    if found is None:
        return False
    entry, depth = found
    way = _unbranched(path[depth:])
    if option_proof.is_intended(entry, way, before, after, _at(path[:depth], template), _is_allowed):
        return True
    if _SUBS.intersection(path[depth:]) and before is not MISSING:
        return _text(after) in _secure()
    return all(_is_option(entry, _unbranched((*path, *below)[depth:]), value) for below, value in _leaves(after))


def _is_default(path: Path) -> bool:
    return len(path) == 3 and path[0] == "Parameters" and path[2] == "Default"


def _is_passed(path: Path) -> bool:
    """Whether a path leads to what a stack passes to a parameter of one that it nests."""
    return len(path) >= 5 and path[0] == "Resources" and path[2:4] == ("Properties", "Parameters")


def _simplified(value: object) -> object:
    """Plain data with ``AWS::NoValue`` as one value."""
    match value:
        case dict() if value in ({"Ref": "AWS::NoValue"}, {"!Ref": "AWS::NoValue"}):
            return _NO_VALUE
        case dict():
            return {key: _simplified(inner) for key, inner in value.items()}
        case list():
            return [_simplified(inner) for inner in value]
        case _:
            return value


def _unbranched(path: Path) -> Path:
    """A path without the functions on it that pass on what stands there."""
    kept: list[str | int] = []
    index = 0
    while index < len(path):
        name = str(path[index]).removeprefix("!").removeprefix("Fn::")
        passed = _PASSED.get(name, ()) if name != path[index] else ()
        way = next((way for way in reversed(passed) if path[index + 1 : index + 1 + len(way)] == way), None)
        if way is None:
            kept.append(path[index])
        index += 1 + len(way or ())
    return tuple(kept)


def _is_in_policy(path: Path, template: object) -> bool:
    """Whether a path leads into a property of a resource that holds policies."""
    resources = template.get("Resources") if isinstance(template, dict) and path[:1] == ("Resources",) else None
    found = resources.get(path[1]) if isinstance(resources, dict) and path[2:3] == ("Properties",) else None
    return isinstance(found, dict) and found.get("Type") in policy_entries(Dialect.CLOUDFORMATION)


def _resource_at(path: Path, template: object) -> tuple[Entry, int] | None:
    """The innermost resource of ours on a path, with the length of the path that leads to it."""
    rows, found, node = entries(Dialect.CLOUDFORMATION), None, template
    for depth, key in enumerate(path, 1):
        if isinstance(node, dict):
            node = node.get(key)
        elif isinstance(node, list) and isinstance(key, int) and key < len(node):
            node = node[key]
        else:
            break
        kind = node.get("Type") if isinstance(node, dict) else None
        if path[0] == "Resources" and isinstance(kind, str) and kind in rows:
            found = rows[kind], depth
    return found


def _at(path: Path, template: Any) -> Any:
    """What stands at a path that is there."""
    for key in path:
        template = template[key]
    return template


def _leaves(value: object) -> Iterator[tuple[Path, object]]:
    """What a value holds at its ends, each with the path to it."""
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            for path, leaf in _leaves(inner):
                yield (key, *path), leaf
    else:
        yield (), value


def _is_option(entry: Entry, path: Path, value: object) -> bool:
    """Whether a path below a resource is one of its options, and the value one that the service takes."""
    control = entry.control
    key = next((k for k in control.keys if path == ("Properties", *control.path, k.key)), None) if control else None
    return key is not None and _is_allowed(key, value)


def _is_allowed(key: OptionKey, value: object) -> bool:
    if isinstance(key.allowed, range):
        text = _text(value)
        return text.isdecimal() and int(text) in key.allowed
    return _text(value) in key.allowed


def _text(value: object) -> str:
    return text_of(value) or "" if isinstance(value, str | int | float) else ""


@cache
def _secure() -> frozenset[str]:
    controls = (entry.control for entry in entries(Dialect.CLOUDFORMATION).values() if entry.control)
    return frozenset(key.secure for control in controls for key in control.keys if key.secure)
