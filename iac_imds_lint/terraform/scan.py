"""A byte search over Terraform files: what may declare a resource, and where local calls lead. Nothing is parsed."""

from __future__ import annotations

import os.path
import re
from typing import NamedTuple

from iac_imds_lint.catalog import Dialect, markers

# What Terraform and OpenTofu read (Terraform language, "Files and Directories").
SUFFIXES = (".tf", ".tofu", ".tf.json", ".tofu.json")
_LOCAL_CALL = re.compile(rb'"?source"?[ \t]*[=:][ \t]*"(\.\.?/[^"\r\n]*)"')


class Seen(NamedTuple):
    """What a byte search found in one file: whether it may declare a resource, and which local modules it calls."""

    path: str
    directory: str
    interesting: bool
    calls: tuple[str, ...]


class Scanner:
    """The byte search. Compiled once a run."""

    def __init__(self) -> None:
        self._types = re.compile(b"|".join(re.escape(marker) for marker in sorted(markers(Dialect.TERRAFORM))))

    def scan(self, path: str, data: bytes) -> Seen | None:
        """What is worth knowing about a file, or None where nothing is."""
        interesting = self._types.search(data) is not None
        calls = _LOCAL_CALL.findall(data) if b'"./' in data or b'"../' in data else []
        if not interesting and not calls:
            return None
        directory = os.path.dirname(path)
        targets = (called_directory(directory, call.decode("utf-8", "replace")) for call in calls)
        return Seen(path, directory, interesting, tuple(targets))


def called_directory(directory: str, source: str) -> str:
    """The directory that a local ``source`` leads to; the working directory is the empty string, as everywhere here."""
    path = os.path.normpath(os.path.join(directory, source))
    return "" if path == os.curdir else path
