"""Conditionals in HCL whose arms edits have made the same: they decide nothing any more, and give way to the value."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from iac_imds_lint.edit import Edit
from iac_imds_lint.source import SourceFile, Span
from iac_imds_lint.terraform import hcl, tree
from iac_imds_lint.terraform.syntax import Conditional, Expression, Literal

# What a conditional may be an arm of, or an arm be inside of.
_AROUND = frozenset({"expression", "literal_value", "string_lit", "conditional"})
_LITERAL = re.compile(r'"(?:[^"\\$%]|\\.)*"|true|false|null|\d+')
_BRACKET = re.compile(r"(?<!\w)\(\s*$")
_CLOSING = re.compile(r"[ \t]*\)")
_COMMENT = re.compile(r"#|//|/\*")


def collapsed(source: SourceFile, edits: Sequence[Edit]) -> tuple[Edit, ...]:
    """The edits of one file, without conditionals that they would make choose between a literal and the same literal.

    One in which a comment may stand is left.
    """
    replaced = {edit.span: edit.content for edit in edits if _LITERAL.fullmatch(edit.content)}
    whole: dict[Span, str] = {}
    for span in replaced:
        if not any(_is_in(span, one) for one in whole):
            whole.update(_same(source, span, replaced))
    kept = [edit for edit in edits if not any(_is_in(edit.span, span) for span in whole)]
    return tuple(sorted((*kept, *(Edit(span, content) for span, content in whole.items()))))


def _is_in(span: Span, outer: Span) -> bool:
    return outer.start <= span.start and span.end <= outer.end


def _same(source: SourceFile, span: Span, replaced: Mapping[Span, str]) -> Iterator[tuple[Span, str]]:
    """The outermost conditional around a literal that chooses nothing any more, and what it comes to."""
    top, node = None, tree.parse(source).descendant_for_byte_range(*map(source.byte_of_offset, (span.start, span.end)))
    while node is not None and node.type in _AROUND:
        top = node if node.type == "conditional" else top
        node = node.parent
    expression: Expression | None = hcl.Reader(source).expression(top) if top is not None else None
    while isinstance(expression, Conditional):
        content = _value(source, expression, replaced)
        if content and not _COMMENT.search(source.slice(expression.span)):
            yield _unwrapped(source, expression.span), content
            return
        expression = next((arm for arm in (expression.yes, expression.no) if _is_in(span, arm.span)), None)


def _value(source: SourceFile, expression: Expression, replaced: Mapping[Span, str]) -> str:
    """The literal that an expression comes to after the edits; empty where it is another expression."""
    match expression:
        case Conditional(_, _, _, yes, no):
            first, second = (_value(source, arm, replaced) for arm in (yes, no))
            return first if first == second else ""
        case Literal(span):
            text = replaced.get(span, source.slice(span))
            return text if _LITERAL.fullmatch(text) else ""
        case _:
            return ""


def _unwrapped(source: SourceFile, span: Span) -> Span:
    """An expression with what stands around it and says nothing of its own: brackets, or a text that is only this."""
    start, end = span.start, span.end
    while (opening := _BRACKET.search(source.text, source.line_start(start), start)) is not None:
        closing = _CLOSING.match(source.text, end)
        if closing is None:
            break
        start, end = opening.start(), closing.end()
    is_text = source.text[start - 3 : start] == '"${' and source.text[end : end + 2] == '}"'
    return Span(source.path, start - 3, end + 2) if is_text else Span(source.path, start, end)
