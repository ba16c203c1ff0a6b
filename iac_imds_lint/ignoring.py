"""What ignore files say: Git's rules on which of their patterns counts, over pathspec's reading of each."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

# The group in pathspec's expressions that takes the slash after a directory which matches.
_SLASH = "ps_d"


class _Pattern(NamedTuple):
    """One line of an ignore file: ``include`` says that it leaves out what matches, else it takes that back in."""

    line: int
    regex: re.Pattern[str]
    include: bool

    def matches(self, path: str) -> bool:
        """Whether the path itself matches: one that only lies in a directory which does is decided with that."""
        match = self.regex.search(path)
        if match is None:
            return False
        slash = match.start(_SLASH) if _SLASH in self.regex.groupindex else -1
        return slash in (-1, len(path) - 1)


class _Decision(NamedTuple):
    """What the last pattern that matches says, and where it stands; None where no pattern matches."""

    line: int = -1
    include: bool | None = None


class Rule(NamedTuple):
    """The patterns of one ignore file, last ones first. ``prefix`` leads from its directory to the one looked at.

    Names repeat, so what is ``decided`` by the name alone is kept.
    """

    by_name: tuple[_Pattern, ...]
    by_path: tuple[_Pattern, ...]
    decided: dict[str, _Decision]
    prefix: str = ""

    def below(self, name: str) -> Rule:
        """The same patterns, seen from a directory inside."""
        return self._replace(prefix=f"{self.prefix}{name}/")

    def decision(self, name: str) -> bool | None:
        """Whether the patterns leave ``name`` out, take it back in, or say nothing of it."""
        decision = self.decided.get(name)
        if decision is None:
            decision = self.decided[name] = _last_match(self.by_name, name, _Decision())
        return _last_match(self.by_path, self.prefix + name, decision).include if self.by_path else decision.include


def _last_match(patterns: Iterable[_Pattern], path: str, other: _Decision) -> _Decision:
    """The decision of the last pattern that matches, unless ``other`` was decided by a later one."""
    for pattern in patterns:
        if pattern.line < other.line:
            return other
        if pattern.matches(path):
            return _Decision(pattern.line, pattern.include)
    return other


class Scope(NamedTuple):
    """The rules that count in one directory, the strongest first.

    ``excluded`` come from the user's settings, ``ignored`` from Git's files. The name of a directory is asked for with
    a slash at its end.
    """

    excluded: tuple[Rule, ...] = ()
    ignored: tuple[Rule, ...] = ()

    def leaves_out(self, name: str) -> bool:
        """Whether the walk passes over ``name``."""
        return _leave_out(self.excluded + self.ignored, name)

    def below(self, name: str) -> Scope:
        """The scope of a directory that the walk found."""
        return Scope(_below(self.excluded, name), _below(self.ignored, name))

    def insisted(self, name: str) -> Scope:
        """The scope of a directory that the user named: rules that would leave it out do not count in it."""
        excluded, ignored = (() if _leave_out(rules, f"{name}/") else _below(rules, name) for rules in self)
        return Scope(excluded, ignored)


def _leave_out(rules: Iterable[Rule], name: str) -> bool:
    decisions = (rule.decision(name) for rule in rules)
    return next((decision for decision in decisions if decision is not None), False)


def _below(rules: tuple[Rule, ...], name: str) -> tuple[Rule, ...]:
    return tuple(rule.below(name) for rule in rules)


def rules(lines: Iterable[str]) -> tuple[Rule, ...]:
    """The rule of an ignore file in the directory where it stands; what is no pattern says nothing, as in Git."""
    by_name: list[_Pattern] = []
    by_path: list[_Pattern] = []
    for at, line in enumerate(lines):
        pattern = _pattern(at, line)
        if pattern:
            (by_path if "/" in line.rstrip("/ ") else by_name).append(pattern)
    return (Rule(tuple(by_name[::-1]), tuple(by_path[::-1]), {}),) if by_name or by_path else ()


def _pattern(at: int, line: str) -> _Pattern | None:
    if line.startswith("#") or not line.strip(" !/"):
        return None
    from pathspec import GitIgnoreSpec

    try:
        (pattern,) = GitIgnoreSpec.from_lines([line]).patterns
    except ValueError:
        return None
    return _Pattern(at, pattern.regex, bool(pattern.include)) if pattern.regex else None


def read(path: str) -> tuple[Rule, ...]:
    """The rule of an ignore file, none where there is no such file. Raises OSError."""
    try:
        with open(path, encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
            return rules(line.rstrip("\r") for line in file.read().split("\n"))
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return ()


def git_root(directory: str) -> str:
    """The nearest directory upward that holds a Git repository; empty where there is none."""
    while not os.path.lexists(os.path.join(directory, ".git")):
        parent = os.path.dirname(directory)
        if parent == directory:
            return ""
        directory = parent
    return directory


def git_exclude(root: str) -> str:
    """The path of a repository's ``info/exclude``, that of the main work tree where this one is linked to it."""
    held = git_directory(root)
    return os.path.join(held, _first_line(os.path.join(held, "commondir")), "info", "exclude")


def git_directory(root: str) -> str:
    """The directory of git's own files, which a file ``.git`` names in a linked worktree and in a submodule."""
    held = os.path.join(root, ".git")
    named = _first_line(held).removeprefix("gitdir:").strip() if os.path.isfile(held) else ""
    return os.path.join(root, named) if named else held


def _first_line(path: str) -> str:
    """The first line of a file, which names a path; empty where there is none."""
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            return file.readline().rstrip("\n").replace("\0", "")
    except OSError:
        return ""


def holds(above: str, below: str) -> bool:
    """Whether one absolute path is the other, or a directory on the way to it."""
    return above == below or below.startswith(os.path.join(above, ""))


def steps(above: str, below: str) -> Iterator[tuple[str, str]]:
    """The directories from ``above`` down to ``below``, each with the name of the next."""
    if above == below:
        return
    for name in os.path.relpath(below, above).split(os.sep):
        yield above, name
        above = os.path.join(above, name)
