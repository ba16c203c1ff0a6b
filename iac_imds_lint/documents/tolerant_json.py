"""Broken JSON read without what breaks it, in one pass.

A string ends with its line, and a bracket that begins its line closes one whose line is indented alike: so what is not
closed takes nothing from what follows it.
"""

from __future__ import annotations

import re

from iac_imds_lint.documents import json_reader
from iac_imds_lint.documents.node import DEEPEST, Mapping, Member, Node, Scalar, Sequence
from iac_imds_lint.documents.tolerated import Tolerated
from iac_imds_lint.source import Problem, SourceFile, Span

_TOKEN = re.compile(
    r'\s*(?:(?P<text>"(?:[^"\\\n]|\\.)*")|(?P<half>"[^\n]*)|(?P<mark>[{}\[\]:,])|(?P<word>[^\s{}\[\]:,"]+))'
)
_COLON = re.compile(r"\s*:")
_OPENING = {"}": "{", "]": "["}
_WORDS = {"true": True, "false": False, "null": None}
_NUMBER = re.compile(r"-?\d{1,300}(?:\.\d+)?(?:[eE][-+]?\d+)?")
_AT_THE_END = "the text ends where more is expected"


class _Open:
    """A bracket that is not closed yet, with what it holds so far.

    ``indent`` is that of its line, ``inner`` that of its first key, if that begins a line; -1 where not.
    """

    def __init__(self, mark: str, start: int, indent: int, is_lost: bool) -> None:
        self.mark, self.start, self.indent, self.is_lost = mark, start, indent, is_lost
        self.inner = -1
        self.key: Scalar | None = None
        self.has_colon = False
        self.has_value = False
        self.members: list[Member] = []
        self.items: list[Node] = []

    def node(self, path: str, end: int) -> Node:
        span = Span(path, self.start, end)
        if self.mark == "{":
            return Mapping(span, tuple(self.members), flow=True)
        return Sequence(span, tuple(self.items), flow=True)


def read(source: SourceFile, problem: Problem) -> Tolerated | None:
    """What can be read of a text with a problem; None where that is nothing."""
    reading = _Reading(source)
    root = reading.root()
    if root is None or not reading.left_out:
        return None
    if problem.reason == _AT_THE_END and reading.unclosed >= 0:
        mark = source.text[reading.unclosed]
        told = Problem(source.path, f"this {mark} is not closed", source.position(reading.unclosed))
        return Tolerated((root,), told, tuple(reading.left_out))
    return Tolerated((root,), problem, tuple(reading.left_out))


