"""Open documents: changes one after the other, compared with a list of lines that is edited naively."""

from __future__ import annotations

import json

import pytest

pytest.importorskip("pygls")

from hypothesis import given
from hypothesis import strategies as st
from lsprotocol.types import (
    Position,
    PositionEncodingKind,
    Range,
    TextDocumentContentChangePartial,
    TextDocumentContentChangeWholeDocument,
)

from iac_imds_lint.lsp.documents import Document
from iac_imds_lint.lsp.lines import Lines
from tests.generating import examples

UTF_16 = PositionEncodingKind.Utf16

PIECES = ("\n", "\r", "\r\n", "\u2028", "\f", "a", "b", "é", "😀", "\ufeff")
TEXTS = st.lists(st.sampled_from(PIECES), max_size=10).map("".join)
PLACES = st.tuples(st.integers(0, 6), st.integers(0, 8))
CHANGES = st.lists(st.one_of(TEXTS, st.tuples(PLACES, PLACES, TEXTS)), max_size=6)


def document(text: str, encoding: PositionEncodingKind = UTF_16) -> Document:
    return Document("/w/main.tf", "file:///w/main.tf", 1, text, Lines(text, encoding))


def part(start: tuple[int, int], end: tuple[int, int], text: str) -> TextDocumentContentChangePartial:
    return TextDocumentContentChangePartial(Range(Position(*start), Position(*end)), text)


def _split(text: str) -> list[str]:
    """Lines with what ends them, by hand."""
    lines, line = [], ""
    for at, character in enumerate(text):
        line += character
        if character == "\n" or (character == "\r" and text[at + 1 : at + 2] != "\n"):
            lines.append(line)
            line = ""
    return [*lines, line]


def _behind(text: str, place: tuple[int, int]) -> bytes:
    """What stands before a place, in UTF-16."""
    row, column = place
    lines = _split(text)
    if row >= len(lines):
        return text.encode("utf-16-le")
    line = lines[row].rstrip("\r\n").encode("utf-16-le")[: 2 * column].decode("utf-16-le", "ignore")
    return ("".join(lines[:row]) + line).encode("utf-16-le")


def _edited(text: str, change: object) -> str:
    if isinstance(change, str):
        return change
    start, end, inserted = change  # type: ignore[misc]
    before, after = sorted((_behind(text, start), _behind(text, end)), key=len)
    return before.decode("utf-16-le") + inserted + text.encode("utf-16-le")[len(after) :].decode("utf-16-le")


@examples(100)
@given(TEXTS, CHANGES)
def test_changes_one_after_the_other(text: str, changes) -> None:
    wanted = text
    for change in changes:
        wanted = _edited(wanted, change)
    sent = [
        TextDocumentContentChangeWholeDocument(change) if isinstance(change, str) else part(*change)
        for change in changes
    ]
    found = document(text).changed(sent, 7, UTF_16)
    assert (found.text, found.version) == (wanted, 7)
    assert list(found.lines._starts) == list(Lines(wanted)._starts)


def test_a_document_stays_as_it_was() -> None:
    before = document("a\nb\n")
    after = before.changed([part((0, 0), (1, 0), "")], 2, UTF_16)
    assert (before.text, before.version, after.text, after.version) == ("a\nb\n", 1, "b\n", 2)
    assert before.lines.position(2) == Position(1, 0)


@pytest.mark.parametrize(
    ("text", "start", "end", "inserted", "wanted", "why"),
    [
        ("a\r\nb", (0, 1), (1, 0), "", "ab", "two lines are joined"),
        ("a\r\nb", (0, 9), (0, 9), "x", "ax\r\nb", "a column past the line is its end"),
        ("a\n", (9, 9), (9, 9), "b", "a\nb", "a line past the last is the end"),
        ("abc", (0, 2), (0, 1), "x", "axc", "from behind to before"),
        ("😀", (0, 1), (0, 1), "x", "x😀", "a pair is not parted"),
        ("a\rb", (1, 0), (1, 0), "\n", "a\r\nb", "two halves of what ends a line meet"),
        ("a\r\nb", (0, 1), (0, 1), "\r", "a\r\r\nb", "a line ends twice"),
    ],
)
def test_changes_at_edges(text: str, start, end, inserted: str, wanted: str, why: str) -> None:
    found = document(text).changed([part(start, end, inserted)], 2, UTF_16)
    assert found.text == wanted, why
    assert list(found.lines._starts) == list(Lines(wanted)._starts)


def test_a_byte_order_mark_that_a_client_sends_is_a_character_to_it_and_none_to_us() -> None:
    marked = document('\ufeffa = "b"\n')
    assert marked.source_lines.range(0, 1) == Range(Position(0, 1), Position(0, 2))
    assert marked.source_lines.offset(Position(0, 5)) == 4
    assert marked.changed([part((0, 1), (0, 2), "x")], 2, UTF_16).text == '\ufeffx = "b"\n'
    plain = document('a = "b"\n')
    assert plain.source_lines.range(0, 1) == Range(Position(0, 0), Position(0, 1))


def test_half_of_a_pair_as_json_holds_it_is_a_character() -> None:
    text = json.loads('"a\\ud83d b"')
    found = document(text).changed([part((0, 3), (0, 4), json.loads('"\\ude00"'))], 2, UTF_16)
    assert found.text == "a\ud83d \ude00"
    assert found.lines.position(4) == Position(0, 4)
