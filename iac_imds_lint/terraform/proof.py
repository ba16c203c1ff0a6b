"""python-hcl2 as the reference: it proves what was patched. Imported only for that."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache, partial
from typing import NamedTuple

from iac_imds_lint.access import WRITTEN
from iac_imds_lint.catalog import Control, Dialect, entries, modules, policy_entries
from iac_imds_lint.documents.compare import MISSING, Difference, differences
from iac_imds_lint.documents.growth import ungrown
from iac_imds_lint.edit import Renamed, Wanted
from iac_imds_lint.source import SourceFile
from iac_imds_lint.terraform import tree

# python-hcl2 reads some 0.2 MB a second, and takes 300 times a text's size in memory.
_MOST_READ = 1_000_000
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"|\bnull\b')

# The keys of comments: in JSON, and in what python-hcl2 makes of HCL.
_COMMENTS = frozenset(("//", "__comments__", "__inline_comments__"))
_NUMBERS = frozenset({"1", "2"})


class Unread(NamedTuple):
    """Why the reference cannot read a text, and the offset where it stopped, if it says."""

    reason: str
    offset: int | None = None


def reference(source: SourceFile) -> object:
    """The file as python-hcl2 reads it (plain data), or Unread, as files over a megabyte are.

    It raises lark's exceptions, RuntimeError for a block and an attribute of one name and RecursionError for deep
    nesting; each means that it cannot read the file.
    """
    if len(source.text) > _MOST_READ:
        return Unread("too large to be read twice")
    import hcl2
    from lark.exceptions import LarkError, UnexpectedInput

    try:
        return hcl2.loads(source.text if source.text.endswith("\n") else source.text + "\n")
    except UnexpectedInput as error:
        reason = str(error).strip().splitlines()[0].rstrip(".:")
        return Unread(reason, source.offset(error.line, error.column) if error.line > 0 else None)
    except RecursionError:
        return Unread("nested too deeply")
    except (LarkError, RuntimeError, ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        return Unread(f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else 'no reason given'}")


def prepare() -> None:
    """Import the reference and have it make its parser, which the first proof would wait for."""
    reference(SourceFile("", ""))


def unproven(
    before: SourceFile, after: SourceFile, renamed: Sequence[Renamed] = (), wanted: Wanted | None = None
) -> str:
    """Why a patched file is not proven, in a clause; empty where it is.

    Both texts are read, by python-hcl2 or as JSON, and may differ only in options of the catalog. Where python-hcl2
    cannot read the original, our own second reading has to do: it must find no error. ``renamed`` are resources that
    are migrated: these, and what refers to them, differ as the migration says. ``wanted`` is what may be written; None
    is any value that the catalog asks for.
    """
    differing = partial(_differing, wanted=wanted)
    if before.path.endswith(".json"):
        return _migrated(before, after, renamed, differing) if renamed else differing(_json(before), _json(after))
    first, second = reference(before), reference(after)
    if isinstance(first, Unread):
        error = tree.first_error(after, tree.parse(after))
        return error.reason if error else ""
    if isinstance(second, Unread):
        return second.reason
    if renamed:
        from iac_imds_lint.terraform.migration import proof

        return proof.unproven((before, after), (first, second), renamed, differing)
    return differing(first, second)


def unproven_script(before: SourceFile, after: SourceFile, inserted: Sequence[str]) -> str:
    """Why a file into whose scripts something was inserted is not proven, in a clause; empty where it is."""
    read = _json if before.path.endswith(".json") else reference
    first, second = read(before), read(after)
    if isinstance(first, Unread):
        error = tree.first_error(after, tree.parse(after))
        return error.reason if error else ""
    if isinstance(second, Unread):
        return second.reason
    changed = ungrown(first, second, inserted)
    return f"it would also change {changed}" if changed else ""


def unproven_comments(before: SourceFile, after: SourceFile) -> str:
    """Why a file is not proven to differ in comments alone, in a clause; empty where it is.

    All tokens but comments are the same. In JSON, comments are properties.
    """
    if before.path.endswith(".json"):
        first, second = _json(before), _json(after)
        if isinstance(second, Unread):
            return second.reason
        return "" if _uncommented(first) == _uncommented(second) else "it would change more than comments"
    if list(tree.tokens(before)) != list(tree.tokens(after)):
        return "it would change more than comments"
    first, second = reference(before), reference(after)
    if isinstance(first, Unread):
        return ""
    if isinstance(second, Unread):
        return second.reason
    return "" if _uncommented(first) == _uncommented(second) else "python-hcl2 reads more than comments out of it"


def _uncommented(content: object) -> object:
    match content:
        case dict():
            return {key: _uncommented(inner) for key, inner in content.items() if key not in _COMMENTS}
        case list():
            return [_uncommented(inner) for inner in content]
        case _:
            return content


def _migrated(
    before: SourceFile,
    after: SourceFile,
    renamed: Sequence[Renamed],
    differing: Callable[[object, object], str],
) -> str:
    """Why a file of JSON does not say the same with templates."""
    from iac_imds_lint.terraform.migration import json_proof

    try:
        compared = json_proof.comparable(before, after, renamed)
    except ValueError as error:
        return str(error)
    return compared if isinstance(compared, str) else differing(*compared)


def _json(source: SourceFile) -> object:
    """A file that is about to be written, as the standard library reads it."""
    try:
        return json.loads(source.text)
    except ValueError as error:
        return Unread(str(error))


def _differing(first: object, second: object, wanted: Wanted | None) -> str:
    """The first difference that no edit of ours makes."""
    if isinstance(second, Unread):
        return second.reason
    names = frozenset(_names())
    for difference in differences(first, second):
        if not _intended(difference, names, wanted or Wanted(_values())):
            return f"it would also change {'.'.join(str(step) for step in difference.path)}"
    return ""


@cache
def _listed() -> frozenset[str]:
    """The names of what settings in a list consist of, which no call of a module has."""
    found = (control.listed for control in _controls())
    return frozenset(
        name for one in found if one is not None for name in (one.name, one.value, *(b for b, _ in one.beside))
    )


def _names() -> Iterator[str]:
    """The names of all options and their containers."""
    for control in _controls():
        yield from control.path
        yield from (key.key for key in control.keys)
        if control.listed is not None:
            listed = control.listed
            yield from (listed.name, listed.value, *(name for name, _ in listed.beside))
    yield "__is_block__"


@cache
def _controls() -> tuple[Control, ...]:
    """Where resources and calls of modules keep their options."""
    rows = (entry.control for entry in entries(Dialect.TERRAFORM).values())
    launches = (launch for row in modules() for era in row.eras for launch in era.launches)
    called = (control for launch in launches for control in (launch.control, *launch.defaults))
    return tuple(dict.fromkeys(control for control in (*rows, *called) if control is not None))


def _intended(difference: Difference, names: frozenset[str], wanted: Wanted) -> bool:
    """An option or container that was not there, or a literal that now has a value that is asked for.

    A call of a module may also pass such a value by an argument of another name, if that is wanted.
    """
    before, after = difference.before, difference.after
    if (
        before is MISSING
        and difference.path[0] == "module"
        and (str(difference.path[-1]), _bare(after)) in wanted.arguments
    ):
        return True
    if before is MISSING:
        known = names - _listed() if difference.path[0] == "module" else names
        return bool(difference.path) and all(name in known for name in _keys(difference.path[-1], after))
    if isinstance(before, str) and isinstance(after, str) and _documents() & {*difference.path}:
        return _cleared(before) == _cleared(after)
    if isinstance(before, str) and isinstance(after, str) and _is_in_policy(difference.path):
        written = wanted.values & WRITTEN
        return _bare(after) in written or _only_literals(_unwrapped(before), _unwrapped(after), written)
    if not isinstance(after, bool | int | str):
        return False
    values = _values_at(difference.path, _bare(before), wanted.values)
    return _bare(after) in values or _only_literals(str(before), str(after), values)


def _is_in_policy(path: Sequence[object]) -> bool:
    """Whether a path leads into a resource or a data source that holds a policy."""
    return not policy_entries(Dialect.TERRAFORM).keys().isdisjoint(str(step).strip('"') for step in path[:3])


def _unwrapped(text: str) -> str:
    """A heredoc as it is written: python-hcl2 puts quotes around it."""
    return text[1:-1] if text.startswith('"<<') else text


def _bare(content: object) -> str:
    """A literal without its quotes, as HCL writes it."""
    return str(content).lower() if isinstance(content, bool | int) else str(content).strip('"')


def _values_at(path: Sequence[object], before: str, wanted: frozenset[str]) -> frozenset[str]:
    """The values that may be written at a place: of an option its own. Beside the options of a resource, only what
    had a value that an option can have, or chooses what is generated, may have another.
    """
    name = next((step for step in reversed(path) if isinstance(step, str)), "").strip('"')
    if name in _secure():
        return _secure()[name]
    setting = {key.secure for control in _settings(name) if control.path[0] in path for key in control.keys}
    if setting:
        return frozenset(setting)
    if path[0] in ("resource", "data") and not {"for_each", "count"} & {*path}:
        return (
            wanted - {"true", "false"} - _NUMBERS if before in ("null", "None") or _has_value(before) else frozenset()
        )
    return wanted


def _settings(value: str) -> list[Control]:
    """The controls whose options are settings that have their value by this name."""
    return [control for control in _controls() if control.listed is not None and control.listed.value == value]


def _has_value(before: str) -> bool:
    """Whether a literal, or one in an expression, is a value that an option can have."""
    return before in _values() or any(text.strip('"') in _values() for text in _STRING.findall(before))


@cache
def _secure() -> dict[str, frozenset[str]]:
    """The values that an edit may give options, by name."""
    found: dict[str, set[str]] = {}
    for key in (key for control in _controls() for key in control.keys):
        found.setdefault(key.key, set()).update({key.secure} - {""})
    return {name: frozenset(values) for name, values in found.items()}


def _only_literals(before: str, after: str, values: frozenset[str]) -> bool:
    """Whether two expressions differ in strings only, and have a value that is asked for where they do."""
    old, new = _STRING.findall(before), _STRING.findall(after)
    if _STRING.sub('""', before) != _STRING.sub('""', after):
        return False
    return all(one == other or other.strip('"') in values for one, other in zip(old, new, strict=True))


@cache
def _documents() -> frozenset[str]:
    """The arguments that hold JSON: python-hcl2 gives them as text."""
    rows = entries(Dialect.TERRAFORM).values()
    return frozenset(row.control.path[0] for row in rows if row.control and row.control.document)


def _cleared(text: str) -> str:
    """The text of JSON, or of the object that it is made from, without our options, blanks and commas."""
    controls = [row.control for row in entries(Dialect.TERRAFORM).values() if row.control and row.control.document]
    keys = "|".join(sorted({key.key for control in controls for key in control.keys}))
    holders = "|".join(sorted({control.path[-1] for control in controls}))
    bare = re.sub(rf'"?(?:{keys})"?\s*[=:]\s*\d+|[\s,]', "", text)
    return re.sub(rf'"?(?:{holders})"?[=:]{{}}', "", bare)


def _keys(name: str | int, content: object) -> Iterator[str]:
    if isinstance(name, str):
        yield name
    for key, item in (
        content.items() if isinstance(content, dict) else enumerate(content if isinstance(content, list) else ())
    ):
        yield from _keys(key, item)


@cache
def _values() -> frozenset[str]:
    """Every value that an edit may write."""
    keys = [key for control in _controls() for key in control.keys]
    spelt = (value for key in keys if isinstance(key.allowed, tuple) for value in key.allowed)
    return frozenset((*spelt, *(key.secure for key in keys))) - {""}
