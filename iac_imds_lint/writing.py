"""From repairs to written fixes: each resource's repairs merged, then written by its dialect."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import NamedTuple, Protocol

from iac_imds_lint.catalog import Dialect, Option
from iac_imds_lint.edit import Applicability, Edit, Fix, Refusal, Renamed, Wanted, joined
from iac_imds_lint.finding import (
    AnyRepair,
    Finding,
    Migrated,
    Migration,
    NewArgument,
    NewLiteral,
    Related,
    Removal,
    Repair,
    Rewriting,
)
from iac_imds_lint.guard import guarded
from iac_imds_lint.model import MOST_USERS, Resource, Shared, User
from iac_imds_lint.rewriting import families, rewrite
from iac_imds_lint.scanning import is_native
from iac_imds_lint.script import Part
from iac_imds_lint.source import SourceFile, Span
from iac_imds_lint.sources import Sources

# So many of those that share a value are told by name.
_MOST_TOLD = 3


class Task(NamedTuple):
    """A finding, and all repairs of its resource, or what becomes of that; or why there is none."""

    finding: Finding
    repairs: tuple[Repair, ...] | Migration | Rewriting | Removal | Refusal


def tasks(findings: Sequence[Finding]) -> list[Task]:
    """What there is to write. In order of places, so that each file is parsed for it once."""
    repairs: dict[Resource, list[Repair]] = {}
    migrations: dict[str, dict[Span, Migration]] = {}
    for finding in findings:
        match finding.repair:
            case Repair() as repair:
                repairs.setdefault(repair.resource, []).append(repair)
            case Migration((resource, *_)) as migration:
                migrations.setdefault(resource.head.path, {})[resource.head] = migration
            case _:
                pass
    scripts = families(findings)
    return [Task(finding, _all_of(finding.repair, repairs, migrations, scripts)) for finding in findings]


def with_alternatives(finding: Finding) -> Iterator[Finding]:
    """A finding as each alternative for its repair would mend it."""
    for other in finding.repair.alternatives if isinstance(finding.repair, Repair) else ():
        yield replace(finding, repair=other)


def _all_of(
    repair: AnyRepair,
    repairs: Mapping[Resource, Sequence[Repair]],
    migrations: Mapping[str, Mapping[Span, Migration]],
    scripts: Mapping[Part, Sequence[Rewriting]],
) -> tuple[Repair, ...] | Migration | Rewriting | Removal | Refusal:
    """What is written for one finding, with what others need."""
    match repair:
        case Repair():
            return tuple(repairs[repair.resource])
        case Migration((resource, *_)):
            return repair._replace(beside=migrations[resource.head.path])
        case Rewriting():
            first, *others = scripts[repair.part]
            return first._replace(beside=tuple(others))
        case _:
            return repair


def with_fixes(some: Sequence[Task], sources: Sources, broken: frozenset[str]) -> list[Finding]:
    """The findings with their fixes written, or with the reason why there is none; none goes into ``broken`` files."""
    return [_with_fix(task, sources, broken) for task in some]


def _with_fix(task: Task, sources: Sources, broken: frozenset[str]) -> Finding:
    finding = task.finding
    written = _unless_into(broken, guarded(partial(_written, task, sources), _unwritable) or Refusal(""))
    if isinstance(written, Refusal):
        return replace(finding, fix_unavailable=written.reason)
    alternatives = (other for other in written.alternatives if isinstance(_unless_into(broken, other), Fix))
    users = _also_decided(finding.repair, finding.affected)
    related = tuple(dict.fromkeys((*finding.related, *users)))
    return replace(finding, fix=written._replace(alternatives=tuple(alternatives)), related=related)


def _written(task: Task, sources: Sources) -> Fix | Refusal:
    repairs = task.repairs
    match repairs:
        case Refusal():
            return repairs
        case Migration():
            return migrate(repairs, sources)
        case Rewriting():
            return rewrite(repairs, task.finding)
        case Removal():
            from iac_imds_lint.suppression import removal

            return removal.written(repairs, sources)
        case _:
            return write(repairs, sources, task.finding.affected)


def _also_decided(repair: AnyRepair, affected: Sequence[str]) -> Iterator[Related]:
    """The first of those places that what a repair changes decides as well."""
    for shared in repair.shared if isinstance(repair, Repair) else ():
        for user in _others(shared, affected)[:_MOST_TOLD]:
            yield Related(user.span, f"also decided by {shared.name}", by_fix=True)


def _others(shared: Shared, affected: Sequence[str]) -> list[User]:
    """The users of a value that are not among what a finding is about."""
    return [one for one in shared.users if not one.call or not any(map(partial(_is_in, one.call), affected))]


def _is_in(call: str, address: str) -> bool:
    return address.startswith((f"{call}.", f"{call}["))


def _told(shared: Shared, affected: Sequence[str]) -> str:
    """What else a value decides, in a clause."""
    users = [user.what for user in _others(shared, affected)]
    if not users:
        return f"others may use {shared.name}, though nothing else here does"
    told, more = users[:_MOST_TOLD], len(users) - _MOST_TOLD
    many = len(shared.users) >= MOST_USERS
    last = ("many more" if many else f"{more} more") if more > 0 else told.pop()
    return f"{shared.name} also decides {', '.join(told)}{' and ' if told else ''}{last}"


def _unless_into(broken: frozenset[str], written: Fix | Refusal) -> Fix | Refusal:
    """What was written, unless it goes into a file that has a syntax error: what was meant there is not certain; or
    into a module that was downloaded.
    """
    paths = {edit.span.path for edit in written.edits} if isinstance(written, Fix) else set()
    into = min(paths & broken, default="")
    if into:
        return Refusal(f"{into} has to parse first")
    copied = min((path for path in paths if ".terraform" in path.split("/")), default="")
    return Refusal(f"{copied} is a copy that Terraform downloaded: change the call") if copied else written


def _unwritable(error: Exception) -> Refusal:
    return Refusal(f"writing it failed ({type(error).__name__}: {error}): a defect of iac-imds-lint, please report it")


def migrate(migration: Migration, sources: Sources) -> Fix | Refusal:
    """What becomes of a resource, and of all that refers to it, written in its dialect."""
    done = _migrator(migration.resources[0]).migrate(sources, migration)
    if isinstance(done, Refusal):
        return done
    return Fix(
        message=migration.message,
        applicability=Applicability.DISPLAY_ONLY if done.by_hand else migration.applicability,
        edits=_finished(sources, migration.resources[0], done.edits),
        note="; ".join(filter(None, (migration.note, *done.notes))),
        by_hand=done.by_hand,
        renamed=done.renamed,
    )


def write(repairs: Sequence[Repair], sources: Sources, affected: Sequence[str] = ()) -> Fix | Refusal:
    """One resource's repairs, merged and written in its dialect; ``affected`` is all that they are for."""
    first = repairs[0]
    wanted = dict(option for repair in repairs for option in repair.options)
    edits: list[Edit] = []
    if wanted:
        written = _writer(first.resource).write(sources, first.resource, wanted)
        if isinstance(written, Refusal):
            return written
        edits += written
    for literal in dict.fromkeys(literal for repair in repairs for literal in repair.literals):
        new = _replaced(sources, first.resource, literal)
        if isinstance(new, Refusal):
            return new
        edits.append(new)
    for argument in dict.fromkeys(argument for repair in repairs for argument in repair.arguments):
        added = _argument(sources, argument)
        if isinstance(added, Refusal):
            return added
        edits += added
    others = (write((other,), sources, affected) for repair in repairs for other in repair.alternatives)
    return Fix(
        message="; ".join(dict.fromkeys(repair.message for repair in repairs)),
        applicability=min(repair.applicability for repair in repairs),
        edits=_finished(sources, first.resource, edits),
        note="; ".join(dict.fromkeys(note for repair in repairs for note in _notes(repair, affected))),
        alternatives=tuple(dict.fromkeys(other for other in others if isinstance(other, Fix))),
    )


