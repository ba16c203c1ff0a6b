"""How a resource's options are written in Terraform: splices of the text, laid out as ``terraform fmt`` would."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from iac_imds_lint.catalog.schema import Control, Listed, Option
from iac_imds_lint.edit import Edit, Refusal, joined
from iac_imds_lint.model import Resource
from iac_imds_lint.source import SourceFile, Span
from iac_imds_lint.sources import Sources
from iac_imds_lint.value import Absent, Known, Value

# Names and values; numbers and booleans are written without quotes.
Pairs = Sequence[tuple[str, str | int]]


def write(sources: Sources, resource: Resource, wanted: Mapping[Option, str]) -> tuple[Edit, ...] | Refusal:
    """The edits that give each wanted option its value on this resource, or why they are not certain.

    Literals are replaced, missing arguments inserted beside their like, a missing container at the end of the block.
    """
    control = resource.entry.control
    if control is None:
        return Refusal("the resource has no options")
    edits: list[Edit] = []
    missing: list[tuple[str, str | int]] = []
    for key in control.keys:
        if key.option in wanted:
            value = wanted[key.option]
            place = _literal(resource.option(key.option))
            if place is None:
                missing.append((key.key, key.typed(value)))
                continue
            bare = key.bare and not control.listed
            replaced = Edit(place, value) if bare else replace_literal(sources, place, value)
            if isinstance(replaced, Refusal):
                return replaced
            edits.append(replaced)
    if missing:
        inserted = _insert(sources, resource, control, missing)
        if isinstance(inserted, Refusal):
            return inserted
        edits += inserted
    return tuple(edits)


def replace_literal(sources: Sources, span: Span, value: str) -> Edit | Refusal:
    """The edit that writes ``value`` in place of a literal."""
    source = sources.read(span.path)
    if not isinstance(source, SourceFile):
        return Refusal(f"{span.path} cannot be read")
    written = source.slice(span)
    if not written.startswith(('"', "null", "true", "false")) and not written[:1].isdigit():
        return Refusal("the value is not written as a literal")
    is_bare = written[:1] != '"' and (value.isdigit() if written.isdigit() else value in ("true", "false"))
    return Edit(span, value if is_bare else f'"{value}"')


def replace_expression(span: Span, value: str) -> Edit | Refusal:
    """The edit that writes a text in place of an expression, which in JSON is part of a text itself."""
    if span.path.endswith(".json"):
        return Refusal("the expression is a part of a string")
    return Edit(span, f'"{value}"')


def add_argument(sources: Sources, place: Span, name: str, value: str) -> tuple[Edit, ...] | Refusal:
    """The edits that write an argument into the block whose head is at a place."""
    source = sources.read(place.path)
    if not isinstance(source, SourceFile):
        return Refusal(f"{place.path} cannot be read")
    return _layout(source).add_argument(source, place, name, value == "true" if value in ("true", "false") else value)


def finished(sources: Sources, edits: Sequence[Edit]) -> tuple[Edit, ...]:
    """The edits of one fix, with what they make pointless in HCL taken away, and the lines that they change aligned."""
    done: list[Edit] = []
    for path in dict.fromkeys(edit.span.path for edit in edits):
        source, own = sources.read(path), [edit for edit in edits if edit.span.path == path]
        if isinstance(source, SourceFile) and not path.endswith(".json"):
            from iac_imds_lint.terraform import alignment, collapsing

            own = [*alignment.aligned(source, collapsing.collapsed(source, own))]
        done += own
    return joined(done)


def _literal(value: Value) -> Span | None:
    """Where an option is written as a literal, null included."""
    return value.origins[0].span if len(value.origins) == 1 and value.origins[0].literal else None


def _insert(sources: Sources, resource: Resource, control: Control, missing: Pairs) -> tuple[Edit, ...] | Refusal:
    container = resource.container
    written = container.origins[0].span if isinstance(container, Known) and container.origins else None
    if control.document or control.listed:
        written = None
    place = written or resource.within or resource.body
    source = sources.read(place.path)
    if not isinstance(source, SourceFile):
        return Refusal(f"{place.path} cannot be read")
    layout = _layout(source)
    if control.listed is not None:
        return _setting(layout, source, resource, control, control.listed)
    if control.document:
        return layout.into_document(source, resource, missing)
    return layout.insert(source, resource, place, missing, exists=written is not None)


def _setting(
    layout: Layout, source: SourceFile, resource: Resource, control: Control, listed: Listed
) -> tuple[Edit, ...] | Refusal:
    """The edits that add the setting for tokens to those that there are."""
    if not isinstance(resource.container, Absent):
        return Refusal(f"{control.name} is written in a way that is not certain to change")
    key = control.keys[0]
    pairs = (*listed.beside, (listed.name, key.key), (listed.value, key.secure))
    return layout.add_setting(source, resource, control.path[0], pairs)


class Layout(Protocol):
    """What the modules offer that write into HCL and into Terraform's JSON."""

    def insert(
        self, source: SourceFile, resource: Resource, place: Span, missing: Pairs, exists: bool
    ) -> tuple[Edit, ...] | Refusal:
        """Insert arguments into the container at a place, or into the resource there with a container."""

    def add_setting(
        self, source: SourceFile, resource: Resource, name: str, pairs: Pairs
    ) -> tuple[Edit, ...] | Refusal:
        """Add an element to the settings of that name."""

    def add_argument(self, source: SourceFile, place: Span, name: str, value: str | bool) -> tuple[Edit, ...] | Refusal:
        """Write an argument into the block whose head is at a place."""

    def into_document(self, source: SourceFile, resource: Resource, missing: Pairs) -> tuple[Edit, ...] | Refusal:
        """Insert members into the JSON that an argument holds."""


def _layout(source: SourceFile) -> Layout:
    if source.path.endswith(".json"):
        from iac_imds_lint.terraform import json_edit

        return json_edit
    from iac_imds_lint.terraform import hcl_edit

    return hcl_edit
