"""Module sources that lead out of the code: addresses in a registry, and repositories.

Source: Terraform language, "Module Sources"; what it calls generic Git, GitHub, and registry addresses. Everything else
(local paths, archives, buckets, Mercurial) is not read.
"""

from __future__ import annotations

import posixpath
import re
from functools import cache
from typing import NamedTuple

from iac_imds_lint.catalog import modules
from iac_imds_lint.catalog.module_schema import ModuleRow

PUBLIC_REGISTRIES = ("registry.terraform.io", "registry.opentofu.org")

_LABEL = r"[0-9A-Za-z](?:[0-9A-Za-z_-]*[0-9A-Za-z])?"
_REGISTRY = re.compile(
    rf"(?:(?P<host>[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)+(?::\d+)?)/)?"
    rf"(?P<namespace>{_LABEL})/(?P<name>{_LABEL})/(?P<provider>[0-9a-z]+)"
)
# ssh://git@github.com/owner/name, https://github.com/owner/name, git@github.com:owner/name
_URL = re.compile(r"(?:https?|ssh|git)://(?:[^/@]*@)?(?P<host>[^/:@]+)(?::\d+)?/(?P<path>.+)")
_SCP = re.compile(r"[^/@:]+@(?P<host>[^/:@]+):(?P<path>[^/].*)")
_GITHUB = re.compile(r"(?P<host>github\.com)/(?P<path>[^/]+/[^/]+)")
_TAG = re.compile(r"(?:refs/)?(?:tags/)?v?(\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?)", re.ASCII)


class RemoteSource(NamedTuple):
    """Where a module comes from.

    In a registry ``provider`` is the last part of its address; it is "" for a repository, whose ``ref`` is what the
    query asks for. ``submodule`` is what follows ``//``.
    """

    host: str
    namespace: str
    name: str
    provider: str = ""
    submodule: str = ""
    ref: str = ""

    @property
    def address(self) -> str:
        """The module without its submodule, as the catalog's rows have it."""
        if not self.provider:
            return f"{self.host}/{self.namespace}/{self.name}"
        address = f"{self.namespace}/{self.name}/{self.provider}"
        return address if self.host in PUBLIC_REGISTRIES else f"{self.host}/{address}"

    @property
    def version(self) -> str:
        """The version that a tag names; "" where the ref is another, or none: no version is known."""
        match = _TAG.fullmatch(self.ref)
        return match[1] if match else ""


def parse(source: str) -> RemoteSource | None:
    """A module source as a registry address or a repository, or None where it is neither."""
    source, _, query = source.partition("?")
    package, submodule = _divided(source)
    registry = None if query else _REGISTRY.fullmatch(package)
    if registry is not None and (registry["host"] or registry["namespace"]).lower() not in (
        "github.com",
        "bitbucket.org",
    ):
        host, namespace, name, provider = registry.groups()
        return RemoteSource((host or PUBLIC_REGISTRIES[0]).lower(), namespace, name, provider, submodule)
    repository = _repository(package)
    if repository is None:
        return None
    ref = next((value for key, _, value in (part.partition("=") for part in query.split("&")) if key == "ref"), "")
    return repository._replace(submodule=submodule, ref=ref)


def are_same(written: str, recorded: str) -> bool:
    """Whether the source of a call is what Terraform recorded, in its own spelling, when it downloaded the module."""
    if written == recorded:
        return True
    text = f"git::https://{written}" if written.startswith("bitbucket.org/") else written
    one, other = parse(text), parse(recorded)
    if one is not None and other is not None:
        return _compared(one) == _compared(other)
    # What is a path, or names a bucket, is spelt as a URL there.
    guessed = one is None and other is None and "://" not in written and "::" not in written
    return guessed and "://" in recorded


def _compared(source: RemoteSource) -> tuple[str, ...]:
    return source.address.lower(), source.submodule, source.ref


def row_of(source: RemoteSource) -> ModuleRow | None:
    """The catalog's row for a module or submodule."""
    return _rows().get((source.address.lower(), source.submodule))


@cache
def _rows() -> dict[tuple[str, str], ModuleRow]:
    return {(name.lower(), row.submodule): row for row in modules() for name in (row.source, *row.aliases, *row.git)}


def _divided(source: str) -> tuple[str, str]:
    """The package and the directory in it, divided at the ``//`` that is no part of a scheme."""
    scheme = source.find("://")
    at = source.find("//", scheme + 3 if scheme >= 0 else 0)
    if at < 0:
        return source, ""
    submodule = posixpath.normpath(source[at + 2 :].strip("/") or ".")
    return source[:at], "" if submodule == "." else submodule


def _repository(package: str) -> RemoteSource | None:
    """A Git repository; a plain ``https://`` is none, Terraform fetches an archive from there."""
    forced = package.startswith("git::")
    text = package.removeprefix("git::")
    match = _SCP.fullmatch(text) or (_URL.fullmatch(text) if forced else _GITHUB.fullmatch(text))
    if match is None:
        return None
    namespace, _, name = match["path"].strip("/").rpartition("/")
    name = name.removesuffix(".git")
    return RemoteSource(match["host"].lower(), namespace, name) if namespace and name else None
