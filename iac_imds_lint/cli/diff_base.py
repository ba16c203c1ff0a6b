"""``--diff-base``: what the change touched, or made new, is reported; the rest is kept as hidden."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple

from iac_imds_lint import changes, engine, narrowing
from iac_imds_lint.changes import WHOLE, FileChange
from iac_imds_lint.cli import git, revisions
from iac_imds_lint.cli.git import Comparison, Link
from iac_imds_lint.cli.telling import tell
from iac_imds_lint.report import Report
from iac_imds_lint.rules import UNJUDGED
from iac_imds_lint.source import Problem
from iac_imds_lint.sources import Sources

# A link that leads to another is followed so often.
_MOST_LINKS = 8


class Names:
    """The names of files as the linter has them, which are as the user named what holds them."""

    def __init__(self, paths: Sequence[str]) -> None:
        self._tops: dict[str, tuple[int, str]] = {}
        for number, path in enumerate(paths):
            self._tops.setdefault(os.path.realpath(path), (number, os.path.normpath(path)))
        self._here = os.path.realpath(os.curdir)
        self._is_absolute = any(os.path.isabs(path) for path in paths)
        self.canonical = lru_cache(maxsize=None)(self._canonical)

    def of(self, location: str) -> str:
        """The name of what is at an absolute path without links."""
        above = [top for top in _and_above(location) if top in self._tops]
        if above:
            top = min(above, key=self._tops.__getitem__)
            return os.path.normpath(os.path.join(self._tops[top][1], os.path.relpath(location, top)))
        return location if self._is_absolute else os.path.relpath(location, self._here)

    def _canonical(self, path: str) -> str:
        """The one name of a file that may have several."""
        return self.of(os.path.realpath(path))


class Before:
    """The files of a project before a change: what it changed from git, all else as it is."""

    def __init__(self, now: Sources, compared: Comparison, names: Names) -> None:
        self._now = now
        self._names = names
        self._contents = compared.contents
        files = compared.change.files
        self._new = {path for path, changed in files.items() if changed.before != path} - self._contents.keys()
        self._gone = _by_directory(self._contents.keys() - files.keys())
        self._added = _by_directory(self._new)

    def data(self, path: str, links: int = 0) -> bytes | Problem | None:
        """The content of a file."""
        name = self._names.canonical(path)
        match self._contents.get(name):
            case Link(target) if links < _MOST_LINKS:
                return self.data(os.path.normpath(os.path.join(os.path.dirname(name), target)), links + 1)
            case Link() | None:
                return None if name in self._new else self._now.data(path)
            case content:
                return content

    def names(self, directory: str) -> tuple[str, ...]:
        """The names of the files that were in a directory, sorted."""
        name = self._names.canonical(directory or os.curdir)
        there = set(self._now.names(directory)) - self._added.get(name, set())
        return tuple(sorted(there | self._gone.get(name, set())))

    def within(self, path: str) -> bool:
        """Whether a path is inside of the project, which is where it was."""
        return self._now.within(path)


class Compared(NamedTuple):
    """The change to report on, with the names of files."""

    comparison: Comparison
    names: Names

    def narrowed(self, report: Report, options: engine.Options) -> Report:
        """The report on what the change touched or made. What could not be judged counts in files that it touched."""
        by = self._with_ignored(report.relevant)
        change = by.comparison.change
        left = changes.untouched(report, change)
        hidden = changes.unchanged(left, report, change, _before(report, by, options)) if left else ()
        for finding in (one.finding for one in hidden):
            if finding.rule.code in UNJUDGED:
                told = f"{finding.span.path}: {finding.rule.code} {finding.message}"
                tell(f"{told} (the change does not touch it)")
        problems = tuple(problem for problem in report.problems if change.wrote(problem.path))
        return replace(narrowing.without(report, hidden), problems=problems)

    def _with_ignored(self, paths: Iterable[str]) -> Compared:
        """The same with those of these files that git ignores: it keeps no version of them, so they are all new."""
        change, ignored = self.comparison.change, self.comparison.ignored
        found = (path for path in paths if ignored and not ignored.isdisjoint(_and_above(os.path.realpath(path))))
        new = {self.names.canonical(path): FileChange(None, WHOLE) for path in found}
        change = replace(change, files={**new, **change.files})
        return self._replace(comparison=self.comparison._replace(change=change))


def compared(revision: str, paths: Sequence[str]) -> Compared:
    """What changed since the work tree left a revision. Raises UsageError where git cannot tell."""
    names = Names(paths)
    held = git.repository(paths)
    base = revisions.merge_base(revision, held)
    explicit = [os.path.realpath(path) for path in paths if os.path.isfile(path)]
    found = git.comparison(held, base, explicit, names.of)
    for path in found.moved:
        tell(f"--diff-base: another commit of the submodule {path} is not compared")
    change = replace(found.change, canonical=names.canonical)
    return Compared(found._replace(change=change), names)


def _before(report: Report, by: Compared, options: engine.Options) -> Report:
    """What the same run would have said before the change. The files that it found nothing in are not read again."""
    change = by.comparison.change
    sources = Sources(Before(report.sources, by.comparison, by.names))
    paths = changes.paths_before((*report.relevant, *change.files), change)
    callers = [path for path in map(change.before, report.callers) if path is not None]
    return engine.find(paths, sources, options, callers=callers)


def _and_above(location: str) -> Iterator[str]:
    """An absolute path, and the directories that hold it, the nearest first."""
    yield location
    while location != os.path.dirname(location):
        location = os.path.dirname(location)
        yield location


def _by_directory(paths: Iterable[str]) -> dict[str, set[str]]:
    """The names of files by their directories."""
    found: dict[str, set[str]] = {}
    for path in paths:
        directory, name = os.path.split(path)
        found.setdefault(directory or os.curdir, set()).add(name)
    return found
