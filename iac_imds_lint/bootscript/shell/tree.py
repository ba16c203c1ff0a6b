"""The syntax tree of a shell script, as far as it can be had in bounded time, and offsets in code points."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from functools import cached_property, lru_cache

import tree_sitter
import tree_sitter_bash

from iac_imds_lint.bootscript.hosts import TOKEN_HEADER
from iac_imds_lint.bootscript.shell.masking import Another, masked

_REQUEST = re.compile(r"\b(?:GET|HEAD)\b")
_CHUNK = 4096
# tree-sitter reads some chunks again and again where it recovers from errors, in quadratic time. Measured: a good
# script reads each twice, and 10,000 readings take half a second.
_READINGS = 10_000
# The same where a pipeline of thousands does not end.
_ENDLESS = re.compile(r"(?:[^|\n]*\|[ \t]*\n?){3000}")


@lru_cache(maxsize=1)
def _language() -> tree_sitter.Language:
    return tree_sitter.Language(tree_sitter_bash.language())


class Tree:
    """A parsed script. Nodes count in bytes of UTF-8; ``offset`` says which code point that is."""

    def __init__(self, content: str, data: bytes, root: tree_sitter.Node, others: tuple[Another, ...] = ()) -> None:
        self.content = content
        self.data = data
        self.root = root
        self._others = others
        self._offsets = None if len(data) == len(content) else _offsets(content)

    @cached_property
    def has_request(self) -> bool:
        """Whether a request is written out anywhere in it, as what is only connected is told."""
        return bool(_REQUEST.search(self.content))

    @cached_property
    def has_token_header(self) -> bool:
        """Whether the header of a token is anywhere in it."""
        return TOKEN_HEADER.lower() in self.content.lower()

    def offset(self, byte: int) -> int:
        """The code point at a byte."""
        return byte if self._offsets is None else self._offsets[min(byte, len(self._offsets) - 1)]

    def byte(self, offset: int) -> int:
        """The first byte of a code point."""
        return offset if self._offsets is None else bisect_left(self._offsets, offset)

    def text(self, node: tree_sitter.Node) -> str:
        """What a node covers."""
        return self.between(node.start_byte, node.end_byte)

    def between(self, start: int, end: int) -> str:
        """What stands between two bytes."""
        return self.data[start:end].decode("utf-8", "replace")

    def inside(self, *ranges: tuple[int, int]) -> tree_sitter.Node:
        """The tree of a short script that stands in ranges of bytes."""
        # Rows and columns are asked of no node in it.
        only = [tree_sitter.Range((0, 0), (0, 0), start, end) for start, end in ranges]
        return tree_sitter.Parser(_language(), included_ranges=only).parse(self.data).root_node

    @property
    def roots(self) -> Iterator[tree_sitter.Node]:
        """The script, and commands in it that had to be left out of it."""
        yield self.root
        for other in self._others:
            yield self.inside(*((self.byte(start), self.byte(end)) for start, end in other))

    def line(self, node: tree_sitter.Node) -> int:
        """The line of a node, counted from 1."""
        return int(node.start_point[0]) + 1


@lru_cache(maxsize=1)
def parsed(content: str) -> Tree | None:
    """The tree of a script; None where it would take too long."""
    if content.count("|") > 3000 and _ENDLESS.search(content):
        return None
    data = content.encode("utf-8", "replace")
    meant = masked(content)
    seen = meant.content.encode("utf-8", "replace")
    left = [_READINGS + 50 * (len(data) // _CHUNK + 1)]

    def read(start: int, _point: object) -> bytes:
        left[0] -= 1
        return seen[start : start + _CHUNK] if left[0] > 0 else b""

    tree = tree_sitter.Parser(_language()).parse(read)
    return Tree(content, data, tree.root_node, meant.others) if left[0] > 0 else None


def below(node: tree_sitter.Node, types: frozenset[str]) -> Iterator[tree_sitter.Node]:
    """The nearest nodes of some types in and below a node, in order."""
    stack = [node]
    while stack:
        one = stack.pop()
        if one.type in types:
            yield one
        else:
            stack.extend(reversed(one.children))


def _offsets(content: str) -> list[int]:
    """For each byte of a text in UTF-8, and for its end, the code point that it belongs to."""
    offsets: list[int] = []
    for number, letter in enumerate(content):
        offsets += [number] * len(letter.encode("utf-8", "replace"))
    return [*offsets, len(content)]
