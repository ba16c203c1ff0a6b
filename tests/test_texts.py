"""Texts that were put together of parts of files: where each part of them stands, and how more is written there."""

from __future__ import annotations

import pickle

import pytest

from iac_imds_lint import texts
from iac_imds_lint.source import SourceFile, Span
from iac_imds_lint.texts import STAND_IN, Lines, Piece, Requoted, Splice, Text


def shouted(text: str) -> str | None:
    return text.upper()


def doubled(text: str) -> str | None:
    return text.replace("A", "AA")


def refused(text: str) -> str | None:
    return None


def bare(text: str) -> str | None:
    return None if " " in text else text


def unquoted(text: str) -> str | None:
    return None if "'" in text else text


def quoted(text: str) -> str | None:
    return text


FILE = SourceFile("a.sh", "echo one\necho two\n")


def lines() -> Text:
    """Two lines whose margins of two blanks are taken away: "one\\n" at 2, "two\\n" at 8."""
    return texts.joined([texts.placed("one\n", Span("f", 2, 6)), texts.placed("two\n", Span("f", 8, 12))])


@pytest.mark.parametrize(
    ("why", "text", "at", "expected"),
    [
        ("a whole file is at its own offsets", texts.whole(FILE), (5, 8), Span("a.sh", 5, 8)),
        ("the end of a file is a place", texts.whole(FILE), (18, 18), Span("a.sh", 18, 18)),
        ("in one piece", lines(), (1, 3), Span("f", 3, 5)),
        ("over two pieces, what was taken away between them counts", lines(), (1, 6), Span("f", 3, 10)),
        ("an empty range at a border is where the next piece begins", lines(), (4, 4), Span("f", 8, 8)),
        ("what was made stands as a whole for each part", texts.made("abc", Span("f", 7, 9)), (1, 2), Span("f", 7, 9)),
        ("nothing has no place", texts.placed("", Span("f", 1, 1)), (0, 0), Span("", 0, 0)),
        (
            "over two files, the first",
            texts.joined([texts.placed("ab", Span("f", 3, 5)), texts.placed("cd", Span("g", 0, 2))]),
            (1, 3),
            Span("f", 4, 5),
        ),
        (
            "what comes later in a file may be used before: no range goes backwards",
            texts.joined([texts.placed("ab", Span("f", 9, 11)), texts.placed("cd", Span("f", 0, 2))]),
            (0, 4),
            Span("f", 9, 11),
        ),
    ],
)
def test_where_a_range_stands(why: str, text: Text, at: tuple[int, int], expected: Span) -> None:
    assert text.span(*at) == expected, why


@pytest.mark.parametrize(
    ("why", "text", "at", "expected"),
    [
        ("in a piece", lines(), (1, 1), Splice(Span("f", 3, 3), "x")),
        ("at the begin of a line, after its margin", lines(), (4, 4), Splice(Span("f", 8, 8), "x")),
        ("at the end", lines(), (8, 8), Splice(Span("f", 12, 12), "x")),
        ("a range of one piece", lines(), (0, 3), Splice(Span("f", 2, 5), "x")),
        ("a range of two does not stand there as it is", lines(), (2, 6), None),
        ("what was made has no place to write into", texts.made("abc", Span("f", 0, 9)), (1, 1), None),
        ("nor has what is not known", texts.unknown(Span("f", 0, 9), "it is not"), (1, 1), None),
        (
            "before what was made, at the end of what is written",
            texts.joined([texts.placed("ab", Span("f", 0, 2)), texts.made("c", Span("f", 2, 9))]),
            (2, 2),
            Splice(Span("f", 2, 2), "x"),
        ),
        (
            "spellings are applied from the inside out",
            texts.placed("abc", Span("f", 0, 3), (lambda text: text + "a", shouted, doubled)),
            (1, 1),
            Splice(Span("f", 1, 1), "XAA"),
        ),
        ("what cannot be spelt is not written", texts.placed("abc", Span("f", 0, 3), (refused,)), (1, 1), None),
    ],
)
def test_how_more_is_written(why: str, text: Text, at: tuple[int, int], expected: Splice | None) -> None:
    assert text.splice(*at, "x") == expected, why


