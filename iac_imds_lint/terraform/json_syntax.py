"""Terraform's JSON syntax, read into the same bodies and expressions as HCL.

Source: Terraform language, "JSON Configuration Syntax".
"""

from __future__ import annotations

from collections.abc import Iterator

from iac_imds_lint.documents.node import Mapping, Member, Node, Scalar, Sequence, Tagged
from iac_imds_lint.source import Problem, SourceFile, Span
from iac_imds_lint.terraform import snippets
from iac_imds_lint.terraform.syntax import Attribute, Block, Expression, Literal, Object, Opaque, Tuple

# How many labels a top-level block has; what is not listed is of no interest here.
LABELS = {
    "resource": 2,
    "data": 2,
    "variable": 1,
    "output": 1,
    "module": 1,
    "provider": 1,
    "locals": 0,
    "terraform": 0,
}


def blocks_of(source: SourceFile, root: Node) -> Iterator[Block]:
    """The top-level blocks, in order."""
    for part in root.items if isinstance(root, Sequence) else (root,):
        for member in part.members if isinstance(part, Mapping) else ():
            if member.key in LABELS:
                yield from _labelled(source, member, member, (), LABELS[member.key])


def _labelled(
    source: SourceFile, outer: Member, member: Member, labels: tuple[str, ...], missing: int
) -> Iterator[Block]:
    for node in member.value.items if isinstance(member.value, Sequence) else (member.value,):
        if not isinstance(node, Mapping):
            continue
        if missing:
            for inner in node.members:
                if inner.key != "//":
                    yield from _labelled(source, outer, inner, (*labels, inner.key), missing - 1)
        else:
            span = Span(source.path, member.key_span.start, node.span.end)
            yield Block(outer.key, labels, member.key_span, span, JsonBody(source, node))


class JsonBody:
    """An object read as a body: what is a block and what an argument is up to who asks."""

    __slots__ = ("_node", "_source")

    def __init__(self, source: SourceFile, node: Mapping) -> None:
        self._source = source
        self._node = node

    def attribute(self, name: str) -> Attribute | None:
        """The property of that name, as an argument."""
        member = self._member(name)
        return self._attribute(member) if member else None

    def blocks(self, type: str) -> tuple[Block, ...]:
        """The property of that name as nested blocks: an object is one, a list of objects several."""
        return (*self._nested(self._node, type, False), *self._dynamic(type))

    def items(self) -> tuple[Attribute, ...]:
        """All properties, as arguments."""
        return tuple(self._attribute(member) for member in self._node.members if member.key != "//")

    def _member(self, name: str) -> Member | None:
        return next((member for member in reversed(self._node.members) if member.key == name), None)

    def _attribute(self, member: Member) -> Attribute:
        span = Span(self._source.path, member.key_span.start, member.value.span.end)
        return Attribute(member.key, member.key_span, span, lambda: expression(self._source, member.value))

    def _dynamic(self, type: str) -> Iterator[Block]:
        dynamic = self._node.get("dynamic")
        for holder in dynamic.items if isinstance(dynamic, Sequence) else (dynamic,):
            if isinstance(holder, Mapping):
                yield from self._nested(holder, type, True)

    def _nested(self, holder: Mapping, type: str, dynamic: bool) -> Iterator[Block]:
        for member in holder.members:
            if member.key != type:
                continue
            for node in member.value.items if isinstance(member.value, Sequence) else (member.value,):
                if isinstance(node, Mapping):
                    span = Span(self._source.path, member.key_span.start, node.span.end)
                    yield Block(type, (), member.key_span, span, JsonBody(self._source, node), dynamic)


def expression(source: SourceFile, node: Node) -> Expression:
    """A JSON value as an expression: strings are templates."""
    match node:
        case Scalar(span, str() as text, _):
            return _template(span, text)
        case Scalar(span, content, _):
            return Literal(span, content)
        case Sequence(span, items, _):
            return Tuple(span, tuple(expression(source, item) for item in items))
        case Mapping(span, members, _):
            pairs = ((Literal(m.key_span, m.key), expression(source, m.value)) for m in members if m.key != "//")
            return Object(span, tuple(pairs))
        case Tagged(span, tag, _):
            return Opaque(span, f"a tag {tag}")


def _template(span: Span, text: str) -> Expression:
    if "${" not in text and "%{" not in text:
        return Literal(span, text)
    read = snippets.template_at(span, text)
    return Opaque(span, "a string that is no template") if isinstance(read, Problem) else read
