"""Ignore comments: what they say, which findings they cover, and which of them cover nothing.

A comment at the end of a line covers that line; a comment of its own covers the next line of code, and the head of the
block that it opens. A finding is covered at its own line, at the head of its options and at the head of its resource.
A comment in a heredoc is one of a script at most: it covers what is found in scripts, and is not asked for its use.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from iac_imds_lint.finding import Finding
from iac_imds_lint.nearest import nearest
from iac_imds_lint.source import SourceFile, Span
from iac_imds_lint.value import Known

MARKER = "iac-imds-lint:"
_COMMENT = re.compile(r"(?:#|//|/\*)[ \t]*iac-imds-lint:[ \t]*([^\r\n]*)")
_IGNORE = re.compile(r"ignore\[([^\]]*)\]")


class Code(NamedTuple):
    """One code of an ignore comment and its place."""

    code: str
    span: Span


class Ignore(NamedTuple):
    """An ignore comment: its codes, and the rows that it covers. ``in_string`` says that it stands in a heredoc."""

    span: Span
    codes: tuple[Code, ...]
    rows: frozenset[int]
    in_string: bool = False


class Mistake(NamedTuple):
    """A comment that means nothing, and why."""

    span: Span
    message: str
    rows: frozenset[int] = frozenset()


def read(source: SourceFile, known: Mapping[str, str]) -> Iterator[Ignore | Mistake]:
    """The ignore comments of a file in order, and the comments that were meant to be some. ``known`` are the names of
    rules by their codes.
    """
    for match in _COMMENT.finditer(source.text) if MARKER in source.text else ():
        in_string = not _is_in_a_comment(source, match.start())
        if in_string and not _is_in_a_heredoc(source, match.start()):
            continue
        span = Span(source.path, match.start(), match.end(1))
        found = _IGNORE.match(match.group(1))
        if in_string and found is None:
            continue
        if found is None:
            yield Mistake(span, "this comment ignores nothing: write ignore[CODE] with the codes to ignore")
            continue
        start = match.start(1) + found.start(1)
        codes = tuple(_codes(source.path, found.group(1), start))
        yield from () if in_string else _mistakes(codes, span, known)
        written = tuple(code for code in codes if code.code in known)
        yield Ignore(span, written, _rows(source, match.start()), in_string)


def _is_in_a_comment(source: SourceFile, offset: int) -> bool:
    """By the syntax tree in HCL, where heredocs hold what looks like comments; elsewhere by the quotes before it."""
    if source.path.endswith((".tf", ".tofu")):
        from iac_imds_lint.terraform import tree

        byte = source.byte_of_offset(offset)
        node = tree.parse(source).descendant_for_byte_range(byte, byte + 1)
        return node is not None and node.type == "comment"
    before = source.text[source.line_start(offset) : offset]
    return re.sub(r"\\.", "", before).count('"') % 2 == 0


def _is_in_a_heredoc(source: SourceFile, offset: int) -> bool:
    """Whether an offset of an HCL file is in the text of a heredoc."""
    if not source.path.endswith((".tf", ".tofu")):
        return False
    from iac_imds_lint.terraform import tree

    byte = source.byte_of_offset(offset)
    node = tree.parse(source).descendant_for_byte_range(byte, byte + 1)
    while node is not None and node.type != "heredoc_template":
        node = node.parent
    return node is not None


def _codes(path: str, text: str, start: int) -> Iterator[Code]:
    for match in re.finditer(r"[^,\s]+", text):
        yield Code(match.group(), Span(path, start + match.start(), start + match.end()))


def _mistakes(codes: tuple[Code, ...], span: Span, known: Mapping[str, str]) -> Iterator[Mistake]:
    if not codes:
        yield Mistake(span, "this comment ignores nothing: it names no code")
    for code in codes:
        if code.code not in known:
            yield Mistake(code.span, no_rule(code.code, known))


def no_rule(written: str, known: Mapping[str, str]) -> str:
    """What there is to say of a word that is written where the code of a rule belongs."""
    by_name = {name: code for code, name in known.items()}
    meant = by_name.get(written.lower()) or nearest(written, known)
    return f"{written} is not a rule" + (f"; did you mean {meant}?" if meant else "")


def _rows(source: SourceFile, offset: int) -> frozenset[int]:
    row = source.position(offset).row
    if not _is_comment(source.line(row)):
        return frozenset((row,))
    rows = [_code_row(source, row, 1)]
    above = _code_row(source, row, -1)
    if above and source.line(above).rstrip().endswith(("{", ":")):
        rows.append(above)
    return frozenset(filter(None, rows))


def _is_comment(line: str) -> bool:
    return line.lstrip().startswith(("#", "//", "/*", "*"))


def _code_row(source: SourceFile, row: int, step: int) -> int:
    """The nearest row with code above or below a row; 0 where there is none."""
    last = source.position(len(source.text)).row
    row += step
    while 0 < row <= last:
        line = source.line(row)
        if line.strip() and not _is_comment(line):
            return row
        row += step
    return 0


def rows_of(finding: Finding, source: SourceFile) -> frozenset[int]:
    """The rows of its own file at which a comment covers a finding."""
    return frozenset(source.position(span.start).row for span in _anchors(finding) if span.path == source.path)


def _anchors(finding: Finding) -> Iterator[Span]:
    yield finding.span
    if finding.resource is not None:
        yield finding.resource.head
        yield Span(finding.resource.body.path, finding.resource.body.start, finding.resource.body.start)
        if isinstance(finding.resource.container, Known) and finding.resource.container.origins:
            yield finding.resource.container.origins[0].span
