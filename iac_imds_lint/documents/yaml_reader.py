"""YAML with positions, from PyYAML's events on libyaml.

Events and not ``compose``: composing recurses in C and crashes the interpreter at some ten thousand levels, while
events come one by one and let depth and aliases be bounded as the tree grows. Import this module only to read a file:
it imports ``yaml``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeAlias

import yaml

from iac_imds_lint.documents.node import DEEPEST, Mapping, Member, Node, Scalar, Sequence, Tagged
from iac_imds_lint.source import Position, Problem, SourceFile, Span

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

# Stands for a document among the open collections: a list of the one node that it holds.
_DOCUMENT = yaml.CollectionStartEvent(None, None, True)

# What begins a node and may carry an anchor and a tag.
_Begin: TypeAlias = "yaml.ScalarEvent | yaml.CollectionStartEvent"

# Aliases and merge keys may stand for this many nodes in all; beyond, a walk over the tree would not end in good time.
_MOST_ALIASED = 100_000

_CORE = "tag:yaml.org,2002:"
_PROPERTIES = re.compile(r"(?:[&!]\S*(?:\s+(?:#[^\n]*\n\s*)*|$))*")

# YAML 1.1's types as PyYAML resolves them, but for dates and base-60 numbers, which stay text.
_BOOLEANS = {"yes": True, "true": True, "on": True, "no": False, "false": False, "off": False}
_NULLS = frozenset(("", "~", "null", "Null", "NULL"))
_INTEGER = re.compile(r"([-+]?)(?:0b([01_]+)|0x([0-9a-fA-F_]+)|0([0-7_]+)|(0|[1-9][0-9_]*))\Z")
_FLOAT = re.compile(r"[-+]?(?:[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?)\Z")
_BASES = (2, 16, 8, 10)


class _ReadingError(Exception):
    """What a reading stops with; never leaves this module."""

    def __init__(self, words: str, offset: int) -> None:
        self.words, self.offset = words, offset


class _Sized(NamedTuple):
    """A node with what it costs to walk: how deep it is, and how many nodes it holds once aliases are followed."""

    node: Node
    height: int
    size: int


class _Child(NamedTuple):
    """A node as its parent has it: reached through an alias, or anchored for one, is ``shared``."""

    node: Node
    place: Span
    shared: bool


@dataclass
class _Open:
    """A collection whose end has not come yet."""

    event: yaml.CollectionStartEvent
    children: list[_Child] = field(default_factory=list)
    height: int = 1
    size: int = 1


class Stumble(NamedTuple):
    """Where a reading stopped: the offset of the problem, and of what was being read there."""

    problem: Problem
    at: int
    within: int


def read(source: SourceFile) -> tuple[Node, ...] | Problem:
    """The documents of a YAML text, or why and where it cannot be read.

    Tags stay (as Tagged), an alias is the anchored node itself, merge keys are followed, duplicate keys are kept.
    """
    found = attempt(source)
    return found.problem if isinstance(found, Stumble) else found


def attempt(source: SourceFile) -> tuple[Node, ...] | Stumble:
    """The same, or where the reading stopped."""
    try:
        return tuple(_Builder(source).documents())
    except _ReadingError as refused:
        problem = Problem(source.path, refused.words, source.position(refused.offset))
        return Stumble(problem, refused.offset, refused.offset)
    except yaml.MarkedYAMLError as error:
        return _marked(source, error)
    except yaml.YAMLError as error:
        problem = Problem(source.path, str(getattr(error, "reason", error)), _unreadable(source, error))
    except UnicodeEncodeError as error:
        problem = Problem(source.path, "a lone surrogate, which is not text", source.position(error.start))
    at = source.offset(*problem.position) if problem.position else 0
    return Stumble(problem, at, at)


def _marked(source: SourceFile, error: yaml.MarkedYAMLError) -> Stumble:
    mark = error.problem_mark or error.context_mark
    within = error.context_mark or mark
    words = " ".join(part for part in (error.problem, error.context) if part)
    problem = Problem(source.path, words, source.position(mark.index) if mark else None)
    return Stumble(problem, mark.index if mark else 0, within.index if within else 0)


def _unreadable(source: SourceFile, error: yaml.YAMLError) -> Position | None:
    at = getattr(error, "position", None)
    if not isinstance(at, int):
        return None
    # libyaml counts the bytes of what it is given, the Python reader code points.
    return source.position(at if _LOADER is yaml.SafeLoader else source.offset_of_byte(at))


def _start(event: yaml.Event) -> int:
    return event.start_mark.index if event.start_mark else 0


def _end(event: yaml.Event) -> int:
    return event.end_mark.index if event.end_mark else 0


def _own_tag(event: _Begin) -> str:
    """The node's tag without its exclamation mark; empty where it has none but YAML's own."""
    tag = event.tag or ""
    return "" if tag.startswith(_CORE) else tag.removeprefix("!")


class _Builder:
    """Makes nodes of events. A stack of open collections, never recursion."""

    def __init__(self, source: SourceFile) -> None:
        self._source = source
        self._anchors: dict[str, _Sized | None] = {}
        self._aliased = 0
        self._open: list[_Open] = []

    def documents(self) -> Iterator[Node]:
        for event in yaml.parse(self._source.text, Loader=_LOADER):
            match event:
                case yaml.ScalarEvent():
                    node = self._scalar(event)
                    self._add(event, _Sized(node, 0, 1), node.span)
                case yaml.CollectionStartEvent():
                    self._begin(event)
                case yaml.CollectionEndEvent():
                    self._finish(event)
                case yaml.AliasEvent():
                    self._alias(event)
                case yaml.DocumentStartEvent():
                    self._anchors.clear()
                    self._open = [_Open(_DOCUMENT)]
                case yaml.DocumentEndEvent():
                    yield self._open[0].children[0].node
                case _:
                    pass

    def _begin(self, event: yaml.CollectionStartEvent) -> None:
        if event.anchor:
            self._anchors[event.anchor] = None
        self._open.append(_Open(event))
        if len(self._open) > DEEPEST + 1:
            raise _ReadingError(f"nested more than {DEEPEST} levels deep", _start(event))

    def _finish(self, event: yaml.CollectionEndEvent) -> None:
        opened = self._open.pop()
        begun = opened.event
        start = self._own_start(begun, _end(event))
        # The mark of a block's end runs past the comments and blank lines that follow it.
        inner_end = max((child.place.end for child in opened.children), default=start)
        end = _end(event) if begun.flow_style else inner_end
        span = Span(self._source.path, start, end)
        is_mapping = isinstance(event, yaml.MappingEndEvent)
        node = self._tagged(begun, self._mapping(span, opened) if is_mapping else self._sequence(span, opened))
        self._add(begun, _Sized(node, opened.height, opened.size), node.span)

    def _add(self, event: _Begin, sized: _Sized, place: Span) -> None:
        """Put a complete node where its event stands."""
        shared = False
        if event.anchor:
            self._anchors[event.anchor] = sized
            shared = f"*{event.anchor}" in self._source.text
        self._put(sized, _Child(sized.node, place, shared))

    def _put(self, sized: _Sized, child: _Child) -> None:
        parent = self._open[-1]
        parent.children.append(child)
        parent.height = max(parent.height, sized.height + 1)
        parent.size += sized.size

    def _alias(self, event: yaml.AliasEvent) -> None:
        at = _start(event)
        if event.anchor not in self._anchors:
            raise _ReadingError(f"found undefined alias {event.anchor!r}", at)
        sized = self._anchors[event.anchor]
        if sized is None:
            raise _ReadingError(f"found alias {event.anchor!r} inside of what it stands for", at)
        self._aliased += sized.size
        if self._aliased > _MOST_ALIASED:
            raise _ReadingError(f"its aliases stand for more than {_MOST_ALIASED} nodes", at)
        if len(self._open) + sized.height > DEEPEST + 1:
            raise _ReadingError(f"nested more than {DEEPEST} levels deep", at)
        self._put(sized, _Child(sized.node, Span(self._source.path, at, _end(event)), True))

    def _own_start(self, event: _Begin, end: int) -> int:
        """Where a node's own text begins, after its anchor and tag."""
        start = _start(event)
        match = _PROPERTIES.match(self._source.text, start, end) if event.anchor or event.tag else None
        return match.end() if match else start

    def _scalar(self, event: yaml.ScalarEvent) -> Node:
        text, end = self._source.text, _end(event)
        start = self._own_start(event, end)
        if event.style in ("|", ">") and "+" not in text[start : text.find("\n", start)].split("#")[0]:
            end = start + len(text[start:end].rstrip("\r\n"))
        quoted = bool(event.style)
        core = (event.tag or "").startswith(_CORE) and event.tag != f"{_CORE}str"
        content = _typed(event.value) if core or not (quoted or event.tag) else event.value
        return self._tagged(event, Scalar(Span(self._source.path, start, end), content, quoted))

    def _tagged(self, event: _Begin, node: Node) -> Node:
        tag = _own_tag(event)
        return Tagged(node.span._replace(start=_start(event)), tag, node) if tag else node

    def _sequence(self, span: Span, opened: _Open) -> Sequence:
        children = opened.children
        aliased = tuple([index for index, child in enumerate(children) if child.shared])
        return Sequence(span, tuple([child.node for child in children]), bool(opened.event.flow_style), aliased)

    def _mapping(self, span: Span, opened: _Open) -> Mapping:
        children = opened.children
        own: list[Member] = []
        merged: list[Member] = []
        for key, value in zip(children[0::2], children[1::2], strict=True):
            bases = _bases(value.node) if self._is_merge(key) else ()
            if bases:
                merged += [member._replace(aliased=True, merged=True) for base in bases for member in base.members]
            else:
                own.append(Member(self._key(key), key.place, value.node, value.shared))
        taken = {member.key for member in own}
        # The first of several merged mappings wins, and the mapping's own keys win over all: get() takes the last.
        inherited = {member.key: member for member in reversed(merged) if member.key not in taken}
        return Mapping(span, (*reversed(inherited.values()), *own), bool(opened.event.flow_style))

    def _is_merge(self, key: _Child) -> bool:
        return self._source.slice(key.place) == "<<"

    def _key(self, key: _Child) -> str:
        """A scalar key as its text; a number or boolean as it is written, a collection as its source."""
        node = key.node
        if isinstance(node, Scalar) and isinstance(node.content, str):
            return node.content
        return self._source.slice(node.span)


def _bases(node: Node) -> tuple[Mapping, ...]:
    """The mappings that a merge key takes its members from; none where its value is nothing that can be merged."""
    match node:
        case Mapping():
            return (node,)
        case Sequence(_, items) if all(isinstance(item, Mapping) for item in items):
            return tuple(item for item in items if isinstance(item, Mapping))
        case _:
            return ()


def _typed(text: str) -> str | int | float | bool | None:
    """The value of a plain scalar."""
    if text in _NULLS:
        return None
    if text.lower() in _BOOLEANS and text in (text.lower(), text.upper(), text.capitalize()):
        return _BOOLEANS[text.lower()]
    if text[0] not in "-+.0123456789":
        return text
    integer = _INTEGER.match(text)
    if integer and len(text) < 300:
        base, digits = next((b, d.replace("_", "")) for b, d in zip(_BASES, integer.groups()[1:], strict=True) if d)
        return int(integer[1] + digits, base) if digits else text
    return float(text.replace("_", "")) if _FLOAT.match(text) else text
