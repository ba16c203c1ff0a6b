"""Members inserted into JSON text, laid out as their neighbours are."""

from __future__ import annotations

import json
from collections.abc import Mapping as Dictionary
from typing import NamedTuple, TypeAlias

from iac_imds_lint.documents.node import Mapping
from iac_imds_lint.edit import Edit
from iac_imds_lint.source import SourceFile, Span

Tree: TypeAlias = "str | int | bool | Dictionary[str, Tree]"


class _Style(NamedTuple):
    """How members are written: the newline and indentation of theirs, one step more, and what parts key and value.

    ``newline`` is empty where all stands on one line.
    """

    newline: str
    indent: str
    step: str
    colon: str
    comma: str


def insert(source: SourceFile, target: Mapping, members: Dictionary[str, Tree]) -> Edit:
    """The edit that appends members to an object, on one line or on lines of their own as the object has it."""
    style = _style(source, target)
    parts = [_member(key, value, style, style.indent) for key, value in members.items()]
    if target.members:
        end = target.members[-1].value.span.end
        joint = f",{style.newline}{style.indent}" if style.newline else style.comma
        return Edit(Span(source.path, end, end), joint + joint.join(parts))
    inside = _between(parts, style, source.indentation(target.span.start))
    return Edit(Span(source.path, target.span.start + 1, target.span.end - 1), inside)


def _between(parts: list[str], style: _Style, outer: str) -> str:
    if not style.newline:
        return style.comma.join(parts)
    joined = f",{style.newline}{style.indent}".join(parts)
    return f"{style.newline}{style.indent}{joined}{style.newline}{outer}"


def _member(key: str, value: Tree, style: _Style, indent: str) -> str:
    return f"{json.dumps(key)}{style.colon}{_value(value, style, indent)}"


def _value(value: Tree, style: _Style, indent: str) -> str:
    if not isinstance(value, Dictionary):
        return json.dumps(value)
    inner = style._replace(indent=indent + style.step)
    parts = [_member(key, item, inner, inner.indent) for key, item in value.items()]
    return f"{{{_between(parts, inner, indent)}}}"


def _style(source: SourceFile, target: Mapping) -> _Style:
    outer = source.indentation(target.span.start)
    step = _step(source)
    compact = '": ' not in source.text
    if not target.members:
        lines = "\n" in source.text.strip()
        return _Style(source.newline if lines else "", outer + step, step, *((":", ",") if compact else (": ", ", ")))
    first = target.members[0]
    colon = source.text[first.key_span.end : first.value.span.start]
    colon = colon if "\n" not in colon else ": "
    if "\n" not in source.text[target.span.start : first.key_span.start]:
        return _Style("", "", step, colon, _comma(source, target) if len(target.members) > 1 else "," if compact else ", ")
    indent = source.indentation(first.key_span.start)
    own = indent[len(outer) :] if indent.startswith(outer) and len(indent) > len(outer) else step
    return _Style(source.newline, indent, own, colon, ", ")


def _comma(source: SourceFile, target: Mapping) -> str:
    one, two = target.members[:2]
    return source.text[one.value.span.end : two.key_span.start]


def _step(source: SourceFile) -> str:
    """The indentation of the first indented line: one step of the document's."""
    for line in source.text.split("\n"):
        blanks = line[: len(line) - len(line.lstrip(" \t"))]
        if blanks and line.strip():
            return blanks
    return "  "