def test_a_text_in_a_text_stands_where_that_does() -> None:
    """The inner text has lost an escape of the outer one, which has lost a margin of the file."""
    outer = texts.joined(
        [texts.placed('say "o\n', Span("f", 2, 9)), texts.placed('k"\n', Span("f", 13, 16), (shouted,))]
    )
    inner = texts.joined([texts.placed("o\nk", Span("", 5, 8), (doubled,))]).seen_through(outer)
    assert inner.content == "o\nk"
    assert inner.pieces == (
        Piece(0, 2, Span("f", 7, 9), True, (doubled,)),
        Piece(2, 3, Span("f", 13, 14), True, (doubled, shouted)),
    )
    assert inner.splice(2, 2, "a") == Splice(Span("f", 13, 13), "A")


def test_what_is_not_known_stays_so_in_a_text_in_a_text() -> None:
    outer = texts.joined([texts.placed("a ", Span("f", 0, 2)), texts.unknown(Span("f", 2, 9), "x is not known")])
    even = texts.placed(outer.content, Span("", 0, len(outer.content))).seen_through(outer)
    made = texts.made("A", Span("", 0, len(outer.content))).seen_through(outer)
    assert (even.content, even.unknown(0, 1), even.unknown(1, 3)) == (f"a {STAND_IN}", "", "x is not known")
    assert (made.span(0, 1), made.unknown(0, 1)) == (Span("f", 0, 9), "x is not known")


def test_a_part_of_a_text_begins_anew_and_stands_where_it_stood() -> None:
    part = lines().part(2, 6)
    assert part.content == "e\ntw"
    assert [part.span(at, at + 1) for at in range(4)] == [Span("f", at, at + 1) for at in (4, 5, 8, 9)]


def test_a_text_goes_from_process_to_process() -> None:
    text = texts.placed("abc", Span("f", 0, 3), (shouted,))
    again = pickle.loads(pickle.dumps(text))
    assert (again.content, again.pieces) == (text.content, text.pieces)


QUOTED = Requoted((quoted,), Splice(Span("", 2, 2), "'"), Splice(Span("", 5, 5), "'"))


def test_quotes_are_written_around_what_stands_in_another_text() -> None:
    inner = Text("run", (Piece(0, 3, Span("", 2, 5), True, (bare,), requoted=QUOTED),))
    outer = texts.joined([texts.placed("- run", Span("f", 10, 15), (doubled,))])
    found = inner.seen_through(outer)
    splice = found.splice(3, 3, " A")
    assert splice is not None
    assert [(one.span, one.content) for one in splice.all] == [
        (Span("f", 12, 12), "'"),
        (Span("f", 15, 15), " AA"),
        (Span("f", 15, 15), "'"),
    ]


def test_no_quotes_are_written_around_what_was_made() -> None:
    inner = Text("run", (Piece(0, 3, Span("", 2, 5), requoted=QUOTED),))
    assert inner.seen_through(texts.made("- run", Span("f", 10, 15))).splice(3, 3, "A") is None


def test_quotes_around_a_text_hold_what_is_written_in_a_text_in_it() -> None:
    outer = Text("run", (Piece(0, 3, Span("f", 2, 5), True, (bare,), requoted=QUOTED),))
    splice = texts.placed("run", Span("", 0, 3), (doubled,)).seen_through(outer).splice(3, 3, " A")
    assert splice is not None
    assert [one.content for one in splice.all] == ["'", " AA", "'"]


