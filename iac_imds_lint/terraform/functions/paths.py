"""Functions of file names alone; none looks at a file.

Source: Terraform language, Functions, "Filesystem Functions"; they clean names as Go does.
"""

from __future__ import annotations

import posixpath

from iac_imds_lint.value import Unknown


def cleaned(path: str) -> str:
    """The shortest name of the same file."""
    return "/" + posixpath.normpath(path).lstrip("/") if path.startswith("/") else posixpath.normpath(path or ".")


def dirname(path: str) -> str:
    """All but the last part."""
    return cleaned(path[: path.rfind("/") + 1])


def basename(path: str) -> str:
    """The last part."""
    return path.rstrip("/").rpartition("/")[2] or ("/" if path else ".")


def abspath(path: str) -> str | Unknown:
    """The name from the root, which for a relative one depends on where Terraform runs."""
    return cleaned(path) if path.startswith("/") else Unknown("abspath() depends on where Terraform runs")


def pathexpand(path: str) -> str | Unknown:
    """The name with ``~`` replaced by a home directory."""
    return Unknown("pathexpand() depends on who runs Terraform") if path.startswith("~") else path
