"""The body of a block in HCL as rows, and what becomes of them: laid out as ``terraform fmt`` would, where it was.

What ``terraform fmt`` aligns (hclwrite, format.go): the equals signs of arguments on consecutive rows, and the comments
behind them; an argument whose value opens a bracket on its row and does not close it there is left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import Enum
from typing import NamedTuple

import tree_sitter

from iac_imds_lint.edit import Edit, apply
from iac_imds_lint.source import SourceFile, Span
from iac_imds_lint.terraform import tree

# Meta-arguments that by convention close a resource block; what is inserted goes before them.
CLOSING = ("lifecycle", "depends_on", "provisioner", "connection", "timeouts")


class Kind(Enum):
    """What a row is."""

    ARGUMENT = "argument"
    BLOCK = "block"
    COMMENT = "comment"
    BLANK = "blank"


class Argument(NamedTuple):
    """An argument's row in pieces: ``gap`` stands before the equals sign, ``space`` behind it, ``pad`` before what
    follows the value, which is a comment.
    """

    indent: str
    name: str
    value: str
    gap: str = " "
    space: str = " "
    pad: str = " "
    comment: str = ""

    @property
    def text(self) -> str:
        """The row as it is spaced."""
        return f"{self._lead}{self.gap}={self.space}{self.value}{self._tail}"

    @property
    def _lead(self) -> str:
        return f"{self.indent}{self.name}"

    @property
    def _tail(self) -> str:
        return f"{self.pad}{self.comment}" if self.comment else ""

    @property
    def is_aligned(self) -> bool:
        """Whether ``terraform fmt`` aligns it with its neighbours."""
        return "\n" not in self.value or self.value.startswith("<<")


class Row(NamedTuple):
    """A stretch of whole lines of a body, from ``start`` to ``end``; both are 0 for what is new.

    ``text`` has no final newline. ``argument`` is set for arguments, ``node`` for these and for blocks that were there.
    """

    kind: Kind
    text: str
    name: str = ""
    argument: Argument | None = None
    node: tree_sitter.Node | None = None
    start: int = 0
    end: int = 0

    @property
    def is_new(self) -> bool:
        """Whether it was not there."""
        return not self.end


def argument(given: Argument) -> Row:
    """A new argument."""
    return Row(Kind.ARGUMENT, given.text, given.name, given)


def block(name: str, text: str) -> Row:
    """A new block."""
    return Row(Kind.BLOCK, text, name)


BLANK = Row(Kind.BLANK, "")


class Body(NamedTuple):
    """The inside of a block: its rows, the indentation of them, what a level adds, and the offsets of its ends."""

    source: SourceFile
    rows: tuple[Row, ...]
    indent: str
    step: str
    open: int
    close: int


def read(source: SourceFile, node: tree_sitter.Node) -> Body | None:
    """The body of a block that has lines of its own; None where two things stand on one of them."""
    start, end = _braces(source, node)
    begin, close = source.line_end(start), source.line_start(end)
    if begin >= end or source.text[close:end].strip() or _code(source.text[start:begin]):
        return None
    begin = _next(source, begin)
    inner = next((child for child in node.children if child.type == "body"), None)
    rows: list[Row] = []
    for item in inner.children if inner else ():
        if item.type not in ("attribute", "block"):
            continue
        first = source.line_start(source.offset_of_byte(item.start_byte))
        if first < begin:
            return None
        rows += _between(source, begin, first)
        row = _item(source, item, first)
        rows.append(row)
        begin = row.end
    rows += _between(source, begin, close)
    return Body(source, tuple(rows), *_indents(source, node, rows), start, end)


def _code(text: str) -> bool:
    return bool(text.strip()) and not text.strip().startswith(("#", "//", "/*"))


def _braces(source: SourceFile, node: tree_sitter.Node) -> tuple[int, int]:
    opening = next(child for child in node.children if child.type == "block_start")
    closing = next(child for child in node.children if child.type == "block_end")
    return source.offset_of_byte(opening.end_byte), source.offset_of_byte(closing.start_byte)


def _indents(source: SourceFile, node: tree_sitter.Node, rows: Sequence[Row]) -> tuple[str, str]:
    outer = source.indentation(source.offset_of_byte(node.start_byte))
    inner = next((source.indentation(row.start) for row in rows if row.node is not None), outer + "  ")
    return inner, inner.removeprefix(outer) if inner.startswith(outer) and inner != outer else "  "


def _next(source: SourceFile, at: int) -> int:
    """The offset of the line behind the one that holds an offset."""
    end = source.line_end(at)
    return source.text.find("\n", end) + 1 or len(source.text)


def _between(source: SourceFile, start: int, end: int) -> Iterator[Row]:
    while start < end:
        after = _next(source, start)
        text = source.text[start : source.line_end(start)]
        yield Row(Kind.COMMENT if text.strip() else Kind.BLANK, text, start=start, end=after)
        start = after


def _item(source: SourceFile, node: tree_sitter.Node, first: int) -> Row:
    start, end = source.offset_of_byte(node.start_byte), source.offset_of_byte(node.end_byte)
    text = source.text[first : source.line_end(end)]
    name = source.utf8[node.children[0].start_byte : node.children[0].end_byte].decode()
    after = _next(source, end)
    if node.type == "block":
        return Row(Kind.BLOCK, text, name, None, node, first, after)
    value = source.offset_of_byte(node.children[-1].start_byte)
    before, _, space = source.text[start + len(name) : value].partition("=")
    tail = source.text[end : source.line_end(end)]
    comment = tail.lstrip(" \t")
    pad = tail.removesuffix(comment)
    pieces = Argument(source.text[first:start], name, source.text[value:end], before, space, pad, comment.rstrip())
    return Row(Kind.ARGUMENT, text, name, pieces, node, first, after)


def opened(source: SourceFile, node: tree_sitter.Node, step: str = "  ") -> SourceFile:
    """The file with lines of its own for a block that stands on one."""
    start, end = _braces(source, node)
    held = source.text[start:end].strip()
    indent = source.indentation(source.offset_of_byte(node.start_byte))
    inside = f"{indent}{step}{held}{source.newline}" if held else ""
    edit = Edit(Span(source.path, start, end), f"{source.newline}{inside}{indent}")
    return apply(source, (edit,))


def edits(body: Body, after: Sequence[Row]) -> Iterator[Edit]:
    """The edits that make the rows of a body what is to be there; what is not named any more is taken away.

    The rows that stay are in the order in which they were.
    """
    source, path = body.source, body.source.path
    texts = laid_out(body.rows, after)
    stay = {row.start for row in after if not row.is_new}
    yield from (Edit(Span(path, row.start, row.end), "") for row in body.rows if row.start not in stay)
    at = source.line_end(body.open)
    pending: list[str] = []
    for row, text in zip(after, texts, strict=True):
        if row.is_new:
            pending.append(text)
            continue
        yield from _inserted(source, at, pending)
        pending, at = [], row.start + len(_text_of(source, row))
        yield from _changed(source, row, text)
    yield from _inserted(source, at, pending)


def _inserted(source: SourceFile, at: int, texts: Sequence[str]) -> Iterator[Edit]:
    if texts:
        yield Edit(Span(source.path, at, at), "".join(source.newline + text for text in texts))


def _changed(source: SourceFile, row: Row, text: str) -> Iterator[Edit]:
    """What differs in a row, without what is the same before and behind that."""
    old = _text_of(source, row)
    if old == text:
        return
    first = next((n for n, (a, b) in enumerate(zip(old, text, strict=False)) if a != b), min(len(old), len(text)))
    most = min(len(old), len(text)) - first
    last = next((n for n in range(most) if old[-1 - n] != text[-1 - n]), most)
    yield Edit(Span(source.path, row.start + first, row.start + len(old) - last), text[first : len(text) - last])


def _text_of(source: SourceFile, row: Row) -> str:
    """The text of a row as it was, without its newline."""
    end = row.end - 1 if row.end > row.start and source.text[row.end - 1] == "\n" else row.end
    return source.text[row.start : end - 1 if end > row.start and source.text[end - 1] == "\r" else end]


def laid_out(before: Sequence[Row], after: Sequence[Row]) -> list[str]:
    """The text of each row: aligned with its neighbours where those of them that were there were aligned."""
    tidy = {row.start for row, text in zip(before, aligned(before), strict=True) if row.text == text}
    texts = [row.argument.text if row.argument else row.text for row in after]
    wanted = aligned(after)
    for chain in _chains(after):
        if all(after[number].is_new or after[number].start in tidy for number in chain):
            for number in chain:
                texts[number] = wanted[number]
    return texts


def aligned(rows: Sequence[Row]) -> list[str]:
    """The texts of rows as ``terraform fmt`` would align them."""
    given = [row.argument for row in rows]
    for chain in _chains(rows):
        width = max(len(one.name) for number in chain if (one := given[number]) is not None)
        for number in chain:
            one = given[number]
            if one is not None:
                given[number] = one._replace(gap=" " * (width - len(one.name) + 1), space=" ")
    for run in _runs([one is not None and one.is_aligned and bool(one.comment) for one in given]):
        ends = {number: len(one.text.removesuffix(one.comment).rstrip()) for number in run if (one := given[number])}
        furthest = max(ends.values(), default=0)
        for number, end in ends.items():
            one = given[number]
            if one is not None:
                given[number] = one._replace(pad=" " * (furthest - end + 1))
    return [one.text if one is not None else row.text for one, row in zip(given, rows, strict=True)]


def _chains(rows: Sequence[Row]) -> Iterator[range]:
    """The arguments on consecutive rows that are aligned with each other, by their numbers."""
    return _runs([row.argument is not None and row.argument.is_aligned for row in rows])


def _runs(wanted: Sequence[bool]) -> Iterator[range]:
    start = None
    for number, is_wanted in enumerate((*wanted, False)):
        if is_wanted and start is None:
            start = number
        elif not is_wanted and start is not None:
            yield range(start, number)
            start = None


def without(rows: Sequence[Row], gone: set[int]) -> list[Row]:
    """The rows but those that begin at these offsets; no blank row is left doubled, or at an end where none was."""
    kept: list[Row] = []
    removed = False
    for row in rows:
        if row.start in gone and not row.is_new:
            removed = True
            continue
        doubled = removed and row.kind is Kind.BLANK and (not kept or kept[-1].kind is Kind.BLANK)
        if doubled:
            continue
        kept.append(row)
        removed = False
    while removed and kept and kept[-1].kind is Kind.BLANK:
        kept.pop()
    return kept


def comments_above(rows: Sequence[Row], number: int) -> list[Row]:
    """The comments right above a row, with no blank row between."""
    first = number
    while first and rows[first - 1].kind is Kind.COMMENT:
        first -= 1
    return list(rows[first:number])


def with_blocks(rows: Sequence[Row], blocks: Sequence[Sequence[Row]], at: int) -> list[Row]:
    """The rows with blocks, each with its comments, before the row of a number, blank rows around each."""
    found = list(rows[:at])
    for one in blocks:
        if found and found[-1].kind is not Kind.BLANK:
            found.append(BLANK)
        found += one
    rest = rows[at:]
    if blocks and rest and rest[0].kind is not Kind.BLANK:
        found.append(BLANK)
    return [*found, *rest]


def spliced(body: Body, splices: Sequence[Edit]) -> list[Row]:
    """The rows with edits made inside of them."""
    waiting = sorted(splices)
    return [_spliced(row, [one for one in waiting if row.start <= one.span.start < row.end]) for row in body.rows]


def _spliced(row: Row, inside: Sequence[Edit]) -> Row:
    if not inside:
        return row
    line = SourceFile(row.name, row.text)
    text = apply(line, (Edit(_moved(one.span, line.path, row.start), one.content) for one in inside)).text
    if row.argument is None:
        return row._replace(text=text)
    old = row.argument
    head = len(old.indent) + len(old.name) + len(old.gap) + 1 + len(old.space)
    behind = len(row.text) - head - len(old.value)
    return row._replace(text=text, argument=old._replace(value=text[head : len(text) - behind]))


def _moved(span: Span, path: str, by: int) -> Span:
    return Span(path, span.start - by, span.end - by)


def before_closing(rows: Sequence[Row]) -> int:
    """The number of the row before which blocks go: behind the last item that is no closing meta-argument, or at the
    end where none closes.
    """
    items = [number for number, row in enumerate(rows) if row.kind in (Kind.ARGUMENT, Kind.BLOCK)]
    closes = bool(items) and rows[items[-1]].name in CLOSING
    while items and rows[items[-1]].name in CLOSING:
        items.pop()
    return (items[-1] + 1 if items else 0) if closes else len(rows)


def generated(row: Row, source: SourceFile) -> str:
    """The name of a row, or of what it generates as a dynamic block."""
    if row.kind is not Kind.BLOCK or row.name != "dynamic" or row.node is None:
        return row.name
    label = row.node.children[1]
    return source.utf8[label.start_byte : label.end_byte].decode("utf-8").strip('"')


def node_at(source: SourceFile, span: Span) -> tree_sitter.Node | None:
    """The block at a span."""
    node: tree_sitter.Node | None = tree.block_at(source, span)
    if node is not None and node.type == "block":
        return node
    byte = source.byte_of_offset(span.start)
    node = node.descendant_for_byte_range(byte, byte) if node is not None else None
    while node is not None and node.type != "block":
        node = node.parent
    return node
