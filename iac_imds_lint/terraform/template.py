"""Templates: text with interpolations and directives, as one expression.

Source: HCL native syntax specification, "Templates"; how heredocs lose their indentation and what ``~`` strips was
read off ``terraform console``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from enum import Enum
from typing import NamedTuple

from iac_imds_lint.source import Span
from iac_imds_lint.terraform.syntax import Call, Conditional, Expression, For, Literal, Opaque, Template

_DEEPEST = 50
_LINE = re.compile(r"[^\n]*\n|[^\n]+")


class Kind(Enum):
    """What a piece of a template is."""

    TEXT = "text"
    VALUE = "${...}"
    IF = "%{ if }"
    ELSE = "%{ else }"
    END_IF = "%{ endif }"
    FOR = "%{ for }"
    END_FOR = "%{ endfor }"


class Piece(NamedTuple):
    """A piece of a template: its text, or what stands between the braces.

    ``text`` is that of a condition, too. ``names`` are those that a ``for`` binds. ``strips_before`` and
    ``strips_after`` say that it has a ``~`` on that side.
    """

    kind: Kind
    span: Span
    text: str = ""
    expression: Expression | None = None
    names: tuple[str, ...] = ()
    strips_before: bool = False
    strips_after: bool = False


def assembled(span: Span, pieces: Iterable[Piece], flush: bool = False) -> Expression:
    """The expression that a template is; ``flush`` takes the common indentation away, as ``<<-`` does."""
    lines = _stripped(list(_by_line(pieces)))
    if _is_deep(lines):
        return Opaque(span, "a template that is nested too deeply")
    parts = _Parts(span, _flushed(lines) if flush else lines).read()
    values = (piece.expression for piece in lines if piece.kind is Kind.VALUE)
    return parts[0] if len(parts) == 1 and any(value is parts[0] for value in values) else _melded(span, parts)


def _is_deep(pieces: Iterable[Piece]) -> bool:
    """Whether directives stand in more others than Python's stack is good for."""
    deep = 0
    for piece in pieces:
        deep += (piece.kind in (Kind.IF, Kind.FOR)) - (piece.kind in (Kind.END_IF, Kind.END_FOR))
        if deep > _DEEPEST:
            return True
    return False


def _by_line(pieces: Iterable[Piece]) -> Iterator[Piece]:
    """The pieces, each text cut after every newline: stripping and indentation are matters of single lines."""
    for piece in pieces:
        if piece.kind is not Kind.TEXT:
            yield piece
            continue
        start = piece.span.start
        for line in _LINE.findall(piece.text):
            yield piece._replace(span=Span(piece.span.path, start, start + len(line)), text=line)
            start += len(line)


def _stripped(pieces: Sequence[Piece]) -> list[Piece]:
    """``~`` takes the white space next to it, up to the end of a line and with it."""
    found = list(pieces)
    for number, piece in enumerate(pieces):
        if piece.strips_before and number and pieces[number - 1].kind is Kind.TEXT:
            found[number - 1] = found[number - 1]._replace(text=found[number - 1].text.rstrip())
        if piece.strips_after and number + 1 < len(pieces) and pieces[number + 1].kind is Kind.TEXT:
            found[number + 1] = found[number + 1]._replace(text=pieces[number + 1].text.lstrip())
    return found


def _flushed(pieces: Sequence[Piece]) -> list[Piece]:
    """Without the indentation that all lines share; lines that are only white space do not count, and keep theirs."""
    indented: dict[int, int] = {}
    begins, least = True, None
    for number, piece in enumerate(pieces):
        if begins:
            blank = piece.kind is Kind.TEXT and not piece.text.strip() and piece.text.endswith("\n")
            width = len(piece.text) - len(piece.text.lstrip()) if piece.kind is Kind.TEXT else 0
            if not blank:
                indented[number] = width
                least = width if least is None else min(least, width)
        begins = piece.kind is Kind.TEXT and piece.text.endswith("\n")
    cut = least or 0
    return [p._replace(text=p.text[cut:]) if number in indented else p for number, p in enumerate(pieces)]


class _Parts:
    """Reads pieces in order; the body of a directive is a template of its own."""

    def __init__(self, span: Span, pieces: Sequence[Piece]) -> None:
        self._span = span
        self._pieces = pieces
        self._next = 0

    def read(self, *ends: Kind) -> tuple[Expression, ...]:
        """The parts up to one of ``ends``, which is left to be read, or up to the end."""
        parts: list[Expression] = []
        while self._next < len(self._pieces) and self._pieces[self._next].kind not in ends:
            piece = self._pieces[self._next]
            self._next += 1
            part = self._part(piece)
            parts += [part] if part is not None else []
        return tuple(parts)

    def _part(self, piece: Piece) -> Expression | None:
        match piece.kind:
            case Kind.TEXT:
                return Literal(piece.span, piece.text) if piece.text else None
            case Kind.VALUE:
                return piece.expression
            case Kind.IF:
                return self._conditional(piece)
            case Kind.FOR:
                return self._repeated(piece)
            case Kind.ELSE | Kind.END_IF | Kind.END_FOR:
                return None  # the grammar lets none stand alone

    def _conditional(self, piece: Piece) -> Expression:
        yes = _melded(piece.span, self.read(Kind.ELSE, Kind.END_IF))
        no: Expression = Literal(piece.span, "")
        if self._passed(Kind.ELSE):
            no = _melded(piece.span, self.read(Kind.END_IF))
        self._passed(Kind.END_IF)
        condition = piece.expression or Literal(piece.span, False)
        return Conditional(piece.span, condition, piece.text, yes, no)

    def _repeated(self, piece: Piece) -> Expression:
        """A ``for`` directive is the joined tuple of what its body is for each element."""
        body = _melded(piece.span, self.read(Kind.END_FOR))
        self._passed(Kind.END_FOR)
        each = For(piece.span, piece.names, piece.expression or Literal(piece.span, None), None, body, None)
        return Call(piece.span, "join", (Literal(piece.span, ""), each))

    def _passed(self, kind: Kind) -> bool:
        here = self._next < len(self._pieces) and self._pieces[self._next].kind is kind
        self._next += here
        return here


def _melded(span: Span, parts: Sequence[Expression]) -> Expression:
    """The parts as one template: a literal where all of them are text."""
    texts = [part.content for part in parts if isinstance(part, Literal) and isinstance(part.content, str)]
    if len(texts) == len(parts):
        return Literal(span, "".join(texts))
    return Template(span, tuple(parts))
