"""What ``lifecycle`` ignores of a configuration, or of a group that launches from one, by its names afterwards."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import tree_sitter

from iac_imds_lint.edit import Edit
from iac_imds_lint.source import SourceFile, Span
from iac_imds_lint.terraform import hcl
from iac_imds_lint.terraform.configuration import Module
from iac_imds_lint.terraform.migration import decisions
from iac_imds_lint.terraform.migration.changes import Job
from iac_imds_lint.terraform.migration.mapping import ignored
from iac_imds_lint.terraform.migration.references import Address
from iac_imds_lint.terraform.syntax import Expression, Literal, Traversal, Tuple

# "*" is Terraform 0.11's.
_LAUNCHES = ("all", "*", "launch_configuration", "launch_template")


def names(job: Job) -> Callable[[str], str | None]:
    """What the names that a configuration ignores become."""
    block = job.module.resource(*job.old)
    address = block.body.attribute("associate_public_ip_address") if block is not None else None
    return partial(ignored, addressed=address is not None and not decisions.is_null(job, address.read()))


def kept(module: Module, source: SourceFile, group: Address) -> Iterator[Span]:
    """The places where a group, in either syntax, ignores changes of what it launches from.

    The provider sends a group another template only where Terraform tells it of a change (its
    internal/service/autoscaling/group.go; Terraform language, "The lifecycle Meta-Argument").
    """
    for block in module.parsed(source).blocks("resource", (group.type, group.name).__eq__):
        for lifecycle in block.body.blocks("lifecycle"):
            names = lifecycle.body.attribute("ignore_changes")
            if names is not None and any(map(_is_launch, _said(names.read()))):
                yield names.span


def unguarded(module: Module, configuration: Address) -> Iterator[str]:
    """What is to be said of a configuration that is not to be destroyed: the setting goes with what it is written in.

    Source: Terraform language, "The lifecycle Meta-Argument", on ``prevent_destroy``.
    """
    block = module.resource(*configuration)
    for lifecycle in block.body.blocks("lifecycle") if block is not None else ():
        guard = lifecycle.body.attribute("prevent_destroy")
        match guard.read() if guard is not None else None:
            case Literal(_, True):
                yield "its prevent_destroy does not keep it: it speaks of the template from then on"
            case _:
                pass


def _said(names: Expression) -> Iterator[Expression]:
    match names:
        case Tuple(_, items):
            yield from items
        case _:
            yield names


def _is_launch(name: Expression) -> bool:
    match name:
        case Traversal(_, str() as said, ()) | Literal(_, str() as said):
            return said in _LAUNCHES
        case _:
            return False


def edits(source: SourceFile, block: tree_sitter.Node, becomes: Callable[[str], str | None]) -> Iterator[Edit]:
    """The edits of the names in ``ignore_changes``; one that is there already is not written twice."""
    reader = hcl.Reader(source)
    for items in _lists(reader, block):
        names = [reader.text(item).strip('"') for item in items]
        seen: set[str] = set()
        for number, (item, name) in enumerate(zip(items, names, strict=True)):
            span = reader.span(item)
            new = becomes(name)
            if new is not None and new in seen and number:
                yield Edit(Span(source.path, reader.span(items[number - 1]).end, span.end), "")
            elif new is not None and new != name:
                yield Edit(span, source.slice(span).replace(name, new))
            seen.add(new or name)


def _lists(reader: hcl.Reader, block: tree_sitter.Node) -> Iterator[list[tree_sitter.Node]]:
    for lifecycle in _named(reader, block, "block", "lifecycle"):
        for attribute in _named(reader, lifecycle, "attribute", "ignore_changes"):
            value = attribute.children[-1]
            while value.type != "tuple" and len(value.children) == 1:
                value = value.children[0]
            if value.type == "tuple":
                yield [child for child in value.children if child.type == "expression"]


def _named(reader: hcl.Reader, block: tree_sitter.Node, type: str, name: str) -> Iterator[tree_sitter.Node]:
    body = next((child for child in block.children if child.type == "body"), None)
    for child in body.children if body else ():
        if child.type == type and reader.text(child.children[0]) == name:
            yield child
