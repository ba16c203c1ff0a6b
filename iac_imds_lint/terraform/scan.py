"""A byte search over Terraform files: what may declare a resource, and where local calls lead. Nothing is parsed."""

from __future__ import annotations

import os.path
import re
from typing import NamedTuple

from iac_imds_lint.catalog import Dialect, markers, names_policy_keys

# What Terraform and OpenTofu read (Terraform language, "Files and Directories").
SUFFIXES = (".tf", ".tofu", ".tf.json", ".tofu.json")
_TYPE = re.compile(rb"aws(?:cc)?_\w+")
# Whatever stands around it: a source that is no module's is of no consequence.
_SOURCE = re.compile(rb'"?\bsource"?\s*[=:]\s*"([^"\r\n]+)"')
# Every address of a module in the catalog has one of these in it; the catalog itself is not asked here.
KNOWN_MODULES = re.compile(
    rb"ec2-|autoscaling|eks|runner|bastion|nat\b|nat-|ecs-cluster|consul|vault|nomad|typhoon", re.IGNORECASE
)


class Seen(NamedTuple):
    """What a byte search found in one file: whether it may declare a resource, or call a module of the catalog; which
    local modules it calls, and the sources of others.
    """

    path: str
    directory: str
    interesting: bool
    calls: tuple[str, ...]
    remote: tuple[str, ...] = ()


class Scanner:
    """The byte search, for the types of the catalog."""

    def __init__(self) -> None:
        self._types = frozenset(markers(Dialect.TERRAFORM))

    def scan(self, path: str, data: bytes) -> Seen | None:
        """What is worth knowing about a file, or None where nothing is."""
        interesting = not self._types.isdisjoint(_TYPE.findall(data)) or names_policy_keys(data)
        sources = _SOURCE.findall(data) if b"module" in data else ()
        calls = [source for source in sources if source.startswith((b"./", b"../"))]
        remote = [source for source in sources if _is_remote(source)]
        if not interesting and not calls and not remote:
            return None
        directory = os.path.dirname(path)
        targets = (called_directory(directory, call.decode("utf-8", "replace")) for call in calls)
        known = any(KNOWN_MODULES.search(source) for source in remote)
        named = tuple(source.decode("utf-8", "replace") for source in remote)
        return Seen(path, directory, interesting or known, tuple(targets), named)


def _is_remote(source: bytes) -> bool:
    """Whether a source is a registry's address or a repository's; a provider's has one slash, and no colon."""
    return not source.startswith(b".") and (source.count(b"/") > 1 or b":" in source)


def called_directory(directory: str, source: str) -> str:
    """The directory that a local ``source`` leads to; the working directory is the empty string, as everywhere here."""
    path = os.path.normpath(os.path.join(directory, source))
    return "" if path == os.curdir else path
