"""Where text comes from: one answer for a path as long as a run lives, with edited files laid over."""

from __future__ import annotations

import os.path
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol, TypeAlias, TypeVar, cast

from iac_imds_lint.source import Problem, SourceFile

# So many bytes are kept from the first look at a file for the second; more are read again.
_KEPT = 64 * 1024 * 1024

_Key = TypeVar("_Key", bound=Hashable)
_Result = TypeVar("_Result")
# Who makes it, and of what.
_Making: TypeAlias = tuple[Callable[..., Any], Hashable]


class Files(Protocol):
    """Bytes by path. The shells implement it over a file system or over an editor's buffers."""

    def data(self, path: str) -> bytes | Problem | None:
        """The content of a file, why it cannot be read, or None where there is none."""

    def names(self, directory: str) -> tuple[str, ...]:
        """The names of the files in a directory, sorted; empty where there is none or it cannot be read."""

    def within(self, path: str) -> bool:
        """Whether a path, its links followed, is inside of the project: what is read for context has to be."""


class _Reading(NamedTuple):
    """What is read for something that is made: files, directories whose names are asked for, and paths of which it is
    asked whether they are inside of the project.
    """

    read: set[str]
    listed: set[str]
    placed: set[str]

    def add(self, other: _Reading) -> None:
        """Count what was read for something else that this is made of."""
        for mine, more in zip(self, other, strict=True):
            mine.update(more)

    def meets(self, other: _Reading) -> bool:
        """Whether anything is in both."""
        read, listed, placed = other
        return not (self.read.isdisjoint(read) and self.listed.isdisjoint(listed) and self.placed.isdisjoint(placed))


@dataclass(slots=True)
class _Made:
    """Something made, what was read for it, and in which run it was asked for last."""

    made: Any
    reading: _Reading
    run: int = 0


