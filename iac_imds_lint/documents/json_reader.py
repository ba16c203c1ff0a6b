"""Strict JSON with positions: Python's own decoder says what is valid and why something is not, one pattern finds the
places in what is.

tree-sitter-json is not used: it takes ``1e+16`` for an error, and parses alone in twice the time that this takes.
"""

from __future__ import annotations

import json
import re

from iac_imds_lint.documents.node import DEEPEST, Mapping, Member, Node, Scalar, Sequence
from iac_imds_lint.source import Problem, SourceFile, Span

# The tokens of a valid text but for commas and colons, which say nothing that the order does not.
_TOKEN = re.compile(r'[\s,:]*("[^"\\]*(?:\\.[^"\\]*)*"|[\[\]{}]|[^\s,:\[\]{}"]+)')
_BRACKET = re.compile(r'"(?:[^"\\]|\\.)*"?|[\[\]{}]', re.DOTALL)
_SURROGATE = re.compile("[\ud800-\udfff]")
_WORDS = {"true": True, "false": False, "null": None}


def read(source: SourceFile) -> Node | Problem:
    """The tree of a JSON text, duplicate keys kept in order, or why and where it is not JSON."""
    try:
        return _violation(source) or _tree(source)
    except RecursionError:
        return _too_deep(source)


def _violation(source: SourceFile) -> Problem | None:
    """The first place where the text is not JSON (RFC 8259)."""
    try:
        json.loads(source.text, parse_int=str, parse_float=str, parse_constant=_refuse)
    except json.JSONDecodeError as error:
        offset, words = _told(source.text, error.pos, error.msg)
        return Problem(source.path, words, source.position(offset))
    except ValueError as error:
        return Problem(source.path, str(error))
    return None


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not a JSON value")


def _told(text: str, offset: int, message: str) -> tuple[int, str]:
    """Place and words for an error that the decoder found at ``offset``, the same on every Python."""
    at = text[offset : offset + 2]
    before = text[:offset].rstrip()
    if at[:1] == "," and text[offset + 1 :].lstrip()[:1] in ("}", "]"):
        return offset, "a comma before the closing bracket, which JSON does not allow"
    if at[:1] in ("}", "]") and before.endswith(","):
        return len(before) - 1, "a comma before the closing bracket, which JSON does not allow"
    if at in ("//", "/*") or at[:1] == "#":
        return offset, "a comment, which JSON does not have"
    if at[:1] == "'":
        return offset, "a string in single quotes: JSON takes double quotes"
    if not text[offset:].strip():
        return offset, "the text ends where more is expected" if before else "there is nothing in it"
    return offset, message.removesuffix(" at").removesuffix(" starting").replace("\\\\", "\\")


def _too_deep(source: SourceFile) -> Problem:
    level = 0
    for match in _BRACKET.finditer(source.text):
        bracket = match.group()
        level += (bracket in "[{") - (bracket in "]}")
        if level > DEEPEST:
            return Problem(source.path, f"nested more than {DEEPEST} levels deep", source.position(match.start()))
    return Problem(source.path, "nested too deeply")


def _tree(source: SourceFile) -> Node | Problem:
    """The tree of a valid text."""
    path = source.path
    root: list[Node] = []
    opened: list[tuple[int, list[Node]]] = [(0, root)]
    for match in _TOKEN.finditer(source.text):
        token = match[1]
        start, end = match.span(1)
        if token in "{[":
            opened.append((start, []))
            if len(opened) > DEEPEST + 1:
                return _too_deep(source)
            continue
        if token in "}]":
            start, inner = opened.pop()
        else:
            inner = []
        opened[-1][1].append(_node(Span(path, start, end), token, inner))
    return root[0]


def _node(span: Span, token: str, inner: list[Node]) -> Node:
    """What a token ends: a scalar, or the container that ``inner`` was found in."""
    match token[0]:
        case "]":
            return Sequence(span, tuple(inner), flow=True)
        case "}":
            pairs = zip(inner[0::2], inner[1::2], strict=True)
            return Mapping(span, tuple([_member(key, value) for key, value in pairs]), flow=True)
        case '"':
            return Scalar(span, unescaped(token), quoted=True)
        case _:
            return Scalar(span, _WORDS[token] if token in _WORDS else number(token), quoted=False)


def _member(key: Node, value: Node) -> Member:
    return Member(str(key.content) if isinstance(key, Scalar) else "", key.span, value)


def unescaped(quoted: str) -> str:
    """The text that a JSON string stands for; a lone surrogate, which no encoding can write, becomes U+FFFD."""
    if "\\" not in quoted:
        return quoted[1:-1]
    text: str = json.loads(quoted)
    if _SURROGATE.search(text):
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def number(text: str) -> int | float:
    """The number that a JSON number stands for."""
    # int() refuses very long digit strings (sys.set_int_max_str_digits); no option of ours is such a number.
    return float(text) if len(text) > 300 or any(mark in text for mark in ".eE") else int(text)
