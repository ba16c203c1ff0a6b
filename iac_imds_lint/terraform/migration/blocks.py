"""The blocks of a template that a launch configuration had as arguments, as HCL."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from iac_imds_lint.terraform.migration import rows
from iac_imds_lint.terraform.migration.mapping import DELETED, NETWORK, Inside
from iac_imds_lint.terraform.migration.rows import Argument, Row


class Moved(NamedTuple):
    """An argument that leaves its row, and the comments above it."""

    argument: Argument
    above: tuple[Row, ...] = ()


class Layout(NamedTuple):
    """The indentation of the rows of a resource, what a level adds, and the newline of its file."""

    indent: str
    step: str
    newline: str


def plain(layout: Layout, fate: Inside, moved: Moved, name: str = "") -> list[Row]:
    """A block that is there for certain; ``name`` is that of the argument in it, if it is another."""
    given = moved.argument
    inner = Inside(fate.path, name or fate.name, fate.beside)
    lines = _nested(layout, fate.path, _Held(inner, given.value, given.comment))
    return [*moved.above, rows.block(fate.path[0], layout.newline.join(lines))]


def maybe(layout: Layout, fate: Inside, moved: Moved, name: str = "") -> list[Row]:
    """A dynamic block that is there if the argument is neither null nor empty."""
    given, indent, step = moved.argument, layout.indent, layout.step
    label = fate.path[0]
    inner = Inside(("content", *fate.path[1:]), name or fate.name, fate.beside)
    content = _nested(layout._replace(indent=indent + step), inner.path, _Held(inner, f"{label}.value"))
    comment = f" {given.comment}" if given.comment else ""
    lines = [
        f'{indent}dynamic "{label}" {{',
        f"{indent}{step}for_each = compact([{deeper(given.value, step)}]){comment}",
        "",
        *content,
        f"{indent}}}",
    ]
    return [*moved.above, rows.block(label, layout.newline.join(lines))]


class _Held(NamedTuple):
    """What is to stand inside of blocks: an argument with its value, and what follows that."""

    fate: Inside
    value: str
    comment: str = ""


def _nested(layout: Layout, path: Sequence[str], held: _Held) -> list[str]:
    indent, step, _ = layout
    depth = len(held.fate.path) - len(path)
    beside = held.fate.beside if not depth else ()
    inner = [rows.argument(Argument(indent + step, *pair)) for pair in beside]
    lines = rows.laid_out((), inner)
    if len(path) == 1:
        value = deeper(held.value, step * len(held.fate.path))
        lines.append(Argument(indent + step, held.fate.name, value, comment=held.comment).text)
    else:
        deep = layout._replace(indent=indent + step)
        lines += [*([""] if lines else []), *_nested(deep, path[1:], held)]
    return [f"{indent}{path[0]} {{", *lines, f"{indent}}}"]


def network(layout: Layout, address: Moved, groups: Moved | None) -> list[Row]:
    """The network interface that has the public address, and the security groups."""
    indent, step, newline = layout
    inner = [
        rows.argument(_within(address.argument, layout)),
        rows.argument(Argument(indent + step, *DELETED)),
    ]
    if groups is not None:
        inner += [row._replace(text=step + row.text) for row in groups.above]
        given = groups.argument._replace(name="security_groups")
        inner.append(rows.argument(_within(given, layout)))
    lines = rows.laid_out((), inner)
    text = newline.join((f"{indent}{NETWORK} {{", *lines, f"{indent}}}"))
    return [*address.above, rows.block(NETWORK, text)]


def _within(given: Argument, layout: Layout) -> Argument:
    indent = layout.indent + layout.step
    return Argument(indent, given.name, deeper(given.value, layout.step), comment=given.comment)


def written(layout: Layout, name: str, pairs: Sequence[tuple[str, str]]) -> list[Row]:
    """A block with arguments that nobody wrote."""
    inner = [rows.argument(Argument(layout.indent + layout.step, *pair)) for pair in pairs]
    lines = rows.laid_out((), inner)
    text = layout.newline.join((f"{layout.indent}{name} {{", *lines, f"{layout.indent}}}"))
    return [rows.block(name, text)]


def deeper(value: str, step: str) -> str:
    """A value that is indented further; a heredoc stays where it is."""
    if "<<" in value or "\n" not in value:
        return value
    first, *others = value.split("\n")
    return "\n".join((first, *(step + line if line.strip() else line for line in others)))
