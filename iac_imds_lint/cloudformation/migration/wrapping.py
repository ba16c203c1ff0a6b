"""Values put below other keys: the whole of one, or each end of an ``Fn::If``, some of which are no value."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import NamedTuple, TypeAlias

from iac_imds_lint.cloudformation.migration.layout import Item
from iac_imds_lint.cloudformation.template import Call, call_of, is_no_value
from iac_imds_lint.documents.node import Mapping, Node, Sequence
from iac_imds_lint.edit import Edit
from iac_imds_lint.source import SourceFile, Span

# What an end of a value becomes: keys around it, or None where it stays as it is.
Choice: TypeAlias = "Callable[[Node], Wrap | None]"


class Wrap(NamedTuple):
    """Keys around a value, outermost first, and members with texts that stand before the outermost one."""

    keys: tuple[str, ...]
    beside: tuple[tuple[str, str], ...] = ()


class Writing(NamedTuple):
    """How braces are written in a file: in JSON or not, with how many blanks for a level."""

    source: SourceFile
    json: bool
    step: str


def around(item: Item, key: str, wrap: Wrap) -> Item:
    """A member whose value stands whole below the keys of ``wrap``, under another key."""
    value = item.value
    for inner in reversed(wrap.keys[1:]):
        value = (Item(inner, value),)
    beside = tuple(Item(name, text) for name, text in wrap.beside)
    return item._replace(key=key, value=(*beside, Item(wrap.keys[0], value)))


def inside(writing: Writing, node: Node, choice: Choice, *, flow: bool) -> tuple[Edit, ...]:
    """The edits that put each end of a value below its keys. ``flow`` says that the value stands in brackets."""
    match node, call_of(node):
        case _, Call("Fn::If", Sequence(_, (_, then, otherwise), in_brackets)):
            return (
                *inside(writing, then, choice, flow=in_brackets),
                *inside(writing, otherwise, choice, flow=in_brackets),
            )
        case _ if is_no_value(node) or (wrap := choice(node)) is None:
            return ()
        case _ if flow or writing.json:
            return _braces(writing, node, wrap)
        case _:
            return _dashes(writing, node, wrap)


def _braces(writing: Writing, node: Node, wrap: Wrap) -> tuple[Edit, ...]:
    text = writing.source.slice(node.span)
    pad = " " if text.startswith("{ ") else ""
    opening = "".join(f"{_key(writing, name)}: {_text(writing, value)}, " for name, value in wrap.beside)
    keys = [f"{{{pad}{_key(writing, key)}: " for key in wrap.keys]
    keys[0] = keys[0].replace("{" + pad, "{" + pad + opening, 1)
    closing = (pad + "}") * len(wrap.keys)
    path, start, end = node.span
    return (Edit(Span(path, start, start), "".join(keys)), Edit(Span(path, end, end), closing))


def _dashes(writing: Writing, node: Node, wrap: Wrap) -> tuple[Edit, ...]:
    source, start = writing.source, node.span.start
    column = start - source.line_start(start)
    lines = [f"{name}: {value}" for name, value in wrap.beside]
    lines += [writing.step * depth + key + ":" for depth, key in enumerate(wrap.keys)]
    first, *others = source.slice(node.span).split("\n")
    deeper = writing.step * len(wrap.keys)
    if isinstance(node, Mapping) and not node.flow:
        lines.append(deeper + first)
    else:
        lines[-1] += " " + first
    head = source.newline.join(line if not number else " " * column + line for number, line in enumerate(lines))
    rest = "".join("\n" + (deeper + line if line.strip() else line) for line in others)
    return (Edit(node.span, head + rest),)


def _key(writing: Writing, key: str) -> str:
    return json.dumps(key) if writing.json else key


def _text(writing: Writing, text: str) -> str:
    return json.dumps(text) if writing.json else text
