"""What a migration in Terraform has to go by, and what each part of it comes to."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from iac_imds_lint.edit import Edit, Step
from iac_imds_lint.finding import Migration
from iac_imds_lint.model import Resource
from iac_imds_lint.sources import Sources
from iac_imds_lint.terraform.configuration import Module
from iac_imds_lint.terraform.migration.references import Address


class Job(NamedTuple):
    """A migration, the addresses of what is migrated before and after, and the module that it stands in."""

    sources: Sources
    migration: Migration
    module: Module
    old: Address
    new: Address

    @property
    def resource(self) -> Resource:
        """The first instance of what is migrated."""
        return self.migration.resources[0]


class Changes(NamedTuple):
    """The edits of a part, what they leave to do by hand, and what they take for granted."""

    edits: tuple[Edit, ...] = ()
    by_hand: tuple[Step, ...] = ()
    notes: tuple[str, ...] = ()


def joined(parts: Iterable[Changes]) -> Changes:
    """Several parts as one."""
    whole = tuple(parts)
    return Changes(
        tuple(edit for part in whole for edit in part.edits),
        tuple(dict.fromkeys(step for part in whole for step in part.by_hand)),
        tuple(dict.fromkeys(note for part in whole for note in part.notes)),
    )
