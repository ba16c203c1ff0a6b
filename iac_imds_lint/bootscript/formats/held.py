"""YAML and JSON that a text holds: trees whose scalars are texts with their places.

YAML is often written with parts that are not known, and such a part may stand for whole lines of it. Where a text does
not parse for that, it is read without these lines, and they are what is not seen of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from iac_imds_lint import texts
from iac_imds_lint.documents.node import Mapping, Node, Scalar, Sequence, Tagged
from iac_imds_lint.documents.scalar_text import text_of
from iac_imds_lint.script import Unseen
from iac_imds_lint.source import Problem, SourceFile
from iac_imds_lint.texts import Text

# Lines with nothing in them but what is not known; "#" makes a comment of one without moving anything.
_UNKNOWN_LINE = re.compile(rf"^[ \t]*(?:-[ \t]+)?({texts.STAND_IN})[ \t]*$", re.MULTILINE)


class Held(NamedTuple):
    """A node of a tree that a text holds. ``text`` is all of that, ``source`` the same as the tree was read from."""

    text: Text
    source: SourceFile
    node: Node
    binary: bool = False

    def get(self, *keys: str) -> Held | None:
        """What stands under keys, one in the other."""
        here: Held | None = self
        for key in keys:
            found = here.node.get(key) if here and isinstance(here.node, Mapping) else None
            here = self._at(found) if found is not None else None
        return here

    def items(self) -> Iterator[Held]:
        """The items of a list, which is none where this is no list."""
        if isinstance(self.node, Sequence):
            yield from map(self._at, self.node.items)

    def members(self) -> Iterator[tuple[str, Held]]:
        """The members of a mapping, of which there are none where this is no mapping."""
        if isinstance(self.node, Mapping):
            yield from ((member.key, self._at(member.value)) for member in self.node.members)

    def scalar(self) -> Text | None:
        """The text of a scalar; None where this is none, or null."""
        if not isinstance(self.node, Scalar) or self.node.content is None:
            return None
        return text_of(self.node, self.source).seen_through(self.text)

    def plain(self, *keys: str) -> str:
        """What the scalar under keys says, without its places; empty where there is none."""
        found = self.get(*keys)
        node = found.node if found else None
        return str(node.content) if isinstance(node, Scalar) and node.content is not None else ""

    def written(self) -> str:
        """What stands in the text for this node, as it is written."""
        return self.source.slice(self.node.span)

    def unseen(self, reason: str) -> Unseen:
        """That this cannot be seen."""
        return Unseen(self.text.span(self.node.span.start, self.node.span.end), reason)

    def _at(self, node: Node) -> Held:
        if isinstance(node, Tagged):
            return self._at(node.node)
        before = self.source.text[max(node.span.start - 20, 0) : node.span.start]
        return self._replace(node=node, binary=before.rstrip().endswith("!!binary"))


def yaml(text: Text, what: str) -> Iterator[Held | Unseen]:
    """The first document of a YAML text; ``what`` is what it is, where it cannot be read."""
    from iac_imds_lint.documents import yaml_reader

    source = SourceFile("", text.content)
    read = yaml_reader.read(source)
    if isinstance(read, Problem) and _UNKNOWN_LINE.search(text.content):
        source = SourceFile("", _UNKNOWN_LINE.sub(_as_comment, text.content))
        yield from _hidden(text)
        read = yaml_reader.read(source)
    yield from _documents(text, source, read, what)


def json(text: Text, what: str) -> Iterator[Held | Unseen]:
    """A JSON text; ``what`` is what it is, where it cannot be read."""
    from iac_imds_lint.documents import json_reader

    source = SourceFile("", text.content)
    read = json_reader.read(source)
    yield from _documents(text, source, read if isinstance(read, Problem) else (read,), what)


def _documents(text: Text, source: SourceFile, read: tuple[Node, ...] | Problem, what: str) -> Iterator[Held | Unseen]:
    if isinstance(read, Problem):
        yield _problem(text, source, read, what)
    elif read:
        yield Held(text, source, read[0])


def _problem(text: Text, source: SourceFile, problem: Problem, what: str) -> Unseen:
    at = source.offset(*problem.position) if problem.position else 0
    why = text.unknown()
    known = f" (parts of it are not known: {why})" if why else ""
    return Unseen(text.span(at, at + 1), f"{what} does not parse: {problem.reason}{known}")


def _as_comment(line: re.Match[str]) -> str:
    at = line.start(1) - line.start()
    before = line[0][:at].replace("-", " ")
    return f"{before}#{line[0][at + 1 :]}"


def _hidden(text: Text) -> Iterator[Unseen]:
    for line in _UNKNOWN_LINE.finditer(text.content):
        if why := text.unknown(*line.span(1)):
            yield Unseen(text.span(*line.span(1)), why)
