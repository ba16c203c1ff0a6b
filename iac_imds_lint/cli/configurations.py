"""The configuration files that a run does not read, because another one counts or none was looked for there."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator

from iac_imds_lint import config
from iac_imds_lint.cli.telling import first_few, tell


def tell_unread(counting: str, seen: Iterable[str], named: Iterable[str]) -> None:
    """Tell on standard error of configuration files that do not count.

    ``counting`` is the one that does, if any; ``seen`` are those that a walk met, ``named`` the paths that the user
    names: what stands above them, up to the working directory, is looked at as well.
    """
    own = os.path.realpath(counting) if counting else ""
    found = filter(os.path.lexists, (*_above(named), *_beside(counting), *seen))
    places = {os.path.realpath(path): path for path in found}
    unread = sorted(path for place, path in places.items() if place != own and config.says_something(path))
    beside = [path for path in unread if own and os.path.dirname(os.path.realpath(path)) == os.path.dirname(own)]
    for path in beside:
        tell(f"{path}: not read, for {_shown(counting)} beside it counts: keep one of the two")
    if elsewhere := [path for path in unread if path not in beside]:
        counts = f"{_shown(counting)} counts for all of this run" if counting else _LOOKED_FOR
        tell(f"Configuration not read: {first_few(elsewhere)}; {counts}; {_ADVICE}")


_LOOKED_FOR = "it is looked for from the working directory upward"
_ADVICE = "run the linter where they stand, or name one with --config"


def _above(named: Iterable[str]) -> Iterator[str]:
    """Where configuration may stand above what is named, below the working directory; each directory once."""
    directories: set[str] = set()
    for path in named:
        name = os.path.relpath(path)
        while (name := os.path.dirname(name)) not in directories and not _leads_out(name):
            directories.add(name)
    return (os.path.join(directory, file) for directory in sorted(directories) for file in config.FILES)


def _leads_out(name: str) -> bool:
    return not name or os.path.isabs(name) or name.split(os.sep, 1)[0] == os.pardir


def _beside(counting: str) -> Iterator[str]:
    """Where else configuration may stand in the directory of the file that counts."""
    return (_shown(os.path.join(os.path.dirname(counting), file)) for file in config.FILES if counting)


def _shown(path: str) -> str:
    """The path as short as it can be: below the working directory, or whole."""
    relative = os.path.relpath(path)
    return path if _leads_out(relative) else relative
