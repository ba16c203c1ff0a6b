"""Which files there are to lint under the paths that a user names.

Directories are walked without a system call per file. A candidate is chosen by its suffix alone; whether it is a
template, its content says later. Files that are named are taken whatever they are called and whatever ignores them.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import cached_property, partial
from typing import NamedTuple

from iac_imds_lint import ignoring
from iac_imds_lint.errors import UsageError
from iac_imds_lint.ignoring import Rule, Scope
from iac_imds_lint.nearest import no_such
from iac_imds_lint.source import Problem

_SUFFIXES = (".tf", ".tofu", ".json", ".yaml", ".yml", ".template", ".cfn", ".cft")

# Beside these, where scripts are asked for: they are named so, or have no suffix at all.
_SCRIPT_SUFFIXES = (
    *(".sh", ".bash", ".ksh", ".zsh", ".ps1", ".psm1", ".bat", ".cmd", ".py", ".rb", ".pl", ".js"),
    *(".tpl", ".tftpl", ".tmpl", ".j2", ".cfg", ".cloudinit", ".userdata", ".txt", ".in", ".conf"),
)

# Tools keep copies of other people's code, or none at all, in these.
PRUNED = frozenset(
    {".git", ".hg", ".svn", ".terraform", ".terragrunt-cache", ".venv", ".tox", ".nox", "node_modules"}
    | {"__pycache__", ".mypy_cache", ".pytest_cache", ".ruff_cache"}
)

# What says that other ignore rules begin to count.
_MARKS = (".git", ".gitignore")

# Emacs marks a file that is being edited by a link of this name that leads nowhere.
_LOCK_PREFIX = ".#"

_SPECIAL = (
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


class Discovery(NamedTuple):
    """What was found: ``files`` sorted, each once, as the user would name them; ``explicit`` are those of them that
    the user did name; ``problems`` are the places that could not be looked at, ``outside`` the links that were not
    followed because they lead out of the project, ``noticed`` the files whose names were asked for.
    """

    files: tuple[str, ...]
    problems: tuple[Problem, ...]
    explicit: frozenset[str]
    outside: tuple[str, ...] = ()
    noticed: tuple[str, ...] = ()


def discover(
    paths: Sequence[str],
    exclude: Sequence[str] = (),
    exclude_root: str = ".",
    scripts: bool = False,
    notice: Collection[str] = (),
    root: str = "",
) -> Discovery:
    """Find the files to lint under ``paths``, which are files and directories, and begin in ``root`` or, where that is
    empty, in the working directory; ``scripts`` asks for those that may be scripts as well, ``notice`` for files of
    these names to be told of.

    ``exclude`` holds patterns as in a ``.gitignore`` that stands in ``exclude_root``; they leave out what a walk finds
    in there, never what is named. Raises UsageError where a path does not exist.
    """
    wanted = Wanted(tuple(exclude), os.path.abspath(exclude_root), scripts, frozenset(notice))
    walk = Walk(wanted, partial(project, paths, root))
    names: dict[str, str] = {}
    explicit: set[str] = set()
    for path in paths:
        name, location = os.path.normpath(path), os.path.abspath(os.path.join(root, path))
        mode = _mode(path, root)
        if isinstance(mode, Problem):
            walk.problems.append(mode)
        elif stat.S_ISDIR(mode):
            for place, shown in walk.files(walk.top(location, name)):
                names.setdefault(place, shown)
        else:
            explicit.add(names.setdefault(location, name))
    files, problems = tuple(sorted(names.values())), tuple(dict.fromkeys(walk.problems))
    return Discovery(files, problems, frozenset(explicit), tuple(sorted(walk.outside)), tuple(sorted(walk.noticed)))


def _may_be_ours(name: str) -> bool:
    return name.endswith(_SUFFIXES)


def _may_be_script(name: str) -> bool:
    return name.endswith((*_SUFFIXES, *_SCRIPT_SUFFIXES)) or "." not in name


def project(paths: Sequence[str], root: str = "") -> tuple[str, ...]:
    """The directories that make up the project of what a user names: what is read for context has to be inside.

    The repository of each path; without one ``root`` (or the working directory, where that is empty), and the path
    itself where that is elsewhere. The root of the file system is no project, unless it is named.
    """
    here = os.path.realpath(root or os.curdir)
    found: list[str] = []
    for path in paths:
        location = os.path.realpath(os.path.join(root, path.replace("\0", "")))
        directory = location if os.path.isdir(location) else os.path.dirname(location)
        around = here if ignoring.holds(here, directory) and here != os.path.dirname(here) else directory
        if around == os.path.dirname(around):
            around = location  # a file right in the root of the file system, unless that is named itself
        found.append(ignoring.git_root(directory) or around)
    return tuple(dict.fromkeys(found))


def _mode(path: str, root: str) -> int | Problem:
    """The mode of a file or directory that the user named, or why it cannot be read."""
    place = os.path.join(root, path)
    try:
        mode = os.stat(place).st_mode
    except (FileNotFoundError, NotADirectoryError):
        if os.path.islink(place):
            return Problem(path, _leads_nowhere(place))
        raise UsageError(no_such("path", path)) from None
    except (OSError, ValueError) as error:
        return Problem(path, _why(error))
    special = next((kind for test, kind in _SPECIAL if test(mode)), "")
    return Problem(path, f"not a regular file but {special}") if special else mode


def _why(error: OSError | ValueError) -> str:
    """Why a path cannot be looked at; the one ValueError is for a NUL byte, in words of each Python's own."""
    if isinstance(error, ValueError):
        return "no path holds a NUL byte"
    return error.strerror or str(error)


