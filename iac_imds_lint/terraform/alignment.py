"""What edits leave out of line in HCL: equals signs, and comments behind code, aligned anew where they were aligned.

As ``terraform fmt`` aligns them (hclwrite, format.go), by lines: the equals signs of consecutive ones that open no
bracket without closing it, then the comments that end consecutive ones.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import NamedTuple

import tree_sitter

from iac_imds_lint.edit import Edit, apply
from iac_imds_lint.source import SourceFile, Span
from iac_imds_lint.terraform import tree

_TEXTS = frozenset({"heredoc_template", "quoted_template", "string_lit"})
_BRACKETS = {**dict.fromkeys(("(", "[", "{"), 1), **dict.fromkeys((")", "]", "}"), -1)}
# So much of a stretch of variables' values is read with each fix.
_VARIABLES = ".tfvars"
_MOST_READ = 20_000


class _Gap(NamedTuple):
    """The blanks before an equals sign or a comment, and the offset of the line that they are in."""

    line: int
    start: int
    end: int


class _Line(NamedTuple):
    """A line, as far as it is aligned with others."""

    sign: _Gap | None = None
    comment: _Gap | None = None


class _Piece(NamedTuple):
    """A stretch of the text after some edits, where it stood before, and the edit that wrote it, if one did."""

    start: int
    end: int
    before: int
    edit: Edit | None


def aligned(source: SourceFile, edits: Sequence[Edit]) -> tuple[Edit, ...]:
    """The edits of one file, with the blanks that align the lines which they change, where these were aligned."""
    done: list[Edit] = []
    rest = sorted(set(edits))
    while rest:
        region = _region(source, rest[0].span.start)
        inside = [edit for edit in rest if region.start <= edit.span.start and edit.span.end <= region.end]
        if region.start == region.end or not inside:
            inside = rest[:1]
            done += inside
        else:
            done += _aligned_in(source, region, inside)
        rest = rest[len(inside) :]
    return tuple(sorted(done))


def _region(source: SourceFile, offset: int) -> Span:
    """The lines of the block around an offset, or of the arguments of a file of variables that stand together there."""
    found = _item(source, offset)
    if found is None:
        return Span(source.path, offset, offset)
    start, end = found.start, found.end
    while (
        source.path.endswith(_VARIABLES) and start and end - start < _MOST_READ and (above := _item(source, start - 1))
    ):
        start = above.start
    while source.path.endswith(_VARIABLES) and end < len(source.text) and end - start < _MOST_READ:
        below = _item(source, source.text.find("\n", end) + 1)
        if below is None:
            break
        end = below.end
    return Span(source.path, start, end)


def _item(source: SourceFile, offset: int) -> Span | None:
    """The lines of the top-level item on the line of an offset."""
    start = source.line_start(offset)
    byte = source.byte_of_offset(start + len(source.indentation(start)))
    node = tree.parse(source).descendant_for_byte_range(byte, byte)
    while node is not None and (node.type not in ("attribute", "block") or not _is_top(node)):
        node = node.parent
    if node is None:
        return None
    first, last = source.offset_of_byte(node.start_byte), source.offset_of_byte(node.end_byte)
    return Span(source.path, source.line_start(first), source.line_end(last))


def _is_top(node: tree_sitter.Node) -> bool:
    body = node.parent
    return body is not None and body.parent is not None and body.parent.type == "config_file"


def _aligned_in(source: SourceFile, region: Span, edits: Sequence[Edit]) -> Iterator[Edit]:
    """The edits in a region, with what aligns it anew."""
    before = SourceFile(source.path, source.slice(region))
    local = [_moved(edit, -region.start) for edit in edits]
    after = apply(before, local)
    roots = tree.parse_once(before), tree.parse_once(after)
    if any(root.has_error for root in roots) or len({edit.span for edit in edits}) < len(edits):
        yield from edits
        return
    pieces = list(_pieces(before, local))
    tidy = _tidy(list(_lines(before, roots[0])))

    def may(chain: Sequence[_Gap]) -> bool:
        return all(was is None or was in tidy for was in (_was(pieces, gap.end) for gap in chain))

    again = [
        (gap, blanks) for gap, blanks in _fitted(list(_lines(after, roots[1])), may) if gap.end - gap.start != blanks
    ]
    yield from (_moved(edit, region.start) for edit in _joined(before, pieces, again))


def _moved(edit: Edit, by: int) -> Edit:
    return Edit(Span(edit.span.path, edit.span.start + by, edit.span.end + by), edit.content)


def _lines(source: SourceFile, root: tree_sitter.Node) -> Iterator[_Line]:
    """The lines of a text; what spans some, as a heredoc does, is of the first of them."""
    line: list[tree_sitter.Node] = []
    for leaf in _leaves(root):
        if line and b"\n" in source.utf8[line[-1].end_byte : leaf.start_byte]:
            yield _line(source, line)
            if source.utf8[line[-1].end_byte : leaf.start_byte].count(b"\n") > 1:
                yield _Line()
            line = []
        line.append(leaf)
    if line:
        yield _line(source, line)


def _leaves(root: tree_sitter.Node) -> Iterator[tree_sitter.Node]:
    """The tokens of a text; a string or a heredoc counts as one."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if node.children and node.type not in _TEXTS:
            waiting += reversed(node.children)
        elif node.end_byte > node.start_byte:
            yield node


