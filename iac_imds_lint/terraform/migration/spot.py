"""Spot instance requests made into instances that ask for the spot market, as a draft: HCL only.

Sources: the provider's documentation of ``aws_spot_instance_request`` and of ``aws_instance``
(``instance_market_options``); EC2 API, SpotMarketOptions.
"""

from __future__ import annotations

import os.path
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import tree_sitter

from iac_imds_lint.catalog import Option
from iac_imds_lint.edit import Edit, Refusal, Step
from iac_imds_lint.finding import Migrated, Migration
from iac_imds_lint.source import SourceFile, Span
from iac_imds_lint.sources import Sources
from iac_imds_lint.terraform.migration import rows
from iac_imds_lint.terraform.migration.references import Address, Mention, files, mentions, renamed
from iac_imds_lint.terraform.migration.rows import Argument, Body, Row

OLD, NEW = "aws_spot_instance_request", "aws_instance"
OPTIONS = "metadata_options"

_MARKET = {
    "spot_price": "max_price",
    "spot_type": "spot_instance_type",
    "instance_interruption_behavior": "instance_interruption_behavior",
    "valid_until": "valid_until",
}
_DROPPED = {
    "wait_for_fulfillment": "an instance is launched at once, or fails",
    "launch_group": "an instance has none",
    "block_duration_minutes": "EC2 has no durations any more",
    "valid_from": "an instance is launched at once",
}
_GONE = ("spot_bid_status", "spot_request_state")
_PERSISTENT = (
    "a request is persistent unless spot_type says otherwise, and launches again what was interrupted; an instance is "
    "launched once: where that matters, take an Auto Scaling group"
)
_ONCE = "EC2 launches an instance by a persistent request only with stop or hibernate, and takes valid_until only then"
_REPLACED = "Terraform destroys the request, with its instance, and launches another one: see when"
_NOTES = ("tags are those of the instance, where they were those of the request",)


class _Head(NamedTuple):
    """A block with its labels: the places of these inside of their quotes."""

    node: tree_sitter.Node
    labels: tuple[Span, ...]


def migrate(sources: Sources, migration: Migration) -> Migrated | Refusal:
    """The edits that make a request an instance, and what they leave to do."""
    resource = migration.resources[0]
    by_hand = Refusal(resource.entry.unfixable)
    source = sources.read(resource.head.path)
    if not isinstance(source, SourceFile) or source.path.endswith(".json"):
        return by_hand
    head = head_of(source, resource.body)
    body = rows.read(source, head.node) if head else None
    if head is None or body is None or len(head.labels) != 2:
        return by_hand
    old = Address(OLD, source.slice(head.labels[1]))
    new = old._replace(type=NEW)
    module = list(files(sources, os.path.dirname(source.path)))
    if is_declared(module, new):
        return Refusal(f"{new} is there already, so {old} cannot become it")
    wanted = dict(wanted_options(migration))
    options = _completed(source, body, wanted)
    referring = [_referring(mention, new) for file in module for mention in mentions(file, old)]
    edits = [Edit(head.labels[0], NEW), *rows.edits(body, _rows(body, wanted)), *options.edits]
    steps = [Step(resource.head, _REPLACED), *options.by_hand, *_left(source, body)]
    return Migrated(
        (*edits, *(edit for edit, _ in referring)),
        (*steps, *(step for _, step in referring if step)),
        _NOTES,
    )


def wanted_options(migration: Migration) -> Iterator[tuple[str, str]]:
    """The options that a migration sets, each as it is written."""
    control = migration.resources[0].entry.control
    names = {key.option: key.key for key in control.keys} if control else {}
    for option, value in migration.options:
        if option in (Option.ENDPOINT, Option.TOKENS):
            yield names[option], f'"{value}"'


def head_of(source: SourceFile, body: Span) -> _Head | None:
    """The block that a resource is declared by; None where it is not written as one."""
    node = rows.node_at(source, body)
    if node is None:
        return None
    labels = [child for child in node.children if child.type == "string_lit"]
    starts = [(source.offset_of_byte(one.start_byte), source.offset_of_byte(one.end_byte)) for one in labels]
    return _Head(node, tuple(Span(source.path, start + 1, end - 1) for start, end in starts))


def is_declared(module: Iterable[SourceFile], address: Address) -> bool:
    """Whether a resource of that address may be declared in a module."""
    pattern = re.compile(rf'"{re.escape(address.type)}"\s*(?:"{re.escape(address.name)}"|:\s*[\[{{])')
    return any(pattern.search(file.text) for file in module if address.type in file.text and address.name in file.text)


