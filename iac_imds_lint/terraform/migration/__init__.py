"""Resources of one kind made into another, with all that refers to them: launch configurations into launch templates.

Edits are splices. What has no mapping, or whose meaning changes, is left to do by hand, and makes the edits a draft.
"""

from __future__ import annotations

from iac_imds_lint.catalog import Role
from iac_imds_lint.edit import Refusal
from iac_imds_lint.finding import Migrated, Migration
from iac_imds_lint.sources import Sources


def migrate(sources: Sources, migration: Migration) -> Migrated | Refusal:
    """The edits that migrate a resource and what refers to it, and what they leave to do; or why there are none."""
    role = migration.resources[0].entry.role
    if role is Role.SPOT_REQUEST:
        from iac_imds_lint.terraform.migration import spot

        return spot.migrate(sources, migration)
    if role is Role.SPOT_FLEET:
        from iac_imds_lint.terraform.migration import spot_fleet

        return spot_fleet.migrate(sources, migration)
    return Refusal(
        f"migrate {migration.resources[0].address} to a launch template, with what launches from it, by hand"
    )
