"""The catalog: data, one row a resource type, each with its source. Another resource type is a row here, not code."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from iac_imds_lint.catalog.schema import (
    Control,
    Defect,
    Dialect,
    Entry,
    Fact,
    Gate,
    Kind,
    Listed,
    Option,
    OptionKey,
    Role,
    Silence,
    TemplateKeys,
)

if TYPE_CHECKING:
    from iac_imds_lint.catalog.module_schema import ModuleRow

__all__ = [
    "Control",
    "Defect",
    "Dialect",
    "Entry",
    "Fact",
    "Gate",
    "Kind",
    "Listed",
    "Option",
    "OptionKey",
    "Role",
    "Silence",
    "TemplateKeys",
    "entries",
    "markers",
    "modules",
    "names_policy_keys",
    "policy_entries",
]


# What condition keys of IMDS begin with, and what is written in their place; their case does not count.
_POLICY_KEY = re.compile(
    rb"(?:ec2|aws):(?:metadata(?:http|tokens|options)|instancemetadatahttp|roledeliver|attributes?/|attributehttp|httptokens)",
    re.IGNORECASE,
)


@cache
def entries(dialect: Dialect) -> dict[str, Entry]:
    """The rows of one dialect, by resource type. Only that dialect's rows are imported."""
    match dialect:
        case Dialect.TERRAFORM:
            from iac_imds_lint.catalog import aws, awscc

            rows = (*aws.ROWS, *awscc.ROWS)
        case Dialect.CLOUDFORMATION:
            from iac_imds_lint.catalog import cloudformation

            rows = cloudformation.ROWS
    return {row.type: row for row in rows}


def markers(dialect: Dialect) -> tuple[bytes, ...]:
    """The byte strings one of which a file must hold to declare anything that is judged."""
    rows = entries(dialect).values()
    return tuple(row.type.encode() for row in rows if row.silence is not Silence.NO_CAPACITY or row.kinds)


@cache
def modules() -> tuple[ModuleRow, ...]:
    """The rows of modules of the Terraform registry. They are imported where a call of such a module is met."""
    from iac_imds_lint.catalog import registry

    return registry.ROWS


@cache
def policy_entries(dialect: Dialect) -> dict[str, Entry]:
    """The rows of what holds policies, by resource type. They are imported where a file names a key of IMDS."""
    from iac_imds_lint.catalog import policies as rows

    found = rows.TERRAFORM if dialect is Dialect.TERRAFORM else rows.CLOUDFORMATION
    return {row.type: row for row in found}


def names_policy_keys(data: bytes) -> bool:
    """Whether bytes may hold a policy with a condition on IMDS: a search, no parsing."""
    return b"ec2:" in data and _POLICY_KEY.search(data) is not None
