"""One workspace folder: its configuration, its files, and the report on them, kept current."""

from __future__ import annotations

import os.path
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime, timezone
from threading import Lock
from typing import NamedTuple

from iac_imds_lint import asked, comparing, config, discovery, engine
from iac_imds_lint.baseline import Describing
from iac_imds_lint.discovery import Wanted
from iac_imds_lint.files import FileSystem
from iac_imds_lint.ignoring import holds
from iac_imds_lint.listing import Listing
from iac_imds_lint.lsp.addresses import uri_of
from iac_imds_lint.lsp.buffers import Buffers
from iac_imds_lint.lsp.documents import Document
from iac_imds_lint.lsp.settling import Settled, settled
from iac_imds_lint.lsp.wishes import Read, Wishes
from iac_imds_lint.report import Report
from iac_imds_lint.source import Problem
from iac_imds_lint.sources import Sources

# What tools write there, no run reads.
_UNREAD = discovery.PRUNED - {".terraform"}


class _News(NamedTuple):
    """What may be other than it was since the last report: files by their absolute paths, what the folder is linted
    with, which files there are, all that was read (``look``), and even where the project ends (``anew``).
    """

    changed: frozenset[str] = frozenset()
    settle: bool = False
    walk: bool = False
    look: bool = False
    anew: bool = False

    def __or__(self, other: _News) -> _News:
        return _News(self.changed | other.changed, *(one or two for one, two in zip(self[1:], other[1:], strict=True)))


class _State(NamedTuple):
    """What a folder is linted with and over. ``around`` are the files that may call those of a single directory."""

    settled: Settled
    listing: Listing
    around: Listing | None
    buffers: Buffers
    sources: Sources


