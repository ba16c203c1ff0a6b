"""Members of a mapping written in another order, deeper or below other keys, with the text that they had.

Text that stands in a member is moved and indented anew, never printed: only what is added is.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple, TypeAlias

from iac_imds_lint.documents.node import Mapping, Member
from iac_imds_lint.edit import Edit, Refusal
from iac_imds_lint.source import SourceFile, Span

_COMMENT = re.compile(r"[ \t]*#")
_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_SEPARATOR = re.compile(r"\s*,?\s*")


class Held(NamedTuple):
    """What followed a key in the text, from its colon on, in lines that keep their ends."""

    lines: tuple[str, ...]


Shown: TypeAlias = "Held | str | int | bool | tuple[Item, ...] | list[tuple[Item, ...]]"


class Item(NamedTuple):
    """A key with its value; ``above`` are the lines of comments that belong to it, ``gap`` what parts it from what is
    before it: lines in a block, the comma with its blanks in braces (None where there was nothing).
    """

    key: str
    value: Shown
    above: tuple[str, ...] = ()
    gap: tuple[str, ...] | None = None


class Look(NamedTuple):
    """How the members of a mapping are written: the column or the blanks before them, the indentation of a level, the
    quotes of keys; in braces, the colon, whether each stands on a line of its own, and the blank inside of the braces.
    """

    indent: str
    step: str
    quote: str
    newline: str
    flow: bool = False
    colon: str = ": "
    on_lines: bool = True
    pad: str = ""


def look_of(source: SourceFile, mapping: Mapping, step: str) -> Look:
    """How a mapping that has members is written."""
    first = next(member for member in mapping.members if not member.merged)
    start = first.key_span.start
    lead = source.text[source.line_start(start) : start]
    quote = source.text[start] if source.text[start] in "\"'" else ""
    if not mapping.flow:
        return Look(" " * len(lead), step, quote, source.newline)
    colon = source.text[first.key_span.end : first.value.span.start]
    on_lines = not lead.strip()
    inside = re.match(r"\{([ \t]?)", source.slice(mapping.span))
    pad = inside[1] if inside and not on_lines else ""
    return Look(
        lead if on_lines else source.indentation(start),
        step,
        quote,
        source.newline,
        flow=True,
        colon=colon if colon in (": ", " : ", " :", ":") and (quote or colon.endswith(" ")) else ": ",
        on_lines=on_lines,
        pad=pad,
    )


def in_lines(text: str) -> tuple[str, ...]:
    """Text in lines, each with its own end: a file may mix them."""
    return tuple(_LINE.findall(text))


# --- Reading ---------------------------------------------------------------------------------------------------------


class Chunks(NamedTuple):
    """The members of a mapping in pieces of text, by key, in order; ``span`` is all that they stand in.

    ``tail`` is the end of its last line, with comments below that belong to the mapping.
    """

    span: Span
    items: dict[str, Item]
    tail: tuple[str, ...] = ()


def chunks(source: SourceFile, mapping: Mapping, edits: Iterable[Edit]) -> Chunks | Refusal:
    """The pieces of a mapping, with edits inside of them applied."""
    own = mapping.members
    if any(member.merged for member in own):
        return Refusal("its properties come through a YAML merge key, which others share")
    if len({member.key for member in own}) < len(own):
        return Refusal("it has a property that is written twice")
    ordered = sorted(edits)
    return _braced(source, mapping, ordered) if mapping.flow else _blocked(source, mapping, ordered)


def spliced(source: SourceFile, span: Span, edits: Sequence[Edit]) -> str:
    """The text of a span with the edits inside of it applied, in order."""
    parts, at = [], span.start
    for edit in edits:
        if span.start <= edit.span.start and edit.span.end <= span.end and at <= edit.span.start:
            parts += [source.text[at : edit.span.start], edit.content]
            at = edit.span.end
    return "".join((*parts, source.text[at : span.end]))


def _blocked(source: SourceFile, mapping: Mapping, edits: Sequence[Edit]) -> Chunks | Refusal:
    text, path, own = source.text, mapping.span.path, mapping.members
    column = own[0].key_span.start - source.line_start(own[0].key_span.start)
    items: dict[str, Item] = {}
    begin = last = end = source.line_start(own[0].key_span.start)
    for number, member in enumerate(own):
        line = source.line_start(member.key_span.start)
        if text[line : member.key_span.start].strip():
            return Refusal("its properties are not written on lines of their own")
        gap, above = _parted(in_lines(text[end:line]), column)
        limit = source.line_start(own[number + 1].key_span.start) if number + 1 < len(own) else mapping.span.end
        end = _end_of(source, member, limit, column)
        rest = spliced(source, Span(path, member.key_span.end, end), edits)
        last, end = end, end + len(_end_at(source, end))
        items[member.key] = Item(member.key, Held(in_lines(rest + text[last:end])), above, gap)
    tail = re.compile(rf"(?:(?:\r?\n[ \t]*)*\r?\n {{{column}}}[ ]*#[^\r\n]*)*").match(text, last)
    close = tail.end() if tail else last
    return Chunks(Span(path, begin, close), items, in_lines(text[last:close]))


def _end_at(source: SourceFile, at: int) -> str:
    """What ends the line that ends at an offset; nothing at the end of the file."""
    return "\r\n" if source.text.startswith("\r\n", at) else source.text[at : at + 1]


def _parted(lines: tuple[str, ...], column: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Lines before a key: what only stands there, and the comments right above it that are indented as it is."""
    at = len(lines)
    while at and lines[at - 1].startswith(" " * column + "#"):
        at -= 1
    return lines[:at], lines[at:]


