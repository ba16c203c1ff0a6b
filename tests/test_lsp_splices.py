"""From a text and what becomes of it to what is replaced: the edits that are known, or else what differs."""

from __future__ import annotations

from itertools import pairwise

import pytest

pytest.importorskip("pygls")

from hypothesis import given
from hypothesis import strategies as st

from iac_imds_lint.edit import Edit, apply
from iac_imds_lint.lsp.splices import moved, splices
from iac_imds_lint.source import SourceFile, Span
from tests.generating import examples


def file(text: str) -> SourceFile:
    return SourceFile("main.tf", text)


def edit(start: int, end: int, content: str) -> Edit:
    return Edit(Span("main.tf", start, end), content)


@pytest.mark.parametrize(
    ("before", "after", "known", "found", "why"),
    [
        ("abc", "aXc", [edit(1, 2, "X")], [edit(1, 2, "X")], "what is known is taken"),
        ("a b c", "A b C", [edit(4, 5, "C"), edit(0, 1, "A")], [edit(0, 1, "A"), edit(4, 5, "C")], "in order"),
        ("ab", "aXYb", [edit(1, 1, "X"), edit(1, 1, "Y")], [edit(1, 1, "XY")], "two insertions at one place are one"),
        ("abc", "aXc", [edit(0, 2, "ZZ")], [edit(1, 2, "X")], "what leads elsewhere is not taken"),
        ("abc", "aXc", [edit(0, 2, "aX"), edit(1, 3, "Xc")], [edit(1, 2, "X")], "what overlaps is not taken"),
        ("abc", "aXc", [Edit(Span("other.tf", 1, 2), "X")], [edit(1, 2, "X")], "edits of another file are none of it"),
        ("a\nb\nc\n", "a\nX\nc\n", [], [edit(2, 3, "X")], "a part of a line"),
        ("a\nb\nc\n", "a\nc\n", [], [edit(2, 4, "")], "a line less"),
        ("a\nc\n", "a\nb\nc\n", [], [edit(2, 2, "b\n")], "a line more"),
        ("one\n\ntwo\n", "One\n\nTwo\n", [], [edit(0, 1, "O"), edit(5, 6, "T")], "two lines, of each a part"),
        ("a", "a", [], [], "nothing"),
        ("a\r\nb", "a\nb", [edit(1, 2, "")], [edit(1, 3, "\n")], "an edit ends behind a CRLF, not in it"),
        ("a\r\nb", "a\rXb", [edit(2, 3, "X")], [edit(1, 3, "\rX")], "an edit begins before a CRLF, not in it"),
        ("a\r\nb", "a\r\r\nb", [edit(2, 2, "\r")], [edit(1, 3, "\r\r\n")], "an insertion into a CRLF is around it"),
    ],
)
def test_the_edits_that_make_the_one_text_of_the_other(
    before: str, after: str, known: list[Edit], found: list[Edit], why: str
) -> None:
    assert list(splices(file(before), file(after), known)) == found, why


TEXTS = st.text(alphabet="ab\r\n\u00e9\U0001f680", max_size=30)


@examples(100)
@given(TEXTS, TEXTS)
def test_whatever_the_texts_they_lead_from_one_to_the_other_and_stand_apart(before: str, after: str) -> None:
    source = file(before)
    found = splices(source, file(after), ())
    assert apply(source, found).text == after
    for one, other in pairwise(found):
        assert one.span.end <= other.span.start
    for one in found:
        for offset in (one.span.start, one.span.end):
            assert before[max(offset - 1, 0) : offset + 1] != "\r\n"


@pytest.mark.parametrize(
    ("offset", "found", "why"),
    [
        (0, 0, "before all edits"),
        (2, 5, "where something is inserted, what stood there comes after it"),
        (4, 7, "in what is replaced: where that begins"),
        (5, 7, "in what is replaced: where that begins"),
        (6, 8, "behind it"),
        (9, 11, "behind all"),
    ],
)
def test_where_an_offset_is_afterwards(offset: int, found: int, why: str) -> None:
    """``0123456789`` becomes ``01XXX23Y6789``."""
    edits = [edit(2, 2, "XXX"), edit(4, 6, "Y")]
    assert apply(file("0123456789"), edits).text == "01XXX23Y6789"
    assert moved(edits, offset) == found, why
