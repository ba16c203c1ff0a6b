"""From a text and what becomes of it to what is to be replaced: as little as is known, and never half a newline."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from iac_imds_lint.edit import Edit, apply, joined
from iac_imds_lint.output.differing import differing
from iac_imds_lint.source import SourceFile, Span


def splices(before: SourceFile, after: SourceFile, known: Iterable[Edit]) -> tuple[Edit, ...]:
    """The edits, in order and apart from each other, that make the one text of the other.

    These are the ``known`` edits of the file where they do; after several rounds of repair, of which the later ones
    stand in texts between the two, they are read off the texts.
    """
    own = joined(edit for edit in known if edit.span.path == before.path)
    edits = own if _lead(before, after, own) else tuple(_differences(before, after))
    return tuple(_with_whole_newlines(before, edit) for edit in edits)


def _lead(before: SourceFile, after: SourceFile, edits: Iterable[Edit]) -> bool:
    try:
        return apply(before, edits).text == after.text
    except ValueError:
        return False


def _differences(before: SourceFile, after: SourceFile) -> Iterator[Edit]:
    old, new = before.text.splitlines(keepends=True), after.text.splitlines(keepends=True)
    at = _offsets(old)
    for piece in differing(old, new):
        start, end = at[piece.old_start], at[piece.old_end]
        yield _trimmed(before, Span(before.path, start, end), "".join(new[piece.new_start : piece.new_end]))


def _offsets(lines: Iterable[str]) -> list[int]:
    """Where each line begins, and where the last one ends."""
    offsets = [0]
    for line in lines:
        offsets.append(offsets[-1] + len(line))
    return offsets


def _trimmed(source: SourceFile, span: Span, content: str) -> Edit:
    """A replacement without what its ends have in common with the text."""
    text = source.slice(span)
    most = min(len(text), len(content))
    head = next((at for at in range(most) if text[at] != content[at]), most)
    most -= head
    tail = next((at for at in range(most) if text[-1 - at] != content[-1 - at]), most)
    return Edit(Span(span.path, span.start + head, span.end - tail), content[head : len(content) - tail])


def _with_whole_newlines(source: SourceFile, edit: Edit) -> Edit:
    """An edit that begins and ends beside a CRLF, not in it: no position of the protocol is there."""
    (path, start, end), content = edit.span, edit.content
    if _is_in_newline(source.text, start):
        start, content = start - 1, f"\r{content}"
    if _is_in_newline(source.text, end):
        end, content = end + 1, f"{content}\n"
    return Edit(Span(path, start, end), content)


def _is_in_newline(text: str, offset: int) -> bool:
    return offset > 0 and text[offset - 1 : offset + 1] == "\r\n"