def _rows(body: Body, wanted: Mapping[str, str]) -> list[Row]:
    """The rows of the instance: those of the request, without what only that has, and with blocks of its own."""
    gone = {row.start for row in body.rows if row.argument and row.name in (*_MARKET, *_DROPPED)}
    kept = rows.without(body.rows, gone)
    blocks = [[_market(body)]]
    if not any(row.name == OPTIONS or _generates(row) for row in body.rows):
        blocks.append([new_block(body, New(OPTIONS, arguments(wanted)))])
    return rows.with_blocks(kept, blocks, rows.before_closing(kept))


def arguments(values: Mapping[str, str]) -> list[Argument]:
    """Arguments by their names, to be written."""
    return [Argument("", name, value) for name, value in values.items()]


def _generates(row: Row) -> bool:
    return row.name == "dynamic" and f'"{OPTIONS}"' in row.text.partition("\n")[0]


def _market(body: Body) -> Row:
    given = {row.name: row.argument for row in body.rows if row.argument and row.name in _MARKET}
    inside = [one._replace(name=_MARKET[name]) for name, one in given.items()]
    inner = [New("spot_options", inside)] if inside else []
    return new_block(body, New("instance_market_options", arguments({"market_type": '"spot"'}), inner))


class New(NamedTuple):
    """A block to be written: its arguments, whatever their indentation, and apart from them what stands in it."""

    name: str
    arguments: Sequence[Argument]
    inner: Sequence[New] = ()

    def lines(self, indent: str, step: str) -> list[str]:
        """Its lines, in an indentation."""
        lines = rows.aligned([rows.argument(one._replace(indent=indent + step)) for one in self.arguments])
        for new in self.inner:
            lines += ["", *new.lines(indent + step, step)] if lines else new.lines(indent + step, step)
        return [f"{indent}{self.name} {{", *lines, f"{indent}}}"]


def new_block(body: Body, new: New) -> Row:
    """A new block as a row of a body."""
    return rows.block(new.name, body.source.newline.join(new.lines(body.indent, body.step)))


class _Options(NamedTuple):
    edits: tuple[Edit, ...] = ()
    by_hand: tuple[Step, ...] = ()


def _completed(source: SourceFile, body: Body, wanted: Mapping[str, str]) -> _Options:
    """The options that are written, made to require tokens."""
    row = next((row for row in body.rows if row.name == OPTIONS or _generates(row)), None)
    if row is None or row.node is None:
        return _Options()
    inner = None if row.name != OPTIONS else rows.read(source, row.node)
    if inner is None:
        told = " and ".join(f"{name} = {value}" for name, value in wanted.items())
        return _Options(by_hand=(Step(place(source, row), f"write {told} into {OPTIONS}"),))
    there = [
        one._replace(argument=one.argument._replace(value=wanted[one.name]))
        if one.argument and one.name in wanted
        else one
        for one in inner.rows
    ]
    missing = [name for name in wanted if all(row.name != name for row in inner.rows)]
    new = [rows.argument(Argument(inner.indent, name, wanted[name])) for name in missing]
    return _Options(tuple(rows.edits(inner, [*new, *there])))


def place(source: SourceFile, row: Row) -> Span:
    """Where a row is told of: its first line."""
    return Span(source.path, row.start + len(source.indentation(row.start)), source.line_end(row.start))


def _left(source: SourceFile, body: Body) -> Iterator[Step]:
    """What an instance does not have, or has in another sense."""
    given = {row.name: row for row in body.rows if row.node is not None}
    for name, why in _DROPPED.items():
        if name in given:
            yield Step(place(source, given[name]), f"{name} is dropped: {why}")
    kind = given.get("spot_type")
    if kind is None:
        yield Step(Span(source.path, body.open - 1, body.open), _PERSISTENT)
    elif kind.argument and kind.argument.value != '"one-time"':
        yield Step(place(source, kind), f"{_ONCE}; {_PERSISTENT}")
    elif "valid_until" in given:
        yield Step(place(source, given["valid_until"]), "EC2 takes valid_until for persistent requests only: drop it")
    if "launch_template" in given:
        told = "the launch template counts for an instance, where the request took none: see what it sets"
        yield Step(place(source, given["launch_template"]), told)


def _referring(mention: Mention, new: Address) -> tuple[Edit, Step | None]:
    """A reference to the instance, and what is to be seen to there."""
    if mention.attribute == "spot_instance_id":
        return Edit(mention.whole, renamed(mention, new, "id")), None
    told = ""
    if mention.attribute == "id":
        told = "id is that of the instance, where it was that of the request"
    elif mention.attribute in _GONE:
        told = f"{mention.attribute} is of a request, and an instance has none"
    return Edit(mention.address, str(new)), Step(mention.whole, told) if told else None
