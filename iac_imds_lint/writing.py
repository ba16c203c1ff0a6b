"""From repairs to written fixes: each resource's repairs merged, then written by its dialect."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import NamedTuple, Protocol

from iac_imds_lint.catalog import Dialect, Option
from iac_imds_lint.edit import Edit, Fix, Refusal
from iac_imds_lint.finding import Finding, Repair
from iac_imds_lint.guard import guarded
from iac_imds_lint.model import Resource
from iac_imds_lint.scanning import is_native
from iac_imds_lint.source import SourceFile, Span
from iac_imds_lint.sources import Sources


class Task(NamedTuple):
    """A finding, and all repairs of its resource; or why there is none."""

    finding: Finding
    repairs: tuple[Repair, ...] | Refusal


def tasks(findings: Sequence[Finding]) -> list[Task]:
    """What there is to write. In order of places, so that each file is parsed for it once."""
    repairs: dict[Resource, list[Repair]] = {}
    for finding in findings:
        if isinstance(finding.repair, Repair):
            repairs.setdefault(finding.repair.resource, []).append(finding.repair)
    return [Task(f, f.repair if isinstance(f.repair, Refusal) else tuple(repairs[f.repair.resource])) for f in findings]


def with_fixes(some: Sequence[Task], sources: Sources, broken: frozenset[str]) -> list[Finding]:
    """The findings with their fixes written, or with the reason why there is none; none goes into ``broken`` files."""
    return [_with_fix(task, sources, broken) for task in some]


def _with_fix(task: Task, sources: Sources, broken: frozenset[str]) -> Finding:
    repairs = task.repairs
    written = repairs if isinstance(repairs, Refusal) else guarded(partial(write, repairs, sources), _unwritable)
    written = _unless_into(broken, written or Refusal(""))
    if isinstance(written, Refusal):
        return replace(task.finding, fix_unavailable=written.reason)
    return replace(task.finding, fix=written)


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


def write(repairs: Sequence[Repair], sources: Sources) -> Fix | Refusal:
    """One resource's repairs, merged and written in its dialect."""
    first = repairs[0]
    wanted = dict(option for repair in repairs for option in repair.options)
    edits: list[Edit] = []
    if wanted:
        written = _writer(first.resource).write(sources, first.resource, wanted)
        if isinstance(written, Refusal):
            return written
        edits += written
    for literal in dict.fromkeys(literal for repair in repairs for literal in repair.literals):
        new = _writer(first.resource).replace_literal(sources, literal.span, literal.value)
        if isinstance(new, Refusal):
            return new
        edits.append(new)
    return Fix(
        message="; ".join(dict.fromkeys(repair.message for repair in repairs)),
        applicability=min(repair.applicability for repair in repairs),
        edits=tuple(sorted(set(edits))),
        note="; ".join(dict.fromkeys(repair.note for repair in repairs if repair.note)),
    )


class Writer(Protocol):
    """What the ``edit`` module of a dialect offers."""

    def write(self, sources: Sources, resource: Resource, wanted: Mapping[Option, str]) -> tuple[Edit, ...] | Refusal:
        """The edits that give each wanted option its value on the resource, or why they are not certain."""

    def replace_literal(self, sources: Sources, span: Span, value: str) -> Edit | Refusal:
        """The edit that writes a value in place of a literal."""


def unproven(before: SourceFile, after: SourceFile) -> str:
    """Why a changed file is not proven to say the same but for the intended change; empty where it is."""
    if is_native(before.path) or before.path.endswith((".tfvars", ".tfvars.json")):
        from iac_imds_lint.terraform import proof

        return proof.unproven(before, after)
    from iac_imds_lint.cloudformation import proof as template_proof

    return template_proof.unproven(before, after)


def _writer(resource: Resource) -> Writer:
    match resource.entry.dialect:
        case Dialect.TERRAFORM:
            from iac_imds_lint.terraform import edit as terraform_edit

            return terraform_edit
        case Dialect.CLOUDFORMATION:
            from iac_imds_lint.cloudformation import edit as cloudformation_edit

            return cloudformation_edit
