"""A broken HCL file in pieces: where each top-level block or argument begins, and what in it cannot be read.

tree-sitter's recovery may swallow what follows an error. So the file is cut where a line begins in the first column
like a block or, outside of all brackets, with a word. Offsets are bytes.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Generator, Iterator
from typing import NamedTuple

from iac_imds_lint.terraform import tree
from iac_imds_lint.terraform.unfinished import ANYTHING, Typed

_TYPES = rb"resource|data|variable|output|module|provider|locals|terraform|ephemeral|check|import|moved|removed"
# Only a block begins so: within another one, it shows that this was not closed.
_BLOCK = re.compile(rb'(?:%s)\b(?:[ \t]+(?:"[^"\n]*"|[\w-]+))*[ \t]*\{' % _TYPES)
_LABELLED = re.compile(rb'([\w-]+)((?:[ \t]+(?:"[^"\n]*"|[\w-]+))*)[ \t]*\{?')
_LABEL = re.compile(rb'"([^"\n]*)"|([\w-]+)')
_WORD = re.compile(rb"[A-Za-z_]")
_CODE = re.compile(rb'["\n{}\[\]()]|#|//|/\*|<<-?[A-Za-z_][\w-]*')
_QUOTED = re.compile(rb'\\.|["\n]|\$\$\{|%%\{|[$%]\{')
_HEADER = re.compile(rb'[ \t]*[\w-]+(?:[ \t]+(?:"[^"\n]*"|[\w-]+))*[ \t]*')
_ARGUMENT = re.compile(rb"[ \t]*[A-Za-z_][\w-]*[ \t]*=(?![=>])")
_NAMED = re.compile(rb'[ \t]*"?([\w-]*)"?([ \t]*[={]|[ \t]+")?')
_VALUELESS = re.compile(rb"[ \t]*([A-Za-z_][\w-]*)[ \t]*(=)[ \t\r]*(?:#.*)?$")
_BARE = re.compile(rb"[ \t]*([A-Za-z_][\w-]*)[ \t\r]*$")
_MARKER = re.compile(rb"^[ \t]*([A-Za-z_][\w-]*)[ \t\r]*$", re.MULTILINE)
_BLANK = re.compile(rb"[ \t]*")
_REMARK = re.compile(rb"(?:\s+|#[^\n]*|//[^\n]*|/\*.*?\*/)+", re.DOTALL)
_INNER = re.compile(rb"<<-?[ \t]*[\"']?([A-Za-z_]\w*)")
_CLOSING = {b"}": b"{", b"]": b"[", b")": b"("}
_INSERTED = (b"${", b"%{")


class Flaw(NamedTuple):
    """What cannot be read: where a person would look for it, why in words, and the range of what to leave out."""

    at: int
    reason: str
    start: int
    end: int


class Statement(NamedTuple):
    """The range of what stands on lines of its own in so many nested bodies."""

    start: int
    end: int
    depth: int


class Piece(NamedTuple):
    """A top-level block or argument with what follows it; ``is_open`` where it has no end.

    ``statements`` are what stands on lines of its own in a body. ``loose`` is the flaw beside the block.
    """

    start: int
    end: int
    flaws: tuple[Flaw, ...]
    is_open: bool
    statements: tuple[Statement, ...]
    loose: Flaw | None = None

    def named(self, text: bytes) -> tuple[str, tuple[str, ...]]:
        """The type and the labels that a block begins with, as far as they can be read."""
        found = _LABELLED.match(text, self.start, self.end)
        if found is None:
            return "", ()
        labels = tuple(((quoted or bare).decode()) for quoted, bare in _LABEL.findall(found[2]))
        return found[1].decode(), labels


def typed(text: bytes, flaw: Flaw) -> Typed:
    """What is being written where something was left out; nobody knows where that is several lines."""
    if b"\n" in text[flaw.start : flaw.end].strip():
        return ANYTHING
    found = _NAMED.match(text, flaw.start, flaw.end)
    return Typed(found[1].decode(), found[2] is not None) if found else ANYTHING


class _Opened(NamedTuple):
    """A bracket, a quote or a template's marker that is not closed yet; a body holds arguments on lines of their own.

    ``line`` is where its line begins, ``statement`` where what it is a part of does.
    """

    token: bytes
    at: int
    line: int
    statement: int
    is_body: bool


def cut(text: bytes) -> tuple[Piece, ...]:
    """The pieces of a file, in order."""
    return tuple(_Cutter(text).pieces())


class _Cutter:
    """One pass over the text. A stack of what is open, never recursion."""

    def __init__(self, text: bytes) -> None:
        self._text = text
        self._stack: list[_Opened] = []
        self._flaws: list[Flaw] = []
        self._statements: list[Statement] = []
        self._line = 0
        self._statement = 0
        self._closed = -1
        self._start = 0
        self._blocks = [match.start() for match in re.finditer(rb"^(?=%s)" % _BLOCK.pattern, text, re.MULTILINE)]
        self._markers: dict[bytes, list[int]] = {}
        for match in _MARKER.finditer(text):
            self._markers.setdefault(match[1], []).append(match.end())

    def pieces(self) -> Iterator[Piece]:
        at = 0
        while at >= 0:
            quoted = bool(self._stack) and self._stack[-1].token == b'"'
            found = (_QUOTED if quoted else _CODE).search(self._text, at)
            if found is None:
                break
            token, at = found.group(), found.end()
            if token == b"\n":
                yield from self._newline(at)
            elif quoted:
                self._in_quotes(token, found.start())
            else:
                at = yield from self._in_code(token, found.start(), at)
        yield from self._ended(len(self._text))

    def _in_quotes(self, token: bytes, at: int) -> None:
        if token == b'"':
            self._stack.pop()
        elif token in _INSERTED:
            self._open(token, at)

    def _in_code(self, token: bytes, start: int, end: int) -> Generator[Piece, None, int]:
        """Where to go on."""
        if token in (b"#", b"//"):
            stop = self._text.find(b"\n", end)
            return stop if stop >= 0 else len(self._text)
        if token == b"/*":
            stop = self._text.find(b"*/", end)
            return (stop + 2) if stop >= 0 else (yield from self._swallowing(start, "this comment has no */"))
        if token.startswith(b"<<"):
            stop = self._heredoc_end(token, end)
            told = f"this heredoc has no line {token.lstrip(b'<-').decode('utf-8', 'replace')} that ends it"
            return stop if stop >= 0 else (yield from self._swallowing(start, told))
        if token in _CLOSING:
            self._close(token, start)
        else:
            self._open(token, start)
        return end

    def _heredoc_end(self, token: bytes, at: int) -> int:
        ends = self._markers.get(token.lstrip(b"<-"), [])
        number = bisect_right(ends, self._text.find(b"\n", at) % (len(self._text) + 1))
        return ends[number] if number < len(ends) else -1

    def _swallowing(self, at: int, reason: str) -> Generator[Piece, None, int]:
        """What would swallow the rest of the file ends where the next block begins."""
        stop = self._next_block(self._past_inner(at))
        self._flaw(at, reason, self._statement, stop)
        yield from self._ended(stop)
        self._begin(stop)
        return stop if stop < len(self._text) else -1

    def _past_inner(self, at: int) -> int:
        """Past what heredocs of a script hold that stand before the next block: configurations, perhaps."""
        begin = self._line_end(at)
        while (found := _INNER.search(self._text, begin, self._next_block(at))) is not None:
            begin = found.end()
            end = self._heredoc_end(b"<<" + found[1], begin)
            if end >= self._next_block(at):
                at = begin = end
        return at

    def _next_block(self, at: int) -> int:
        number = bisect_right(self._blocks, at)
        return self._blocks[number] if number < len(self._blocks) else len(self._text)

    def _open(self, token: bytes, at: int) -> None:
        in_body = all(one.is_body for one in self._stack[-1:])
        is_body = token == b"{" and in_body and _HEADER.fullmatch(self._text, self._statement, at) is not None
        self._stack.append(_Opened(token, at, self._line, self._statement, is_body))

    def _close(self, token: bytes, at: int) -> None:
        own = _CLOSING[token]
        tops = (own, *_INSERTED) if token == b"}" else (own,)
        number = self._opener(tops, at)
        if number < 0 and not self._stack and self._closed < 0:
            self._flaw(self._start, "this has no {", self._start, self._line_end(at))
            return
        if number < 0:
            self._flaw(at, _STRAY[_CLOSERS.index(token)], self._statement, self._line_end(at))
            return
        self._lose(number + 1, self._line if self._stack and self._line > self._stack[-1].at else at)
        del self._stack[number:]
        if not self._stack and self._closed < 0:
            self._closed = at + 1

    def _lose(self, number: int, end: int) -> None:
        """What is open from one on is not closed, and left out up to an offset; the innermost is to blame."""
        lost = self._stack[number:]
        if lost:
            self._flaw(lost[-1].at, _unclosed(lost[-1]), lost[0].statement, end)
            del self._stack[number:]

    def _opener(self, tops: tuple[bytes, ...], at: int) -> int:
        """What a bracket closes. One that begins its line closes what began on a line that is indented alike."""
        top = len(self._stack) - 1
        found = [n for n in range(top, max(-1, top - _DEEP), -1) if self._stack[n].token in tops]
        if not found or self._text[self._line : at].strip():
            return found[0] if found else -1
        indent = at - self._line
        alike = [number for number in found if self._indent(self._stack[number].line) == indent]
        deeper = self._indent(self._stack[found[0]].line) > indent
        return alike[0] if deeper and alike else found[0]

    def _indent(self, line: int) -> int:
        found = _BLANK.match(self._text, line)
        return found.end() - line if found else 0

    def _newline(self, at: int) -> Iterator[Piece]:
        """A quote ends with its line. A bracket does not, unless what follows is an argument."""
        follows = self._stack and not self._stack[-1].is_body and _ARGUMENT.match(self._text, at)
        number, ending = len(self._stack), (b'"', *(_HOLDS_NONE if follows else ()))
        while number and self._stack[number - 1].token in ending:
            number -= 1
        self._lose(number, at - 1)
        if not self._stack or self._stack[-1].is_body:
            self._statements.append(Statement(self._statement, at - 1, len(self._stack)))
            self._statement = at
        self._line = at
        is_block = _BLOCK.match(self._text, at)
        if is_block or (not self._stack and _WORD.match(self._text, at)):
            yield from self._ended(at)
            self._begin(at)

    def _begin(self, at: int) -> None:
        self._start, self._line, self._statement, self._closed = at, at, at, -1

    def _ended(self, end: int) -> Iterator[Piece]:
        if self._stack:
            lost = self._stack[-1]
            if not any(flaw.at > lost.at for flaw in self._flaws):
                self._flaw(lost.at, _unclosed(lost), self._start if self._closed < 0 else self._closed, end)
        loose = self._loose(end) if self._closed >= 0 else None
        if loose is not None:
            self._flaws = [*(flaw for flaw in self._flaws if flaw.end <= self._closed), loose]
        if self._statement < end:
            self._statements.append(Statement(self._statement, end, len(self._stack)))
        if self._start < end:
            is_open = bool(self._stack) and self._closed < 0
            beside = loose is not None and loose.start > self._closed
            flaws, statements = tuple(sorted(self._flaws)), tuple(self._statements)
            yield Piece(self._start, end, flaws, is_open, statements, loose if beside else None)
        self._stack, self._flaws, self._statements = [], [], []

    def _loose(self, end: int) -> Flaw | None:
        """What follows a block. It is no part of it where the block is closed in the first column, or on its first
        line, and a line is left empty: else its end may be that of another one.
        """
        rest = _REMARK.match(self._text, self._closed, end)
        after = rest.end() if rest else self._closed
        if after == end:
            return None
        newline = self._text.rfind(b"\n", 0, self._closed)
        ends_alone = newline == self._closed - 2 or newline < self._start
        is_apart = ends_alone and b"\n\n" in self._text[self._closed : after].replace(b"\r", b"")
        inside = (flaw for flaw in self._flaws if flaw.at == after or (flaw.at > after and flaw.reason not in _STRAY))
        first = min(inside, default=None)
        at, reason = (first.at, first.reason) if first else (after, "this is not part of a block")
        return Flaw(at, reason, after if is_apart else self._closed, end)

    def _flaw(self, at: int, reason: str, start: int, end: int) -> None:
        self._flaws.append(Flaw(at, reason, start, max(end, start)))

    def _line_end(self, at: int) -> int:
        end = self._text.find(b"\n", at)
        return end if end >= 0 else len(self._text)


_CLOSERS = (b"}", b"]", b")")
_STRAY = tuple(f"nothing opens this {token.decode()}" for token in _CLOSERS)
# So many open brackets are compared with what closes one.
_DEEP = 20
# Where an argument on a line of its own is none of theirs.
_HOLDS_NONE = (b"(", b"[", *_INSERTED)
_NAMES = {b'"': 'this " has no other one on its line', b"${": "this ${ is not closed", b"%{": "this %{ is not closed"}


def _unclosed(lost: _Opened) -> str:
    return _NAMES.get(lost.token, f"this {lost.token.decode()} is not closed")


def misread(text: bytes, piece: Piece) -> Iterator[Flaw]:
    """What of a piece, that has brackets and quotes in order, is neither an argument nor the beginning or end of a
    block.
    """
    for start, end, _ in piece.statements:
        line = text[start:end]
        valueless, bare = _VALUELESS.match(line), _BARE.match(line)
        if not bare and (_is_plain(line) or not tree.is_broken(line)):
            continue
        if valueless:
            yield Flaw(start + valueless.start(2), f"{valueless[1].decode()} has no value", start, end)
        elif bare:
            yield Flaw(start + bare.start(1), missing_after(bare[1].decode()), start, end)
        else:
            at = start + len(line) - len(line.lstrip())
            yield Flaw(at, "this is not an argument or a block that can be read", start, end)


def missing_after(word: str) -> str:
    """What is wrong with a word that stands on a line by itself."""
    return f"after {word} a value or a block is missing"


def arguments(text: bytes, piece: Piece) -> Iterator[tuple[int, int]]:
    """The ranges of what can be read of a block without an end: the arguments that are its own."""
    for start, end, depth in piece.statements:
        line = text[start:end]
        if depth == 1 and _ARGUMENT.match(line) and not tree.is_broken(line):
            yield start, end


def _is_plain(line: bytes) -> bool:
    """Whether a line is blank, or begins or ends a block."""
    code = _REMARK.sub(b"", line) if b"#" in line or b"/" in line else line.strip()
    return code in (b"", b"}") or (code.endswith(b"{") and _HEADER.fullmatch(line[: line.rindex(b"{")]) is not None)
