"""A broken HCL file read without what is broken in it.

What an editor holds is broken most of the time. So that findings elsewhere stay, the blocks that the error does not
touch are read as they are, and of a block that it does touch what can be read. The smallest part that mends it is left
out: an argument, else the whole block.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from functools import partial
from typing import NamedTuple

import tree_sitter

from iac_imds_lint.catalog import Dialect, entries, policy_entries
from iac_imds_lint.newest import Newest
from iac_imds_lint.source import Problem, SourceFile, Span
from iac_imds_lint.terraform import hcl, pieces, tree
from iac_imds_lint.terraform.hcl import Header
from iac_imds_lint.terraform.json_syntax import LABELS
from iac_imds_lint.terraform.pieces import Flaw, Piece
from iac_imds_lint.terraform.syntax import Block
from iac_imds_lint.terraform.unfinished import ANYTHING, Missing, Unfinished

# What is wrong with a piece in which nothing more exact is found.
_UNREAD = "this is not a block that can be read"


class Recovered(NamedTuple):
    """A broken file: the tree of what is left of it, what is wrong, the top-level blocks in order, and ``lost``, places
    of which nobody knows what is declared there.
    """

    root: tree_sitter.Node
    problem: Problem
    headers: tuple[Header, ...]
    lost: tuple[Span, ...]
    missing: tuple[Missing, ...]


class _Part(NamedTuple):
    """A piece with what is left out of it; ``is_lost`` where that is all of it but the arguments that are ``kept``."""

    piece: Piece
    flaws: tuple[Flaw, ...] = ()
    is_lost: bool = False
    kept: tuple[tuple[int, int], ...] = ()

    def ranges(self) -> tuple[tuple[int, int], ...]:
        """What is left out."""
        if self.is_lost:
            return tuple(_between(self.kept, self.piece.start, self.piece.end))
        return tuple((flaw.start, flaw.end) for flaw in self.flaws)


def _between(kept: Iterable[tuple[int, int]], start: int, end: int) -> Iterator[tuple[int, int]]:
    """A range without the ranges that are kept in it."""
    for first, last in kept:
        yield start, first
        start = last
    yield start, end


@Newest
def recovered(source: SourceFile) -> Recovered:
    """What can be read of a file that has an error."""
    whole = tree.parse(source)
    text = source.utf8
    sound = _sound(whole)
    parts = [_part(text, piece, sound) for piece in pieces.cut(text)]
    root = tree.without(source, _left_out(parts))
    headers = sorted((*_read(source, root, parts), *_unread(source, root, parts)), key=lambda header: header.start)
    return Recovered(
        root,
        _problem(source, whole, parts),
        tuple(headers),
        tuple(_lost(source, parts)),
        tuple(_missing(source, parts)),
    )


def _sound(root: tree_sitter.Node) -> dict[int, int]:
    """Where top-level blocks and arguments without an error begin and end."""
    nodes = (node for child in root.children for node in (child.children if child.type == "body" else (child,)))
    good = (node for node in nodes if not node.has_error and node.type in _ITEMS)
    return {node.start_byte: node.end_byte for node in good if node.type != "block" or not tree.is_spread(node)}


_ITEMS = ("block", "attribute")


def _part(text: bytes, piece: Piece, sound: dict[int, int]) -> _Part:
    """A piece with as little left out as mends it."""
    if piece.is_open:
        return _Part(piece, piece.flaws, is_lost=True, kept=tuple(pieces.arguments(text, piece)))
    if not piece.flaws and sound.get(piece.start, piece.end + 1) <= piece.end:
        return _Part(piece)
    if not piece.flaws and not tree.is_broken(text[piece.start : piece.end]):
        return _Part(piece)
    flaws = piece.flaws or tuple(pieces.misread(text, piece))
    part = _Part(piece, flaws)
    if not flaws or flaws[0].start <= piece.start or tree.is_broken(_blanked(text, part)):
        return _Part(piece, flaws or (Flaw(piece.start, _UNREAD, piece.start, piece.end),), is_lost=True)
    return part


def _blanked(text: bytes, part: _Part) -> bytes:
    """A piece without what is left out."""
    start = part.piece.start
    left = bytearray(text[start : part.piece.end])
    for first, last in part.ranges():
        left[first - start : last - start] = b" " * (last - first)
    return bytes(left)


def _left_out(parts: list[_Part]) -> Iterator[tuple[int, int]]:
    return (span for part in parts if part.flaws for span in part.ranges())


def _lost(source: SourceFile, parts: list[_Part]) -> Iterator[Span]:
    """The places at which other blocks may begin than can be read."""
    for part in parts:
        if part.is_lost or (part.flaws and _head(source.utf8, part) is None):
            yield _span(source, part.piece.start, part.piece.end)
        elif part.piece.loose is not None:
            yield _span(source, part.piece.loose.start, part.piece.loose.end)


def _read(source: SourceFile, root: tree_sitter.Node, parts: list[_Part]) -> Iterator[Header]:
    """The blocks that are read, some of them without what is left out."""
    starts = [part.piece.start for part in parts]
    for header in hcl.headers(source, root):
        part = parts[bisect_right(starts, header.start) - 1]
        yield header._replace(read=partial(_finished, source, header, part)) if part.flaws else header


def _finished(source: SourceFile, header: Header, part: _Part) -> Block:
    block = header.read()
    own = part._replace(flaws=tuple(flaw for flaw in part.flaws if flaw != part.piece.loose))
    return block._replace(body=Unfinished(block.body, tuple(_missing(source, [own])))) if own.flaws else block


def _unread(source: SourceFile, root: tree_sitter.Node, parts: list[_Part]) -> Iterator[Header]:
    """The blocks of which nothing but type, labels and some arguments is read."""
    for part in parts:
        head = _head(source.utf8, part) if part.is_lost else None
        if head is not None:
            type, labels = head
            place = _span(source, part.piece.start, part.piece.end)
            read = hcl.body_between(source, root, part.piece.start, part.piece.end)
            block = Block(type, labels, place, place, Unfinished(read, tuple(_missing(source, [part]))))
            yield Header(type, labels, partial(_itself, block), part.piece.start)


def _itself(block: Block) -> Block:
    return block


def _head(text: bytes, part: _Part) -> tuple[str, tuple[str, ...]] | None:
    """Type and labels of a block, if it has as many labels as such a block has."""
    type, labels = part.piece.named(text)
    return (type, labels) if LABELS.get(type) == len(labels) else None


def _span(source: SourceFile, start: int, end: int) -> Span:
    """A range of bytes, without the blanks at its end."""
    end = start + len(source.utf8[start:end].rstrip())
    return Span(source.path, source.offset_of_byte(start), source.offset_of_byte(end))


def _missing(source: SourceFile, parts: list[_Part]) -> Iterator[Missing]:
    """What is left out, and of what name it may be."""
    for part in parts:
        if part.is_lost:
            whole = Flaw(part.piece.start, "", part.piece.start, part.piece.end)
            named = ANYTHING if _head(source.utf8, part) else pieces.typed(source.utf8, whole)
            yield Missing(_span(source, whole.start, whole.end), named)
        else:
            for flaw in part.flaws:
                yield Missing(_span(source, flaw.start, flaw.end), pieces.typed(source.utf8, flaw))


def _is_of_others(text: bytes, part: _Part) -> bool:
    """Whether a block is a resource that is not judged, and of which nothing is known before apply anyway."""
    type, labels = _head(text, part) or ("", ())
    if type != "resource" or part.piece.loose is not None:
        return False
    return labels[0] not in entries(Dialect.TERRAFORM) and labels[0] not in policy_entries(Dialect.TERRAFORM)


def _problem(source: SourceFile, root: tree_sitter.Node, parts: list[_Part]) -> Problem:
    """The first thing that is wrong, and all that is left out."""
    flaws = sorted(flaw for part in parts for flaw in part.flaws)
    telling = [part for part in parts if part.flaws and not _is_of_others(source.utf8, part)]
    left_out = tuple(missing.span for missing in _missing(source, telling))
    if not flaws:
        problem = tree.first_error(source, root) or Problem(source.path, _UNREAD, source.position(0))
        return problem._replace(left_out=left_out)
    return Problem(source.path, flaws[0].reason, source.position(source.offset_of_byte(flaws[0].at)), left_out=left_out)
