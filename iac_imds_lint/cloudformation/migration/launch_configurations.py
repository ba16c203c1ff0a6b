"""Launch configurations made into launch templates, with all that launches from them or refers to them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from iac_imds_lint.cloudformation.migration import consumers, resource
from iac_imds_lint.cloudformation.migration.ledger import Ledger
from iac_imds_lint.cloudformation.migration.mentions import Index, Kind, Mention, index
from iac_imds_lint.cloudformation.migration.together import Part, parts
from iac_imds_lint.cloudformation.template import LOOP, SHARED, Parsed, edited, transforms
from iac_imds_lint.documents import node as tree
from iac_imds_lint.documents.node import Member
from iac_imds_lint.edit import Edit, Refusal, Renamed
from iac_imds_lint.finding import Migrated, Migration
from iac_imds_lint.source import SourceFile, Span
from iac_imds_lint.sources import Sources

# Transforms that add no resource which could speak of a configuration.
_KNOWN = ("AWS::Serverless", "AWS::LanguageExtensions", "AWS::SecretsManager", "AWS::CodeDeployBlueGreen")


def migrate(sources: Sources, migration: Migration) -> Migrated | Refusal:
    """The edits that make a template of a configuration, and what they leave to do; or why there are none."""
    head = migration.resources[0].head
    source = sources.read(head.path)
    parsed = edited(source, head.start) if isinstance(source, SourceFile) else None
    if not isinstance(parsed, Parsed):
        return Refusal(f"{head.path} cannot be read again")
    found = index(source, parsed.root.span.start)
    member = found.heads.get(head)
    if member is None:
        return Refusal(f"{migration.resources[0].address} is not found again: migrate it by hand")
    if found.configurations.get(member.key) is not member:
        return Refusal(f"{LOOP.removesuffix('::')} writes {member.key}: migrate it by hand, in the loop and around it")
    if any(section.aliased for section in parsed.root.members if section.key == "Resources"):
        return Refusal(f"{member.key} is not migrated: {SHARED}")
    return _migrated(sources, parsed, found, member, migration)


def _migrated(
    sources: Sources, parsed: Parsed, found: Index, member: Member, migration: Migration
) -> Migrated | Refusal:
    ledger = Ledger.new()
    edits: list[Edit] = []
    done: dict[str, Part] = {}
    for part in parts(found, member, migration):
        told = Ledger.new()
        own = resource.edits(sources, parsed, found, part, told)
        if not isinstance(own, Refusal):
            edits += own
            done[part.member.key] = part
            ledger.add(told)
        elif part.member is member:
            return own
    _beside(member, list(done.values()), ledger)
    edits += _around(parsed, found, done, edits, ledger)
    renamed = tuple(Renamed(parsed.source.path, name, found.ids[name]) for name in done)
    return Migrated(tuple(edits), tuple(sorted(ledger.steps)), tuple(ledger.notes), renamed)


def _beside(member: Member, done: Sequence[Part], ledger: Ledger) -> None:
    """What is to be known of those that are migrated as well."""
    for part in done:
        if part.member is not member:
            ledger.note(f"{part.member.key} becomes a launch template as well, for {part.chosen_by} chooses from both")


def _around(
    parsed: Parsed, found: Index, done: Mapping[str, Part], own: Sequence[Edit], ledger: Ledger
) -> tuple[Edit, ...]:
    """The edits of what launches from configurations, or speaks of them."""
    edits: list[Edit] = []
    groups: dict[str, Member] = {}
    for name, part in done.items():
        new = found.ids[name]
        groups |= found.launching(name)
        for mention in found.mentions.get(name, ()):
            if not found.is_launched(mention):
                edits += _followed(parsed.source, mention, new, own, ledger)
        _look_around(parsed, found, part, new, ledger)
    for group in groups.values():
        edits += consumers.edits(parsed.source, group, {name: found.ids[name] for name in done}, ledger)
    return tuple(edits)


def _followed(source: SourceFile, mention: Mention, new: str, own: Sequence[Edit], ledger: Ledger) -> tuple[Edit, ...]:
    """The edit that lets a mention name the template, where there is one, and what that leaves to do."""
    where = "/".join(mention.path)
    match mention.kind:
        case Kind.TEXT:
            ledger.by_hand(mention.span, f"write {new} where {where} says {mention.name}, if the resource is meant")
            return ()
        case Kind.REF | Kind.GET_ATT | Kind.SUB:
            ledger.by_hand(mention.span, _told(mention, where, new))
        case Kind.DEPENDS_ON:
            pass
    if any(edit.span.start <= mention.span.start < edit.span.end for edit in own):
        return ()
    before = r"(?<=\$\{)\s*" if mention.kind is Kind.SUB else r"(?<![A-Za-z0-9])"
    text = re.sub(rf"{before}{mention.name}(?![A-Za-z0-9])", new, source.slice(mention.span))
    return (Edit(mention.span, text),)


def _told(mention: Mention, where: str, new: str) -> str:
    """What is left to do where the name of a configuration was given to somebody."""
    if mention.path[2:4] == ("Properties", "Parameters"):
        return f"pass the ID of {new} and its LatestVersionNumber to {mention.path[1]}, and launch from these there"
    return f"see who reads {where}: it gives the ID of {new}, where it gave the name of {mention.name}"


def _look_around(parsed: Parsed, found: Index, part: Part, new: str, ledger: Ledger) -> None:
    """What the text of the template does not show, or shows elsewhere."""
    member, migration, _ = part
    for use in migration.uses:
        if use.reference.span.path != parsed.source.path or not _is_named(use.reference.span, found, member.key):
            what = f"let {use.resource.address} launch from {new}, whose LaunchTemplateId and Version it takes"
            ledger.by_hand(use.reference.span, what)
    if found.computed:
        ledger.by_hand(
            member.key_span, f"see that {found.computed}, which a loop completes, never comes to {member.key}"
        )
    if any(resource.included for resource in migration.resources):
        ledger.by_hand(member.key_span, f"write {new} for {member.key} in the templates that include this file")
    unknown = [name for name in transforms(parsed.root) if not name.startswith(_KNOWN)]
    if unknown:
        ledger.note(f"what {', '.join(unknown)} writes is taken not to name {member.key}")
    init = _initialised(member)
    if init is not None and not any(one.kind is Kind.TEXT for one in found.mentions.get(member.key, ())):
        ledger.by_hand(init, f"let cfn-init read {new}: its metadata goes with the resource")
    if parsed.enclosed and _extends(parsed.root, member.key):
        ledger.by_hand(member.key_span, f"write {new} for {member.key} in the extensions of the resources")


def _is_named(span: Span, found: Index, old: str) -> bool:
    return any(span in (one.call.span, one.span) or _within(span, one) for one in found.mentions.get(old, ()))


def _within(span: Span, mention: Mention) -> bool:
    """Whether a reference is a condition's, of whose ends a mention is one."""
    return span.start <= mention.span.start and mention.span.end <= span.end


def _initialised(member: Member) -> Span | None:
    """Where the resource's metadata holds what cfn-init does."""
    metadata = member.value.get("Metadata") if isinstance(member.value, tree.Mapping) else None
    held = metadata.members if isinstance(metadata, tree.Mapping) else ()
    return next((inner.key_span for inner in held if inner.key == "AWS::CloudFormation::Init"), None)


def _extends(root: tree.Mapping, name: str) -> bool:
    extensions = root.get("extensions")
    return isinstance(extensions, tree.Mapping) and extensions.get(name) is not None
