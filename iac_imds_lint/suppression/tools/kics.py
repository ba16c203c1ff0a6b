"""KICS's comments: ``# kics-scan ignore-line`` and ``ignore-block`` above what they are about, and commands that begin
a file (KICS: ``docs/running-kics.md``, ``pkg/parser/terraform/comment``, ``pkg/model/comment_yaml.go``).

What is ignored are lines, and a result counts by its own. A comment at the end of a line is none. In HCL one line may
stand between ``ignore-line`` and what it is about, none between ``ignore-block`` and its block. In YAML, what KICS
ignores beyond the block of the key is not ignored here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from iac_imds_lint.catalog import controls
from iac_imds_lint.directive import Directive, Exactly, Inside, Reach
from iac_imds_lint.source import SourceFile, Span
from iac_imds_lint.suppression.tools import excepting, lines, outline

_TOOL = "kics"
_WORD = re.compile(r"kics-scan", re.IGNORECASE)
_COMMAND = re.compile(r"\s*(?:#|//)+\s*kics-scan\s*([^\r\n]*)", re.IGNORECASE)
_COMMENT = ("#", "//")
_IDS = tuple(name for control in controls.of(_TOOL) for name in control.ids)


def read(source: SourceFile) -> Iterator[Directive]:
    """KICS's comments in a file."""
    for line in lines.holding(source, _WORD):
        match = _COMMAND.match(line.text)
        if match is None:
            continue
        span = Span(source.path, line.start + match.start(), line.start + match.end())
        words = match[1].lower().split(" ")
        if "ignore-line" in words:
            yield from _directives(source, span, _next_line(source, line.row))
        elif "ignore-block" in words:
            yield from _directives(source, span, _block(source, line.row))
    yield from _of_the_file(source)


def _directives(source: SourceFile, span: Span, reach: Exactly | None) -> Iterator[Directive]:
    resource = outline.of(source).at(reach.first) if reach is not None else None
    if resource is not None and reach is not None:
        yield from _directive(span, resource.type, reach, bool)


def _directive(span: Span, type: str, reach: Reach, names: excepting.Names) -> Iterator[Directive]:
    codes = excepting.codes(_TOOL, type, span, names)
    if codes:
        yield Directive(span, codes, reach, tool=_TOOL)


def _next_line(source: SourceFile, row: int) -> Exactly | None:
    below = lines.at(source, row + 1)
    if below is None:
        return None
    if outline.is_hcl(source) and (not below.strip() or below.lstrip().startswith(_COMMENT)):
        row += 1
    return Exactly(row + 1, row + 1)


def _block(source: SourceFile, row: int) -> Exactly | None:
    below = lines.at(source, row + 1)
    if below is None or not below.strip() or below.lstrip().startswith(_COMMENT):
        return None
    if not outline.is_hcl(source):
        return None if _is_comment(source, row - 1) else Exactly(row + 1, _end_of_key(source, row + 1))
    from iac_imds_lint.terraform import tree

    byte = source.byte_of_offset(source.offset(row + 1, 1) + len(below) - len(below.lstrip()))
    node = tree.parse(source).descendant_for_byte_range(byte, byte + 1)
    while node is not None and node.type not in ("block", "attribute"):
        node = node.parent
    if node is None or source.row_of_byte(node.start_byte) != row:  # of a block further out
        return None
    return Exactly(row + 1, source.row_of_byte(node.end_byte) + 1)


def _is_comment(source: SourceFile, row: int) -> bool:
    return row > 0 and source.line(row).lstrip().startswith("#")


def _end_of_key(source: SourceFile, row: int) -> int:
    """The last row of the block of the key that a row begins with: what follows is indented more."""
    column, last = _column(source.line(row)), row
    while (below := lines.at(source, last + 1)) is not None and (not below.strip() or _column(below) > column):
        last += 1
    return last


def _column(line: str) -> int:
    return len(line) - len(line.lstrip())


def _of_the_file(source: SourceFile) -> Iterator[Directive]:
    """The commands in the comments that a file begins with: the file is left out, or queries of it are."""
    row, offset = 1, 0
    commands: dict[str, tuple[Span, list[str]]] = {}  # of one kind, the last counts
    while (text := lines.at(source, row)) is not None and text.startswith("#"):
        words = text[1:].split()
        if len(words) > 1 and words[0] == "kics-scan":
            command, _, ids = words[1].partition("=")
            commands[command] = Span(source.path, offset, offset + len(text)), ids.split(",")
        row, offset = row + 1, source.offset(row + 1, 1)
    for command, (span, named) in commands.items():
        yield from _everywhere(source, span, command, named)


def _everywhere(source: SourceFile, span: Span, command: str, ids: list[str]) -> Iterator[Directive]:
    match command:
        case "ignore":
            names: excepting.Names = bool
        case "disable":
            names = ids.__contains__
        case "enable":
            names = frozenset(_IDS).difference(ids).__contains__
        case _:
            return
    for resource in outline.of(source).declared:
        yield from _directive(span, resource.type, Inside(resource.span), names)
