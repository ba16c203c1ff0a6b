"""HCL that stands in something else: template files, strings of the JSON syntax, values of the command line.

It is parsed in a snippet of ours; the places are the user's.
"""

from __future__ import annotations

from collections.abc import Callable

import tree_sitter

from iac_imds_lint.source import Problem, SourceFile, Span
from iac_imds_lint.terraform import hcl, tree
from iac_imds_lint.terraform.syntax import Expression, Literal


class _Embedded(hcl.Reader):
    """Reads a template that stands in a snippet of ours; ``place`` says where in the user's file a span of it is."""

    __slots__ = ("_place",)

    def __init__(self, snippet: SourceFile, place: Callable[[Span], Span]) -> None:
        super().__init__(snippet)
        self._place = place

    def span(self, first: tree_sitter.Node, last: tree_sitter.Node | None = None) -> Span:
        return self._place(super().span(first, last))

    def placed(self, span: Span) -> Span:
        return self._place(span)


class _Placed(_Embedded):
    """Reads what all stands at one place: no literal in it can be told apart there."""

    __slots__ = ()

    def __init__(self, snippet: SourceFile, place: Span) -> None:
        super().__init__(snippet, lambda _: place)

    def expression(self, node: tree_sitter.Node, depth: int = 0) -> Expression:
        read = super().expression(node, depth)
        return read._replace(alone=False) if isinstance(read, Literal) else read


def template_of(source: SourceFile) -> Expression | Problem:
    """A whole file as a template, as ``templatefile`` reads it."""

    def shifted(span: Span) -> Span:
        return Span(span.path, max(0, span.start - before), min(len(source.text), span.end - before))

    before = len(_opening(source.text)) + 1
    return _embedded(source.path, source.text, lambda snippet: _Embedded(snippet, shifted))


def template_at(place: Span, text: str) -> Expression | Problem:
    """A text as a template, all of which stands at ``place``: a string of the JSON syntax."""
    return _embedded(place.path, text, lambda snippet: _Placed(snippet, place))


def expression_at(place: Span, text: str) -> Expression | Problem:
    """A text as one expression, all of which stands at ``place``."""
    snippet = SourceFile(place.path, f"x = {text}\n")
    root = tree.parse(snippet)
    body = next((child for child in root.children if child.type == "body"), None)
    if root.has_error or body is None or len(body.children) != 1 or body.children[0].type != "attribute":
        return Problem(place.path, "it is no expression that parses")
    return _Placed(snippet, place).expression(body.children[0].children[-1])


def _opening(text: str) -> str:
    """The beginning of a heredoc whose end does not occur in a text."""
    marker = "EOT"
    while marker in text:
        marker += "_"
    return f"x = <<{marker}"


def _embedded(path: str, text: str, reader: Callable[[SourceFile], hcl.Reader]) -> Expression | Problem:
    opening = _opening(text)
    snippet = SourceFile(path, f"{opening}\n{text}\n{opening.removeprefix('x = <<')}\n")
    root = tree.parse(snippet)
    node = root
    while node.type != "heredoc_template" and node.children:
        node = node.children[-1]
    if root.has_error or node.type != "heredoc_template":
        return Problem(path, "it is no template that parses")
    return reader(snippet).template(node)
