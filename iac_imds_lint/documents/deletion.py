"""Entries taken out of YAML and JSON, with the separators or the lines that were theirs; all other text stays."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import NamedTuple

from iac_imds_lint.documents.node import Mapping, Node, Scalar, Sequence, Tagged
from iac_imds_lint.edit import Edit, Refusal
from iac_imds_lint.source import SourceFile, Span

_DASH = re.compile(r"[ \t]*-[ \t]+")
_SHARED = "others share it through a YAML alias"
_BESIDE = "something else stands on its lines"


class _Entry(NamedTuple):
    """A member of a mapping, or an item of a list: where it begins, and where the last of it ends."""

    start: int
    end: int
    is_shared: bool = False


def delete(source: SourceFile, holder: Mapping | Sequence, indices: Collection[int]) -> tuple[Edit, ...] | Refusal:
    """The edits that take some entries, but not all, out of a mapping or list; or why they are not certain."""
    if _is_shared(holder) if holder.flow else any(_entry(holder, index).is_shared for index in indices):
        return Refusal(_SHARED)
    if holder.flow:
        return tuple(_from_brackets(source, holder, indices))
    edits: list[Edit] = []
    for index in sorted(indices):
        lines = _lines(source, _entry(holder, index), is_item=isinstance(holder, Sequence))
        if isinstance(lines, Refusal):
            return lines
        edits.append(Edit(lines, ""))
    return tuple(edits)


def _is_shared(holder: Mapping | Sequence) -> bool:
    """Whether any entry is one that others share."""
    if isinstance(holder, Sequence):
        return bool(holder.aliased)
    return any(member.aliased or member.merged for member in holder.members)


def _entry(holder: Mapping | Sequence, index: int) -> _Entry:
    if isinstance(holder, Sequence):
        item = holder.items[index]
        return _Entry(item.span.start, _end(item), index in holder.aliased)
    member = holder.members[index]
    end = max(member.key_span.end, _end(member.value)) if not member.aliased else member.key_span.end
    return _Entry(member.key_span.start, end, member.aliased or member.merged)


def _end(node: Node) -> int:
    """Where the text of a node ends: a block's span runs past the comments that follow it."""
    match node:
        case Mapping(span, members, flow):
            own = [member for member in members if not member.merged]
            return span.end if flow or not own else max(own[-1].key_span.end, _end(own[-1].value))
        case Sequence(span, items, flow):
            return span.end if flow or not items else _end(items[-1])
        case Tagged(_, _, inner):
            return _end(inner)
        case Scalar(span):
            return span.end if span.start < span.end else 0


def _from_brackets(source: SourceFile, holder: Mapping | Sequence, removed: Collection[int]) -> Iterator[Edit]:
    """An entry goes with all up to the next one that stays; the last ones with what parts them from the one before."""
    count = len(holder.items if isinstance(holder, Sequence) else holder.members)
    for first, last in _runs(removed):
        start = _entry(holder, first).start
        if last + 1 < count:
            yield Edit(Span(source.path, start, _entry(holder, last + 1).start), "")
        else:
            start = _entry(holder, first - 1).end if first else start
            yield Edit(Span(source.path, start, _entry(holder, last).end), "")


def _runs(indices: Collection[int]) -> Iterator[tuple[int, int]]:
    """The first and the last of those that follow each other."""
    chosen = frozenset(indices)
    firsts = sorted(index for index in chosen if index - 1 not in chosen)
    lasts = sorted(index for index in chosen if index + 1 not in chosen)
    yield from zip(firsts, lasts, strict=True)


def _lines(source: SourceFile, entry: _Entry, *, is_item: bool) -> Span | Refusal:
    """The lines of an entry of a block."""
    start, text = source.line_start(entry.start), source.text
    lead = text[start : entry.start]
    if lead.strip() and not (is_item and _DASH.fullmatch(lead)):
        return Refusal(_BESIDE)
    last = source.line_end(max(entry.end, entry.start))
    rest = text[entry.end : last].strip()
    if rest and not rest.startswith("#"):
        return Refusal(_BESIDE)
    return whole_lines(source, start, last)


def whole_lines(source: SourceFile, start: int, end: int) -> Span:
    """The lines from the beginning of one to the end of another, with one line break: the one after, or before."""
    text = source.text
    if text.startswith("\r\n", end):
        return Span(source.path, start, end + 2)
    if text.startswith("\n", end):
        return Span(source.path, start, end + 1)
    before = start - (2 if text.startswith("\r\n", start - 2) and start > 1 else 1 if start else 0)
    return Span(source.path, before, end)