def _finished(sources: Sources, resource: Resource, edits: Sequence[Edit]) -> tuple[Edit, ...]:
    """The edits of one fix in order, as its dialect leaves them."""
    ordered = joined(edits)
    if resource.entry.dialect is not Dialect.TERRAFORM:
        return ordered
    from iac_imds_lint.terraform.edit import finished

    return finished(sources, ordered)


def _replaced(sources: Sources, resource: Resource, literal: NewLiteral) -> Edit | Refusal:
    if not literal.is_expression:
        return _writer(resource).replace_literal(sources, literal.span, literal.value)
    from iac_imds_lint.terraform.edit import replace_expression

    return replace_expression(literal.span, literal.value)


def _argument(sources: Sources, argument: NewArgument) -> tuple[Edit, ...] | Refusal:
    """The edits that write an argument into a call of a module: Terraform alone has any."""
    from iac_imds_lint.terraform.edit import add_argument

    return add_argument(sources, argument.span, argument.name, argument.value)


def _notes(repair: Repair, affected: Sequence[str]) -> Iterator[str]:
    """What is to be known of a repair, what else it decides first."""
    yield from (_told(shared, affected) for shared in repair.shared)
    if repair.note:
        yield repair.note


class Writer(Protocol):
    """What the ``edit`` module of a dialect offers."""

    def write(self, sources: Sources, resource: Resource, wanted: Mapping[Option, str]) -> tuple[Edit, ...] | Refusal:
        """The edits that give each wanted option its value on the resource, or why they are not certain."""

    def replace_literal(self, sources: Sources, span: Span, value: str) -> Edit | Refusal:
        """The edit that writes a value in place of a literal."""


