"""``check --stdin-filename NAME -``: a text on standard input is judged in the place of a file."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from iac_imds_lint.cli.telling import tell
from iac_imds_lint.discovery import Discovery
from iac_imds_lint.errors import UsageError
from iac_imds_lint.files import FileSystem, bearable
from iac_imds_lint.finding import Finding
from iac_imds_lint.source import Problem

DASH = "-"

# What writes files, or asks git for what stands in them: neither is about a text that is not on disk.
_ABOUT_FILES = ("add_suppressions", "write_baseline", "prune_baseline", "diff_base")


@dataclass(frozen=True)
class Typed:
    """What was given on standard input: the content of the file ``path``, whether there is such a file or not."""

    path: str
    content: bytes

    @property
    def found(self) -> Discovery:
        """The one file to lint; what would leave it out of a walk does not count, for it is named."""
        return Discovery((self.path,), (), frozenset((self.path,)))

    def is_fixed_here(self, finding: Finding) -> bool:
        """Whether the fix of a finding changes nothing but this file."""
        return finding.fix is None or finding.fix.paths <= {self.path}

    def over(self, files: FileSystem) -> Overlaid:
        """The files on disk with this one in its place."""
        return Overlaid(files, self)


class Overlaid:
    """Files as :class:`iac_imds_lint.sources.Sources` wants them: those on disk, and over them what was typed, whatever
    else the path of its file may be called.
    """

    def __init__(self, files: FileSystem, typed: Typed) -> None:
        self._files = files
        self._typed = typed
        self._name = os.path.basename(typed.path)

    def data(self, path: str) -> bytes | Problem | None:
        """The content of a file."""
        return bearable(path, self._typed.content) if self._is_typed(path) else self._files.data(path)

    def names(self, directory: str) -> tuple[str, ...]:
        """The names of the files in a directory, sorted, with the one that may not be there yet."""
        found = self._files.names(directory)
        if self._name in found or not self._is_typed(os.path.join(directory, self._name)):
            return found
        return tuple(sorted((*found, self._name)))

    def within(self, path: str) -> bool:
        """Whether a path, its links followed, is inside of the project."""
        return self._files.within(path)

    @cached_property
    def _place(self) -> str:
        return os.path.realpath(self._typed.path)

    def _is_typed(self, path: str) -> bool:
        may_be = os.path.basename(path) == self._name or os.path.islink(path)
        return may_be and os.path.realpath(path) == self._place


def asked(given: Mapping[str, Any]) -> Typed:
    """What is on standard input, where the options ask for it. Raises UsageError where they make no sense."""
    name, paths = given["stdin_filename"], given["paths"]
    if name is None:
        raise UsageError(f"{DASH} is standard input: say which file it stands for with --stdin-filename NAME")
    if DASH not in paths:
        raise UsageError(f"--stdin-filename goes with {DASH}: iac-imds-lint check --stdin-filename NAME {DASH}")
    if others := [path for path in paths if path != DASH]:
        raise UsageError(f"{DASH} is linted by itself: leave {others[0]} out")
    if not os.path.basename(name) or os.path.isdir(name):
        raise UsageError(f"--stdin-filename takes the name of a file, and {name or 'nothing'} is none")
    for option in _ABOUT_FILES:
        if given[option]:
            raise UsageError(f"--{option.replace('_', '-')} is about files on disk: it does not go with {DASH}")
    return Typed(os.path.normpath(name), _content())


def _content() -> bytes:
    if sys.stdin is None:
        raise UsageError("there is no standard input to read from")
    if sys.stdin.isatty():
        tell("Reading from the terminal; Ctrl-D on a line of its own ends the text.")
    try:
        return sys.stdin.buffer.read()
    except OSError as error:
        raise UsageError(f"standard input: {error.strerror}") from None
