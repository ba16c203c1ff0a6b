"""Where text comes from: one answer for a path as long as a run lives, with edited files laid over."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Protocol, TypeVar

from iac_imds_lint.source import Problem, SourceFile

# So many bytes are kept from the first look at a file for the second; more are read again.
_KEPT = 64 * 1024 * 1024

_Made = TypeVar("_Made")


class Files(Protocol):
    """Bytes by path. The shells implement it over a file system or over an editor's buffers."""

    def data(self, path: str) -> bytes | Problem | None:
        """The content of a file, why it cannot be read, or None where there is none."""

    def names(self, directory: str) -> tuple[str, ...]:
        """The names of the files in a directory, sorted; empty where there is none or it cannot be read."""

    def within(self, path: str) -> bool:
        """Whether a path, its links followed, is inside of the project: what is read for context has to be."""


class Sources:
    """Decoded files by path, each read once; ``changed`` files stand before what is on disk."""

    def __init__(self, files: Files, changed: Iterable[SourceFile] = ()) -> None:
        self._files = files
        self._names: dict[str, tuple[str, ...]] = {}
        self._data: dict[str, bytes] = {}
        self._kept = 0
        self._read: dict[str, SourceFile | Problem | None] = {file.path: file for file in changed}
        self._made: dict[tuple[object, str], Any] = {}

    def data(self, path: str) -> bytes | Problem | None:
        """The bytes of a file."""
        held = self._read.get(path)
        if held is not None:
            return held.encode() if isinstance(held, SourceFile) else held
        if path in self._data:
            return self._data[path]
        found = self._files.data(path)
        if isinstance(found, bytes) and self._kept + len(found) <= _KEPT:
            self._data[path] = found
            self._kept += len(found)
        return found

    def read(self, path: str) -> SourceFile | Problem | None:
        """The decoded file."""
        if path not in self._read:
            found = self.data(path)
            self._read[path] = SourceFile.decode(path, found) if isinstance(found, bytes) else found
        return self._read[path]

    def names(self, directory: str) -> tuple[str, ...]:
        """The names of the files in a directory, sorted."""
        if directory not in self._names:
            self._names[directory] = self._files.names(directory)
        return self._names[directory]

    def once(self, make: Callable[[Sources, str], _Made], path: str) -> _Made:
        """What is made of these files and a path, made once; it goes with them."""
        if (make, path) not in self._made:
            self._made[make, path] = make(self, path)
        made: _Made = self._made[make, path]
        return made

    def within(self, path: str) -> bool:
        """Whether a path, its links followed, is inside of the project."""
        return self._files.within(path)

    def with_changes(self, changed: Iterable[SourceFile]) -> Sources:
        """The same sources with these files in place of what they were; nothing is read again."""
        copy = Sources(self._files)
        copy._names, copy._data, copy._kept = self._names, self._data, self._kept
        copy._read = {**self._read, **{file.path: file for file in changed}}
        return copy
