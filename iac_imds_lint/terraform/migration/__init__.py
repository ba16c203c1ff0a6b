"""Resources of one kind made into another, with all that refers to them.

Edits are splices. What has no mapping, or whose meaning changes, is left to do by hand, and makes the edits a draft.
"""

from __future__ import annotations

from iac_imds_lint.catalog import Role
from iac_imds_lint.edit import Refusal
from iac_imds_lint.finding import Migrated, Migration
from iac_imds_lint.sources import Sources


def migrate(sources: Sources, migration: Migration) -> Migrated | Refusal:
    """The edits that migrate a resource and what refers to it, and what they leave to do; or why there are none."""
    resource = migration.resources[0]
    match resource.entry.role:
        case Role.LAUNCH_CONFIGURATION:
            from iac_imds_lint.terraform.migration import launch_configurations

            return launch_configurations.migrate(sources, migration)
        case Role.SPOT_REQUEST:
            from iac_imds_lint.terraform.migration import spot

            return spot.migrate(sources, migration)
        case Role.SPOT_FLEET:
            from iac_imds_lint.terraform.migration import spot_fleet

            return spot_fleet.migrate(sources, migration)
        case role:
            return Refusal(f"{resource.address} is a {role.value}, which is left as it is")
