"""Block devices of a launch configuration as the block device mappings of a template, in HCL."""

from __future__ import annotations

import re
from typing import NamedTuple

from iac_imds_lint.source import SourceFile
from iac_imds_lint.terraform import hcl, tree
from iac_imds_lint.terraform.migration import leftovers, rows
from iac_imds_lint.terraform.migration.blocks import Layout
from iac_imds_lint.terraform.migration.mapping import DELETED, Devices
from iac_imds_lint.terraform.migration.rows import Argument, Body, Kind, Row
from iac_imds_lint.terraform.migration.values import Holds, Reader

_MAPPINGS = "block_device_mappings"
# EC2 asks for an empty string to leave a device out. The provider sends none for that, and this for this.
_NO_DEVICE = '"true"'


class ByHand(NamedTuple):
    """What is left to do about an argument, and where that begins in the text that was given."""

    start: int
    name: str
    message: str


class Mapped(NamedTuple):
    """The text of a mapping, and what it leaves to do by hand."""

    text: str
    by_hand: tuple[ByHand, ...] = ()


def mapped(text: str, layout: Layout, fate: Devices, device: str, reader: Reader) -> Mapped | None:
    """A block of devices, static or dynamic, from the start of its first line to the end of its last.

    ``device`` is the expression for the name of a root device. None where the block is written in an unusual way.
    """
    body = _read(text, layout)
    return _Mapping(body, layout, fate, device, reader).mapped(text) if body is not None else None


def _read(text: str, layout: Layout) -> Body | None:
    """The body of a block that is all of a text, opened if it stands on one line."""
    source = SourceFile("", text + layout.newline)
    root = tree.parse(source)
    node = root.children[0].children[0] if root.children and root.children[0].children else None
    if node is None or node.type != "block" or root.has_error:
        return None
    if "\n" not in text.strip():
        source = rows.opened(source, node, layout.step)
        node = tree.parse(source).children[0].children[0]
    return rows.read(source, node)


