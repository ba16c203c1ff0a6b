"""A fix as a person reads it in a report: the lines that it takes away and puts in, and where."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from iac_imds_lint.edit import Edit, Fix
from iac_imds_lint.output.differing import differing
from iac_imds_lint.output.excerpt import on_one_line, printable
from iac_imds_lint.source import SourceFile
from iac_imds_lint.sources import Sources


def lines(fix: Fix, sources: Sources) -> Iterator[str]:
    """``path:row``, then the lines that go (``-``) and come (``+``), for each place that the fix changes."""
    for path, edits in groupby(sorted(fix.edits), key=lambda edit: edit.span.path):
        source = sources.read(path)
        if isinstance(source, SourceFile):
            for place in _places(source, list(edits)):
                yield from _place(source, place)


def _places(source: SourceFile, edits: Sequence[Edit]) -> Iterator[list[Edit]]:
    """Edits of the same lines, or of neighbouring ones, together."""
    place: list[Edit] = []
    for edit in edits:
        if place and source.line_start(edit.span.start) > _end(source, place[-1]):
            yield place
            place = []
        place.append(edit)
    yield place


def _end(source: SourceFile, edit: Edit) -> int:
    """Where the line on which an edit ends is over, its newline with it."""
    found = source.text.find("\n", edit.span.end)
    return len(source.text) if found < 0 else found + 1


def _place(source: SourceFile, edits: Sequence[Edit]) -> Iterator[str]:
    start, end = source.line_start(edits[0].span.start), _end(source, edits[-1])
    parts, at = [], start
    for edit in edits:
        parts += [source.text[at : edit.span.start], edit.content]
        at = edit.span.end
    old, new = (_lines(text) for text in (source.text[start:end], "".join(parts) + source.text[at:end]))
    row = source.position(start).row
    for piece in differing(old, new):
        yield f"{on_one_line(source.path)}:{row + piece.old_start}"
        yield from (f"- {printable(line.rstrip())}".rstrip() for line in old[piece.old_start : piece.old_end])
        yield from (f"+ {printable(line.rstrip())}".rstrip() for line in new[piece.new_start : piece.new_end])


def _lines(text: str) -> list[str]:
    lines = text.split("\n")
    return lines if lines[-1] else lines[:-1]
