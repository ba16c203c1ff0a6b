"""A byte search over Terraform files: what may declare a resource, and where local calls lead. Nothing is parsed."""

from __future__ import annotations

import os.path
import re
from typing import NamedTuple

from iac_imds_lint.catalog import Dialect, markers

# What Terraform and OpenTofu read (Terraform language, "Files and Directories").
SUFFIXES = (".tf", ".tofu", ".tf.json", ".tofu.json")
_TYPE = re.compile(rb"aws(?:cc)?_\w+")
_LOCAL_CALL = re.compile(rb'"?source"?[ \t]*[=:][ \t]*"(\.\.?/[^"\r\n]*)"')


# Registry addresses and repositories have two slashes at the least; what else may be so long is no call.
_REMOTE_CALL = re.compile(
    rb'module[ \t]+"?([\w-]+)"?[ \t]*\{[^{}]*?\bsource[ \t]*=[ \t]*"([^"./\r\n][^"/\r\n]*/[^"/\r\n]*/[^"\r\n]*)"'
)
_REMOTE_JSON = re.compile(rb'"([\w-]+)"\s*:[\[{\s]*"source"\s*:\s*"([^"./\r\n][^"/\r\n]*/[^"/\r\n]*/[^"\r\n]*)"')
# Every address of a module in the catalog has one of these in it; the catalog itself is not asked here.
KNOWN_MODULES = re.compile(
    rb"ec2-|autoscaling|eks|runner|bastion|nat\b|nat-|ecs-cluster|consul|vault|nomad|typhoon", re.IGNORECASE
)


class Seen(NamedTuple):
    """What a byte search found in one file: whether it may declare a resource, or call a module of the catalog; which
    local modules it calls, and by which name which others.
    """

    path: str
    directory: str
    interesting: bool
    calls: tuple[str, ...]
    remote: tuple[tuple[str, str], ...] = ()


class Scanner:
    """The byte search, for the types of the catalog."""

    def __init__(self) -> None:
        self._types = frozenset(markers(Dialect.TERRAFORM))

    def scan(self, path: str, data: bytes) -> Seen | None:
        """What is worth knowing about a file, or None where nothing is."""
        interesting = not self._types.isdisjoint(_TYPE.findall(data))
        calls = _LOCAL_CALL.findall(data) if b'"./' in data or b'"../' in data else []
        remote = _remote(path, data) if b"module" in data else ()
        if not interesting and not calls and not remote:
            return None
        directory = os.path.dirname(path)
        targets = (called_directory(directory, call.decode("utf-8", "replace")) for call in calls)
        known = any(KNOWN_MODULES.search(source) for _, source in remote)
        named = tuple((name.decode(), source.decode("utf-8", "replace")) for name, source in remote)
        return Seen(path, directory, interesting or known, tuple(targets), named)


def _remote(path: str, data: bytes) -> list[tuple[bytes, bytes]]:
    """The calls of modules from elsewhere, as far as a search shows them: names and sources."""
    return (_REMOTE_JSON if path.endswith(".json") else _REMOTE_CALL).findall(data)


def called_directory(directory: str, source: str) -> str:
    """The directory that a local ``source`` leads to; the working directory is the empty string, as everywhere here."""
    path = os.path.normpath(os.path.join(directory, source))
    return "" if path == os.curdir else path
