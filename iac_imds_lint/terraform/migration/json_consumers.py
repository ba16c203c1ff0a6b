"""What refers to a launch configuration in a file of Terraform's JSON: groups that launch from it, and the rest."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator

from iac_imds_lint.documents import json_reader
from iac_imds_lint.documents.node import Mapping, Node, Sequence
from iac_imds_lint.edit import Edit, Step
from iac_imds_lint.source import Problem, SourceFile, Span
from iac_imds_lint.terraform import json_syntax
from iac_imds_lint.terraform.migration import json_layout, mapping, references
from iac_imds_lint.terraform.migration.changes import Changes, Job
from iac_imds_lint.terraform.migration.json_layout import Entries, Raw, Style, Written
from iac_imds_lint.terraform.migration.references import Kind, Mention
from iac_imds_lint.terraform.syntax import Access, Call, Expression, Splat, Template, Traversal

_ARGUMENT = "launch_configuration"
_ONE_OF = ("element", "one", "join")


def consumed(job: Job, source: SourceFile) -> Changes:
    """The edits that make a file refer to the template, and what refers to the configuration in another way."""
    root = json_reader.read(source)
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
        if mention.value in launching:
            continue
        if mention.kind in (Kind.ORDERS, Kind.ALIKE):
            edits.append(Edit(mention.address, str(job.new)))
        else:
            by_hand.append(Step(mention.whole, f"see what {'.'.join(mention.block)} needs of {job.new}"))
    return Changes(tuple(edits), tuple(by_hand))


def _group(job: Job, source: SourceFile, file: tuple[Node, Style], found: list[Mention]) -> Changes:
    """A group that launches from the configuration: from the template, by its latest version."""
    mention, (root, style) = found[0], file
    holder = _holder(root, mention.argument.start)
    if holder is None or len(found) > 1 or not _is_one(_value(source, holder, mention)):
        return Changes(by_hand=(Step(mention.whole, f"let the group launch from {job.new}"),))
    at = next(at for at, one in enumerate(holder.members) if one.key_span.start == mention.argument.start)
    texts = [
        ("id", _string(source, mention, references.renamed(mention, job.new, "id"))),
        ("version", _string(source, mention, references.renamed(mention, job.new, "latest_version"))),
    ]
    entries: Entries = (("launch_template", Written(tuple((name, Raw(text)) for name, text in texts))),)
    edits = json_layout.changed(source, holder, style, {at: entries}, ())
    return Changes((*edits, *_named(source, holder)))


def _value(source: SourceFile, holder: Mapping, mention: Mention) -> Expression:
    member = next(one for one in holder.members if one.key_span.start == mention.argument.start)
    return json_syntax.expression(source, member.value)


def _is_one(written: Expression) -> bool:
    """Whether an expression is one reference, or picks one of its instances."""
    match written:
        case Traversal() | Splat():
            return True
        case Access(_, base):
            return _is_one(base)
        case Template(_, (only,)):
            return _is_one(only)
        case Call(_, name, arguments) if name in _ONE_OF:
            return any(map(_is_one, arguments))
        case _:
            return False


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


def _holder(node: Node, offset: int) -> Mapping | None:
    """The mapping of which a member begins at an offset."""
    match node:
        case Sequence(_, items):
            at = bisect_right(items, offset, key=lambda item: item.span.start) - 1
            return _holder(items[at], offset) if at >= 0 else None
        case Mapping(_, members):
            at = bisect_right(members, offset, key=lambda member: member.key_span.start) - 1
            if at < 0:
                return None
            return node if members[at].key_span.start == offset else _holder(members[at].value, offset)
        case _:
            return None
