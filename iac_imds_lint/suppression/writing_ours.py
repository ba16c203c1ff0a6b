"""Our suppressions written into a file: a comment above a row, or in JSON metadata of a template, ``"//"`` of a block.

A comment, or metadata, of ours that is there already and counts for the same is given the code.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from iac_imds_lint.directive import Directive, Rows
from iac_imds_lint.documents import insertion, json_reader
from iac_imds_lint.documents.node import Mapping as Object
from iac_imds_lint.documents.node import Node
from iac_imds_lint.documents.node import Sequence as List
from iac_imds_lint.edit import Edit, Refusal
from iac_imds_lint.source import Problem, SourceFile, Span
from iac_imds_lint.suppression import comments, marks
from iac_imds_lint.suppression.words import MARKER

_KEY = "iac-imds-lint"
_COMMENT = "//"
# Stands in what is inserted where a list is to stand.
_LISTED = "the codes"


class Asked(NamedTuple):
    """What a suppression is given: a reason, and the last day on which it counts."""

    reason: str = ""
    until: date | None = None


class At(NamedTuple):
    """Where a suppression is to count: at a row, by a comment; or, where a file has none, at a resource that begins at
    an offset.
    """

    row: int = 0
    offset: int = -1


def edits(source: SourceFile, wanted: Mapping[At, Sequence[str]], asked: Asked) -> tuple[Edit, ...] | Refusal:
    """The edits that write suppressions of these codes."""
    done: list[Edit] = []
    written = _by_row(source, asked) if _has_rows(wanted) else {}
    root = json_reader.read(source) if not _has_rows(wanted) else None
    if isinstance(root, Problem):
        return Refusal(root.reason)
    for at, codes in wanted.items():
        if at.row:
            done.append(_comment(source, at.row, sorted(set(codes)), asked, written))
            continue
        added = _in_json(source, root, at.offset, sorted(set(codes)), asked)
        if isinstance(added, Refusal):
            return added
        done += added
    return tuple(done)


def _has_rows(wanted: Iterable[At]) -> bool:
    return any(at.row for at in wanted)


def _by_row(source: SourceFile, asked: Asked) -> dict[int, Directive]:
    """The first comment of ours that covers each row, and that counts as long as is asked for."""
    found: dict[int, Directive] = {}
    for said in comments.read(source):
        if not isinstance(said, Directive) or said.in_script or not said.codes or not isinstance(said.reach, Rows):
            continue
        if (said.until.day if said.until is not None else None) == asked.until:
            for row in said.reach.rows:
                found.setdefault(row, said)
    return found


def _comment(
    source: SourceFile, row: int, codes: Sequence[str], asked: Asked, written: Mapping[int, Directive]
) -> Edit:
    """A comment above a row, or the codes in one that covers the row."""
    if row in written:
        end = written[row].codes[-1].span.end
        return Edit(Span(source.path, end, end), "".join(f", {code}" for code in codes))
    start = source.offset(row, 1)
    line = f"{source.indentation(start)}# {words(codes, asked)}{source.newline}"
    return Edit(Span(source.path, start, start), line)


def words(codes: Sequence[str], asked: Asked) -> str:
    """What a comment of ours says."""
    until = f"until={asked.until}" if asked.until is not None else ""
    return " ".join(filter(None, (f"{MARKER} ignore[{', '.join(codes)}]", until, asked.reason)))


def _in_json(
    source: SourceFile, root: Node | None, offset: int, codes: Sequence[str], asked: Asked
) -> tuple[Edit, ...] | Refusal:
    """Metadata of the resource whose key is at an offset, or ``"//"`` in the block there."""
    found = next(_values_at(root, offset), None) if root is not None else None
    if not isinstance(found, Object) or not isinstance(root, Object) or not root.members:
        return Refusal("its block is not written as an object")
    step = insertion.step_between(source, root.span.start, root.members[0].key_span.start)
    if marks.is_json(source.path):
        if found.get(_COMMENT) is not None:
            return Refusal(f'its block has a comment "{_COMMENT}" already: add {words(codes, asked)} to it')
        return insertion.insert(source, found, ((_COMMENT, words(codes, asked)),), step, found.members[0])
    return _metadata(source, found, codes, asked, step)


def _metadata(
    source: SourceFile, resource: Object, codes: Sequence[str], asked: Asked, step: str
) -> tuple[Edit, ...] | Refusal:
    entry: tuple[tuple[str, insertion.Written], ...] = (("ignore", _LISTED),)
    entry += (("reason", asked.reason),) if asked.reason else ()
    entry += (("until", str(asked.until)),) if asked.until is not None else ()
    metadata = resource.get("Metadata")
    ours = metadata.get(_KEY) if isinstance(metadata, Object) else None
    listed = ours.get("ignore") if isinstance(ours, Object) else None
    if isinstance(listed, List) and listed.items:
        end = listed.items[-1].span.end
        return (Edit(Span(source.path, end, end), "".join(f", {json.dumps(code)}" for code in codes)),)
    if metadata is None:
        written = insertion.insert(source, resource, (("Metadata", ((_KEY, entry),)),), step)
    elif isinstance(metadata, Object) and ours is None:
        written = insertion.insert(source, metadata, ((_KEY, entry),), step)
    else:
        return Refusal("its Metadata is not written as an object")
    if isinstance(written, Refusal):
        return written
    placeholder, listing = json.dumps(_LISTED), json.dumps(codes)
    return tuple(edit._replace(content=edit.content.replace(placeholder, listing)) for edit in written)


def _values_at(node: Node, offset: int) -> Iterator[Node]:
    """The value whose key begins at an offset, or the object that does."""
    match node:
        case Object(span, members):
            if span.start == offset:
                yield node
            for member in members:
                if member.key_span.start == offset:
                    yield _only(member.value)
                elif member.value.span.start <= offset < member.value.span.end:
                    yield from _values_at(member.value, offset)
        case List(_, items):
            for item in items:
                if item.span.start <= offset < item.span.end:
                    yield from _values_at(item, offset)
        case _:
            return


def _only(node: Node) -> Node:
    return node.items[0] if isinstance(node, List) and len(node.items) == 1 else node


def unproven(before: SourceFile, after: SourceFile) -> str:
    """Why a file is not proven to differ in comments and metadata of ours alone, in a clause; empty where it is."""
    from iac_imds_lint.documents.compare import differences

    if marks.is_hcl(before.path) or marks.is_json(before.path):
        from iac_imds_lint.terraform import proof

        return proof.unproven_comments(before, after)
    if before.text.lstrip()[:1] == "{":
        told = (pair.path for pair in differences(json.loads(before.text), json.loads(after.text)))
        return "" if all(_is_ours(path) for path in told) else "more than metadata would change"
    from iac_imds_lint.documents import yaml_reader
    from iac_imds_lint.documents.compare import plain

    first, second = yaml_reader.read(before), yaml_reader.read(after)
    if isinstance(first, Problem) or isinstance(second, Problem):
        return "it could not be read afterwards"
    return "more than a comment would change" if differences([*map(plain, first)], [*map(plain, second)]) else ""


def _is_ours(path: Sequence[object]) -> bool:
    return path[-1:] == ("Metadata",) or _KEY in path
