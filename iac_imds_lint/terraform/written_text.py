"""Strings, heredocs and template files with the exact place of each of their characters.

An expression has the value of its literals; what runs at boot needs their places, too. So such a literal is read once
more here, as nodes: what is written out is a :class:`~iac_imds_lint.texts.Text`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple, TypeAlias

import tree_sitter

from iac_imds_lint import texts
from iac_imds_lint.source import SourceFile, Span
from iac_imds_lint.terraform import hcl, spelling, tree
from iac_imds_lint.terraform.syntax import Expression
from iac_imds_lint.terraform.template import Kind, Piece
from iac_imds_lint.texts import Spelling, Text

_CONFIGURATION = (".tf.json", ".tofu.json", ".tfvars.json")
_DEEPEST = 50
_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_MARKER = re.compile(r"([$%])\1\{")
_ESCAPE = re.compile(r'\\(?:u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[nrt"\\])|([$%])\1\{')
_NOT_IN_JSON = re.compile(r'["\\\x00-\x1f\x7f]')
_JSON_ESCAPE = re.compile(r"\\u[dD][89abAB]\w\w\\u[dD][c-fC-F]\w\w|\\u[0-9a-fA-F]{4}|\\[^u]")


class Hole(NamedTuple):
    """An interpolation, with its markers."""

    span: Span
    expression: Expression


class Choice(NamedTuple):
    """``%{ if }``; ``text`` is the condition as it is written."""

    span: Span
    condition: Expression
    text: str
    yes: Nodes
    no: Nodes


class Loop(NamedTuple):
    """``%{ for }``."""

    span: Span
    names: tuple[str, ...]
    collection: Expression
    body: Nodes


Node: TypeAlias = "Text | Hole | Choice | Loop"
Nodes: TypeAlias = "tuple[Node, ...]"


@lru_cache(maxsize=64)
def written(source: SourceFile, span: Span) -> Nodes | None:
    """The string or heredoc at a span of a file; None where there is none."""
    raw = _raw(source, span)
    start = source.text[span.start : span.start + 3]
    if is_json(source.path):
        raw = _unescaped_json(raw)
        if start.startswith('"'):
            return _nodes(raw.part(1, len(raw.content) - 1), _unmarked)
        start = raw.content[:3]
    if start.startswith("<<"):
        inside = raw.content.find("\n") + 1, raw.content.rfind("\n") + 1
        return _nodes(raw.part(*inside), _unmarked, flush=start == "<<-") if inside[0] else None
    return _nodes(raw.part(1, len(raw.content) - 1), _unquoted, '"') if start.startswith('"') else None


def is_json(path: str) -> bool:
    """Whether strings of a file stand in JSON."""
    return path.endswith(_CONFIGURATION)


@lru_cache(maxsize=64)
def template(source: SourceFile) -> Nodes | None:
    """A whole file as a template; None where it is none."""
    return _nodes(whole(source), _unmarked)


def template_in(text: Text) -> Nodes | None:
    """A text as a template."""
    return _nodes(text, _unmarked)


def whole(source: SourceFile) -> Text:
    """All of a file, as it is."""
    return texts.whole(source, _newlines(source))


def _raw(source: SourceFile, span: Span) -> Text:
    return texts.placed(source.slice(span), span, () if is_json(source.path) else _newlines(source))


def _newlines(source: SourceFile) -> tuple[Spelling, ...]:
    return (spelling.Newlines(source.newline),) if source.newline != "\n" else ()


# Escapes


def _decoded(raw: Text, escape: re.Pattern[str], meant: Callable[[str], str], written_as: Spelling) -> Text:
    """A text without its escapes: each is one piece, that comes from all of it."""
    found: list[str] = []
    pieces: list[texts.Piece] = []
    length = after = 0

    def add(start: int, end: int, content: str, even: bool) -> None:
        nonlocal length
        pieces.append(texts.Piece(length, length + len(content), Span("", start, end), even, (written_as,)))
        found.append(content)
        length += len(content)

    for match in escape.finditer(raw.content):
        if after < match.start():
            add(after, match.start(), raw.content[after : match.start()], True)
        add(match.start(), match.end(), meant(match.group()), False)
        after = match.end()
    if after < len(raw.content):
        add(after, len(raw.content), raw.content[after:], True)
    return Text("".join(found), tuple(pieces)).seen_through(raw)


def _unmarked(raw: Text) -> Text:
    return _decoded(raw, _MARKER, lambda escape: escape[1:], spelling.markers)


def _unquoted(raw: Text) -> Text:
    return _decoded(raw, _ESCAPE, hcl.unescape, _in_quotes)


def _in_quotes(text: str) -> str | None:
    marked = spelling.markers(text)
    return None if marked is None else spelling.quoted(marked)


def _unescaped_json(raw: Text) -> Text:
    return _decoded(raw, _JSON_ESCAPE, lambda escape: str(json.loads(f'"{escape}"')), spelling.in_json)


def in_json(text: Text) -> Text:
    """A text as it stands between the quotes of a string of JSON."""
    return _decoded(text, _NOT_IN_JSON, spelling.in_json, spelling.out_of_json)


# Templates


class _Reader(hcl.Reader):
    """Reads a snippet that holds a text; expressions get the places of that, what is written those of the snippet."""

    __slots__ = ("_before", "_held")

    def __init__(self, snippet: SourceFile, text: Text, before: int) -> None:
        super().__init__(snippet)
        self._held = text
        self._before = before

    def span(self, first: tree_sitter.Node, last: tree_sitter.Node | None = None) -> Span:
        found = super().span(first, last)
        return self._held.span(max(0, found.start - self._before), found.end - self._before)


class _Bit(NamedTuple):
    """A stretch of text within one line, or a mark."""

    text: Text
    mark: Piece | None = None


def _nodes(raw: Text, unescaped: Callable[[Text], Text], quote: str = "", *, flush: bool = False) -> Nodes | None:
    """What stands between the markers of a string or heredoc, as nodes."""
    if "${" not in raw.content and "%{" not in raw.content:
        bits = [_Bit(unescaped(raw))]
    else:
        pieces = _parsed(raw, quote)
        if pieces is None:
            return None
        bits = [_Bit(_EMPTY, one) if one.kind is not Kind.TEXT else _Bit(unescaped(_slice(raw, one))) for one in pieces]
    if flush or any(bit.mark and (bit.mark.strips_before or bit.mark.strips_after) for bit in bits):
        bits = _stripped(list(_lines(bits)))
    return _Tree(_flushed(bits) if flush else bits).read()


_EMPTY = Text("", ())


def _slice(raw: Text, piece: Piece) -> Text:
    return raw.part(piece.span.start, piece.span.end)


def _parsed(raw: Text, quote: str) -> list[Piece] | None:
    """The pieces of a template, those that are text with offsets into it; None where it does not parse."""
    opening, closing = (f"x = {quote}", f"{quote}\n") if quote else _heredoc(raw.content)
    snippet = SourceFile("", f"{opening}{raw.content}{closing}")
    root = tree.parse_once(snippet)
    node: tree_sitter.Node | None = root
    while node is not None and node.type not in ("heredoc_template", "quoted_template", "string_lit"):
        node = node.children[-1] if node.children else None
    if root.has_error or node is None:
        return None
    start, end = len(opening), len(snippet.utf8) - len(closing)
    found = _Reader(snippet, raw, len(opening)).pieces(node, start, end, str, 0)
    return [one._replace(span=_moved(one.span, -start)) if one.kind is Kind.TEXT else one for one in found]


def _moved(span: Span, by: int) -> Span:
    return Span(span.path, span.start + by, span.end + by)


def _heredoc(text: str) -> tuple[str, str]:
    """The beginning and the end of a heredoc around a text."""
    marker = "EOT"
    while marker in text:
        marker += "_"
    return f"x = <<{marker}\n", f"\n{marker}\n"


def _lines(bits: Sequence[_Bit]) -> Iterator[_Bit]:
    for bit in bits:
        if bit.mark is not None:
            yield bit
            continue
        for line in _LINE.finditer(bit.text.content):
            yield _Bit(bit.text.part(*line.span()))


def _stripped(bits: list[_Bit]) -> list[_Bit]:
    """``~`` takes the white space next to it, up to the end of a line and with it."""
    for number, bit in enumerate(bits):
        if bit.mark is None:
            continue
        if bit.mark.strips_before and number:
            text = bits[number - 1].text
            bits[number - 1] = bits[number - 1]._replace(text=text.part(0, len(text.content.rstrip())))
        if bit.mark.strips_after and number + 1 < len(bits):
            text = bits[number + 1].text
            start = len(text.content) - len(text.content.lstrip())
            bits[number + 1] = bits[number + 1]._replace(text=text.part(start, len(text.content)))
    return bits


def _flushed(bits: Sequence[_Bit]) -> list[_Bit]:
    """Without the indentation that all lines share; lines that are only white space do not count, and keep theirs."""
    firsts = [number for number in range(len(bits)) if not number or bits[number - 1].text.content.endswith("\n")]
    counting = {number for number in firsts if not _is_blank(bits[number])}
    cut = min((_width(bits[number].text.content) for number in counting), default=0)
    if not cut:
        return list(bits)
    found: list[_Bit] = []
    begins, margin = set(firsts), ""
    for number, bit in enumerate(bits):
        text = bit.text
        if number in counting:
            margin, text = text.content[:cut], text.part(cut, len(text.content))
        alone = number in begins and number not in counting
        text = text.inside(_in_margin(text, margin) if alone else spelling.Margin(margin))
        after = bits[number + 1].text.part(0, cut) if number + 1 in counting else None
        found.append(bit._replace(text=_ended(text, after) if not alone else text))
    return found


def _ended(line: Text, margin: Text | None) -> Text:
    """A line whose end is followed by the margin of the next one, which goes with it; else nothing is written there."""
    length = len(line.content)
    start = len(line.content.rstrip("\r\n"))
    if start == length:
        return line
    end = line.part(start, length)
    span, spellings = end.span(), end.pieces[0].spellings
    if margin is None:
        spellings = (spelling.refused, *spellings)
    else:
        span = span._replace(end=margin.span().end)
    return texts.joined(
        [line.part(0, start), Text(end.content, (texts.Piece(0, length - start, span, False, spellings),))]
    )


def _is_blank(bit: _Bit) -> bool:
    return bit.mark is None and not bit.text.content.strip() and bit.text.content.endswith("\n")


def _width(line: str) -> int:
    return len(line) - len(line.lstrip())


def _in_margin(line: Text, margin: str) -> Spelling:
    """What is written in an empty line; in blanks nothing is."""
    return spelling.Margin(margin, alone=True) if line.content in ("\n", "\r\n") else spelling.refused


class _Tree:
    """Reads bits in order; the body of a directive is a template of its own."""

    def __init__(self, bits: Sequence[_Bit]) -> None:
        self._bits = bits
        self._next = 0

    def read(self, *ends: Kind, depth: int = 0) -> Nodes | None:
        """The nodes up to one of ``ends``, which is left to be read, or up to the end; None where too many nest."""
        nodes: list[Node] = []
        words: list[Text] = []
        while self._next < len(self._bits) and self._kind() not in ends:
            bit = self._bits[self._next]
            self._next += 1
            if bit.mark is None:
                words.append(bit.text)
                continue
            node = self._node(bit.mark, depth) if depth < _DEEPEST else None
            if node is None:
                return None
            nodes += (*_together(words), node)
            words = []
        return (*nodes, *_together(words))

    def _kind(self) -> Kind:
        mark = self._bits[self._next].mark
        return mark.kind if mark else Kind.TEXT

    def _node(self, mark: Piece, depth: int) -> Node | None:
        if mark.expression is None:
            return None
        if mark.kind is Kind.VALUE:
            return Hole(mark.span, mark.expression)
        if mark.kind is Kind.FOR:
            body = self.read(Kind.END_FOR, depth=depth + 1)
            self._passed(Kind.END_FOR)
            return None if body is None else Loop(mark.span, mark.names, mark.expression, body)
        yes = self.read(Kind.ELSE, Kind.END_IF, depth=depth + 1)
        no = self.read(Kind.END_IF, depth=depth + 1) if self._passed(Kind.ELSE) else ()
        self._passed(Kind.END_IF)
        return None if yes is None or no is None else Choice(mark.span, mark.expression, mark.text, yes, no)

    def _passed(self, kind: Kind) -> bool:
        here = self._next < len(self._bits) and self._kind() is kind
        self._next += here
        return here


def _together(words: Sequence[Text]) -> Iterator[Text]:
    """Stretches of text as one, in as few pieces as can be."""
    if not any(word.content for word in words):
        return
    joined = texts.joined(words)
    pieces: list[texts.Piece] = []
    for piece in joined.pieces:
        last = pieces[-1] if pieces else None
        if last and last.even and piece.even and last.spellings == piece.spellings and _is_next(last.span, piece.span):
            pieces[-1] = last._replace(end=piece.end, span=Span(last.span.path, last.span.start, piece.span.end))
        else:
            pieces.append(piece)
    yield Text(joined.content, tuple(pieces))


def _is_next(one: Span, other: Span) -> bool:
    return one.path == other.path and one.end == other.start
