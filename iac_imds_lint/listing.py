"""Which files there are to lint in a directory, kept current: where something came or went, only that is looked at."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from functools import partial

from iac_imds_lint import discovery
from iac_imds_lint.discovery import Directory, Walk, Wanted
from iac_imds_lint.ignoring import holds, steps
from iac_imds_lint.source import Problem

# Where more came or went at once, all is looked at.
_MANY = 100


class Listing:
    """What ``discover`` finds in the directory ``root``, which is absolute: ``files`` and ``problems`` as it tells them
    of its working directory. Where ``only`` is given, which is a directory in there, what stands right in that.
    """

    def __init__(self, root: str, wanted: Wanted, only: str | None = None) -> None:
        self._root = root
        self._wanted = wanted
        self._only = only
        self.walk_anew()

    def walk_anew(self) -> None:
        """Look for all files again."""
        self._walk = Walk(self._wanted, partial(discovery.project, (os.curdir,), self._root))
        self._top: Directory = self._walk.top(self._root)
        self._shown = dict(self._all())
        self._finish()

    def renew(self, names: Iterable[str]) -> None:
        """Something came, went or changed at these places, which are named as files are."""
        inside = (name for name in dict.fromkeys(names) if holds(self._root, self._place(name)))
        names = [name for name in inside if not self._is_as_it_was(name)]
        if not names:
            return
        if self._only is not None or len(names) > _MANY or self._depends_on_all(names):
            self.walk_anew()
            return
        for name in names:
            place = self._place(name)
            for gone in [one for one in self._shown if holds(place, one)]:
                del self._shown[gone]
            self._shown.update(self._walk.again(self._top, place))
        if self._walk.is_linked:
            self.walk_anew()
        else:
            self._finish()

    def takes(self, name: str) -> bool:
        """Whether a file of that name is, or would be, one of the files."""
        if name not in self._taken:
            self._taken[name] = name in self._found or self._would_be_taken(name)
        return self._taken[name]

    def _place(self, name: str) -> str:
        return os.path.normpath(os.path.join(self._root, name))

    def _all(self) -> Iterator[tuple[str, str]]:
        if self._only is None:
            return self._walk.files(self._top)
        return self._walk.right_in(self._top, self._place(self._only))

    def _finish(self) -> None:
        self.files: tuple[str, ...] = tuple(sorted(self._shown.values()))
        self.problems: tuple[Problem, ...] = tuple(dict.fromkeys(self._walk.problems))
        self._found = frozenset(self.files)
        self._taken: dict[str, bool] = {}

    def _would_be_taken(self, name: str) -> bool:
        place = self._place(name)
        if self._only is not None and os.path.dirname(name) != self._only:
            return False
        return holds(self._root, place) and self._walk.takes(self._top, place)

    def _is_as_it_was(self, name: str) -> bool:
        """Whether a place holds one of the files, and still does: which it is was decided by its name."""
        place = self._place(name)
        return name in self._found and os.path.isfile(place) and not os.path.islink(place)

    def _depends_on_all(self, names: Sequence[str]) -> bool:
        """Whether what is found at these places depends on what is found elsewhere, or nobody knows."""
        return self._walk.is_linked or bool(self._walk.problems) or any(map(self._is_linked, names))

    def _is_linked(self, name: str) -> bool:
        """Whether a link stands at a place, or leads there."""
        place = self._place(name)
        return any(os.path.islink(os.path.join(above, step)) for above, step in steps(self._root, place))
