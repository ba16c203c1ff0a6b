"""The file system: reading what is named."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterable
from io import BytesIO, FileIO

from iac_imds_lint.source import Foreign, Problem
from iac_imds_lint.terraform import plan_scan
from iac_imds_lint.terraform.scan import SUFFIXES

# Larger files are not read: no one writes them by hand, and parsing one would take minutes.
MOST_BYTES = 5 * 1024 * 1024

# Terraform writes plans, and they hold every value of every resource: of these, larger files are read.
MOST_PLAN_BYTES = 200 * 1024 * 1024

# What a file must hold to be of interest: the names of the providers' resource types, and of CloudFormation's.
_OF_INTEREST = re.compile(rb"\baws(?:cc)?_|AWS::")
# What Terraform reads by itself.
_TERRAFORM_READS = (*SUFFIXES, ".tfvars", ".tfvars.json")
# What is searched for is shorter than what two pieces of a large file share.
_SHARED = 32


class FileSystem:
    """Files as :class:`iac_imds_lint.sources.Sources` wants them; ``project`` are the directories that make it up.
    Paths begin in the directory ``root``, or in the working directory where that is empty.
    """

    def __init__(self, project: Iterable[str] = (os.curdir,), root: str = "") -> None:
        self._project = tuple(os.path.join(os.path.realpath(directory), "") for directory in project)
        self._root = root
        self.outside: set[str] = set()
        """The Terraform files that were not listed: links that lead out of the project."""

    def within(self, path: str) -> bool:
        """Whether a path, its links followed, is inside of the project."""
        return os.path.join(os.path.realpath(os.path.join(self._root, path)), "").startswith(self._project)

    def data(self, path: str) -> bytes | Problem | None:
        """The content of a regular file of bearable size; why not; None where there is none.

        A larger one is searched, and is Foreign where it cannot hold anything of interest.
        """
        try:
            # Not blocking: a named pipe that nobody writes to would keep us waiting for ever.
            with os.fdopen(
                os.open(os.path.join(self._root, path), os.O_RDONLY | getattr(os, "O_NONBLOCK", 0)), "rb", buffering=0
            ) as file:
                status = os.fstat(file.fileno())
                if not stat.S_ISREG(status.st_mode):
                    return Problem(path, "no regular file")
                if status.st_size > MOST_BYTES:
                    return _large(path, file, status.st_size)
                found = file.read()
        except FileNotFoundError:
            return None
        except OSError as error:
            return Problem(path, error.strerror or type(error).__name__)
        return found

    def names(self, directory: str) -> tuple[str, ...]:
        """The names of the regular files in a directory, sorted; without the links that lead out of the project."""
        try:
            with os.scandir(os.path.join(self._root, directory) or os.curdir) as entries:
                return tuple(sorted(entry.name for entry in entries if entry.is_file() and self._is_ours(entry)))
        except OSError:
            return ()

    def _is_ours(self, entry: os.DirEntry[str]) -> bool:
        """Whether a file is no link, or one that stays inside of the project."""
        if not entry.is_symlink() or self.within(os.path.abspath(entry.path)):
            return True
        if entry.name.endswith(_TERRAFORM_READS):
            self.outside.add(os.path.normpath(entry.path))
        return False


def bearable(path: str, content: bytes) -> bytes | Problem:
    """The content that a file is said to have, by the same measure as one that is read."""
    return content if len(content) <= MOST_BYTES else _large(path, BytesIO(content), len(content))


def _large(path: str, file: FileIO | BytesIO, size: int) -> bytes | Problem:
    """Data of other programs may be as large as it likes: a file that speaks of none of our resources is no problem."""
    first = found = file.read(MOST_BYTES) or b""
    if plan_scan.unreadable(first):
        return first
    missing = set(plan_scan.KEYS)
    interesting = False
    while found:
        missing -= {key for key in missing if key in found}
        interesting = interesting or _OF_INTEREST.search(found) is not None
        if interesting and not missing and size <= MOST_PLAN_BYTES:
            file.seek(0)
            return file.read() or b""
        following = file.read(MOST_BYTES)
        found = found[-_SHARED:] + following if following else b""
    kind = Problem if interesting else Foreign
    most = MOST_BYTES if missing or not interesting else MOST_PLAN_BYTES
    return kind(path, f"larger than {most // 1024 // 1024} MB, not read")
