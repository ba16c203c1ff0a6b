"""A client's session: its documents and folders, and the work that is done on them."""

from __future__ import annotations

import asyncio
import os.path
from collections.abc import Callable, Coroutine, Iterable, Mapping
from functools import partial
from threading import Event
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from lsprotocol import types
from pygls.lsp.server import LanguageServer

from iac_imds_lint.lsp.abilities import Abilities
from iac_imds_lint.lsp.addresses import path_of
from iac_imds_lint.lsp.collecting import Collecting
from iac_imds_lint.lsp.documents import Document
from iac_imds_lint.lsp.folder import Folder
from iac_imds_lint.lsp.now import GivenUp, Now
from iac_imds_lint.lsp.page import Page
from iac_imds_lint.lsp.progress import Progress
from iac_imds_lint.lsp.protocol import Protocol, RequestFailed, converter
from iac_imds_lint.lsp.publishing import Publisher
from iac_imds_lint.lsp.sheets import Sheets
from iac_imds_lint.lsp.telling import Telling
from iac_imds_lint.lsp.worker import Stoppable, Stopped, Worker
from iac_imds_lint.lsp.workspace import Workspace
from iac_imds_lint.output.notes import counted
from iac_imds_lint.version import __version__

_T = TypeVar("_T")


class Server(LanguageServer):
    """The state of a session. All of it is the loop's, but for what :meth:`_work` does in the worker's thread."""

    protocol: Protocol

    def __init__(self) -> None:
        super().__init__("iac-imds-lint", __version__, protocol_cls=Protocol, converter_factory=converter)
        self.told = Telling(self)
        self.able = Abilities()
        self.documents: Mapping[str, Document] = {}
        self.folders = Workspace()
        self.worker = Worker()
        self.publisher = Publisher(self)
        self.ended: asyncio.Future[int] | None = None
        self._collecting = Collecting()
        self._sheets: WeakKeyDictionary[Folder, Sheets] = WeakKeyDictionary()
        self._bars: WeakKeyDictionary[Folder, Progress] = WeakKeyDictionary()
        self._running: set[Event] = set()
        self._given_up: set[Folder] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def encoding(self) -> types.PositionEncodingKind:
        """What columns are counted in."""
        return self.able.encoding

    def background(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something beside what the client asks for."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self.told.defect("work in the background", error)

    def begin(self) -> None:
        """The client is ready to be told."""
        self.background(self.publisher.keep())

    def end(self, status: int) -> None:
        """The session is over."""
        self.stop()
        self.protocol.drop()
        if self.ended is not None and not self.ended.done():
            self.ended.set_result(status)

    # Folders and documents.

    def folder_of(self, path: str) -> Folder | None:
        """The innermost folder that a file is in, or what is linted because it is open."""
        return self.folders.of(path)

    def add(self, root: str) -> None:
        """A directory is a folder of the workspace."""
        self.folders.add(root)
        self._sort()

    def remove(self, root: str) -> None:
        """A directory is none any more."""
        self.folders.remove(root)
        self._sort()

    def opened(self, document: Document) -> None:
        """A document is open, or has another text than it had."""
        is_new = document.path not in self.documents
        self.documents = {**self.documents, document.path: document}
        if is_new:
            self.folders.opened(self.documents)
        self.changed([document.path])

    def closed(self, path: str) -> None:
        """A document is closed: the file on disk counts again."""
        if path in self.documents:
            self.publisher.closed(self.documents[path].uri)
        self.documents = {other: document for other, document in self.documents.items() if other != path}
        self.folders.opened(self.documents)
        self.changed([path])

    def _sort(self) -> None:
        """Folders came or went: to each document its own."""
        self.folders.opened(self.documents)
        self.changed()

    def on_disk(self, paths: Iterable[str]) -> None:
        """Files and directories came, went or were changed on disk."""
        paths = list(paths)
        news = [folder.watched(paths) for folder in self.folders]
        if any(news):
            self.changed()

    def changed(self, edited: Iterable[str] = ()) -> None:
        """Something is other than it was, these documents by an edit: what is done on them begins anew."""
        self._given_up.clear()
        self.stop()
        self.publisher.due(edited)

    def stop(self) -> None:
        """What runs is out of date."""
        for stop in self._running:
            stop.set()

    def misheard(self, method: str, params: object, reason: str) -> None:
        """A notification cannot be understood. Where it is a change, what is in the editor is not known any more."""
        self.told.log(f"{method} is not understood: {reason}", types.MessageType.Warning)
        document = params.get("textDocument") if isinstance(params, dict) else None
        uri = document.get("uri") if isinstance(document, dict) else None
        if method == types.TEXT_DOCUMENT_DID_CHANGE and isinstance(uri, str) and path_of(uri) in self.documents:
            self.told.log(f"{uri} is read from disk until it is opened again", types.MessageType.Warning)
            self.closed(path_of(uri))

    # Work.

    async def answered(self, uri: str, work: Callable[[Page], _T]) -> _T | None:
        """What ``work`` makes of a file in a current report, in the worker's thread; None where no folder holds it.

        Raises RequestFailed where the document has changed meanwhile: what the client asked is about another text.
        """
        path = path_of(uri)
        folder = self.folder_of(path)
        if folder is None:
            return None
        document = self.documents.get(path)

        def verify() -> None:
            if self.documents.get(path) is not document:
                raise RequestFailed(f"{uri} has changed", int(types.LSPErrorCodes.ContentModified))

        try:
            answer = await self.current(folder, lambda now: work(now.page(path)), verify)
        except GivenUp:
            return None
        verify()
        return answer

    async def current(self, folder: Folder, work: Callable[[Now], _T], verify: Callable[[], None] = lambda: None) -> _T:
        """What ``work`` makes of a current report, in the worker's thread. It begins anew after a change; ``verify`` is
        called before that, and may raise what the caller is to know. Raises GivenUp.
        """
        loop = asyncio.get_running_loop()
        while True:
            stop = Event()
            self._running.add(stop)
            try:
                return await self.worker.ask(partial(self._work, folder, stop, work, loop))
            except Stopped:
                if folder in self._given_up:
                    raise GivenUp from None
                verify()
            finally:
                # Where nobody waits any more, nothing is done any more.
                stop.set()
                self._running.discard(stop)

    def _work(self, folder: Folder, stop: Event, work: Callable[[Now], _T], loop: asyncio.AbstractEventLoop) -> _T:
        if stop.is_set() or folder in self._given_up:
            raise Stopped
        opened = self.documents
        progress = self._bar(folder, loop)
        report = folder.report(opened, Stoppable(stop, progress.told))
        self._collecting.after(report)
        self._bars.pop(folder, None)
        loop.call_soon_threadsafe(progress.over, counted(len(report.findings), "finding"))
        if folder not in self._sheets:
            self._sheets[folder] = Sheets(folder, self.able)
        return work(Now(folder, report, opened, self._sheets[folder]))

    def _bar(self, folder: Folder, loop: asyncio.AbstractEventLoop) -> Progress:
        """The bar of a run, which is that of the run before where that one did not come to its end."""
        progress = self._bars.get(folder)
        if progress is None:
            name = os.path.basename(folder.key) or folder.key
            progress = Progress(self, name, loop, is_first=folder not in self._sheets)
            self._bars[folder] = progress
        progress.again()
        return progress

    def is_given_up(self, folder: Folder) -> bool:
        """Whether the user has ended the run over a folder, and nothing has changed since."""
        return folder in self._given_up

    def give_up(self, token: str | int) -> None:
        """The user has ended a run, by the token of its bar."""
        for folder, progress in list(self._bars.items()):
            if progress.token == token:
                self._given_up.add(folder)
                self._bars.pop(folder, None)
                progress.over("ended by the user")
                told = f"The run over {folder.key} was ended: nothing new is told of it before something changes."
                self.told.log(told)
                self.stop()
