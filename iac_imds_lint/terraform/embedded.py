"""JSON that stands in an argument: as ``jsonencode(...)``, as the text of a heredoc, or as any text that is known.

What is written out keeps its places, so that one unknown part, such as the ARN of a key, hides nothing of the rest.
Source: HCL native syntax specification, "Templates" (in a heredoc only the two markers are escaped).
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from iac_imds_lint.source import Problem, SourceFile, Span
from iac_imds_lint.terraform.syntax import Call, Expression, Literal, Object, Opaque, Template, Tuple

# What an interpolation is covered with: a JSON number, and text inside of a JSON string.
_COVER = "1"
_NO_BREAK = re.compile(r"[^\r\n]")
_INTRODUCED = re.compile(r"\$\{~?\s*")
_ENDED = re.compile(r"\s*~?\}")


class Covered(NamedTuple):
    """A heredoc's text at its own offsets, blanks before it, its interpolations covered: each with its place."""

    text: SourceFile
    parts: tuple[tuple[Span, Expression], ...]


def written_out(expression: Expression, source: SourceFile) -> Expression | None:
    """The expression of what an argument's JSON holds, where that is written out; else None."""
    match expression:
        case Call(_, "jsonencode", (inner,), False):
            return inner
        case Literal() | Template():
            covered = heredoc(expression, source)
            return _object(covered) if covered else None
        case _:
            return None


def heredoc(expression: Literal | Template, source: SourceFile) -> Covered | None:
    """The text of a heredoc whose parts are all plain interpolations; None for any other string."""
    text = source.slice(expression.span)
    if not text.startswith("<<"):
        return None
    start = expression.span.start + text.index("\n") + 1
    end = expression.span.start + text.rindex("\n") + 1
    parts = tuple(_interpolations(expression, source))
    body = _covered(source.text, start, end, parts)
    if "${" in body or "%{" in body:
        return None  # a directive, a literal that is interpolated, or an escaped marker
    return Covered(SourceFile(source.path, _NO_BREAK.sub(" ", source.text[:start]) + body), parts)


def _covered(text: str, start: int, end: int, parts: Sequence[tuple[Span, Expression]]) -> str:
    """A stretch of text in which the interpolations, one after the other, are covered."""
    pieces: list[str] = []
    for place, _ in parts:
        pieces += (text[start : place.start], _COVER * (place.end - place.start))
        start = place.end
    return "".join((*pieces, text[start:end]))


def _interpolations(expression: Literal | Template, source: SourceFile) -> Iterator[tuple[Span, Expression]]:
    """The interpolations, in order, with their markers."""
    after = expression.span.start
    for part in expression.parts if isinstance(expression, Template) else ():
        marker = source.text.rfind("${", after, part.span.start)
        begun = _INTRODUCED.fullmatch(source.text, marker, part.span.start) if marker >= 0 else None
        ended = _ENDED.match(source.text, part.span.end)
        if begun and ended and begun.start() >= after:
            yield Span(source.path, begun.start(), ended.end()), part
            after = ended.end()


def _object(covered: Covered) -> Expression | None:
    """The text as an expression: what is interpolated is itself again where it is a whole value."""
    from iac_imds_lint.documents import json_reader
    from iac_imds_lint.terraform import json_syntax

    root = json_reader.read(covered.text)
    if isinstance(root, Problem):
        return None
    return _restored(json_syntax.expression(covered.text, root), covered.parts)


def _restored(expression: Expression, parts: Sequence[tuple[Span, Expression]]) -> Expression:
    inside = _within(expression.span, parts)
    match expression:
        case _ if not inside:
            return expression
        case Tuple(span, items):
            return Tuple(span, tuple(_restored(item, inside) for item in items))
        case Object(span, items):
            if any(_within(key.span, inside) for key, _ in items):
                return Opaque(span, "an object with an interpolated key")
            return Object(span, tuple((key, _restored(item, inside)) for key, item in items))
        case Literal(span) if span == inside[0][0]:
            return inside[0][1]
        case _:
            return Opaque(expression.span, "an interpolated string")


def _within(outer: Span, parts: Sequence[tuple[Span, Expression]]) -> Sequence[tuple[Span, Expression]]:
    """The parts, which are in order and apart from each other, that lie in a span."""
    first = bisect_left(parts, outer.start, key=lambda part: part[0].start)
    return parts[first : bisect_right(parts, outer.end, key=lambda part: part[0].end)]
