"""HCL's syntax trees by tree-sitter: of a whole file, or of one block in it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache

import tree_sitter
import tree_sitter_hcl

from iac_imds_lint.newest import Newest
from iac_imds_lint.source import Problem, SourceFile, Span

_NOT_NEWLINE = re.compile(rb"[^\r\n]")
# The head of a block, or a part of one, on a line by itself.
_ALONE = re.compile(rb"^[A-Za-z_][^=\n{}#/]*$", re.MULTILINE)


@cache
def _parser() -> tree_sitter.Parser:
    return tree_sitter.Parser(tree_sitter.Language(tree_sitter_hcl.language()))


@Newest
def parse(source: SourceFile) -> tree_sitter.Node:
    """The root of the syntax tree of an HCL file."""
    return parse_once(source)


def parse_once(source: SourceFile) -> tree_sitter.Node:
    """The same for a text that nobody asks for again."""
    return _parser().parse(source.utf8).root_node


def is_sound(source: SourceFile) -> bool:
    """Whether a file has no error."""
    root = parse(source)
    return not root.has_error and (_ALONE.search(source.utf8) is None or spread(root) is None)


def is_broken(text: bytes) -> bool:
    """Whether a text by itself is no HCL."""
    return _parser().parse(text).root_node.has_error


def without(source: SourceFile, left_out: Iterable[tuple[int, int]]) -> tree_sitter.Node:
    """The tree of a file in which ranges of bytes are blank; all offsets are the file's."""
    text = bytearray(source.utf8)
    for start, end in left_out:
        text[start:end] = _NOT_NEWLINE.sub(b" ", text[start:end])
    return _parser().parse(bytes(text)).root_node


def alone(source: SourceFile, start: int, end: int) -> tree_sitter.Node | None:
    """The one block that a range of bytes is, parsed alone; its offsets are those of the file."""
    if end < start:
        return None
    text, parser = source.utf8, _parser()
    rows = source.row_of_byte(start), source.row_of_byte(end)
    points = tree_sitter.Point(rows[0], 0), tree_sitter.Point(rows[1], end - text.rfind(b"\n", 0, end) - 1)
    parser.included_ranges = [tree_sitter.Range(*points, start, end)]
    try:
        root = parser.parse(text).root_node
    finally:
        parser.included_ranges = []
    body = root.children[0] if root.child_count == 1 and not root.has_error else None
    return body.children[0] if body is not None and body.child_count == 1 and body.children[0].type == "block" else None


def spread(root: tree_sitter.Node) -> tree_sitter.Node | None:
    """The first top-level block whose head goes over several lines, which the grammar lets pass and HCL does not."""
    nodes = (node for child in root.children for node in (child.children if child.type == "body" else (child,)))
    return next((node for node in nodes if node.type == "block" and is_spread(node)), None)


def is_spread(block: tree_sitter.Node) -> bool:
    """Whether the head of a block goes over several lines."""
    brace = next((child for child in block.children if child.type == "block_start"), block)
    return brace.start_point[0] != block.start_point[0]


def block_at(source: SourceFile, span: Span) -> tree_sitter.Node:
    """The tree of a block whose span is known, or of the whole file where it cannot be parsed alone."""
    node = alone(source, source.byte_of_offset(span.start), source.byte_of_offset(span.end))
    return parse(source) if node is None else node


def tokens(source: SourceFile) -> Iterator[bytes]:
    """The text of every token of an HCL file but comments, in order."""
    pending = [parse(source)]
    while pending:
        node = pending.pop()
        if node.type == "comment":
            continue
        if node.child_count:
            pending += reversed(node.children)
        else:
            yield source.utf8[node.start_byte : node.end_byte]


def first_error(source: SourceFile, root: tree_sitter.Node) -> Problem | None:
    """Where the grammar stumbled first, or None."""
    if not root.has_error:
        return None
    node = root
    while True:
        inner = next((c for c in node.children if c.has_error or c.is_missing or c.is_error), None)
        if inner is None or (node.is_error and inner.start_byte > node.start_byte):
            break
        node = inner
    offset = source.offset_of_byte(node.start_byte)
    what = f"expected {node.type}" if node.is_missing else "unexpected text"
    return Problem(source.path, what, source.position(offset))
