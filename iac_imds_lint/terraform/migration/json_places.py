"""The trees of JSON files, and where things stand in them: the members that lead to an offset."""

from __future__ import annotations

from bisect import bisect_right
from functools import lru_cache
from typing import NamedTuple

from iac_imds_lint.documents import json_reader
from iac_imds_lint.documents.node import Mapping, Member, Node, Sequence
from iac_imds_lint.source import Problem, SourceFile


class At(NamedTuple):
    """A member of a mapping, by its index."""

    mapping: Mapping
    at: int

    @property
    def member(self) -> Member:
        """The member itself."""
        return self.mapping.members[self.at]


@lru_cache(maxsize=64)
def read(source: SourceFile) -> Node | Problem:
    """The tree of a file, read once for all migrations that it has a part in."""
    return json_reader.read(source)


def trail(root: Node, offset: int) -> list[At]:
    """The members that lead to an offset, outermost first, to the one whose key or scalar is there."""
    found: list[At] = []
    node: Node | None = root
    while node is not None:
        match node:
            case Mapping(_, members):
                at = bisect_right(members, offset, key=lambda member: member.key_span.start) - 1
                found += [At(node, at)] if at >= 0 else []
                node = members[at].value if at >= 0 and offset >= members[at].value.span.start else None
            case Sequence(_, items):
                at = bisect_right(items, offset, key=lambda item: item.span.start) - 1
                node = items[at] if at >= 0 else None
            case _:
                node = None
    return found
