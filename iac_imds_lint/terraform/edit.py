"""How a resource's options are written in Terraform: splices of the text, laid out as ``terraform fmt`` would."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from iac_imds_lint.catalog.schema import Option
from iac_imds_lint.edit import Edit, Refusal
from iac_imds_lint.model import Resource
from iac_imds_lint.source import SourceFile, Span
from iac_imds_lint.sources import Sources
from iac_imds_lint.value import Known, Value

# Names and values, these as HCL and JSON write them.
Pairs = Sequence[tuple[str, str]]


def write(sources: Sources, resource: Resource, wanted: Mapping[Option, str]) -> tuple[Edit, ...] | Refusal:
    """The edits that give each wanted option its value on this resource, or why they are not certain.

    Literals are replaced, missing arguments inserted beside their like, a missing container at the end of the block.
    """
    control = resource.entry.control
    if control is None:
        return Refusal("the resource has no options")
    edits: list[Edit] = []
    missing: list[tuple[str, str]] = []
    for key in control.keys:
        if key.option in wanted:
            place = _literal(resource.option(key.option))
            if place is None:
                missing.append((key.key, key.literal(wanted[key.option])))
            else:
                edits.append(Edit(place, key.literal(wanted[key.option])))
    if missing:
        inserted = _insert(sources, resource, missing)
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
    bare = value in ("true", "false") and not written.startswith('"')
    return Edit(span, value if bare else f'"{value}"')


def _literal(value: Value) -> Span | None:
    """Where an option is written as a literal, null included."""
    return value.origins[0].span if len(value.origins) == 1 and value.origins[0].literal else None


def _insert(sources: Sources, resource: Resource, missing: Pairs) -> tuple[Edit, ...] | Refusal:
    container = resource.container
    written = container.origins[0].span if isinstance(container, Known) and container.origins else None
    place = written or resource.within or resource.body
    source = sources.read(place.path)
    if not isinstance(source, SourceFile):
        return Refusal(f"{place.path} cannot be read")
    if source.path.endswith(".json"):
        from iac_imds_lint.terraform import json_edit as layout

        return layout.insert(source, resource, place, missing, exists=written is not None)
    from iac_imds_lint.terraform import hcl_edit

    return hcl_edit.insert(source, resource, place, missing, exists=written is not None)
