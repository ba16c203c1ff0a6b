"""Where a shell script requests its token: before all that uses it, in the same shell, and no sooner than needed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

import tree_sitter

from iac_imds_lint.bootscript.rewrite.tree import Tree, Way
from iac_imds_lint.bootscript.rewrite.uses import polls

# What is passed through on the way to an inner block; all else ends a way, as what stands there runs many times, or
# not before a whole line is read.
_THROUGH = frozenset(("case_statement", "list", "negated_command", "pipeline", "redirected_statement"))

# What reads the status of the command before it.
_STATUS = re.compile(r"\$(?:\?|\{\?|\{?PIPESTATUS\b)")

# A function that begins with that.
_READER = re.compile(r"(?<![\w$-])([\w-]+)[ \t]*(?:\(\)[ \t]*)?\s[{(]\s[^\n]*\$\{?\?")

# What the commands of a block follow.
_OPENS = ("then", "do", "else", "{", "(", ")")

# What has the status of what is in it.
_TRANSPARENT = frozenset((
    "compound_statement", "concatenation", "pipeline", "redirected_statement", "string", "subshell",
    "variable_assignment", "variable_assignments",
))  # fmt: skip


class Block(NamedTuple):
    """A sequence of commands, by its node and which of the sequences of that it is, and the command that is meant."""

    start: int
    end: int
    kind: str
    child: tree_sitter.Node

    @property
    def opens(self) -> int:
        """Where its first command may begin."""
        parent = self.child.parent
        signs = [one.end_byte for one in parent.children if one.type in _OPENS] if parent is not None else []
        return max((sign for sign in signs if sign <= self.child.start_byte), default=self.start)

    @property
    def key(self) -> tuple[int, int, str]:
        """What is the same for all commands of the block."""
        return self[:3]


class Place(NamedTuple):
    """Where to request a token: on a line of its own that goes before the one that begins there, or before what stands
    there on a line. ``block`` is None in the condition of a loop.
    """

    offset: int
    is_line: bool
    block: Block | None


class Region(NamedTuple):
    """Uses that share a request: those in a loop that may go on for long, or those in none. ``base`` is the number of
    the loop in each way, or 0.
    """

    base: int
    ways: tuple[Way, ...]

    @property
    def is_loop(self) -> bool:
        """Whether it is a loop."""
        return self.base > 0

    @property
    def first(self) -> Way:
        """The use that comes first."""
        return min(self.ways, key=lambda way: way[-1].start_byte)


def regions(tree: Tree, ways: Iterable[Way]) -> tuple[Region, ...]:
    """The uses of a token by the requests that they need."""
    found: dict[tuple[int, int], list[Way]] = {}
    bases: dict[tuple[int, int], int] = {}
    for way in ways:
        base = next((at for at in reversed(range(1, len(way))) if polls(tree, way, at)), 0)
        key = (way[base].start_byte, base)
        bases[key] = base
        found.setdefault(key, []).append(way)
    return tuple(Region(bases[key], tuple(some)) for key, some in found.items())


def place(tree: Tree, region: Region) -> Place:
    """Where a region's token is requested."""
    if region.is_loop and any(way[region.base + 1].type != "do_group" for way in region.ways):
        condition = region.first[region.base].children[1]
        return Place(tree.start(condition), is_line=False, block=None)
    return _in_blocks(tree, [list(_blocks(way, region.base)) for way in region.ways])


def _in_blocks(tree: Tree, chains: Sequence[Sequence[Block]]) -> Place:
    """In the innermost block that all uses share, and in which a line begins with the first of them."""
    several = "\n" in tree.content.strip()
    for level in reversed(range(min(map(len, chains)))):
        if len({chain[level].key for chain in chains}) > 1:
            continue
        first = min((chain[level] for chain in chains), key=lambda block: block.child.start_byte)
        before = _unobserved(tree, first) if several else None
        if before is not None and tree.starts_line(tree.start(before.child)):
            line = tree.source.line_start(tree.start(before.child))
            return Place(_above_comments(tree, line), is_line=True, block=before)
    outer = min((chain[0] for chain in chains), key=lambda block: block.child.start_byte)
    outer = _unobserved(tree, outer) or outer
    offset = _line(tree, outer) if several and outer.kind == "program" else None
    return Place(tree.start(outer.child) if offset is None else offset, offset is not None, outer)