def _leads_nowhere(link: str) -> str:
    return f"broken symbolic link to {os.readlink(link)}"


class Wanted(NamedTuple):
    """What a walk looks for: patterns of what it leaves out, where they stand, whether it takes what may be a script,
    and the names of files that are only told of.
    """

    exclude: tuple[str, ...]
    exclude_root: str
    scripts: bool = False
    notice: frozenset[str] = frozenset()


class Directory(NamedTuple):
    """A directory to be walked. ``shown`` is what the names of its files begin with, for the user."""

    location: str
    shown: str
    scope: Scope

    def below(self, name: str) -> Directory:
        """A directory in this one."""
        location = os.path.join(self.location, name)
        return Directory(location, f"{self.shown}{name}{os.sep}", self.scope.below(name))


class _Visited:
    """The directories that were walked. Nothing is asked for its identity unless a symbolic link was met."""

    def __init__(self) -> None:
        self._locations: list[str] = []
        self._identities: set[tuple[int, int]] | None = None

    def is_new(self, location: str) -> bool:
        """Whether to walk a directory, which counts as walked from now on."""
        self._locations.append(location)
        if self._identities is None:
            return True
        before = len(self._identities)
        self._identities |= _identities([location])
        return len(self._identities) > before

    def identify(self, top: str) -> None:
        """Tell directories apart by identity from now on; a link to one that holds ``top`` is a loop too."""
        above, ancestors = os.path.realpath(top), []
        while above != os.path.dirname(above):
            above = os.path.dirname(above)
            ancestors.append(above)
        self._identities = _identities(self._locations + ancestors)


def _identities(locations: Iterable[str]) -> set[tuple[int, int]]:
    found = set()
    for location in locations:
        with contextlib.suppress(OSError):
            status = os.stat(location)
            found.add((status.st_dev, status.st_ino))
    return found


