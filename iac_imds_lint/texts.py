"""Text that was put together of parts of files: what it says, and where each part of it stands.

A boot script is seldom a file of its own. It stands in a heredoc whose indentation is taken away, in a string with
escapes, in a template that is filled in; and a script may stand in another text, such as cloud-config. A reader of one
of these makes a :class:`Text`, and :meth:`Text.seen_through` puts one upon the other.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple, Protocol

from iac_imds_lint.source import SourceFile, Span


class Spelling(Protocol):
    """How a text is written in the place of a piece, as escapes and indentation there want it; None where it cannot be.

    Spellings cross from process to process: functions of modules, or NamedTuples that can be called.
    """

    def __call__(self, text: str, /) -> str | None:
        """The text as it is written."""


# What stands for a part that is not known. A word to every language, and a part of one next to other letters.
STAND_IN = "_unknown_"


class Lines(NamedTuple):
    """How whole lines are written before a piece, as something of their own: at a place, by other spellings."""

    span: Span
    spellings: tuple[Spelling, ...]


class Splice(NamedTuple):
    """What to write in place of what stands at a span.

    ``says`` is what that is to a reader, where it is something else. ``before`` and ``after`` are what has to be
    written around it as well, once for all that is written there.
    """

    span: Span
    content: str
    says: str | None = None
    before: tuple[Splice, ...] = ()
    after: tuple[Splice, ...] = ()

    @property
    def all(self) -> tuple[Splice, ...]:
        """All that is to be written, in order."""
        return (*self.before, self._replace(before=(), after=()), *self.after)


class Requoted(NamedTuple):
    """How more is written in a piece once something else is written around it: quotes, which it does without."""

    spellings: tuple[Spelling, ...]
    before: Splice
    after: Splice


class Piece(NamedTuple):
    """The code points of a text from ``start`` to ``end``, and the place in a file that they come from.

    ``even`` says that each of them is one of the place, in order; else the whole comes from the whole. ``spellings``
    say how more text is written there, the innermost first. ``unknown`` is a clause that says why it is not known what
    the piece really is, where a stand-in is in its place. ``lines`` is set where lines that are put before it are not
    written into its place but beside it, as items of the list that it is an item of; ``requoted`` where what cannot be
    written as the piece stands can be in quotes. ``encodes`` is the text that the piece is base64 of, with its own
    places, where that is known. ``within`` is the condition or the loop in which it is written, whose other outcomes
    leave it out.
    """

    start: int
    end: int
    span: Span
    even: bool = True
    spellings: tuple[Spelling, ...] = ()
    unknown: str = ""
    lines: Lines | None = None
    requoted: Requoted | None = None
    encodes: Text | None = None
    within: Span | None = None

    def clipped(self, start: int, end: int) -> Piece:
        """What of the piece lies between two offsets, at the same offsets."""
        if start <= self.start and self.end <= end:
            return self
        start, end = max(start, self.start), min(end, self.end)
        # A part of what only comes from the whole cannot be written anew.
        spellings = self.spellings if self.even else ()
        lines = self.lines if start == self.start else None
        return Piece(start, end, self.place(start, end), self.even, spellings, self.unknown, lines, self.requoted)

    def place(self, start: int, end: int) -> Span:
        """Where two offsets that lie in the piece come from; the whole of it, where it is not even."""
        if not self.even:
            return self.span
        begin = self.span.start - self.start
        return Span(self.span.path, begin + start, begin + end)

    @property
    def is_written(self) -> bool:
        """Whether it is what it is because of what is written at its place, so that something else can be."""
        return not self.unknown and (self.even or bool(self.spellings))

    def edges(self, start: int, end: int) -> Span | None:
        """Where two offsets of the piece stand; None where one is inside of what only comes from the whole."""
        if self.even:
            return self.place(start, end)
        if not {start, end} <= {self.start, self.end}:
            return None
        begin = self.span.start if start == self.start else self.span.end
        return Span(self.span.path, begin, self.span.end if end == self.end else self.span.start)

    def spelt(self, text: str) -> str | None:
        """A text as it is written in this place."""
        return _spelt(text, self.spellings)

    def inside(self, spellings: tuple[Spelling, ...]) -> Piece:
        """The piece where what is written in it is spelt in some ways first. No piece gets more spellings otherwise."""
        lines = self.lines and self.lines._replace(spellings=(*spellings, *self.lines.spellings))
        requoted = self.requoted and self.requoted._replace(spellings=(*spellings, *self.requoted.spellings))
        return self._replace(spellings=(*spellings, *self.spellings), lines=lines, requoted=requoted)


@dataclass(frozen=True, eq=False)
class Text:
    """A text and its pieces, which are in order and cover it without a gap. Compared by identity."""

    content: str
    pieces: tuple[Piece, ...]

    @cached_property
    def _starts(self) -> list[int]:
        return [piece.start for piece in self.pieces]

    def at(self, offset: int) -> Piece | None:
        """The piece that holds the code point at an offset; the last one at the end of the text."""
        number = bisect_right(self._starts, offset) - 1
        return self.pieces[number] if number >= 0 else None

    def between(self, start: int, end: int) -> Iterator[Piece]:
        """The pieces that hold code points from ``start`` to ``end``."""
        number = max(bisect_right(self._starts, start) - 1, 0)
        while number < len(self.pieces) and self.pieces[number].start < end:
            yield self.pieces[number]
            number += 1

    def span(self, start: int = 0, end: int | None = None) -> Span:
        """Where a range comes from: from the place of its begin to that of its end, if both are in one file."""
        end = len(self.content) if end is None else end
        found = list(self.between(start, end)) or [piece for piece in (self.at(start),) if piece]
        if not found:
            return Span("", 0, 0)
        first, last = found[0].clipped(start, end).span, found[-1].clipped(start, end).span
        together = first.path == last.path and first.start <= last.end
        return Span(first.path, first.start, last.end) if together else first

    def part(self, start: int, end: int) -> Text:
        """The text between two offsets."""
        clipped = (piece.clipped(start, end) for piece in self.between(start, end) if start < end)
        moved = (piece._replace(start=piece.start - start, end=piece.end - start) for piece in clipped)
        return Text(self.content[start:end], tuple(moved))

    def unknown(self, start: int = 0, end: int | None = None) -> str:
        """Why something in a range is not known; empty where all is."""
        end = len(self.content) if end is None else end
        return next((piece.unknown for piece in self.between(start, end) if piece.unknown), "")

    def splice(self, start: int, end: int, new: str) -> Splice | None:
        """How ``new`` is written in place of a range.

        None where that does not stand in one place as it is, or where ``new`` cannot be written there.
        """
        at, before = self.at(start), self.at(start - 1) if start else None
        if start == end and at and (found := self._beside(at, start, new)):
            return found
        ways = [tuple(self.between(start, end))] if start < end else [(one,) for one in (at, before) if one]
        return next((found for pieces in ways if pieces and (found := _spliced(pieces, start, end, new))), None)

    def _beside(self, piece: Piece, start: int, new: str) -> Splice | None:
        """How whole lines are written before a piece that begins a line, where they are something of their own."""
        begins = start == piece.start and self.content[start - 1 : start] in ("", "\n")
        if piece.lines is None or not begins or not new.endswith("\n"):
            return None
        written = _spelt(new, piece.lines.spellings)
        return None if written is None else Splice(piece.lines.span, written, new)

    def within(self, offset: int) -> Span | None:
        """The condition or the loop in which the code point at an offset is written."""
        piece = self.at(offset)
        return piece.within if piece else None

    def conditional(self, condition: Span) -> Text:
        """The same text, written in a condition or a loop."""
        pieces = (piece._replace(within=piece.within or condition) for piece in self.pieces)
        return Text(self.content, tuple(pieces))

    def inside(self, *spellings: Spelling) -> Text:
        """The same text, where what is written in it is spelt in some ways first."""
        return Text(self.content, tuple(piece.inside(spellings) for piece in self.pieces))

    def seen_through(self, outer: Text) -> Text:
        """The same text, the spans of whose pieces are ranges of ``outer``: as it stands where that comes from."""
        return Text(self.content, tuple(found for piece in self.pieces for found in _through(piece, outer)))


def whole(source: SourceFile, spellings: tuple[Spelling, ...] = ()) -> Text:
    """All of a file."""
    return placed(source.text, Span(source.path, 0, len(source.text)), spellings)


def placed(content: str, span: Span, spellings: tuple[Spelling, ...] = ()) -> Text:
    """A text that stands at a place as it is."""
    return Text(content, (Piece(0, len(content), span, True, spellings),) if content else ())


def made(content: str, span: Span) -> Text:
    """A text that was made of what stands at a place: decoded, or evaluated."""
    return Text(content, (Piece(0, len(content), span, even=False),) if content else ())


def encoded(content: str, span: Span, text: Text) -> Text:
    """What a text is in base64, which stands at a place. It is as little known as the text is."""
    why = text.unknown()
    return Text(content, (Piece(0, len(content), span, even=False, unknown=why, encodes=text),) if content else ())


def unknown(span: Span, reason: str) -> Text:
    """A stand-in for a text that comes from a place and is not known, for a reason that is a clause."""
    return Text(STAND_IN, (Piece(0, len(STAND_IN), span, even=False, unknown=reason),))


def joined(texts: Iterable[Text]) -> Text:
    """Texts one after the other."""
    contents: list[str] = []
    pieces: list[Piece] = []
    length = 0
    for text in texts:
        contents.append(text.content)
        pieces += (one._replace(start=one.start + length, end=one.end + length) for one in text.pieces)
        length += len(text.content)
    return Text("".join(contents), tuple(pieces))


def _spelt(text: str, spellings: Iterable[Spelling]) -> str | None:
    for spelling in spellings:
        written = spelling(text)
        if written is None:
            return None
        text = written
    return text


def _spliced(pieces: Sequence[Piece], start: int, end: int, new: str) -> Splice | None:
    """A splice from the first to the last of pieces, if that stands in one place as it is."""
    place, first = _edges(pieces, start, end), pieces[0]
    if place is None:
        return None
    written = first.spelt(new)
    if any(one.spelt(new) != written for one in pieces):
        return None
    if written is not None:
        return Splice(place, written)
    quoted = first.requoted and _spelt(new, first.requoted.spellings)
    if first.requoted is None or quoted is None:
        return None
    return Splice(place, quoted, None, (first.requoted.before,), (first.requoted.after,))


def _edges(pieces: Sequence[Piece], start: int, end: int) -> Span | None:
    """The place of a range of pieces, all of which are written there and after each other."""
    first, last = pieces[0], pieces[-1]
    begin = first.edges(max(start, first.start), min(end, first.end))
    finish = last.edges(max(start, last.start), min(end, last.end))
    if begin is None or finish is None or not all(one.is_written for one in pieces):
        return None
    if not all(_follows(*pair) for pair in pairwise(pieces)):
        return None
    return Span(begin.path, begin.start, finish.end)


def _follows(piece: Piece, other: Piece) -> bool:
    """Whether a piece is followed by another one in a file, with nothing between them."""
    return piece.span.path == other.span.path and piece.span.end == other.span.start


def _through(piece: Piece, outer: Text) -> Iterator[Piece]:
    """A piece whose span is a range of ``outer``, in as many pieces as that has there."""
    start, end = piece.span.start, piece.span.end
    if not piece.even:
        why, under = piece.unknown or outer.unknown(start, end), tuple(outer.between(start, end))
        alike = bool(under) and all(one.spellings == under[0].spellings for one in under)
        around = under[0].spellings if alike and _edges(under, start, end) else None
        spellings = () if around is None or not piece.spellings else (*piece.spellings, *around)
        yield piece._replace(span=outer.span(start, end), unknown=why, spellings=spellings, lines=None, requoted=None)
        return
    moved = piece.start - start
    for below in outer.between(start, end):
        clipped = below.clipped(start, end)
        found = clipped._replace(start=clipped.start + moved, end=clipped.end + moved).inside(piece.spellings)
        yield found._replace(requoted=_requoted(piece.requoted, below, outer)) if piece.requoted else found


def _requoted(inner: Requoted, below: Piece, outer: Text) -> Requoted | None:
    """The quotes around what stands in ``outer``, as they are written there; None where they cannot be."""
    around = [outer.splice(one.span.start, one.span.start, one.content) for one in (inner.before, inner.after)]
    before, after = around
    if before is None or after is None or len(before.all) + len(after.all) > len(around):
        return None
    return Requoted((*inner.spellings, *below.spellings), before, after)
