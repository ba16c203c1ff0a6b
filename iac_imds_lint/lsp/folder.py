"""One workspace folder: its configuration, its files, and the report on them, kept current."""

from __future__ import annotations

import os.path
from collections.abc import Callable, Iterable, Mapping
from threading import Lock
from typing import NamedTuple

from iac_imds_lint import asked, config, discovery, engine
from iac_imds_lint.files import FileSystem
from iac_imds_lint.inputs import Inputs
from iac_imds_lint.lsp.buffers import Buffers
from iac_imds_lint.lsp.documents import Document
from iac_imds_lint.output import words
from iac_imds_lint.report import Report
from iac_imds_lint.sources import Sources


class _State(NamedTuple):
    """What a folder is linted with, from one change of its configuration to the next."""

    files: tuple[str, ...]
    buffers: Buffers
    sources: Sources
    options: engine.Options


class Folder:
    """A directory that is linted as the command lints it when it is run there.

    Paths in reports begin in ``root``, which is absolute. Only the worker's thread asks for a report; any thread may
    say that something changed.
    """

    def __init__(self, root: str) -> None:
        self.root = root
        self._lock = Lock()
        self._changed: set[str] = set()
        self._anew = True
        self._state: _State | None = None
        self._report: Report | None = None

    def changed(self, paths: Iterable[str]) -> None:
        """These files, by their absolute paths, are other than they were, in a buffer or on disk."""
        with self._lock:
            self._changed.update(map(self.name, paths))

    def begin_anew(self) -> None:
        """The configuration, or which files there are, may be other than it was."""
        with self._lock:
            self._anew = True

    def name(self, path: str) -> str:
        """A path as the folder's reports name it."""
        return os.path.relpath(path, self.root)

    def place(self, name: str) -> str:
        """The absolute path of what a report names."""
        return os.path.normpath(os.path.join(self.root, name))

    def report(self, opened: Mapping[str, Document], spread: engine.Spread) -> Report:
        """The report on the folder with these open documents; no fix is written in it."""
        with self._lock:
            changed, anew = frozenset(self._changed), self._anew
        if self._report is not None and not changed and not anew:
            return self._report
        state = self._begun() if anew or self._state is None else self._state
        state.buffers.opened = dict(opened)
        state.sources.forget(changed)
        self._state, self._anew = state, False
        self._report = engine.find(self._named(state, opened), state.sources, state.options, spread=spread)
        state.sources.settle()
        with self._lock:
            self._changed -= changed
        return self._report

    @property
    def options(self) -> engine.Options:
        """What the last report was asked for."""
        return self._state.options if self._state is not None else engine.Options()

    def _begun(self) -> _State:
        settings = config.load(words.known(), self.root)
        found = discovery.discover((self.root,), settings.exclude, settings.root, settings.scripts)
        files = FileSystem(discovery.project((self.root,)), self.root)
        buffers = Buffers(files, self.root)
        options = asked.options(settings, Inputs(environment=asked.environment()), {}, None)
        return _State(tuple(map(self.name, found.files)), buffers, Sources(buffers), options)

    def _named(self, state: _State, opened: Mapping[str, Document]) -> tuple[str, ...]:
        """The files to lint, with those that were never saved."""
        inside = os.path.join(self.root, "")
        unsaved = {self.name(path) for path in opened if path.startswith(inside)} - set(state.files)
        return tuple(sorted({*state.files, *unsaved})) if unsaved else state.files


Watch = Callable[[int, int], None]
