"""Where two texts differ, line by line, in time that grows with their length.

difflib takes seconds for a file of some hundred kilobytes with many changes. Here lines that occur once in each text
are matched first, then what lies between them by itself: Bram Cohen's patience diff.
"""

from __future__ import annotations

import difflib
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

# Without a line to go by, no larger piece (the product of its sides) is compared: it differs as a whole.
_MOST_COMPARED = 10_000
# Pieces of pieces: an honest text needs a few levels, and each costs a pass over the text.
_MOST_LEVELS = 16


class Piece(NamedTuple):
    """Lines ``old_start`` to ``old_end`` of one text, and those of the other that stand in their place."""

    old_start: int
    old_end: int
    new_start: int
    new_end: int


def differing(old: Sequence[str], new: Sequence[str]) -> list[Piece]:
    """The pieces in which two texts differ, in order; what lies between them is equal."""
    changes: list[Piece] = []
    pending = [(Piece(0, len(old), 0, len(new)), 0)]
    while pending:
        piece, level = pending.pop()
        piece = _trimmed(piece, old, new)
        parts = _parted(piece, old, new) if level < _MOST_LEVELS else []
        if parts:
            pending += [(part, level + 1) for part in parts]
        else:
            changes += _compared(piece, old, new)
    return sorted(changes)


def _trimmed(piece: Piece, old: Sequence[str], new: Sequence[str]) -> Piece:
    """A piece without the lines that its ends have in common."""
    start, end, new_start, new_end = piece
    while start < end and new_start < new_end and old[start] == new[new_start]:
        start, new_start = start + 1, new_start + 1
    while start < end and new_start < new_end and old[end - 1] == new[new_end - 1]:
        end, new_end = end - 1, new_end - 1
    return Piece(start, end, new_start, new_end)


def _parted(piece: Piece, old: Sequence[str], new: Sequence[str]) -> list[Piece]:
    """What lies between the lines that occur once in each side of a piece; nothing where there is no such line."""
    here, there = _once(old, piece.old_start, piece.old_end), _once(new, piece.new_start, piece.new_end)
    anchors = _rising([(here[line], there[line]) for line in here if line in there])
    if not anchors:
        return []
    bounds = [(piece.old_start - 1, piece.new_start - 1), *anchors, (piece.old_end, piece.new_end)]
    return [Piece(one[0] + 1, two[0], one[1] + 1, two[1]) for one, two in pairwise(bounds)]


def _once(lines: Sequence[str], start: int, end: int) -> dict[str, int]:
    """The lines that occur once in a range, in order, and where."""
    counts = Counter(lines[start:end])
    return {lines[index]: index for index in range(start, end) if counts[lines[index]] == 1}


def _rising(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The longest run of pairs, given in order of their first number, in which the second rises as well."""
    tops: list[int] = []
    piles: list[int] = []
    below: list[int] = []
    for index, (_, second) in enumerate(pairs):
        pile = bisect_left(tops, second)
        below.append(piles[pile - 1] if pile else -1)
        tops[pile : pile + 1], piles[pile : pile + 1] = [second], [index]
    run, at = [], piles[-1] if piles else -1
    while at >= 0:
        run.append(pairs[at])
        at = below[at]
    return run[::-1]


def _compared(piece: Piece, old: Sequence[str], new: Sequence[str]) -> Iterator[Piece]:
    """The differences in a small piece; a large one differs as a whole."""
    start, end, new_start, new_end = piece
    if (end - start) * (new_end - new_start) > _MOST_COMPARED:
        yield piece
        return
    matcher = difflib.SequenceMatcher(None, old[start:end], new[new_start:new_end], autojunk=False)
    for tag, i, j, k, m in matcher.get_opcodes():
        if tag != "equal":
            yield Piece(start + i, start + j, new_start + k, new_start + m)
