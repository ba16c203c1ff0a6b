"""How members are added to a mapping, and a scalar is replaced, in the layout that their neighbours have.

For YAML in blocks, YAML in braces and JSON. Everything is a splice of the text; nothing is printed anew.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence as Many
from typing import NamedTuple, TypeAlias

from iac_imds_lint.documents.node import Mapping, Member, Node, Scalar, Sequence, Tagged
from iac_imds_lint.edit import Edit, Refusal
from iac_imds_lint.source import SourceFile, Span

# What is written: a text, a number, a boolean, members in order, or a list of what has members.
Written: TypeAlias = "str | int | bool | tuple[tuple[str, Written], ...] | list[Entries]"
Entries: TypeAlias = "Many[tuple[str, Written]]"

# New members go before these where they are last: they are long, and belong at the end.
_LATE = ("UserData",)

_REST_OF_LINE = re.compile(r"[ \t]*(?:#[^\r\n]*)?(?=\r?\n|\Z)")
_DASH = re.compile(r"[ ]*-[ ]+")
_GAP = re.compile(r"(?:\s|#[^\n]*\n)*")
_LONE_KEY = re.compile(r'[ \t]*"[^"]*"\s*:\s*')
_COLONS = (": ", " : ", " :", ":")
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_./-]*(?::[A-Za-z0-9_./-]+)*")
_WORDS = frozenset(("true", "false", "yes", "no", "on", "off", "null", "y", "n"))
_NUMBER_OR_WORD = re.compile(r"-?(?:0|[1-9][0-9]*)|true|false")


class _Look(NamedTuple):
    """How members are written: quoted (as in JSON) or plain, what stands between key and value, the indentation of a
    level (empty where all stands on one line), the blank inside of braces that stand on one line, and what parts two
    members there.
    """

    quoted: bool
    colon: str = ": "
    step: str = ""
    pad: str = ""

    @property
    def comma(self) -> str:
        """What parts two members that stand on one line: no blank where none follows the colon."""
        return "," if self.quoted and self.colon.endswith(":") else ", "


def insert(
    source: SourceFile, mapping: Mapping, entries: Entries, step: str = "  ", before: Member | None = None
) -> tuple[Edit, ...] | Refusal:
    """The edits that add ``entries`` to a mapping: before one of its members, else at its end.

    ``step`` is the indentation of a level, for where the mapping itself does not show it.
    """
    if not mapping.members:
        return _filled(source, mapping, entries, step)
    if mapping.flow:
        return _into_braces(source, mapping, entries, step, before)
    return _into_block(source, mapping, entries, step, before)


def append(source: SourceFile, sequence: Sequence, entries: Entries, step: str) -> tuple[Edit, ...] | Refusal:
    """The edits that add a mapping of ``entries`` to a list, laid out as its last element is."""
    if not sequence.items:
        return Refusal("the list is empty")
    last = sequence.items[-1]
    if not sequence.span.start <= last.span.start < sequence.span.end:
        return Refusal("its last element is reached through a YAML alias")
    if not sequence.flow:
        return _after_dash(source, last, entries, step)
    if not isinstance(last, Mapping) or not last.members:
        return Refusal("the list is written in a way that is not certain to add to")
    inner = last.members[-1]
    look = _look_of(source, last, inner, step, on_lines=_first_on_line(source, inner.key_span.start))
    own_line = _first_on_line(source, last.span.start)
    indent = source.indentation(last.span.start)
    between = f",{source.newline}{indent}" if own_line else look.comma
    at = Span(source.path, last.span.end, last.span.end)
    return (Edit(at, between + _braced(entries, look, indent, source.newline)),)


def fill(source: SourceFile, owner: Member, entries: Entries, step: str, *, braces: bool) -> tuple[Edit, ...] | Refusal:
    """The edits that write ``entries`` for the null value of a key; ``braces`` where the key stands in some."""
    start, end = owner.key_span.end, owner.value.span.end
    gap = re.match(r"\s*:", source.text[start:end])
    if gap is None or not (braces or _REST_OF_LINE.match(source.text, end)):
        return Refusal(f"{owner.key} is empty in a way that is not certain to fill")
    value = owner.value.span
    if braces:
        if value.start == value.end:
            return Refusal(f"{owner.key} is empty inside of braces")
        quoted = source.text[owner.key_span.start] == '"'
        look = _Look(quoted, step=step if _first_on_line(source, owner.key_span.start) else "")
        text = _braced(entries, look, source.indentation(owner.key_span.start), source.newline)
        return (Edit(value, text),)
    colon = start + gap.end()
    if source.text[colon : value.start].strip():
        return Refusal(f"{owner.key} is empty in a way that is not certain to fill")
    indent = " " * (_column(source, owner.key_span.start) + len(step))
    quote = _quote_of(source, owner)
    lines = "".join(source.newline + line for line in _block_lines(entries, indent, step, quote))
    at = source.line_end(end)
    removed = (Edit(Span(source.path, colon, end), ""),) if value.start < value.end else ()
    return (*removed, Edit(Span(source.path, at, at), lines))


def instead(
    source: SourceFile, owner: Member, old: Node, entries: Entries, step: str, *, flow: bool
) -> tuple[Edit, ...]:
    """The edits that write ``entries`` in place of an item of a list, in brackets or not, below the key ``owner``."""
    start = old.span.start
    if isinstance(old, Mapping) and old.flow and old.members:
        inner = old.members[-1]
        look = _look_of(source, old, inner, step, on_lines=_first_on_line(source, inner.key_span.start))
    elif flow:
        look = _Look(_quote_of(source, owner) == '"')
    else:
        indent = " " * _column(source, start)
        lines = _block_lines(entries, indent, step, _quote_of(source, owner))
        return (Edit(old.span, source.newline.join(lines).removeprefix(indent)),)
    return (Edit(old.span, _braced(entries, look, source.indentation(start), source.newline)),)


def replace(source: SourceFile, old: Scalar, new: Written) -> Edit | Refusal:
    """The edit that writes another scalar in place of one, quoted as that is."""
    written = source.slice(old.span)
    text = _text(new)
    if written[:1] in ("|", ">"):
        return Refusal("the value is a block of text")
    if not written:
        lead = " " if source.text[old.span.start - 1 : old.span.start] == ":" else ""
        return Edit(old.span, lead + _scalar(new, quoted=False))
    if written[0] == "'":
        return Edit(old.span, f"'{text}'")
    if written[0] == '"':
        return Edit(old.span, json.dumps(text, ensure_ascii=False))
    if not isinstance(old.content, str) and old.content is not None and _NUMBER_OR_WORD.fullmatch(text):
        return Edit(old.span, text)
    return Edit(old.span, _scalar(new, quoted=_in_json(source)))


def step_between(source: SourceFile, outer: int, inner: int, otherwise: str = "  ") -> str:
    """The indentation of a level, as the lines of two keys show it of which one holds the other."""
    around, inside = source.indentation(outer), source.indentation(inner)
    if inside.startswith(around) and inside != around:
        return inside.removeprefix(around)
    return "\t" if inside[:1] == "\t" else otherwise


def _in_json(source: SourceFile) -> bool:
    return source.text.lstrip()[:1] in ("{", "[")


def _text(value: Written) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def _scalar(value: Written, *, quoted: bool) -> str:
    if not isinstance(value, str):
        return _text(value)
    if quoted or not _PLAIN.fullmatch(value) or value.lower() in _WORDS:
        return json.dumps(value, ensure_ascii=False)
    return value


def _column(source: SourceFile, offset: int) -> int:
    return offset - source.line_start(offset)


def _first_on_line(source: SourceFile, offset: int) -> bool:
    return not source.text[source.line_start(offset) : offset].strip()


# --- Blocks ----------------------------------------------------------------------------------------------------------


def _block_lines(entries: Entries, indent: str, step: str, quote: str) -> list[str]:
    """Entries as lines of a block, without newlines."""
    lines: list[str] = []
    for key, value in entries:
        if isinstance(value, tuple):
            lines += [f"{indent}{quote}{key}{quote}:", *_block_lines(value, indent + step, step, quote)]
        elif isinstance(value, list):
            items = [line for item in value for line in _dashed(item, f"{indent}{step}- ", step, quote)]
            lines += [f"{indent}{quote}{key}{quote}:", *items]
        else:
            written = f"'{value}'" if quote == "'" and isinstance(value, str) else _scalar(value, quoted=bool(quote))
            lines.append(f"{indent}{quote}{key}{quote}: {written}")
    return lines


def _quote_of(source: SourceFile, member: Member) -> str:
    """What a key stands in: a kind of quotes, or nothing."""
    first = source.text[member.key_span.start]
    return first if first in "\"'" else ""


def _dashed(entries: Entries, lead: str, step: str, quote: str) -> list[str]:
    """Entries as lines of an element of a list; ``lead`` is its dash with the blanks around that."""
    first, *others = _block_lines(entries, " " * len(lead), step, quote)
    return [lead + first.lstrip(), *others]


def _after_dash(source: SourceFile, last: Node, entries: Entries, step: str) -> tuple[Edit, ...] | Refusal:
    """The edits that add an element after the last one of a list of dashes."""
    lead = source.text[source.line_start(last.span.start) : last.span.start]
    end = last.span.end
    if not _DASH.fullmatch(lead) or not _REST_OF_LINE.match(source.text, end):
        return Refusal("the list is written in a way that is not certain to add to")
    keys = last.members if isinstance(last, Mapping) and not last.flow else ()
    quote = _quote_of(source, keys[0]) if keys else ""
    return (_below(source, end, lead.index("-"), _dashed(entries, lead, step, quote)),)


def _into_block(
    source: SourceFile, mapping: Mapping, entries: Entries, step: str, before: Member | None
) -> tuple[Edit, ...] | Refusal:
    own = [member for member in mapping.members if not member.aliased]
    # Where all members come by a merge key, that is the first.
    first = own[0].key_span.start if own else mapping.span.start
    if source.text[source.line_start(first) : first].rstrip().endswith("?"):
        return Refusal("its keys are marked by question marks")
    indent = " " * _column(source, first)
    quote = _quote_of(source, own[0]) if own else ""
    lines = _block_lines(entries, indent, step, quote)
    newline = source.newline
    end = _end_of_block(mapping, own)
    if own and end == len(source.text) and _ends_in_block_of_text(source, own[-1].value):
        # A newline after the last line of the text would become part of it.
        before = before or own[-1]
    if before is not None:
        place = _above(source, mapping, before)
        return (Edit(Span(source.path, place, place), newline.join(lines)[len(indent) :] + newline + indent),)
    if source.text[end - 1] != "\n" and not _REST_OF_LINE.match(source.text, end):
        return Refusal("what follows its last value on the line is not understood")
    return (_below(source, end, len(indent), lines),)


def _below(source: SourceFile, end: int, column: int, lines: list[str]) -> Edit:
    """The edit that adds lines below a value that ends at ``end``, and below the comments that belong to it: those
    that are indented deeper than ``column``.
    """
    # A block scalar that keeps its last newlines ends where the next line begins.
    begins_line = source.text[end - 1] == "\n"
    at = source.line_end(end - 1 if begins_line else end)
    comments = re.compile(rf"(?:(?:\r?\n[ \t]*)*\r?\n {{{column + 1}}}[ \t]*#[^\r\n]*)+").match(source.text, at)
    if begins_line and comments is None:
        return Edit(Span(source.path, end, end), "".join(line + source.newline for line in lines))
    at = comments.end() if comments else at
    return Edit(Span(source.path, at, at), "".join(source.newline + line for line in lines))


def _above(source: SourceFile, mapping: Mapping, member: Member) -> int:
    """Where a member begins, with the comments right above it that are indented as it is."""
    place = member.key_span.start
    if not _first_on_line(source, place):
        return place
    column = _column(source, place)
    ends = (other.value.span.end for other in mapping.members if not other.aliased and other is not member)
    floor = max((end for end in ends if end <= place), default=0)
    while (line := source.line_start(place)) > floor:
        above = source.line_start(line - 1)
        comment = above + column
        if above < floor or source.text[above:comment].strip() or source.text[comment : comment + 1] != "#":
            break
        place = comment
    return place


def _end_of_block(mapping: Mapping, own: list[Member]) -> int:
    """Where the member ends after which new ones go."""
    if len(own) == len(mapping.members) > 1 and own[-1].key in _LATE:
        return own[-2].value.span.end
    return mapping.span.end


def _ends_in_block_of_text(source: SourceFile, node: Node) -> bool:
    match node:
        case Scalar(span):
            return source.text[span.start : span.start + 1] in ("|", ">")
        case Tagged(_, _, inner):
            return _ends_in_block_of_text(source, inner)
        case Mapping(_, (*_, last)):
            return _ends_in_block_of_text(source, last.value)
        case Sequence(_, (*_, item)):
            return _ends_in_block_of_text(source, item)
        case _:
            return False


# --- Braces ----------------------------------------------------------------------------------------------------------


def _braced(entries: Entries, look: _Look, indent: str, newline: str) -> str:
    """Entries in braces, on lines of their own where the look has a step."""
    inner = indent + look.step
    parts = [_pair(key, value, look, inner, newline) for key, value in entries]
    if not look.step:
        return "{" + look.pad + look.comma.join(parts) + look.pad + "}"
    return "{" + newline + inner + f",{newline}{inner}".join(parts) + newline + indent + "}"


def _pair(key: str, value: Written, look: _Look, indent: str, newline: str) -> str:
    match value:
        case tuple():
            written = _braced(value, look, indent, newline)
        case list():
            written = _bracketed(value, look, indent, newline)
        case _:
            written = _scalar(value, quoted=look.quoted)
    return f"{json.dumps(key) if look.quoted else key}{look.colon}{written}"


def _bracketed(items: list[Entries], look: _Look, indent: str, newline: str) -> str:
    """Elements in brackets, on lines of their own where the look has a step."""
    inner = indent + look.step
    parts = [_braced(item, look, inner, newline) for item in items]
    if not look.step:
        return "[" + look.comma.join(parts) + "]"
    return "[" + newline + inner + f",{newline}{inner}".join(parts) + newline + indent + "]"


def _filled(source: SourceFile, mapping: Mapping, entries: Entries, step: str) -> tuple[Edit, ...] | Refusal:
    """An empty pair of braces, filled: on lines of their own in JSON that is laid out so."""
    if source.slice(mapping.span)[1:-1].strip():
        return Refusal("there is a comment between its braces")
    quoted = _in_json(source)
    owner = source.text[source.line_start(mapping.span.start) : mapping.span.start]
    tight = quoted and owner.endswith((":", ","))
    look = _Look(quoted, ":" if tight else ": ", step if quoted and _LONE_KEY.fullmatch(owner) else "")
    return (Edit(mapping.span, _braced(entries, look, source.indentation(mapping.span.start), source.newline)),)


def _into_braces(
    source: SourceFile, mapping: Mapping, entries: Entries, step: str, before: Member | None
) -> tuple[Edit, ...] | Refusal:
    own = [member for member in mapping.members if not member.aliased]
    if not own:
        return _before_aliases(source, mapping, entries)
    last = own[-1]
    if len(own) < len(mapping.members):
        # Where an alias stands in the braces is not known, so none may be taken for the last.
        before = before or last
    start = last.key_span.start
    on_lines = _first_on_line(source, start)
    look = _look_of(source, mapping, last, step, on_lines=on_lines)
    indent = source.indentation(start)
    parts = [_pair(key, value, look, indent, source.newline) for key, value in entries]
    between = f",{source.newline}{indent}" if on_lines else look.comma
    if before is None and on_lines and last.key in _LATE and len(mapping.members) > 1:
        before = last
    if before is not None:
        place = _above(source, mapping, before)
        return (Edit(Span(source.path, place, place), between.join(parts) + between),)
    return _after_last(source, last.value.span.end, between, between.join(parts))


def _before_aliases(source: SourceFile, mapping: Mapping, entries: Entries) -> tuple[Edit, ...]:
    """The edits that add entries in front, where all that stands in the braces is reached through YAML aliases."""
    first = re.compile(r"[ \t]*").match(source.text, mapping.span.start + 1)
    place = first.end() if first else mapping.span.start + 1
    comma = "," if source.text[place] in "\r\n" else ", "
    added = "".join(_pair(key, value, _Look(quoted=False), "", source.newline) + ", " for key, value in entries)
    return (Edit(Span(source.path, place, place), added.removesuffix(", ") + comma),)


def _after_last(source: SourceFile, end: int, between: str, added: str) -> tuple[Edit, ...]:
    """The edits that add text after the last member of a mapping in braces, and the comma that it takes."""
    gap = _GAP.match(source.text, end)
    comma = gap.end() if gap else end
    if source.text[comma : comma + 1] == ",":
        end, lead, trail = comma + 1, "", ","
    else:
        lead, trail = ",", ""
    rest = _REST_OF_LINE.match(source.text, end)
    if "\n" in between and rest and rest.group().strip():
        comment_end = source.line_end(end)
        line = Edit(Span(source.path, comment_end, comment_end), between[1:] + added + trail)
        return (Edit(Span(source.path, end, end), lead), line) if lead else (line,)
    return (Edit(Span(source.path, end, end), lead + between[1:] + added + trail),)


def _look_of(source: SourceFile, mapping: Mapping, last: Member, step: str, *, on_lines: bool) -> _Look:
    quoted = source.text[last.key_span.start] == '"'
    colon = source.text[last.key_span.end : last.value.span.start]
    if colon not in (_COLONS if quoted else _COLONS[:2]):
        colon = ": "
    if not on_lines:
        inside = re.match(r"\{([ \t]?)", source.slice(mapping.span))
        return _Look(quoted, colon, pad=inside[1] if inside else "")
    outer, inner = source.indentation(mapping.span.start), source.indentation(last.key_span.start)
    shown = inner.removeprefix(outer) if inner.startswith(outer) else ""
    return _Look(quoted, colon, step=shown or step)