class Sources:
    """Decoded files by path, each read once, and what was made of them; ``changed`` files stand before what is on disk.

    What is made by ``once`` knows what was read for it. So it is kept until one of these files changes, and a run over
    sources that have changed a little does again only what has to do with that.
    """

    def __init__(self, files: Files, changed: Iterable[SourceFile] = ()) -> None:
        self._files = files
        self._names: dict[str, tuple[str, ...]] = {}
        self._data: dict[str, bytes] = {}
        self._kept = 0
        self._read: dict[str, SourceFile | Problem | None] = {file.path: file for file in changed}
        self._within: dict[str, bool] = {}
        self._alone: dict[str, dict[Callable[..., Any], Any]] = {}
        self._made: dict[_Making, _Made] = {}
        self._run = 0
        self._reading: list[_Reading] = []

    def data(self, path: str) -> bytes | Problem | None:
        """The bytes of a file."""
        self._note(path)
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
        self._note(path)
        if path not in self._read:
            found = self.data(path)
            self._read[path] = SourceFile.decode(path, found) if isinstance(found, bytes) else found
        return self._read[path]

    def names(self, directory: str) -> tuple[str, ...]:
        """The names of the files in a directory, sorted."""
        if self._reading:
            self._reading[-1].listed.add(directory)
        if directory not in self._names:
            self._names[directory] = self._files.names(directory)
        return self._names[directory]

    def once(self, make: Callable[[Sources, _Key], _Result], key: _Key) -> _Result:
        """What is made of these files and a key (a path, for one), made once for as long as they stay as they are.

        What ``make`` reads has to be read from the sources that it is given.
        """
        made = self._made.get((make, key))
        if made is None:
            made = self._made[make, key] = self._making(make, key)
        made.run = self._run
        if self._reading:
            self._reading[-1].add(made.reading)
        result: _Result = made.made
        return result

    def alone(self, make: Callable[[Sources, str], _Result], path: str) -> _Result:
        """What is made of one file alone, made once for as long as it stays as it is."""
        self._note(path)
        held = self._alone.setdefault(path, {})
        if make not in held:
            held[make] = make(self, path)
        result: _Result = held[make]
        return result

    def _making(self, make: Callable[[Sources, _Key], _Result], key: _Key) -> _Made:
        reading = _Reading(set(), set(), set())
        self._reading.append(reading)
        try:
            made = make(self, key)
        finally:
            self._reading.pop()
        return _Made(made, reading)

    def _note(self, path: str) -> None:
        if self._reading:
            self._reading[-1].read.add(path)

    def within(self, path: str) -> bool:
        """Whether a path, its links followed, is inside of the project."""
        if self._reading:
            self._reading[-1].placed.add(path)
        if path not in self._within:
            self._within[path] = self._files.within(path)
        return self._within[path]

    def with_changes(self, changed: Iterable[SourceFile]) -> Sources:
        """The same sources with these files in place of what they were; nothing is read again."""
        files = {file.path: file for file in changed}
        copy = Sources(self._files)
        copy._names, copy._data, copy._kept, copy._within = self._names, self._data, self._kept, self._within
        copy._read = {**self._read, **files}
        copy._alone = {path: dict(held) for path, held in self._alone.items() if path not in files}
        unchanged = ((making, made) for making, made in self._made.items() if made.reading.read.isdisjoint(files))
        copy._made = {making: _Made(made.made, made.reading) for making, made in unchanged}
        return copy

    def forget(self, paths: Iterable[str]) -> None:
        """Files or directories may have changed, appeared or gone: what was read of them and of all that is in them,
        and all that was made of it, is dropped.
        """
        changed = self._with_all_below(set(paths))
        for path in changed:
            self._read.pop(path, None)
            self._alone.pop(path, None)
            self._kept -= len(self._data.pop(path, b""))
        above = {*changed, *map(os.path.dirname, changed)}
        listed = set(filter(self._is_listed_otherwise, self._names.keys() & above))
        placed = set(filter(self._is_placed_otherwise, self._within.keys() & above))
        now = _Reading(changed, listed, placed)
        self._drop(making for making, made in self._made.items() if made.reading.meets(now))

    def _drop(self, makings: Iterable[_Making]) -> None:
        for making in list(makings):
            del self._made[making]

    def _with_all_below(self, paths: set[str]) -> set[str]:
        """These paths, and all that is known below those of them that are not known as files."""
        if all(path in self._data or isinstance(self._read.get(path), SourceFile) for path in paths):
            return paths
        below: dict[str, bool] = {"": False}
        known = {*self._read, *self._data, *self._names, *self._within}
        return paths.union(path for path in known if _is_below(path, paths, below))

    def settle(self) -> None:
        """A run is over: what it did not ask for is of no use to the next one, and dropped."""
        self._drop(making for making, made in self._made.items() if made.run != self._run)
        self._run += 1

    def made_with(self, make: Callable[[Sources, _Key], Any], path: str) -> list[_Key]:
        """The keys of what ``make`` made, so far, for which a file was read."""
        made = self._made.items()
        return [cast("_Key", key) for (maker, key), one in made if maker == make and path in one.reading.read]

    def _is_listed_otherwise(self, directory: str) -> bool:
        """Whether the names in a directory are others than they were; they are known from now on."""
        before, self._names[directory] = self._names[directory], self._files.names(directory)
        return before != self._names[directory]

    def _is_placed_otherwise(self, path: str) -> bool:
        """Whether a path is no longer inside or outside of the project as it was; that is known from now on."""
        before, self._within[path] = self._within[path], self._files.within(path)
        return before != self._within[path]


def _is_below(path: str, above: set[str], known: dict[str, bool]) -> bool:
    """Whether a path is one of those above, or below one; what is ``known`` of directories is added to."""
    if path not in known:
        directory = os.path.dirname(path)
        known[path] = path in above or (directory != path and _is_below(directory, above, known))
    return known[path]
