"""Offsets and positions: each encoding compared with a slow and plain way of counting."""

from __future__ import annotations

import pytest

pytest.importorskip("pygls")

from hypothesis import given
from hypothesis import strategies as st
from lsprotocol.types import Position, PositionEncodingKind, Range

from iac_imds_lint.lsp.lines import Lines
from tests.generating import examples

UTF_8, UTF_16, UTF_32 = PositionEncodingKind.Utf8, PositionEncodingKind.Utf16, PositionEncodingKind.Utf32

# What ends lines, what only looks as if it did, and characters of every width; one half of a pair, as JSON may hold it.
PIECES = (
    "\n",
    "\r",
    "\r\n",
    "\u2028",
    "\u2029",
    "\f",
    "\v",
    "\x85",
    "\x1c",
    "a",
    "é",
    "€",
    "😀",
    "e\u0301",
    "\ufeff",
    "\ud83d",
)

TEXTS = st.lists(st.sampled_from(PIECES), max_size=12).map("".join)
ENCODINGS = st.sampled_from((UTF_8, UTF_16, UTF_32))


def _units(character: str, encoding: PositionEncodingKind) -> int:
    code = ord(character)
    if encoding is UTF_8:
        return 1 + (code > 0x7F) + (code > 0x7FF) + (code > 0xFFFF)
    return 1 + (encoding is UTF_16 and code > 0xFFFF)


def _positions(text: str, encoding: PositionEncodingKind) -> list[tuple[int, int]]:
    """The position of every offset, the end's included, counted one character after the other."""
    row, column, found = 0, 0, []
    for at, character in enumerate(text):
        found.append((row, column))
        ends = character == "\n" or (character == "\r" and text[at + 1 : at + 2] != "\n")
        row, column = (row + 1, 0) if ends else (row, column + _units(character, encoding))
    return [*found, (row, column)]


@examples(100)
@given(TEXTS, ENCODINGS)
def test_each_offset_has_the_position_that_counting_gives(text: str, encoding: PositionEncodingKind) -> None:
    lines = Lines(text, encoding)
    found = [lines.position(offset) for offset in range(len(text) + 1)]
    assert [(one.line, one.character) for one in found] == _positions(text, encoding)


@examples(100)
@given(TEXTS, ENCODINGS, st.randoms())
def test_the_order_of_questions_does_not_matter(text: str, encoding: PositionEncodingKind, random) -> None:
    offsets = list(range(len(text) + 1)) * 2
    random.shuffle(offsets)
    lines = Lines(text, encoding)
    found = {offset: lines.position(offset) for offset in offsets}
    assert [(one.line, one.character) for _, one in sorted(found.items())] == _positions(text, encoding)


@examples(100)
@given(TEXTS, ENCODINGS)
def test_the_offset_of_a_position_is_the_last_one_that_is_not_behind_it(
    text: str, encoding: PositionEncodingKind
) -> None:
    positions = _positions(text, encoding)
    ends = [at for at in range(len(text) + 1) if at == len(text) or positions[at + 1][0] > positions[at][0]]
    lines = Lines(text, encoding)
    for row in range(positions[-1][0] + 2):
        here = [at for at, (line, _) in enumerate(positions) if line == row]
        # What ends a line does not belong to it: "\r\n" is behind the end.
        end = next((at - (text[at - 1 : at + 1] == "\r\n") for at in ends if at in here), len(text))
        for column in range(40):
            fits = [at for at in here if positions[at][1] <= column and at <= end]
            wanted = max(fits) if fits else len(text)
            assert lines.offset(Position(row, column)) == wanted, (row, column)


@pytest.mark.parametrize(
    ("text", "encoding", "position", "offset", "why"),
    [
        ("😀b", UTF_16, (0, 1), 0, "the middle of a pair is its beginning"),
        ("😀b", UTF_16, (0, 2), 1, "behind a pair"),
        ("€b", UTF_8, (0, 2), 0, "the middle of a character is its beginning"),
        ("é", UTF_32, (0, 1), 1, "one unit"),
        ("e\u0301x", UTF_16, (0, 1), 1, "a combining character is one of its own"),
        ("a\r\nb", UTF_16, (0, 9), 1, "a column past the line is its end, before what ends it"),
        ("a\rb", UTF_16, (1, 0), 2, "a carriage return ends a line"),
        ("a\u2028b\fc\x85d", UTF_16, (0, 9), 7, "these end no line"),
        ("a\n", UTF_16, (1, 5), 2, "the last line is empty"),
        ("a\n", UTF_16, (7, 0), 2, "a line past the last is the end"),
        ("", UTF_8, (3, 3), 0, "there is nothing"),
        ("\ud83d!", UTF_16, (0, 1), 1, "half of a pair is one unit"),
        ("ab", UTF_16, (0, 2147483647), 2, "the greatest number that there is"),
        ("é\n", UTF_16, (0, 2147483647), 1, "the greatest number that there is, and not only ASCII"),
    ],
)
def test_positions_that_are_told_apart(
    text: str, encoding: PositionEncodingKind, position: tuple[int, int], offset: int, why: str
) -> None:
    assert Lines(text, encoding).offset(Position(*position)) == offset, why


def test_an_offset_out_of_the_text_is_its_end_or_beginning() -> None:
    assert Lines("a\nb").range(-5, 99) == Range(Position(0, 0), Position(1, 1))


def test_offsets_may_begin_behind_a_byte_order_mark() -> None:
    lines = Lines("\ufeffab\ncd", UTF_8).skipping(1)
    assert lines.range(0, 2) == Range(Position(0, 3), Position(0, 5))
    assert lines.position(3) == Position(1, 0)
    assert [lines.offset(Position(0, column)) for column in (0, 3, 4)] == [0, 0, 1]
    assert lines.offset(Position(1, 1)) == 4


@examples(400)
@given(TEXTS, TEXTS, st.integers(0, 30), st.integers(0, 30), ENCODINGS)
def test_after_a_change_the_lines_are_those_of_the_text(
    text: str, inserted: str, one: int, other: int, encoding: PositionEncodingKind
) -> None:
    start, end = sorted((min(one, len(text)), min(other, len(text))))
    now = text[:start] + inserted + text[end:]
    lines = Lines(text, encoding).replaced(start, end, inserted, now)
    assert list(lines._starts) == list(Lines(now, encoding)._starts)
    found = [lines.position(offset) for offset in range(len(now) + 1)]
    assert [(place.line, place.character) for place in found] == _positions(now, encoding)
