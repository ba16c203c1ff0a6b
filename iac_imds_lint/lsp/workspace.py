"""The folders of a session: the client's, and one for each directory in which a file is open that none of these has."""

from __future__ import annotations

import os.path
from collections.abc import Iterable, Iterator

from iac_imds_lint import ignoring
from iac_imds_lint.ignoring import holds
from iac_imds_lint.lsp.folder import Folder
from iac_imds_lint.lsp.wishes import Read, Wishes


class Workspace:
    """The folders by their keys. A file belongs to the innermost of those that hold it."""

    def __init__(self) -> None:
        self._given: dict[str, Folder] = {}
        self._beside: dict[str, Folder] = {}
        self._wishes = Read(Wishes())

    def __iter__(self) -> Iterator[Folder]:
        return iter((*self._given.values(), *self._beside.values()))

    def add(self, root: str) -> None:
        """A directory, by its absolute path, is a folder of the client's."""
        if os.path.isabs(root) and root not in self._given:
            self._given[root] = self._begun(Folder(root))
            self._part()

    def remove(self, root: str) -> None:
        """A directory is none any more."""
        if self._given.pop(root, None) is not None:
            self._part()

    def wish(self, wishes: Read) -> None:
        """These are the client's settings, for all folders that there are, and that come."""
        self._wishes = wishes
        for folder in self:
            folder.wish(wishes)

    def of(self, path: str) -> Folder | None:
        """The folder that a file belongs to."""
        holding = [root for root in self._given if holds(root, path) and root != path]
        return self._given[max(holding, key=len)] if holding else self._beside.get(os.path.dirname(path))

    def opened(self, paths: Iterable[str]) -> None:
        """These files are open, and no others."""
        wanted = {os.path.dirname(path) for path in paths if os.path.isabs(path) and self._is_in_none(path)}
        before = self._beside
        self._beside = {key: before.get(key) or self._begun(beside(key)) for key in sorted(wanted)}

    def _begun(self, folder: Folder) -> Folder:
        folder.wish(self._wishes)
        return folder

    def _is_in_none(self, path: str) -> bool:
        return not any(holds(root, path) for root in self._given)

    def _part(self) -> None:
        """Leave to each folder what is in it, and to the one around it the rest."""
        for root, folder in self._given.items():
            folder.leave(other for other in self._given if other != root and holds(root, other))


def beside(directory: str) -> Folder:
    """The folder for a directory that is in none of the client's: linted as ``check`` lints its files at the top of the
    Git repository, where they may be called from anywhere, and by itself where it is in none.

    A home that is a repository, as some keep their settings, is none here: all that a user has is never walked.
    """
    really = os.path.realpath(directory)
    top = ignoring.git_root(really)
    if not top or top in (os.path.realpath(os.path.expanduser("~")), os.path.dirname(top)):
        return Folder(directory, "")
    name = os.path.relpath(really, top)
    return Folder(top, "" if name == os.curdir else name, directory)