def _end_of(source: SourceFile, member: Member, limit: int, column: int) -> int:
    """Where the lines of a member end, with the comments below that are indented deeper than its key."""
    end = member.value.span.end
    if (
        not member.key_span.end <= end <= max(limit, member.key_span.end)
        or member.value.span.start < member.key_span.end
    ):
        end = member.key_span.end
    if source.text[end - 1] == "\n":
        end -= 2 if source.text.startswith("\r\n", end - 2) else 1
    at = source.line_end(end)
    comments = re.compile(rf"(?:(?:\r?\n[ \t]*)*\r?\n {{{column + 1}}}[ \t]*#[^\r\n]*)+").match(source.text, at)
    return comments.end() if comments else at


def _braced(source: SourceFile, mapping: Mapping, edits: Sequence[Edit]) -> Chunks | Refusal:
    items: dict[str, Item] = {}
    path, end = mapping.span.path, 0
    for member in mapping.members:
        if member.aliased:
            return Refusal("others share its properties through a YAML alias")
        gap = source.text[end : member.key_span.start] if end else None
        if gap is not None and not _SEPARATOR.fullmatch(gap):
            return Refusal("there are comments between its properties")
        end = member.value.span.end
        rest = spliced(source, Span(path, member.key_span.end, end), edits)
        items[member.key] = Item(member.key, Held(in_lines(rest)), gap=None if gap is None else in_lines(gap))
    return Chunks(Span(path, mapping.members[0].key_span.start, end), items)


# --- Writing ---------------------------------------------------------------------------------------------------------


def written(items: Sequence[Item], look: Look) -> str:
    """Items in the place of what was read: in a block from the beginning of its first line."""
    if look.flow:
        return _in_braces(items, look, 0)
    ended = (line if line.endswith("\n") else line + look.newline for line in _in_block(items, look, 0))
    return "".join(ended).removesuffix("\n").removesuffix("\r")


def _in_block(items: Iterable[Item], look: Look, deeper: int) -> list[str]:
    """Lines of a block that stands so many blanks deeper than what was read."""
    lines: list[str] = []
    indent = look.indent + " " * deeper
    for item in items:
        lines += _shifted((*(item.gap or ()), *item.above), look, deeper)
        lead = f"{indent}{look.quote}{item.key}{look.quote}"
        match item.value:
            case Held((first, *others)):
                lines += [lead + first, *_shifted(others, look, deeper)]
            case tuple() as inner:
                lines += [f"{lead}:{look.newline}", *_in_block(inner, look, deeper + len(look.step))]
            case list() as elements:
                lines.append(f"{lead}:{look.newline}")
                for element in elements:
                    first, *others = _in_block(element, look, deeper + len(look.step) + 2)
                    lines += [f"{indent}{look.step}- {first.lstrip()}", *others]
            case value:
                lines.append(f"{lead}: {_scalar(value, quoted=look.quote == chr(34))}{look.newline}")
    return lines


def _shifted(lines: Iterable[str], look: Look, deeper: int) -> list[str]:
    """Lines so many blanks deeper, but for empty ones, and for comments that stand outside of the block.

    Blanks alone are part of a text where they are more than its indentation.
    """
    return [line if _is_outside(line, look) else " " * deeper + line for line in lines]


def _is_outside(line: str, look: Look) -> bool:
    text = line.rstrip("\r\n")
    if not text.strip(" "):
        return len(text) <= len(look.indent)
    return bool(_COMMENT.match(line)) and not line.startswith(look.indent)


def _in_braces(items: Iterable[Item], look: Look, level: int) -> str:
    """What stands inside of braces, so many levels deeper than what was read."""
    blanks = look.step * level
    between = f",{look.newline}{look.indent}{blanks}" if look.on_lines else _comma(look)
    text = ""
    for number, item in enumerate(items):
        gap = between if item.gap is None else "".join(item.gap)
        gap += blanks if item.gap is not None and "\n" in gap else ""
        text += (gap if number else "") + f"{look.quote}{item.key}{look.quote}" + _after_key(item.value, look, level)
    return text


def _comma(look: Look) -> str:
    return "," if look.quote and look.colon.endswith(":") else ", "


def _after_key(value: Shown, look: Look, level: int) -> str:
    match value:
        case Held(lines):
            return _deeper(lines, look.step * level)
        case tuple():
            return look.colon + _object(value, look, level)
        case list():
            return look.colon + _array([_object(element, look, level + 1) for element in value], look, level)
        case _:
            return look.colon + _scalar(value, quoted=bool(look.quote))


def _deeper(lines: Sequence[str], blanks: str) -> str:
    first, *others = lines
    return "".join((first, *(blanks + line if line.strip() else line for line in others)))


def _object(items: tuple[Item, ...], look: Look, level: int) -> str:
    inner = _in_braces(items, look, level + 1)
    return _around("{", inner, "}", look, level)


def _array(elements: list[str], look: Look, level: int) -> str:
    if not look.on_lines:
        return "[" + _comma(look).join(elements) + "]"
    between = f",{look.newline}{look.indent}{look.step * (level + 1)}"
    return _around("[", between.join(elements), "]", look, level)


def _around(opening: str, inner: str, closing: str, look: Look, level: int) -> str:
    if not look.on_lines:
        return opening + look.pad + inner + look.pad + closing
    outer = look.newline + look.indent + look.step * level
    return opening + outer + look.step + inner + outer + closing


def _scalar(value: str | int | bool, *, quoted: bool) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value) if quoted and isinstance(value, str) else str(value)