@pytest.mark.parametrize(
    ("why", "at", "expected"),
    [
        ("the whole of it", (0, 2), Splice(Span("f", 3, 9), "x")),
        ("before it", (0, 0), Splice(Span("f", 3, 3), "x")),
        ("after it", (2, 2), Splice(Span("f", 9, 9), "x")),
        ("inside of it nothing stands", (1, 1), None),
        ("nor does a part of it", (0, 1), None),
    ],
)
def test_what_comes_from_a_whole_is_written_as_one(why: str, at: tuple[int, int], expected: Splice | None) -> None:
    text = Text("ab", (Piece(0, 2, Span("f", 3, 9), False, (quoted,)),))
    assert text.splice(*at, "x") == expected, why


def test_a_part_of_what_comes_from_a_whole_is_not_written() -> None:
    part = Text("ab", (Piece(0, 2, Span("f", 3, 9), False, (quoted,)),)).part(0, 1)
    assert (part.content, part.span(0, 1), part.splice(0, 1, "x")) == ("a", Span("f", 3, 9), None)


def test_nothing_is_written_over_what_is_not_known_in_a_text_in_a_text() -> None:
    outer = texts.unknown(Span("f", 2, 9), "x is not known")
    inner = texts.placed(STAND_IN, Span("", 0, len(STAND_IN)), (shouted,)).seen_through(outer)
    assert inner.splice(0, len(STAND_IN), "x") is None


BESIDE = Text("one\n", (Piece(0, 4, Span("f", 3, 7), True, (), lines=Lines(Span("f", 0, 0), (shouted,))),))


@pytest.mark.parametrize(
    ("why", "text", "at", "new", "expected"),
    [
        ("a line goes beside", BESIDE, 0, "x\n", Splice(Span("f", 0, 0), "X\n", "x\n")),
        ("what is no line does not", BESIDE, 0, "x", Splice(Span("f", 3, 3), "x")),
        ("nor does what goes into it", BESIDE, 1, "x\n", Splice(Span("f", 4, 4), "x\n")),
        ("nor what goes before a part of it", BESIDE.part(1, 4), 0, "x\n", Splice(Span("f", 4, 4), "x\n")),
        (
            "nor what goes behind something on its line",
            texts.joined([texts.placed("a", Span("f", 2, 3)), BESIDE]),
            1,
            "x\n",
            Splice(Span("f", 3, 3), "x\n"),
        ),
    ],
)
def test_lines_go_beside_an_item_of_a_list(why: str, text: Text, at: int, new: str, expected: Splice) -> None:
    assert text.splice(at, at, new) == expected, why


def test_pieces_that_are_spelt_in_other_ways_are_not_written_as_one() -> None:
    text = texts.joined(
        [texts.placed("a", Span("f", 0, 1), (shouted,)), texts.placed("b", Span("f", 1, 2), (doubled,))]
    )
    assert text.splice(0, 2, "x") is None


def test_the_innermost_condition_decides() -> None:
    text = texts.placed("a", Span("f", 5, 6)).conditional(Span("f", 4, 7)).conditional(Span("f", 0, 9))
    assert text.within(0) == Span("f", 4, 7)


def test_what_was_made_of_a_part_of_a_text_is_not_written() -> None:
    outer = texts.placed("abc", Span("f", 0, 3), (shouted,))
    assert texts.made("x", Span("", 0, 3)).seen_through(outer).splice(0, 1, "y") is None


def test_quotes_that_would_need_quotes_are_not_written() -> None:
    inner = Text("run", (Piece(0, 3, Span("", 2, 5), True, (bare,), requoted=QUOTED),))
    around = Requoted((quoted,), Splice(Span("f", 10, 10), '"'), Splice(Span("f", 15, 15), '"'))
    outer = Text("- run", (Piece(0, 5, Span("f", 10, 15), True, (unquoted,), requoted=around),))
    assert outer.splice(2, 2, "'") is not None
    assert inner.seen_through(outer).splice(3, 3, " A") is None
