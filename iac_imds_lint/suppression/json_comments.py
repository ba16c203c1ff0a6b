"""Our comments in Terraform's JSON, which has a property for them: ``"//"`` in the body of a block, or at the top.

Terraform language, "JSON Configuration Syntax", "Comment Properties". Its text, or each text of a list, is a comment.
In the body of a block it covers what is found of that block; at the top, ``ignore-file`` covers the file.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from iac_imds_lint.directive import Directive, Inside, Mistake, Said, WholeFile
from iac_imds_lint.documents import json_reader
from iac_imds_lint.documents.deletion import delete
from iac_imds_lint.documents.node import Mapping, Member, Node, Scalar, Sequence
from iac_imds_lint.edit import Edit, Refusal
from iac_imds_lint.finding import Removal
from iac_imds_lint.source import Problem, SourceFile, Span
from iac_imds_lint.suppression import words
from iac_imds_lint.suppression.words import MARKER, Words
from iac_imds_lint.terraform.json_syntax import LABELS

_COMMENT = "//"
_NOTHING = "this comment ignores nothing: write ignore[CODE] with the codes to ignore"
_AT_THE_TOP = "at the top, write ignore-file[CODE] for the whole file; ignore[CODE] stands in the block of a resource"
_IN_A_BLOCK = "ignore-file stands at the top of the file; in a block, write ignore[CODE]"
_IN_NO_BLOCK = "this ignores nothing here: write it right into the block of a resource, or at the top"


class _Place(NamedTuple):
    """A text with our marker: the object with the property, the property, which text of it this is, and the block; None
    at the top.
    """

    text: Scalar
    holder: Mapping
    member: Member
    number: int
    block: Span | None
    is_in_block: bool = True

    def words(self, source: SourceFile) -> tuple[int, Words | None]:
        """Where our own begins, and what it says."""
        at = source.text.find(MARKER, self.text.span.start)
        return at, words.read(source, at + len(MARKER), self.text.span.end - 1)


def read(source: SourceFile) -> Iterator[Said]:
    """The ignore comments of a file in order, and the comments that were meant to be some."""
    for place in _places(source).values():
        at, written = place.words(source)
        span = Span(source.path, at, place.text.span.end - 1)
        mistake = _mistake(place, written)
        if mistake:
            yield Mistake(span, mistake)
        if written is None:
            continue
        yield from written.mistakes
        if written.is_dated and not mistake:
            reach = Inside(place.block) if place.block is not None else WholeFile()
            span = span._replace(end=written.end)
            yield Directive(span, written.codes, reach, reason=_unescaped(written.reason), until=written.until)


def _mistake(place: _Place, written: Words | None) -> str:
    if not place.is_in_block:
        return _IN_NO_BLOCK
    if written is None:
        return _NOTHING
    if written.is_file == (place.block is None):
        return ""
    return _IN_A_BLOCK if written.is_file else _AT_THE_TOP


def _unescaped(text: str) -> str:
    try:
        return str(json.loads(f'"{text}"')) if "\\" in text else text
    except ValueError:
        return text


def edits(source: SourceFile, removal: Removal) -> tuple[Edit, ...] | Refusal:
    """The edits that take codes out of a comment, or what is ours of it; the property, where nothing else is said."""
    place = _places(source).get(removal.span.start)
    at, written = place.words(source) if place is not None else (0, None)
    if place is None or written is None:
        return Refusal("it cannot be read again")
    if not removal.is_whole:
        return words.without(source, written.codes, removal.codes)
    inner = Span(source.path, place.text.span.start + 1, place.text.span.end - 1)
    before, after = source.text[inner.start : at].rstrip(), source.text[written.end : inner.end]
    if before or after.strip():
        start = inner.start + len(before) if not after.strip() else at
        return (Edit(Span(source.path, start, written.end + len(after) - len(after.lstrip())), ""),)
    texts = place.member.value
    if isinstance(texts, Sequence) and len(texts.items) > 1:
        return delete(source, texts, [place.number])
    if len(place.holder.members) > 1:
        return delete(source, place.holder, [place.holder.members.index(place.member)])
    return (Edit(Span(source.path, place.member.key_span.start, place.member.value.span.end), ""),)


@lru_cache(maxsize=2)
def _places(source: SourceFile) -> dict[int, _Place]:
    """The texts with our marker, by where that begins."""
    root = json_reader.read(source) if MARKER in source.text else None
    if root is None or isinstance(root, Problem):
        return {}
    tops = root.items if isinstance(root, Sequence) else (root,)
    places = (place for top in tops if isinstance(top, Mapping) for place in _at_the_top(source, top))
    return {source.text.find(MARKER, place.text.span.start): place for place in places}


def _at_the_top(source: SourceFile, top: Mapping) -> Iterator[_Place]:
    for member in top.members:
        if member.key == _COMMENT:
            yield from _texts(source, top, member, None)
        else:
            yield from _labelled(source, member, member.value, LABELS.get(member.key, 0))


def _labelled(source: SourceFile, owner: Member, node: Node, missing: int) -> Iterator[_Place]:
    """The comments below a key: in the blocks, once all of their labels are known."""
    for one in node.items if isinstance(node, Sequence) else (node,):
        if not isinstance(one, Mapping):
            continue
        if not missing:
            yield from _body(source, one, Span(source.path, owner.key_span.start, one.span.end))
            continue
        for member in one.members:
            if member.key == _COMMENT:
                yield from _texts(source, one, member, None, is_in_block=False)
            else:
                yield from _labelled(source, member, member.value, missing - 1)


def _body(source: SourceFile, body: Mapping, block: Span) -> Iterator[_Place]:
    """The comments in the body of a block. Further inside, an object may be a map with a key ``"//"``."""
    for member in body.members:
        if member.key == _COMMENT:
            yield from _texts(source, body, member, block)
        else:
            yield from _below(source, member.value)


def _below(source: SourceFile, node: Node) -> Iterator[_Place]:
    match node:
        case Mapping(_, members):
            for member in members:
                if member.key == _COMMENT:
                    yield from _texts(source, node, member, None, is_in_block=False)
                else:
                    yield from _below(source, member.value)
        case Sequence(_, items):
            for item in items:
                yield from _below(source, item)
        case _:
            return


def _texts(
    source: SourceFile, holder: Mapping, member: Member, block: Span | None, *, is_in_block: bool = True
) -> Iterator[_Place]:
    for index, text in enumerate(member.value.items if isinstance(member.value, Sequence) else (member.value,)):
        if isinstance(text, Scalar) and MARKER in source.slice(text.span):
            yield _Place(text, holder, member, index, block, is_in_block)