def _line(source: SourceFile, tokens: Sequence[tree_sitter.Node]) -> _Line:
    start = source.line_start(source.offset_of_byte(tokens[0].start_byte))

    def gap(number: int) -> _Gap:
        before, token = tokens[number - 1], tokens[number]
        return _Gap(start, source.offset_of_byte(before.end_byte), source.offset_of_byte(token.start_byte))

    last = len(tokens) - 1
    has_comment = (
        last > 0 and tokens[last].type == "comment" and not source.utf8.startswith(b"/*", tokens[last].start_byte)
    )
    sign = next((number for number, token in enumerate(tokens) if number and token.type == "="), 0)
    is_whole = sum(_BRACKETS.get(token.type, 0) for token in tokens[sign:]) == 0
    return _Line(gap(sign) if sign and is_whole else None, gap(last) if has_comment else None)


def _tidy(lines: Sequence[_Line]) -> frozenset[int]:
    """Where those blanks end that are as they should be, beside others that are."""
    chains = [*_chains(line.sign for line in lines), *_chains(line.comment for line in lines)]
    good = (
        chain
        for chain in chains
        if all(gap.end - gap.start == n for gap, n in zip(chain, _blanks(chain, {}), strict=True))
    )
    return frozenset(gap.end for chain in good for gap in chain)


def _fitted(lines: Sequence[_Line], may: Callable[[Sequence[_Gap]], bool]) -> Iterator[tuple[_Gap, int]]:
    """How many blanks there should be in each gap of the chains that may be changed."""
    grown: dict[int, int] = {}
    for signs in filter(may, _chains(line.sign for line in lines)):
        for gap, blanks in zip(signs, _blanks(signs, {}), strict=True):
            grown[gap.line] = blanks - (gap.end - gap.start)
            yield gap, blanks
    for comments in filter(may, _chains(line.comment for line in lines)):
        yield from zip(comments, _blanks(comments, grown), strict=True)


def _chains(gaps: Iterable[_Gap | None]) -> Iterator[Sequence[_Gap]]:
    """The gaps of consecutive lines."""
    for is_there, some in groupby(gaps, key=lambda gap: gap is not None):
        if is_there:
            yield [gap for gap in some if gap is not None]


def _blanks(chain: Sequence[_Gap], grown: Mapping[int, int]) -> list[int]:
    ends = [gap.start - gap.line + grown.get(gap.line, 0) for gap in chain]
    return [max(ends) - end + 1 for end in ends]


def _pieces(source: SourceFile, edits: Sequence[Edit]) -> Iterator[_Piece]:
    """The text after some edits, which do not overlap, in pieces."""
    at = by = 0
    for edit in sorted(edits):
        start, end = edit.span.start, edit.span.end
        yield _Piece(at + by, start + by, at, None)
        yield _Piece(start + by, start + by + len(edit.content), start, edit)
        at, by = end, by + len(edit.content) - (end - start)
    yield _Piece(at + by, len(source.text) + by, at, None)


def _was(pieces: Sequence[_Piece], offset: int) -> int | None:
    """Where a character stood before; None for one that is new."""
    number = bisect_right(pieces, offset, key=lambda piece: piece.start) - 1
    piece = pieces[number]
    return None if piece.edit is not None else piece.before + offset - piece.start


def _joined(source: SourceFile, pieces: Sequence[_Piece], again: Sequence[tuple[_Gap, int]]) -> Iterator[Edit]:
    """Edits, and blanks that replace others in the text after them, as edits of the text before."""
    waiting = sorted(again, reverse=True)
    for piece in pieces:
        content, done = "", piece.start
        while waiting and waiting[-1][0].start < piece.end:
            gap, blanks = waiting[-1]
            start, end = max(gap.start, piece.start), min(gap.end, piece.end)
            new = " " * blanks if start == gap.start else ""
            if piece.edit is None:
                before = piece.before + start - piece.start
                yield Edit(Span(source.path, before, before + end - start), new)
            else:
                content += piece.edit.content[done - piece.start : start - piece.start] + new
                done = end
            if gap.end > piece.end:
                break
            waiting.pop()
        if piece.edit is not None:
            yield Edit(piece.edit.span, content + piece.edit.content[done - piece.start :])
