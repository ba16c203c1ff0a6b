"""The markers in a file: which of them stand in a comment, and which in a text that may be a script."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import TYPE_CHECKING, NamedTuple

from iac_imds_lint.documents.node import Mapping, Node, Scalar, Tagged
from iac_imds_lint.documents.node import Sequence as NodeSequence
from iac_imds_lint.source import Problem, SourceFile
from iac_imds_lint.suppression.words import MARKER

if TYPE_CHECKING:
    import tree_sitter

SIGNS = ("#", "//", "/*")
_HCL = (".tf", ".tofu")
_YAML = (".yaml", ".yml", ".template")


class Mark(NamedTuple):
    """A marker. ``sign`` is the offset of the comment's sign where nothing but blanks stands between the two, else that
    of the marker; ``start`` is just behind the marker, ``end`` where the comment ends, or its line. ``in_text`` says
    that it stands in a text of the file, such as a script.
    """

    sign: int
    start: int
    end: int
    in_text: bool = False


def is_hcl(path: str) -> bool:
    """Whether a path is that of an HCL file."""
    return path.endswith(_HCL)


def is_json(path: str) -> bool:
    """Whether a path is that of a file in Terraform's JSON."""
    return path.endswith((".tf.json", ".tofu.json"))


def read(source: SourceFile) -> Iterator[Mark]:
    """The markers of a file in order, without those in texts that can be no comments."""
    offsets = list(_offsets(source.text))
    if offsets:
        yield from _in_hcl(source, offsets) if is_hcl(source.path) else _elsewhere(source, offsets)


def _offsets(text: str) -> Iterator[int]:
    at = text.find(MARKER)
    while at >= 0:
        yield at
        at = text.find(MARKER, at + len(MARKER))


def _ends(source: SourceFile, offsets: Sequence[int]) -> Iterator[int]:
    """Where what a marker is followed by ends at the latest: with its line, or before the next marker."""
    for offset, following in zip_longest(offsets, offsets[1:], fillvalue=len(source.text)):
        yield min(source.line_end(offset), following)


def _in_hcl(source: SourceFile, offsets: Sequence[int]) -> Iterator[Mark]:
    """By the syntax tree: heredocs hold what looks like comments."""
    from iac_imds_lint.terraform import tree

    bytes_at = [source.byte_of_offset(offset) for offset in offsets]
    holders = _holders(tree.parse(source), bytes_at)
    for offset, byte, end in zip(offsets, bytes_at, _ends(source, offsets), strict=True):
        held = holders.get(byte)
        if held is None:
            continue
        in_text = held.type != "comment"
        last = end if in_text else min(end, source.offset_of_byte(held.end_byte))
        yield from _mark(source, offset, last, in_text=in_text, is_commented=not in_text)


def _holders(root: tree_sitter.Node, at: Sequence[int]) -> dict[int, tree_sitter.Node]:
    """By each of some bytes, in order, the comment or else the heredoc that holds it. Each child of a node that holds
    any is looked at once.
    """
    found: dict[int, tree_sitter.Node] = {}
    pending = [(root, list(at))]
    while pending:
        node, inside = pending.pop()
        if node.type in ("comment", "heredoc_template"):
            found.update(dict.fromkeys(inside, node))
        if node.type == "comment":
            continue
        index = 0
        for child in node.children:
            held = []
            while index < len(inside) and inside[index] < child.start_byte:
                index += 1
            while index < len(inside) and inside[index] < child.end_byte:
                held.append(inside[index])
                index += 1
            if held:
                pending.append((child, held))
            if index == len(inside):
                break
    return found


def _elsewhere(source: SourceFile, offsets: Sequence[int]) -> Iterator[Mark]:
    """By the signs and quotes before it on its line, and by the texts of a template."""
    texts = _texts(source, offsets)
    line, seen, quotes, is_commented = -1, 0, 0, False
    for offset, end in zip(offsets, _ends(source, offsets), strict=True):
        begin = source.line_start(offset)
        if begin != line:
            line, seen, quotes, is_commented = begin, begin, 0, False
        between = source.text[seen:offset]
        quotes += _quotes(between)
        is_commented = is_commented or "#" in between
        seen = offset
        in_text = offset in texts
        if in_text or quotes % 2 == 0:
            yield from _mark(source, offset, end, in_text=in_text, is_commented=is_commented)


def _quotes(text: str) -> int:
    """How many quotes a text has that no backslash escapes."""
    bare = text.replace("\\\\", "")
    return bare.count('"') - bare.count('\\"')


def _mark(source: SourceFile, offset: int, end: int, *, in_text: bool, is_commented: bool) -> Iterator[Mark]:
    """The marker behind a comment's sign; or further on in a comment, where it has its codes with it."""
    start, text = offset + len(MARKER), source.text
    end -= 2 if end - 2 >= start and text.startswith("*/", end - 2) else 0
    blank = offset
    while blank and text[blank - 1] in " \t":
        blank -= 1
    for sign in SIGNS:
        if blank >= len(sign) and text.startswith(sign, blank - len(sign)):
            yield Mark(blank - len(sign), start, end, in_text=in_text)
            return
    if is_commented and text[start:end].lstrip(" \t").startswith(("ignore[", "ignore-file[")):
        yield Mark(offset, start, end, in_text=in_text)


def _texts(source: SourceFile, offsets: Sequence[int]) -> frozenset[int]:
    """The offsets, of these, that stand in scalars of a template."""
    if not source.path.endswith(_YAML) or not offsets:
        return frozenset()
    from iac_imds_lint.cloudformation.template import all_edited

    held = all_edited(source)
    roots = () if isinstance(held, Problem) else tuple(parsed.root for parsed in held)
    return frozenset(found for root in roots for found in _in_scalars(root, offsets))


def _in_scalars(root: Node, offsets: Sequence[int]) -> Iterator[int]:
    """The offsets, in order, that scalars hold. What an alias leads to stands elsewhere."""
    pending: list[tuple[Node, Sequence[int]]] = [(root, offsets)]
    while pending:
        node, inside = pending.pop()
        inside = inside[bisect_left(inside, node.span.start) : bisect_left(inside, node.span.end)]
        if not inside:
            continue
        match node:
            case Scalar():
                yield from inside
            case Mapping(_, members):
                pending += [(member.value, inside) for member in members if not member.aliased]
            case NodeSequence(_, items, _, aliased):
                pending += [(item, inside) for at, item in enumerate(items) if at not in aliased]
            case Tagged(_, _, inner):
                pending.append((inner, inside))