class Walk:
    """Walks directories, and collects what could not be looked at. ``project`` gives the directories that links may
    lead to.

    Directories that a symbolic link leads to come after all that are really there, each directory once.
    """

    def __init__(self, wanted: Wanted, project: Callable[[], tuple[str, ...]]) -> None:
        self.problems: list[Problem] = []
        self.outside: list[str] = []
        self.noticed: set[str] = set()
        self.is_linked = False
        """Whether a directory was met by a link: then what is found there depends on all other directories."""
        self._notice = wanted.notice
        self._get_project = project
        self._is_candidate = _may_be_script if wanted.scripts else _may_be_ours
        self._excluded = ignoring.rules(wanted.exclude)
        self._exclude_root = wanted.exclude_root
        self._links: list[Directory] = []

    def top(self, location: str, name: str = os.curdir) -> Directory:
        """A directory that the user named, to be walked."""
        shown = "" if name == os.curdir else os.path.join(name, "")
        return Directory(location, shown, self._inherited(location))

    def files(self, top: Directory) -> Iterator[tuple[str, str]]:
        """The location and the shown name of each candidate in a directory that the user named."""
        visited = _Visited()
        yield from self._tree(top, visited)
        if self._links:
            visited.identify(top.location)
        while self._links:
            links, self._links = sorted(self._links), []
            for link in links:
                yield from self._tree(link, visited)

    def again(self, top: Directory, place: str) -> Iterator[tuple[str, str]]:
        """What ``files`` finds at one place under ``top``, and below it, as far as no link leads there."""
        directory = self._reached(top, os.path.dirname(place))
        entries = self._entries(directory) if directory is not None else []
        pending: list[Directory] = []
        for entry in entries:
            if directory is not None and entry.name == os.path.basename(place):
                yield from self._taken([entry], directory, pending)
        for below in pending:
            yield from self._tree(below, _Visited())

    def right_in(self, top: Directory, location: str) -> Iterator[tuple[str, str]]:
        """What ``files`` finds right in a directory under ``top``, or in that itself."""
        directory = self._reached(top, location)
        if directory is not None:
            yield from self._taken(self._entries(directory), directory, [])

    def _reached(self, top: Directory, location: str) -> Directory | None:
        """A directory under ``top``, if the walk comes by it, with the rules that count in it."""
        directory = self._ruled(top)
        for _, name in ignoring.steps(top.location, location):
            if name in PRUNED or directory.scope.leaves_out(f"{name}/"):
                return None
            directory = self._ruled(directory.below(name))
        return directory

    def takes(self, top: Directory, place: str) -> bool:
        """Whether a file would be found if it were at a place under ``top``."""
        name = os.path.basename(place)
        directory = self._reached(top, os.path.dirname(place)) if self._is_candidate(name) else None
        return directory is not None and not directory.scope.leaves_out(name)

    def _ruled(self, directory: Directory) -> Directory:
        """The directory with the rules that stand in it."""
        marks = [mark for mark in _MARKS if os.path.lexists(os.path.join(directory.location, mark))]
        return directory._replace(scope=self._scope(directory.scope, directory.location, marks))

    def _tree(self, top: Directory, visited: _Visited) -> Iterator[tuple[str, str]]:
        pending = [top]
        while pending:
            directory = pending.pop()
            if visited.is_new(directory.location):
                yield from self._entered(directory, pending)

    def _entered(self, directory: Directory, pending: list[Directory]) -> Iterator[tuple[str, str]]:
        """The candidates right in a directory; the directories in it are added to ``pending``."""
        entries = self._entries(directory)
        self.noticed.update(directory.shown + entry.name for entry in entries if entry.name in self._notice)
        marks = [entry.name for entry in entries if entry.name in _MARKS]
        directory = directory._replace(scope=self._scope(directory.scope, directory.location, marks))
        yield from self._taken(entries, directory, pending)

    def _taken(
        self, entries: Iterable[os.DirEntry[str]], directory: Directory, pending: list[Directory]
    ) -> Iterator[tuple[str, str]]:
        """The candidates of the entries of a directory."""
        leaves_out = directory.scope.leaves_out
        for entry in entries:
            name = entry.name
            if entry.is_symlink():
                is_candidate = self._is_linked_candidate(entry, directory)
            elif entry.is_dir(follow_symlinks=False):
                is_candidate = False
                if name not in PRUNED and not leaves_out(f"{name}/"):
                    pending.append(directory.below(name))
            else:
                is_candidate = (
                    self._is_candidate(name) and entry.is_file(follow_symlinks=False) and not leaves_out(name)
                )
            if is_candidate:
                yield f"{directory.location}{os.sep}{name}", directory.shown + name

    def _entries(self, directory: Directory) -> list[os.DirEntry[str]]:
        try:
            with os.scandir(directory.location) as entries:
                return list(entries)
        except OSError as error:
            self.problems.append(Problem(os.path.normpath(directory.shown), f"directory not listed: {_why(error)}"))
            return []

    def _is_linked_candidate(self, link: os.DirEntry[str], directory: Directory) -> bool:
        """Whether a link leads to a candidate; the directory that it leads to is kept for later."""
        name = link.name
        if name in PRUNED or name.startswith(_LOCK_PREFIX) or directory.scope.leaves_out(name):
            return False
        try:
            mode = link.stat().st_mode
        except OSError as error:
            if self._is_candidate(name):
                nowhere = isinstance(error, FileNotFoundError)
                self.problems.append(
                    Problem(directory.shown + name, _leads_nowhere(link.path) if nowhere else _why(error))
                )
            return False
        is_candidate = stat.S_ISREG(mode) and self._is_candidate(name)
        is_context = stat.S_ISREG(mode) and name.endswith(".tfvars")
        if (is_candidate or is_context or stat.S_ISDIR(mode)) and not self._is_inside(link.path):
            self.outside.append(directory.shown + name)
            return False
        if stat.S_ISDIR(mode):
            self._links.append(directory.below(name))
            self.is_linked = True
        return is_candidate

    def _is_inside(self, path: str) -> bool:
        location = os.path.realpath(path)
        return any(ignoring.holds(top, location) for top in self._project)

    @cached_property
    def _project(self) -> tuple[str, ...]:
        return self._get_project()

    def _inherited(self, location: str) -> Scope:
        """The rules that reach a directory from those above it, up to the top of its repository."""
        above = ignoring.git_root(location) or location
        if self._excluded and ignoring.holds(self._exclude_root, above):
            above = self._exclude_root
        scope = Scope()
        for directory, name in ignoring.steps(above, location):
            marks = [mark for mark in _MARKS if os.path.lexists(os.path.join(directory, mark))]
            scope = self._scope(scope, directory, marks).insisted(name)
        return scope

    def _scope(self, scope: Scope, directory: str, marks: Sequence[str]) -> Scope:
        """The rules that count in a directory, given those that reach it and which of _MARKS it holds."""
        if self._excluded and directory == self._exclude_root:
            scope = scope._replace(excluded=self._excluded)
        if ".git" in marks:
            scope = scope._replace(ignored=self._read(ignoring.git_exclude(directory)))
        if ".gitignore" in marks:
            scope = scope._replace(ignored=self._read(os.path.join(directory, ".gitignore")) + scope.ignored)
        return scope

    def _read(self, path: str) -> tuple[Rule, ...]:
        try:
            return ignoring.read(path)
        except OSError as error:
            self.problems.append(Problem(path, _why(error)))
            return ()