class Folder:
    """A directory that is linted as ``check`` lints it when it is run there. Where ``only`` is given, which is a
    directory in ``root`` by its name there, as ``check`` lints what stands right in that.

    ``root`` is absolute, and as the client calls it; names in reports begin there. ``key`` tells it from others, and is
    the directory that it stands for. Only the worker's thread asks for a
    report, and for what is known by it; any thread may say that something changed.
    """

    def __init__(self, root: str, only: str | None = None, key: str = "") -> None:
        self.root = root
        self.only = only
        self.key = key or root
        self._left: frozenset[str] = frozenset()
        self._real = os.path.realpath(root)
        self._lock = Lock()
        self._news = _News()
        self._wishes = Read(Wishes())
        self._state: _State | None = None
        self._report: Report | None = None
        self.unread: tuple[str, ...] = ()
        self._described: tuple[Sources, str, Describing] | None = None

    def wish(self, wishes: Read) -> None:
        """These are the client's settings from now on."""
        if wishes != self._wishes:
            self._wishes = wishes
            self._tell(_News(settle=True))

    def leave(self, roots: Iterable[str]) -> None:
        """What is below these absolute paths is linted by folders of its own: here it is only read for context."""
        left = frozenset(f"{self.name(root)}{os.sep}" for root in roots)
        if left != self._left:
            self._left = left
            self._tell(_News(walk=True))

    def changed(self, paths: Iterable[str]) -> None:
        """These files, by their absolute paths, are other than they were on disk: they came, went or were changed."""
        self._tell(_News(frozenset(map(self._really, paths))))

    def watched(self, paths: Iterable[str]) -> bool:
        """These files and directories came, went or were changed on disk; whether a run may say something else now."""
        news = _News()
        for path in paths:
            news |= self._news_of(self._really(path))
        self._tell(news)
        return news != _News()

    def look_again(self) -> None:
        """Anything may have changed on disk: the client does not tell."""
        self._tell(_News(look=True))

    def begin_anew(self) -> None:
        """Nothing is as it was."""
        self._tell(_News(anew=True))

    def name(self, path: str) -> str:
        """A path as the folder's reports name it."""
        return os.path.relpath(self._really(path), self._real)

    def place(self, name: str) -> str:
        """The absolute path of what a report names, as the client calls it."""
        is_inside = name.split(os.sep, 1)[0] != os.pardir
        return os.path.normpath(os.path.join(self.root if is_inside else self._real, name))

    def uri(self, name: str) -> str:
        """The URI of what a report names: the client's own, where it has that open."""
        document = self.document(name)
        return document.uri if document is not None else uri_of(self.place(name))

    def document(self, name: str) -> Document | None:
        """The open document that the last report has read as the file of this name."""
        return self._state.buffers.document(name) if self._state is not None else None

    def report(self, opened: Mapping[str, Document], spread: engine.Spread) -> Report:
        """The report on the folder with these open documents; no fix is written in it."""
        with self._lock:
            news, self._news = self._news, _News()
        if news != _News() or self._state is None:
            # Should the run be stopped, there is no report, and the next one begins where this one did.
            self._report = None
            self._state = self._begun() if self._state is None or news.anew else self._renewed(self._state, news)
        state = self._state
        others = state.buffers.open(opened)
        state.sources.forget(others)
        if others or self._report is None or self.options.today != _today():
            self._report = None
            self._report = self._found(state, spread)
            self.unread = tuple(f"{one.path}: {one.reason}" for one in self._report.problems)
        return self._report

    @property
    def options(self) -> engine.Options:
        """What the last report was asked for."""
        return self._state.settled.options if self._state is not None else engine.Options()

    @property
    def told(self) -> tuple[str, ...]:
        """What is wrong in the settings, the configuration and the baseline of the last report: a sentence each."""
        return self._state.settled.told if self._state is not None else ()

    @property
    def mistakes(self) -> tuple[Problem, ...]:
        """What is wrong in configuration files, and where, by the names that reports would give them."""
        mistakes = self._state.settled.mistakes if self._state is not None else ()
        return tuple(one._replace(path=self.name(one.path)) for one in mistakes)

    def _tell(self, news: _News) -> None:
        with self._lock:
            self._news |= news

    def _really(self, path: str) -> str:
        """An absolute path as the folder reads it: links to the folder, and to the directory of the file, followed."""
        if holds(self.root, path):
            return os.path.normpath(os.path.join(self._real, os.path.relpath(path, self.root)))
        if holds(self._real, path):
            return path
        directory, name = os.path.split(path)
        return os.path.join(os.path.realpath(directory), name)

    def _news_of(self, path: str) -> _News:
        """What it means that a file or directory came, went or was changed."""
        name = os.path.basename(path)
        if holds(os.path.dirname(path), self._real) and name == ".git":
            return _News(anew=True)
        if path.endswith(os.path.join(".git", "info", "exclude")):
            return _News(walk=True)
        if holds(self._real, path) and not _UNREAD.isdisjoint(os.path.relpath(path, self._real).split(os.sep)):
            return _News()
        state = self._state
        decides = name in config.FILES and holds(os.path.dirname(path), self._real)
        settle = decides or state is None or path in state.settled.read
        return _News(frozenset([path]), settle=settle, walk=name == ".gitignore")

    def _begun(self) -> _State:
        now = settled(self._real, self._wishes, self._state.settled if self._state is not None else None)
        files = FileSystem(discovery.project((os.curdir,), self._real), self._real)
        buffers = Buffers(files, self._real)
        return _State(now, self._listing(now), self._around(), buffers, Sources(buffers))

    def _renewed(self, state: _State, news: _News) -> _State:
        """The state after news; what was read of other files stays."""
        if news.settle or news.look:
            now = settled(self._real, self._wishes, state.settled)
            state = state._replace(settled=now, listing=self._listing(now))
        names = state.buffers.names_of(news.changed) | (state.buffers.differing() if news.look else set())
        told = [os.path.relpath(path, self._real) for path in news.changed]
        for listing in filter(None, (state.listing, state.around)):
            if news.walk or news.look:
                listing.walk_anew()
            else:
                listing.renew(told)
        state.sources.forget(names)
        return state

    def _listing(self, now: Settled) -> Listing:
        settings = now.settings
        root = settings.root if settings.file else self._real
        return Listing(self._real, Wanted(settings.exclude, root, now.options.scripts), self.only)

    def _around(self) -> Listing | None:
        in_repository = self.only is not None and os.path.lexists(os.path.join(self._real, ".git"))
        return Listing(self._real, Wanted((), self._real)) if in_repository else None

    def _found(self, state: _State, spread: engine.Spread) -> Report:
        options = state.settled.options._replace(today=_today())
        self._state = state = state._replace(settled=state.settled._replace(options=options))
        files = self._files(state)
        callers = asked.callers(files, state.around.files) if state.around is not None and files else ()
        report = engine.find(files, state.sources, options, spread=spread, callers=callers)
        state.sources.settle()
        report = replace(report, problems=(*state.listing.problems, *report.problems))
        known = state.settled.known
        if known is None:
            return report
        paths = (os.curdir,) if self.only is None else files
        describing = self._describing(state.sources, known.file)
        return comparing.compared(report, known, describing, paths, self._real).report

    def _describing(self, sources: Sources, file: str) -> Describing:
        """Who compares with the baseline: the same one for as long as the baseline stands where it does."""
        if self._described is None or self._described[:2] != (sources, file):
            self._described = sources, file, comparing.describing(sources, file, self._real)
        return self._described[2]

    def _files(self, state: _State) -> tuple[str, ...]:
        """The files to lint, with those that were never saved."""
        if not self._wishes.wishes.enable:
            return ()
        opened = (os.path.relpath(place, self._real) for place in state.buffers.opened)
        unsaved = set(filter(state.listing.takes, opened)) - set(state.listing.files)
        files = tuple(sorted({*state.listing.files, *unsaved})) if unsaved else state.listing.files
        left = tuple(self._left)
        return tuple(name for name in files if not name.startswith(left)) if left else files


def _today() -> date:
    return datetime.now(timezone.utc).date()
