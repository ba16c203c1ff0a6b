"""The resources of a file, by their rows: what other tools' exceptions stand in, above or beside."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from iac_imds_lint.documents.node import Mapping, Node
from iac_imds_lint.source import Problem, SourceFile, Span
from iac_imds_lint.suppression import marks

_HEAD = re.compile(rb'resource[ \t]+"?([\w-]+)"?')


class Declared(NamedTuple):
    """A resource: its type, the range from its head to its end, and the rows of both. ``metadata`` is a template's."""

    type: str
    span: Span
    first: int
    last: int
    metadata: Node | None = None


class Outline(NamedTuple):
    """The resources of a file in order. ``metadata`` is that of the template, where it is one."""

    declared: tuple[Declared, ...]
    metadata: Node | None = None

    def at(self, row: int) -> Declared | None:
        """The resource that a row belongs to."""
        index = bisect_right(self.declared, row, key=lambda one: one.first) - 1
        found = self.declared[index] if index >= 0 else None
        return found if found is not None and row <= found.last else None


def is_hcl(source: SourceFile) -> bool:
    """Whether a file is HCL's native syntax, of Terraform or OpenTofu."""
    return marks.is_hcl(source.path)


@lru_cache(maxsize=4)
def of(source: SourceFile) -> Outline:
    """The resources of a file; none where it is neither HCL nor a template, or cannot be read."""
    if is_hcl(source):
        return Outline(tuple(_blocks(source)))
    return _of_template(source) if not marks.is_json(source.path) else Outline(())


def _blocks(source: SourceFile) -> Iterator[Declared]:
    from iac_imds_lint.terraform import tree

    for child in tree.parse(source).children:
        for node in child.children if child.type == "body" else (child,):
            match = _HEAD.match(source.utf8, node.start_byte) if node.type == "block" else None
            if match is not None:
                start, end = source.offset_of_byte(node.start_byte), source.offset_of_byte(node.end_byte)
                yield _declared(source, match[1].decode(), start, end)


def _declared(source: SourceFile, type: str, start: int, end: int, metadata: Node | None = None) -> Declared:
    rows = source.position(start).row, source.position(max(start, end - 1)).row
    return Declared(type, Span(source.path, start, end), *rows, metadata)


def _of_template(source: SourceFile) -> Outline:
    from iac_imds_lint.cloudformation import template

    held = template.templates(source)
    if isinstance(held, Problem) or not held:
        return Outline(())
    declared = []
    for member in (member for parsed in held for member in parsed.resources()):
        body = member.value
        if isinstance(body, Mapping) and not member.aliased and body.span.start >= member.key_span.start:
            end = body.span.start + len(source.slice(body.span).rstrip())
            type = template.type_of(member)
            declared.append(_declared(source, type, member.key_span.start, end, body.get("Metadata")))
    return Outline(tuple(sorted(declared, key=lambda one: one.first)), held[0].root.get("Metadata"))