class _Reading:
    """A stack of open brackets, never recursion."""

    def __init__(self, source: SourceFile) -> None:
        self._source = source
        self._stack: list[_Open] = []
        self._root: Node | None = None
        self._end = 0
        self.left_out: list[Span] = []
        self.unclosed = -1

    def root(self) -> Node | None:
        """The tree; None where it is no collection, or too deep."""
        text, at = self._source.text, 0
        while (found := _TOKEN.match(text, at)) is not None:
            at = found.end()
            kind = str(found.lastgroup)
            self._take(kind, found[kind], found.start(kind))
            if len(self._stack) > DEEPEST:
                return None
            self._end = at
            if self._root is not None and not self._stack:
                break
        if self._root is not None and text[at:].strip():
            self._leave(at, len(text))
        if self._stack:
            indents = [one.indent for one in self._stack]
            if indents != sorted(set(indents)):
                self._leave(0, len(text))  # nobody knows where a bracket is missing
            self._lose(0)
        return self._root

    def _take(self, kind: str, token: str, start: int) -> None:
        if not self._stack:
            if token in ("{", "["):
                self._stack.append(_Open(token, start, self._indent(start), is_lost=False))
            else:
                self._leave(start, start + len(token))
        elif kind == "half":
            self._half(start, start + len(token))
        elif kind != "mark":
            self._value(token, start)
        elif token in _OPENING:
            self._close(token, start)
        elif token in ("{", "["):
            self._open(token, start)
        else:
            self._part(token, start)

    def _part(self, token: str, start: int) -> None:
        """A colon or a comma."""
        top = self._stack[-1]
        if token == ":":
            if top.key is None or top.has_colon:
                self._leave(start, start + 1)
            top.has_colon = top.key is not None
            return
        if top.key is not None or not top.has_value:
            self._drop(start)
        top.has_value = False

    def _half(self, start: int, end: int) -> None:
        """A string without its end: whatever it is to be is left out, and what stood before it on its line."""
        self._drop(end, start)
        self._stack[-1].has_value = True

    def _drop(self, end: int, start: int = -1) -> None:
        """A key without a value, and what follows it up to an offset, is left out."""
        top = self._stack[-1]
        first = top.key.span.start if top.key is not None else start if start >= 0 else end
        self._leave(first, end)
        top.key, top.has_colon = None, False

    def _value(self, token: str, start: int) -> None:
        """A string, a number or a word: a key, or what is complete in itself."""
        end = start + len(token)
        node = self._scalar(token, start)
        is_key = token[0] == '"' and _COLON.match(self._source.text, end) is not None
        if is_key:
            self._dedent(start)
        top = self._stack[-1]
        if top.mark == "[":
            self._add(top, node)
        elif is_key or (top.key is None and token[0] == '"'):
            if top.key is not None:
                self._drop(top.key.span.end)
            elif top.has_value:
                self._leave(self._end, self._end)
            top.key, top.has_colon, top.has_value = node, False, False
            if -1 < top.inner < self._indent(start) and self._begins_line(start):
                self._leave(start, start)  # a member of something whose beginning is gone
            top.inner = self._indent(start) if top.inner < 0 and self._begins_line(start) else top.inner
        elif top.key is not None and top.has_colon:
            self._add(top, node)
        else:
            self._drop(end, start)

    def _scalar(self, token: str, start: int) -> Scalar:
        span = Span(self._source.path, start, start + len(token))
        if token[0] != '"':
            known = token in _WORDS or _NUMBER.fullmatch(token) is not None
            if not known:
                self._leave(span.start, span.end)
            number = json_reader.number(token) if known and token not in _WORDS else None
            return Scalar(span, _WORDS.get(token, number), quoted=False)
        try:
            return Scalar(span, json_reader.unescaped(token), quoted=True)
        except ValueError:
            self._leave(span.start, span.end)
            return Scalar(span, token[1:-1], quoted=True)

    def _add(self, top: _Open, node: Node) -> None:
        if top.has_value:
            self._leave(self._end, self._end)
        if top.mark == "[":
            top.items.append(node)
        elif top.key is not None:
            top.members.append(Member(str(top.key.content), top.key.span, node))
        top.key, top.has_colon, top.has_value = None, False, True

    def _open(self, token: str, start: int) -> None:
        top = self._stack[-1]
        is_lost = top.mark == "{" and not (top.key is not None and top.has_colon)
        if is_lost:
            self._drop(start)
        self._stack.append(_Open(token, start, self._indent(start), is_lost))

    def _close(self, token: str, start: int) -> None:
        number = self._opener(_OPENING[token], start)
        if number < 0:
            self._leave(start, start + 1 if self._begins_line(start) else len(self._source.text))
            return
        self._lose(number + 1)
        if self._stack[-1].key is not None:
            self._drop(start)
        elif not self._stack[-1].has_value and (self._stack[-1].members or self._stack[-1].items):
            self._leave(self._end, self._end)  # a comma before it
        self._end_of(start + 1)

    def _opener(self, mark: str, start: int) -> int:
        """The bracket that is closed: the innermost of its kind, or the one on a line that is indented alike."""
        found = [number for number in range(len(self._stack) - 1, -1, -1) if self._stack[number].mark == mark]
        if not found or not self._begins_line(start):
            return found[0] if found else -1
        indent, top = self._indent(start), self._stack[found[0]]
        if top.inner == indent > top.indent:
            return -1  # it is the end of a member, whose beginning is gone
        alike = [number for number in found if self._stack[number].indent == indent]
        deeper = top.indent > indent
        return alike[0] if deeper and alike else found[0]

    def _dedent(self, start: int) -> None:
        """A key that begins its line further out than the bracket that it would stand in belongs to an outer one."""
        if not self._begins_line(start):
            return
        indent = self._indent(start)
        if indent > self._stack[-1].indent:
            return
        outer = [number for number, one in enumerate(self._stack) if one.mark == "{" and one.inner == indent]
        if outer:
            self._lose(outer[-1] + 1)

    def _lose(self, number: int) -> None:
        """The brackets from one on are not closed."""
        while len(self._stack) > number:
            self.unclosed = self._stack[-1].start if self.unclosed < 0 else self.unclosed
            self._leave(self._end, self._end)
            self._stack[-1].key = None
            self._end_of(self._end)

    def _end_of(self, end: int) -> None:
        """The innermost bracket is closed."""
        closed = self._stack.pop()
        node = closed.node(self._source.path, end)
        if not self._stack:
            self._root = node
        elif closed.is_lost:
            self._leave(closed.start, end)
        else:
            self._add(self._stack[-1], node)

    def _leave(self, start: int, end: int) -> None:
        self.left_out.append(Span(self._source.path, start, max(start, end)))

    def _indent(self, at: int) -> int:
        return len(self._source.indentation(at))

    def _begins_line(self, at: int) -> bool:
        return not self._source.text[self._source.line_start(at) : at].strip()
