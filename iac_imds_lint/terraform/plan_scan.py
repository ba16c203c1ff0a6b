"""What a plan looks like from outside: the JSON of ``terraform show -json``, and what it is often mistaken for.

Source: Terraform internals, "JSON Output Format" (the keys at the top of a plan and of a state).
"""

from __future__ import annotations

from codecs import BOM_UTF16_BE, BOM_UTF16_LE

from iac_imds_lint.catalog import Dialect, markers

# What is at the top of both, whatever else is.
KEYS = (b'"format_version"', b'"terraform_version"')
_PARTS = (b'"resource_changes"', b'"planned_values"', b'"values"')
_ZIP = b"PK\x03\x04"
# The entry of the archive that Terraform and OpenTofu write first.
_BINARY = b"tfplan"


def is_plan(data: bytes) -> bool:
    """Whether bytes may be the JSON of a plan or of a state: a search, no parsing."""
    return all(key in data for key in KEYS) and any(part in data for part in _PARTS)


def looks_like_plan(data: bytes) -> bool:
    """Whether bytes may be the JSON of a plan or of a state that holds a resource which we judge."""
    return is_plan(data) and any(marker in data for marker in markers(Dialect.TERRAFORM))


def unreadable(data: bytes) -> str:
    """Why bytes that are a plan cannot be read, and what to do about it; empty where they are none."""
    if data.startswith(_ZIP) and _BINARY in data[:64]:
        return "a plan in Terraform's own format: convert it by `terraform show -json`"
    for mark, encoding in ((BOM_UTF16_LE, "utf-16-le"), (BOM_UTF16_BE, "utf-16-be")):
        if data.startswith(mark) and '"format_version"'.encode(encoding) in data[:4096]:
            return "a plan in UTF-16, as PowerShell writes it: convert it to UTF-8"
    return ""
