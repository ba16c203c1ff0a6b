"""Semgrep's comments: ``nosemgrep``, alone or with ids, on the line where a match begins or alone on the one above
(semgrep: ``src/reporting/Nosemgrep.ml``; an id may be any end of the rule's, and where ids are given on either line,
they alone count).

Its rules match a whole resource, which begins at its head, and one of them ``http_tokens = "optional"`` by itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from iac_imds_lint.directive import Directive, Exactly, Inside, Reach
from iac_imds_lint.source import SourceFile, Span
from iac_imds_lint.suppression.tools import excepting, lines, outline

_TOOL = "semgrep"
_WORD = re.compile(r"nosem", re.IGNORECASE)
_HERE = re.compile(r" nosem(?:grep)?(?:[:=]\s?([^\r\n]*))?", re.IGNORECASE)
_ABOVE = re.compile(r"[^a-zA-Z0-9]*nosem(?:grep)?(?:[:=]\s?([^\r\n]*))?", re.IGNORECASE)
_OPTIONAL = re.compile(r'\bhttp_tokens\s*=\s*"optional"')


def read(source: SourceFile) -> Iterator[Directive]:
    """Semgrep's comments in a file of HCL: its rules are for that."""
    for line in lines.holding(source, _WORD) if outline.is_hcl(source) else ():
        here = _HERE.search(line.text)
        if here is not None:
            yield from _at(source, line, here, line.row)
        above = _ABOVE.match(line.text)
        below = lines.at(source, line.row + 1)
        if above is not None and below is not None and _HERE.search(below) is None:
            yield from _at(source, line, above, line.row + 1)


def _at(source: SourceFile, line: lines.Line, match: re.Match[str], row: int) -> Iterator[Directive]:
    """What is ignored of the matches that begin on a row."""
    resource = outline.of(source).at(row)
    if resource is None:
        return
    type, reach = resource.type, _reach(source, resource, row)
    if isinstance(reach, Exactly):
        type = "aws_instance"  # the rule for these looks at the argument in whatever resource
    span = Span(source.path, line.start + match.start(), line.start + match.end())
    ids = [word.split()[0].strip('"') for word in (match[1] or "").split(",") if word.strip()]
    ends = tuple(f".{word}" for word in ids)
    codes = excepting.codes(_TOOL, type, span, lambda full: not ids or f".{full}".endswith(ends))
    if codes and reach is not None:
        yield Directive(span, codes, reach, tool=_TOOL)


def _reach(source: SourceFile, resource: outline.Declared, row: int) -> Reach | None:
    """What a match that begins on a row is about. The rule for instances leaves to the argument what says it."""
    if _OPTIONAL.search(source.line(row)):
        return Exactly(row, row)
    if row != resource.first:
        return None
    by_argument = resource.type == "aws_instance" and _OPTIONAL.search(source.slice(resource.span))
    return None if by_argument else Inside(resource.span)
