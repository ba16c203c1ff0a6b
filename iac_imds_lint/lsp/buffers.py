"""The files of a workspace folder, with what the editor has open laid over them."""

from __future__ import annotations

import os.path
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import TypeAlias

from iac_imds_lint.files import FileSystem, bearable
from iac_imds_lint.lsp.documents import Document
from iac_imds_lint.source import Problem

# What tells that a file, or the names in a directory, are others than they were; None where there is none.
_Signature: TypeAlias = tuple[int, int, int] | None


class Buffers:
    """Files as :class:`iac_imds_lint.sources.Sources` wants them; paths begin in ``root``.

    A file is known by where it really is, whatever link leads to its directory: what is open stands before it.
    """

    def __init__(self, files: FileSystem, root: str) -> None:
        self._files = files
        self._root = root
        self._opened: dict[str, Document] = {}
        self._really: dict[str, str] = {}
        self._asked: dict[str, set[str]] = {}
        self._seen: dict[str, _Signature] = {}
        self._listed: dict[str, _Signature] = {}

    def data(self, path: str) -> bytes | Problem | None:
        """The content of a file: of its buffer, where it is open."""
        place = self._place(path)
        self._asked.setdefault(place, set()).add(path)
        if place in self._opened:
            return bearable(path, self._opened[place].text.encode("utf-8", "replace"))
        self._seen[path] = self._signature(path)
        return self._files.data(path)

    def names(self, directory: str) -> tuple[str, ...]:
        """The names of the files in a directory, sorted, with those that were never saved."""
        self._listed[directory] = self._signature(directory)
        found = self._files.names(directory)
        place = self._real(os.path.join(self._root, directory))
        unsaved = {os.path.basename(path) for path in self._opened if os.path.dirname(path) == place}
        return tuple(sorted({*found, *unsaved})) if unsaved else found

    def within(self, path: str) -> bool:
        """Whether a path, its links followed, is inside of the project."""
        return self._files.within(path)

    def open(self, documents: Mapping[str, Document]) -> set[str]:
        """These documents are open from now on, by their paths; those that have no absolute one are no files. The names
        of all files that have another text than they had.
        """
        opened = {self._place(path): document for path, document in documents.items() if os.path.isabs(path)}
        before, self._opened = self._opened, opened
        others = {place for place in {*before, *opened} if before.get(place) is not opened.get(place)}
        return {name for place in others for name in self._names(place)}

    @property
    def opened(self) -> Collection[str]:
        """Where the files of the open documents are, by absolute paths."""
        return self._opened.keys()

    def document(self, path: str) -> Document | None:
        """The document that stands before a file."""
        return self._opened.get(self._place(path))

    def names_of(self, places: Iterable[str]) -> set[str]:
        """All names under which files at these absolute paths, and below them, were asked for, and their own; and of
        something in each directory there whose names were.
        """
        places = set(places)
        if not places <= self._asked.keys():
            self._really = {}  # what came or went may be a link
        found = {name for place in places for name in self._names(self._place(place))}
        directories = {place for place in places if not os.path.isfile(place)}
        for place, names in self._asked.items() if directories else ():
            if not directories.isdisjoint(_above(place)):
                found |= names
        for directory in self._listed if directories else ():
            if not directories.isdisjoint(_above(self._place(os.path.join(directory, "x")))):
                found.add(os.path.join(directory, ""))
        return found

    def differing(self) -> set[str]:
        """The names of files that are others on disk than they were when they were read, and of something in each
        directory that holds others.
        """
        self._really = {}
        files = {path for path, seen in self._seen.items() if self._signature(path) != seen}
        directories = {path for path, seen in self._listed.items() if self._signature(path) != seen}
        return {*files, *(os.path.join(directory, "") for directory in directories)}

    def _names(self, place: str) -> Iterator[str]:
        """The names under which a file was asked for, and its own."""
        yield from self._asked.get(place, ())
        yield os.path.relpath(place, self._root)

    def _place(self, path: str) -> str:
        """Where a file is, the links on the way to its directory followed."""
        directory, name = os.path.split(os.path.normpath(os.path.join(self._root, path)))
        return os.path.join(self._real(directory), name)

    def _real(self, directory: str) -> str:
        directory = os.path.normpath(directory)
        if directory not in self._really:
            self._really[directory] = os.path.realpath(directory)
        return self._really[directory]

    def _signature(self, path: str) -> _Signature:
        try:
            status = os.stat(os.path.join(self._root, path))
        except (OSError, ValueError):
            return None
        return status.st_mtime_ns, status.st_size, status.st_ino


def _above(place: str) -> Iterator[str]:
    """The directories on the way to a place."""
    while (above := os.path.dirname(place)) != place:
        yield above
        place = above