class Migrator(Protocol):
    """What the ``migration`` package of a dialect offers."""

    def migrate(self, sources: Sources, migration: Migration) -> Migrated | Refusal:
        """The edits that migrate a resource and what refers to it, and what they leave to do."""


def wanted(batch: Iterable[Finding]) -> Wanted:
    """What the fixes of some findings write, apart from migrations."""
    repairs = [finding.repair for finding in batch if isinstance(finding.repair, Repair | Migration)]
    literals = {literal.value for one in repairs if isinstance(one, Repair) for literal in one.literals}
    options = {value for one in repairs for _, value in one.options}
    arguments = ((new.name, new.value) for one in repairs if isinstance(one, Repair) for new in one.arguments)
    return Wanted(frozenset(literals | options), frozenset(arguments))


def unproven(
    before: SourceFile, after: SourceFile, renamed: Sequence[Renamed] = (), wanted: Wanted | None = None
) -> str:
    """Why a changed file is not proven to say the same but for the intended change; empty where it is.

    ``renamed`` are the resources that are migrated, wherever in the project; ``wanted`` is what is written besides.
    """
    if is_native(before.path) or before.path.endswith((".tfvars", ".tfvars.json")):
        from iac_imds_lint.terraform import proof

        return proof.unproven(before, after, renamed, wanted)
    from iac_imds_lint.cloudformation import proof as template_proof

    return template_proof.unproven(before, after, renamed)


def prepare(path: str) -> None:
    """Import what changes of a file like this are proven with, for who knows that it will be asked for."""
    if is_native(path):
        from iac_imds_lint.terraform import proof

        proof.prepare()
    else:
        from iac_imds_lint.cloudformation import proof as template_proof

        template_proof.prepare()


def unproven_removal(before: SourceFile, after: SourceFile) -> str:
    """Why a file is not proven to say the same but for comments or metadata of ours that were taken out of it."""
    if is_native(before.path):
        from iac_imds_lint.terraform import proof

        return proof.unproven_comments(before, after)
    from iac_imds_lint.cloudformation import proof as template_proof

    return template_proof.unproven_removal(before, after)


def unproven_script(before: SourceFile, after: SourceFile, inserted: Sequence[str]) -> str:
    """Why a file is not proven to say the same but for what was inserted into its scripts; empty where it is.

    A script that is a file of its own has been read again by who wrote into it.
    """
    if is_native(before.path):
        from iac_imds_lint.terraform import proof

        return proof.unproven_script(before, after, inserted)
    from iac_imds_lint.cloudformation import template

    if template.looks_like_template(before.utf8):
        from iac_imds_lint.cloudformation import proof as template_proof

        return template_proof.unproven_script(before, after, inserted)
    from iac_imds_lint.documents.growth import ungrown

    return "more than a script would change" if ungrown(before.text, after.text, inserted) else ""


def inserted(batch: Iterable[Finding], path: str) -> list[Edit]:
    """What fixes insert into scripts in a file, in order."""
    return _edits_of(batch, path, Rewriting)


def removed(batch: Iterable[Finding], path: str) -> list[Edit]:
    """What fixes take out of comments and metadata in a file, in order."""
    return _edits_of(batch, path, Removal)


def _edits_of(batch: Iterable[Finding], path: str, kind: type[Rewriting | Removal]) -> list[Edit]:
    """The edits of the repairs of one kind in a file, in order."""
    fixes = (finding.fix for finding in batch if isinstance(finding.repair, kind))
    edits = dict.fromkeys(edit for fix in fixes if fix is not None for edit in fix.edits if edit.span.path == path)
    return sorted(edits, key=lambda edit: edit.span)


def _writer(resource: Resource) -> Writer:
    match resource.entry.dialect:
        case Dialect.TERRAFORM:
            from iac_imds_lint.terraform import edit as terraform_edit

            return terraform_edit
        case Dialect.CLOUDFORMATION:
            from iac_imds_lint.cloudformation import edit as cloudformation_edit

            return cloudformation_edit


def _migrator(resource: Resource) -> Migrator:
    match resource.entry.dialect:
        case Dialect.TERRAFORM:
            from iac_imds_lint.terraform import migration as terraform_migration

            return terraform_migration
        case Dialect.CLOUDFORMATION:
            from iac_imds_lint.cloudformation import migration as cloudformation_migration

            return cloudformation_migration
