"""What refers to a launch configuration in a file of Terraform's JSON: groups that launch from it, and the rest."""

from __future__ import annotations

from collections.abc import Iterator

from iac_imds_lint.documents.node import Mapping, Node, Sequence
from iac_imds_lint.edit import Edit, Step
from iac_imds_lint.source import Problem, SourceFile, Span
from iac_imds_lint.terraform import json_syntax
from iac_imds_lint.terraform.migration import (
    consumers,
    json_layout,
    json_resource,
    leftovers,
    mapping,
    references,
    shapes,
)
from iac_imds_lint.terraform.migration import json_places as places
from iac_imds_lint.terraform.migration.changes import Changes, Job
from iac_imds_lint.terraform.migration.json_layout import Entries, Raw, Style, Written
from iac_imds_lint.terraform.migration.references import Kind, Mention

_ARGUMENT = "launch_configuration"


def consumed(job: Job, source: SourceFile) -> Changes:
    """The edits that make a file refer to the template, and what refers to the configuration in another way."""
    root = places.read(source)
    if isinstance(root, Problem):
        return Changes()
    style = json_layout.style_of(source, root)
    found = list(references.mentions(source, job.old))
    launching: dict[Span, list[Mention]] = {mention.value: [] for mention in found if mention.kind is Kind.LAUNCHES}
    for mention in found:
        launching.get(mention.value, []).append(mention)
    edits: list[Edit] = []
    by_hand: list[Step] = []
    for mentions in launching.values():
        changes = _group(job, source, (root, style), mentions)
        edits += changes.edits
        by_hand += changes.by_hand
    for mention in found:
        if mention.value not in launching:
            changes = _other(job, source, root, mention)
            edits += changes.edits
            by_hand += changes.by_hand
    return Changes(tuple(edits), tuple(by_hand))


def _other(job: Job, source: SourceFile, root: Node, mention: Mention) -> Changes:
    """A reference that is no group's."""
    match mention.kind:
        case Kind.ORDERS:
            return Changes((Edit(mention.whole, consumers.ordered(mention, job.new)),))
        case Kind.ALIKE | Kind.COUNTED:
            return Changes((Edit(mention.whole, references.renamed(mention, job.new)),))
        case Kind.LOOKS_UP:
            return _looking_up(job, root, mention)
        case Kind.OTHER if consumers.iterates_over_keys(job, source, mention):
            return Changes((Edit(mention.whole, references.renamed(mention, job.new)),))
        case Kind.OTHER | Kind.LAUNCHES:
            return Changes(tuple(consumers.drafted(mention, job.new)), (leftovers.step(source, mention),))


def _looking_up(job: Job, root: Node, mention: Mention) -> Changes:
    """A data source that looks the template up, where its type is a key that it has for itself."""
    _, of_type, *_ = places.trail(root, mention.argument.start)
    if not json_resource.is_alone(of_type) or of_type.mapping.get(job.new.type) is not None:
        return Changes(by_hand=(Step(mention.argument, f"write this data source as one of type {job.new.type}"),))
    label = Edit(of_type.member.key_span, f'"{job.new.type}"')
    return Changes((label, Edit(mention.whole, references.renamed(mention, job.new, "name"))))


def _group(job: Job, source: SourceFile, file: tuple[Node, Style], found: list[Mention]) -> Changes:
    """A group that launches from the configuration: from the template, by its latest version."""
    mention, (root, style) = found[0], file
    *_, argument = places.trail(root, mention.argument.start)
    if len(found) > 1 or not shapes.is_one(json_syntax.expression(source, argument.member.value), job.old):
        return _draft(job, found, leftovers.CHOOSES)
    if any(argument.mapping.get(name) is not None for name in consumers.OTHERWISE):
        return _draft(job, found, leftovers.LAUNCHES_OTHERWISE)
    texts = [
        ("id", _string(source, mention, references.renamed(mention, job.new, "id"))),
        ("version", _string(source, mention, references.renamed(mention, job.new, "latest_version"))),
    ]
    entries: Entries = (("launch_template", Written(tuple((name, Raw(text)) for name, text in texts))),)
    edits = json_layout.changed(source, argument.mapping, style, {argument.at: entries}, ())
    return Changes((*edits, *_named(source, argument.mapping)))


def _draft(job: Job, found: list[Mention], told: str) -> Changes:
    """A group that is to be looked at, with the references that it has."""
    edits = tuple(edit for mention in found for edit in consumers.drafted(mention, job.new))
    return Changes(edits, (Step(found[0].argument, told),))


def _string(source: SourceFile, mention: Mention, text: str) -> str:
    """The string in which a reference stands, with another in its place."""
    span, whole = mention.value, mention.whole
    return source.text[span.start : whole.start] + text + source.text[whole.end : span.end]


def _named(source: SourceFile, group: Mapping) -> Iterator[Edit]:
    """The words that a group has for configurations, as those for templates."""
    policies = group.get("termination_policies")
    if isinstance(policies, Sequence):
        yield from json_layout.renamed_items(source, policies, lambda name: mapping.POLICIES.get(name, name))
    lifecycle = group.get("lifecycle")
    for block in lifecycle.items if isinstance(lifecycle, Sequence) else (lifecycle,):
        names = block.get("ignore_changes") if isinstance(block, Mapping) else None
        if isinstance(names, Sequence):
            yield from json_layout.renamed_items(
                source, names, lambda name: "launch_template" if name == _ARGUMENT else name
            )