class _Mapping:
    """One block of devices, and what becomes of it."""

    def __init__(self, body: Body, layout: Layout, fate: Devices, device: str, reader: Reader) -> None:
        self._body = body
        self._layout = layout
        self._fate = fate
        self._device = device
        self._reader = reader
        self._indent = body.source.indentation(0)
        self._by_hand: list[ByHand] = []

    def mapped(self, text: str) -> Mapped | None:
        """The mapping; ``text`` is the block as it was given."""
        head = self._body.source.text[: self._body.open].strip()
        if head.startswith("dynamic"):
            return self._dynamic(text)
        tail = self._body.source.text[self._body.open : self._body.source.line_end(self._body.open)].rstrip()
        lines = [f"{self._indent}{_MAPPINGS} {{{tail}", *self._inside(text), self._closing()]
        return Mapped(self._layout.newline.join(lines), tuple(self._by_hand))

    def _closing(self) -> str:
        """The last line, with the comment behind the brace."""
        source, close = self._body.source, self._body.close
        return f"{self._indent}{source.text[close : source.line_end(close)].rstrip()}"

    def _dynamic(self, text: str) -> Mapped | None:
        """A dynamic block whose content is that of mappings; its iterator keeps its name."""
        body, (indent, step, newline) = self._body, self._layout
        content = next((row for row in body.rows if row.kind is Kind.BLOCK and row.name == "content"), None)
        label = body.source.text[: body.open].partition('"')[2].partition('"')[0]
        if content is None or not label:
            return None
        deeper = Layout(indent + step, step, newline)
        inner = mapped(content.text.replace("content", label, 1), deeper, self._fate, self._device, self._reader)
        if inner is None:
            return None
        renamed = inner.text.replace(_MAPPINGS, "content", 1)
        after = [row._replace(text=renamed) if row is content else row for row in body.rows]
        if not any(row.name == "iterator" for row in body.rows):
            each = next((number for number, row in enumerate(after) if row.name == "for_each"), 0)
            after.insert(each + 1, rows.argument(Argument(body.indent, "iterator", label)))
        head = body.source.text[: body.source.line_end(body.open)].replace(f'"{label}"', f'"{_MAPPINGS}"', 1).rstrip()
        lines = (head, *rows.laid_out(body.rows, after), self._closing())
        return Mapped(newline.join(lines), tuple(_placed(text, one.name, one.message) for one in inner.by_hand))

    def _inside(self, text: str) -> list[str]:
        """The rows of a mapping: the name of the device and what else goes beside it, then what is EBS's."""
        fate, body = self._fate, self._body
        outer, ebs = self._sorted(text)
        if fate.is_root:
            outer = [rows.argument(Argument(body.indent, "device_name", self._device))]
        lines = rows.laid_out(body.rows, outer)
        names = {row.name for row in ebs}
        left_out = any(row.name == "no_device" for row in outer)
        if not fate.ebs or (left_out and not names & {*fate.ebs}):
            return [*lines, *rows.laid_out(body.rows, ebs)]
        if DELETED[0] not in names:
            items = [number for number, row in enumerate(ebs) if row.kind in (Kind.ARGUMENT, Kind.BLOCK)]
            ebs.insert(items[-1] + 1 if items else 0, rows.argument(Argument(body.indent, *DELETED)))
        indent = body.indent
        inner = [_deeper(line, body.step) for line in rows.laid_out(body.rows, ebs)]
        return [*lines, *([""] if lines else []), f"{indent}ebs {{", *inner, f"{indent}}}"]

    def _sorted(self, text: str) -> tuple[list[Row], list[Row]]:
        """The rows that stay outside, each with its comments, and those that go into ``ebs``."""
        outer: list[Row] = []
        gone: set[int] = set()
        rest: list[Row] = []
        for number, row in enumerate(self._body.rows):
            if row.name in self._fate.outer:
                above = rows.comments_above(self._body.rows, number)
                gone |= {one.start for one in (*above, row)}
                kept = _device(row)
                outer += [*above, kept] if kept is not None else []
                if kept is not None and row.name == "no_device":
                    self._by_hand.append(_placed(text, row.name, leftovers.NO_DEVICE))
            elif row.node is not None and row.name not in self._fate.ebs:
                told = f"{row.name} {leftovers.NO_MAPPING}"
                self._by_hand.append(_placed(text, row.name, told))
            rest.append(self._deleted(row) if row.name == DELETED[0] else row)
        return outer, rows.without(rest, gone)

    def _deleted(self, row: Row) -> Row:
        """Whether the volume goes with its instance, which it does where nothing is said."""
        if row.node is None or row.argument is None:
            return row
        expression = hcl.Reader(self._body.source).expression(row.node.children[-1])
        holds = self._reader.nothing(expression, ())
        value = row.argument.value
        if not holds & (Holds.PLAIN | Holds.EMPTY):
            value = DELETED[1]
        elif holds & Holds.NULL:
            value = f"coalesce({value}, {DELETED[1]})"
        return row._replace(argument=row.argument._replace(value=value))


def _placed(text: str, name: str, message: str) -> ByHand:
    found = re.search(rf"\b{re.escape(name)}\b", text)
    return ByHand(found.start() if found else 0, name, message)


def _device(row: Row) -> Row | None:
    """An argument that stays beside the name of the device; None for one that says that nothing is left out."""
    if row.name != "no_device" or row.argument is None:
        return row
    value = row.argument.value.strip('"')
    if value in ("false", "null"):
        return None
    return row._replace(argument=row.argument._replace(value=_NO_DEVICE)) if value == "true" else row


def _deeper(text: str, step: str) -> str:
    """A row a level deeper; the lines of a heredoc stay where they are."""
    if "<<" in text or not text.strip():
        return text if not text.strip() else step + text
    return "\n".join(step + line if line.strip() else line for line in text.split("\n"))