def _unobserved(tree: Tree, block: Block) -> Block | None:
    """The block by the command before which another one may run: none that reads what became of the one before it."""
    while _reads_status(tree, block.child):
        before = block.child.prev_named_sibling
        while before is not None and before.type == "comment":
            before = before.prev_named_sibling
        if before is None or before.start_byte < block.opens:
            return None
        block = block._replace(child=before)
    return block


def _reads_status(tree: Tree, command: tree_sitter.Node) -> bool:
    """Whether a command, or a function that it calls, reads what became of the one before it."""
    text = tree.text(command)
    if _STATUS.search(text):
        return True
    named = re.findall(r"(?<![\w$-])[\w-]+", text)
    return not text.startswith("trap") and not _readers(tree.content).isdisjoint(named)


@lru_cache(maxsize=2)
def _readers(content: str) -> frozenset[str]:
    return frozenset(_READER.findall(content))


def _line(tree: Tree, block: Block) -> int | None:
    """Where the line begins on which a command of a program does, or the command in which that lies."""
    start = tree.start(block.child)
    for other in reversed(tree.commands[: tree.command_at(block.child.start_byte) + 1]):
        if tree.end(other) <= tree.source.line_start(start):
            break
        start = tree.start(other)
    return _above_comments(tree, tree.source.line_start(start)) if tree.starts_line(start) else None


def _above_comments(tree: Tree, line: int) -> int:
    """Where the comments about what begins on a line begin; those at the top are about the script."""
    above = line
    while above:
        start = tree.source.line_start(above - 1)
        indented = start + len(tree.source.indentation(start))
        way = tree.way(indented, indented + 1) if tree.content.startswith("#", indented) else ()
        if not way or way[-1].type != "comment":
            return above
        above = start
    return line


def _blocks(way: Way, base: int) -> Iterator[Block]:
    """The blocks on a way from its base down, the outermost first, as long as they run once for all in them."""
    begin = base + 1 if base else 0
    for number, node in enumerate(way[begin:-1], begin):
        child = way[number + 1]
        kind = node.type if number == begin else _kind(node, child)
        if kind:
            yield Block(node.start_byte, node.end_byte, kind, child)
        elif kind is None:
            return


def _kind(node: tree_sitter.Node, child: tree_sitter.Node) -> str | None:
    """Which sequence of commands of a node a child stands in: none of them (""), or what ends a way."""
    if node.type in ("if_statement", "elif_clause"):
        then = next((one.start_byte for one in node.children if one.type == "then"), child.end_byte)
        inside = child.start_byte > then and child.type not in ("elif_clause", "else_clause")
        return "then" if inside else "" if child.start_byte > then else None
    if node.type in ("compound_statement", "subshell", "else_clause"):
        return node.type
    if node.type == "case_item":
        return node.type if child != node.children[0] else None
    return "" if node.type in _THROUGH else None


def ends_script(way: Way, block: Block | None, pipefail: bool) -> bool:
    """Whether a command that fails ends a script that stops at the first failure, as no other one hides that."""
    if block is None or block.child not in way or way[-1].type != "command":
        return False
    inner = way[way.index(block.child) :]
    if any(_is_in_background(node) for node in inner):
        return False
    shown = pipefail or not any(
        parent.type == "pipeline" and child != parent.children[-1] for parent, child in pairwise(inner)
    )
    return shown and all(_passes_on(way, parent, child) for parent, child in pairwise(inner))


def _is_in_background(node: tree_sitter.Node) -> bool:
    following = node.next_sibling
    return following is not None and following.type == "&"


def _passes_on(way: Way, parent: tree_sitter.Node, child: tree_sitter.Node) -> bool:
    """Whether the status of a node is, in the end, that of its child."""
    match parent.type:
        case "list":
            return child == parent.children[-1]
        case "command_substitution":
            return not any(node.type in ("command", "declaration_command") for node in way[: way.index(parent)])
        case kind:
            return kind in _TRANSPARENT
