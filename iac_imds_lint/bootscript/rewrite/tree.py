"""A shell script's syntax tree, as far as a rewrite needs it: ways down to a place, and what stands there.

Node types are those of tree-sitter-bash's grammar. Ways are read downwards: a node's parent costs its depth.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

import tree_sitter

from iac_imds_lint.bootscript.shell.tree import parsed
from iac_imds_lint.source import SourceFile

# The nodes from the root down to one.
Way = tuple[tree_sitter.Node, ...]

# Deeper code is not rewritten: nobody writes it.
_DEEPEST = 120
_SLEEPS = re.compile(r"\b(?:sleep|break)\b")
_READS = re.compile(r"while[ \t]+(?:IFS=\S*[ \t]+)?(?:read|getopts)\b|while[ \t]+[\[(]+[ \t]*\"?\$#")


@dataclass(frozen=True, eq=False)
class Tree:
    """A parsed script; all offsets are code points of ``content``."""

    content: str

    # What was found out of loops and functions, by their places and names: every call in them asks again.
    _polling: dict[tuple[int, int], bool] = field(default_factory=dict)
    _mentions: dict[str, tuple[tuple[int, int], ...]] = field(default_factory=dict)

    @cached_property
    def source(self) -> SourceFile:
        """The script as a file: its lines and bytes."""
        return SourceFile("", self.content)

    @cached_property
    def root(self) -> tree_sitter.Node | None:
        """The program; None where reading it would take too long."""
        found = parsed(self.content)
        return found.root if found else None

    def start(self, node: tree_sitter.Node) -> int:
        """The offset at which a node begins."""
        return self.source.offset_of_byte(node.start_byte)

    def end(self, node: tree_sitter.Node) -> int:
        """The offset at which a node ends."""
        return self.source.offset_of_byte(node.end_byte)

    def text(self, node: tree_sitter.Node) -> str:
        """What stands at a node."""
        return self.source.utf8[node.start_byte : node.end_byte].decode("utf-8", "replace")

    @cached_property
    def commands(self) -> list[tree_sitter.Node]:
        """What the program is made of, in order."""
        return [] if self.root is None else self.root.children

    @cached_property
    def _begins(self) -> list[int]:
        return [node.start_byte for node in self.commands]

    def command_at(self, byte: int) -> int:
        """The number of the last command of the program that begins at a byte or before it; -1 where none does."""
        return bisect_right(self._begins, byte) - 1

    def way(self, start: int, end: int) -> Way:
        """The nodes from the root down to the smallest that holds a range; empty where that is too deep."""
        first, last = self.source.byte_of_offset(start), self.source.byte_of_offset(end)
        number = self.command_at(first)
        if self.root is None or number < 0 or self.commands[number].end_byte < last:
            return () if self.root is None else (self.root,)
        found = [self.root, self.commands[number]]
        cursor = self.commands[number].walk()
        while cursor.goto_first_child_for_byte(first) is not None:
            node = cursor.node
            if node is None or node.start_byte > first or node.end_byte < last:
                break
            found.append(node)
            if len(found) > _DEEPEST:
                return ()
        return tuple(found)

    def polls(self, loop: tree_sitter.Node) -> bool:
        """Whether a loop may go on for long, or tries again: those over lines, arguments and lists of things do not."""
        key = (loop.start_byte, loop.end_byte)
        if key not in self._polling:
            words = self.source.utf8[slice(*key)].decode("utf-8", "replace")
            tries = loop.type == "while_statement" or _SLEEPS.search(words)
            self._polling[key] = bool(tries) and not _READS.match(words)
        return self._polling[key]

    def mentions(self, name: str) -> tuple[tuple[int, int], ...]:
        """The ranges in which a function is named, its definition among them."""
        if name not in self._mentions:
            every = re.finditer(rf"(?<![\w./${{-]){re.escape(name)}(?![\w=/-])", self.content)
            self._mentions[name] = tuple(one.span() for one in every)
        return self._mentions[name]

    def starts_line(self, offset: int) -> bool:
        """Whether nothing but blanks stands before an offset in its line."""
        return not self.content[self.source.line_start(offset) : offset].strip()

    def newline(self, offset: int) -> str:
        """The newline that ends the line of an offset, or that most lines have."""
        end = self.source.line_end(offset)
        return (
            "\r\n" if self.content.startswith("\r\n", end) else "\n" if end < len(self.content) else self.source.newline
        )


def broken(root: tree_sitter.Node | None) -> int:
    """How many places of a script are no shell."""
    if root is None or not root.has_error:
        return 0
    return sum(1 for _ in _errors(root))


def ends(tree: Tree) -> bool:
    """Whether all that a script opens is closed. A here-document need not be."""
    root = tree.root
    if root is None or not root.has_error:
        return True
    last = len(tree.source.utf8.rstrip())
    return not any(_is_open(node, last) for node in _errors(root) if node.type != "heredoc_end")


def _is_open(node: tree_sitter.Node, last: int) -> bool:
    quoted = node.is_error and (node.text or b"")[:1] in (b'"', b"'", b"`")
    return node.end_byte >= last or quoted


def _errors(root: tree_sitter.Node) -> Iterator[tree_sitter.Node]:
    found = [root]
    while found:
        node = found.pop()
        if node.is_error or node.is_missing:
            yield node
        found += (child for child in node.children if child.has_error or child.is_missing)
