"""Members of objects in Terraform's JSON syntax, replaced, wrapped, added and taken away, in the layout of the file."""

from __future__ import annotations

import json
from collections.abc import Callable, Container, Iterator
from collections.abc import Mapping as Lookup
from typing import NamedTuple, TypeAlias

from iac_imds_lint.documents.node import Mapping, Node, Scalar, Sequence
from iac_imds_lint.edit import Edit
from iac_imds_lint.source import SourceFile, Span


class Raw(NamedTuple):
    """A value as it is written; ``indent`` is that of the line on which it begins."""

    text: str
    indent: str = ""


class Written(NamedTuple):
    """Members to be written in braces, or items in brackets; ``inline`` puts them on one line."""

    members: Entries = ()
    items: tuple[Raw | Written, ...] = ()
    inline: bool = False


Entries: TypeAlias = "tuple[tuple[str, Raw | Written], ...]"


class Style(NamedTuple):
    """How a file is written: the indentation of a level (empty where all stands on one line), and what stands between
    a key and its value.
    """

    step: str
    colon: str
    newline: str

    @property
    def comma(self) -> str:
        """What parts two members on one line: no blank where none follows the colon."""
        return "," if self.colon.endswith(":") else ", "


def style_of(source: SourceFile, root: Node) -> Style:
    """The style of a file, as its first member shows it."""
    first = root
    while isinstance(first, Sequence) and first.items:
        first = first.items[0]
    if not isinstance(first, Mapping) or not first.members:
        return Style("", ": ", source.newline)
    member = first.members[0]
    colon = source.text[member.key_span.end : member.value.span.start]
    step = source.indentation(member.key_span.start) if first_on_line(source, member.key_span.start) else ""
    outer = source.indentation(first.span.start)
    return Style(step.removeprefix(outer) if step else "", colon if colon.strip(" ") == ":" else ": ", source.newline)


def first_on_line(source: SourceFile, offset: int) -> bool:
    """Whether nothing but blanks stands before an offset on its line."""
    return not source.text[source.line_start(offset) : offset].strip()


def raw(source: SourceFile, node: Node) -> Raw:
    """A value as it is written."""
    return Raw(source.slice(node.span), source.indentation(node.span.start))


def text_of(value: Raw | Written, style: Style, indent: str) -> str:
    """A value as it is written where its line begins with ``indent``."""
    if isinstance(value, Raw):
        return value.text.replace(style.newline + value.indent, style.newline + indent)
    inner = indent if value.inline else indent + style.step
    parts = [text_of(item, style, inner) for item in value.items]
    parts += [_pair(key, item, style, inner) for key, item in value.members]
    start, end = "[]" if value.items else "{}"
    if value.inline or not style.step:
        return start + style.comma.join(parts) + end
    return f"{start}{style.newline}{inner}" + f",{style.newline}{inner}".join(parts) + f"{style.newline}{indent}{end}"


def _pair(key: str, value: Raw | Written, style: Style, indent: str) -> str:
    return json.dumps(key, ensure_ascii=False) + style.colon + text_of(value, style, indent)


def changed(
    source: SourceFile, mapping: Mapping, style: Style, changes: Lookup[int, Entries], added: Entries
) -> Iterator[Edit]:
    """The edits that write other members in place of some of a mapping, by their indices, and add more at its end."""
    members = mapping.members
    kept = [at for at in range(len(members)) if changes.get(at, ((),)) != ()]
    last = kept[-1] if kept else -1
    for at, entries in changes.items():
        member = members[at]
        if at in kept and at != last:
            span = Span(source.path, member.key_span.start, member.value.span.end)
            yield Edit(span, _joined(source, mapping, entries, style, at))
        elif at not in kept and at < last:
            yield Edit(Span(source.path, member.key_span.start, members[at + 1].key_span.start), "")
    if last >= 0:
        yield from _tail(source, mapping, style, (last, changes.get(last)), added)
    elif members or added:
        whole = Written(added, inline=not source.slice(mapping.span).count("\n"))
        yield Edit(mapping.span, text_of(whole, style, source.indentation(mapping.span.start)))


def _tail(
    source: SourceFile, mapping: Mapping, style: Style, kept: tuple[int, Entries | None], added: Entries
) -> Iterator[Edit]:
    """The edits from the last member that is kept to the end of a mapping."""
    at, entries = kept
    member = mapping.members[at]
    end = mapping.members[-1].value.span.end
    if entries is not None:
        span = Span(source.path, member.key_span.start, end)
        yield Edit(span, _joined(source, mapping, (*entries, *added), style, at))
    elif added or at < len(mapping.members) - 1:
        more = _joined(source, mapping, added, style, at)
        between = _between(source, mapping, style, at) if more else ""
        yield Edit(Span(source.path, member.value.span.end, end), between + more)


def _joined(source: SourceFile, mapping: Mapping, entries: Entries, style: Style, at: int) -> str:
    """Members as they stand beside one of a mapping."""
    look = style if _on_lines(source, mapping, at) else style._replace(step="")
    indent = source.indentation(mapping.members[at].key_span.start)
    return _between(source, mapping, style, at).join(_pair(key, value, look, indent) for key, value in entries)


def _between(source: SourceFile, mapping: Mapping, style: Style, at: int) -> str:
    """What parts a member from the next one."""
    if _on_lines(source, mapping, at):
        return f",{style.newline}{source.indentation(mapping.members[at].key_span.start)}"
    return style.comma


def _on_lines(source: SourceFile, mapping: Mapping, at: int) -> bool:
    return first_on_line(source, mapping.members[at].key_span.start)


def renamed_items(source: SourceFile, items: Sequence, rename: Callable[[str], str | None]) -> Iterator[Edit]:
    """The edits that rename the texts of a list. One that has no other name, or that of another, is taken away."""
    gone: set[int] = set()
    seen: set[str] = set()
    for at, item in enumerate(items.items):
        if not isinstance(item, Scalar) or not isinstance(item.content, str):
            continue
        name = rename(item.content)
        if name is None or name in seen:
            gone.add(at)
            continue
        seen.add(name)
        if name != item.content:
            yield Edit(item.span, json.dumps(name))
    yield from without(source, items, gone)


def without(source: SourceFile, items: Sequence, gone: Container[int]) -> Iterator[Edit]:
    """The edits that take items out of a list."""
    kept = [at for at in range(len(items.items)) if at not in gone]
    last = kept[-1] if kept else -1
    for at, item in enumerate(items.items):
        if at in gone and at < last:
            yield Edit(Span(source.path, item.span.start, items.items[at + 1].span.start), "")
    if last < len(items.items) - 1:
        start = items.items[last].span.end if kept else items.items[0].span.start
        yield Edit(Span(source.path, start, items.items[-1].span.end), "")


def inserted(source: SourceFile, mapping: Mapping, style: Style, after: int, added: Entries) -> Iterator[Edit]:
    """The edits that add members to a mapping behind one of them."""
    end = mapping.members[after].value.span.end
    text = _between(source, mapping, style, after) + _joined(source, mapping, added, style, after)
    yield Edit(Span(source.path, end, end), text)
