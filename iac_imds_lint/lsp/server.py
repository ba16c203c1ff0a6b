"""The server: what a client sends, to what is done about it."""

from __future__ import annotations

import os.path
from collections.abc import Callable
from functools import partial
from threading import Event
from typing import TypeVar

from lsprotocol import types
from pygls import uris
from pygls.lsp.server import LanguageServer

from iac_imds_lint.finding import Finding
from iac_imds_lint.lsp.collecting import Collecting
from iac_imds_lint.lsp.diagnostics import diagnostic
from iac_imds_lint.lsp.documents import Document
from iac_imds_lint.lsp.folder import Folder
from iac_imds_lint.lsp.lines import Lines
from iac_imds_lint.lsp.page import Page, Places
from iac_imds_lint.lsp.worker import Stoppable, Stopped, Worker
from iac_imds_lint.version import __version__

_T = TypeVar("_T")


class Server(LanguageServer):
    """A client's session: its open documents, its folders, and what was published to it."""

    def __init__(self) -> None:
        super().__init__("iac-imds-lint", __version__)
        self.documents: dict[str, Document] = {}
        self.folders: dict[str, Folder] = {}
        self.worker = Worker()
        self._published: dict[str, set[str]] = {}
        self._collecting = Collecting()
        self._stop = Event()

    @property
    def encoding(self) -> types.PositionEncodingKind:
        """What columns are counted in."""
        return types.PositionEncodingKind(self.workspace.position_encoding or types.PositionEncodingKind.Utf16)

    def folder_of(self, path: str) -> Folder | None:
        """The innermost folder that a file is in."""
        holding = [root for root in self.folders if path.startswith(os.path.join(root, ""))]
        return self.folders[max(holding, key=len)] if holding else None

    def opened(self, document: Document) -> None:
        """A document is open, or has another text than it had."""
        self.documents = {**self.documents, document.path: document}
        self._changed(document.path)

    def closed(self, path: str) -> None:
        """A document is closed: the file on disk counts again."""
        self.documents = {other: document for other, document in self.documents.items() if other != path}
        self._changed(path)

    def _changed(self, path: str) -> None:
        for folder in self.folders.values():
            folder.changed([path])
        self._stop.set()

    async def answered(self, uri: str, work: Callable[[Page], _T]) -> _T | None:
        """What ``work`` makes of a file in a current report, in the worker's thread; None where no folder holds it."""
        path = path_of(uri)
        folder = self.folder_of(path)
        if folder is None:
            return None
        return await self.worker.ask(lambda: work(self._page(folder, path, Stoppable(Event()))))

    def _page(self, folder: Folder, path: str, spread: Stoppable) -> Page:
        report = folder.report(self.documents, spread)
        return Page(folder, report, Places(folder, report, self.encoding), folder.name(path))

    async def publish(self) -> None:
        """Lint what changed, and tell the client."""
        self._stop = stop = Event()
        for folder in list(self.folders.values()):
            try:
                found = await self.worker.ask(partial(self._diagnostics, folder, Stoppable(stop)))
            except Stopped:
                return
            self._send(folder, found)

    def _diagnostics(self, folder: Folder, spread: Stoppable) -> dict[str, list[types.Diagnostic]]:
        report = folder.report(self.documents, spread)
        self._collecting.after(report)
        places = Places(folder, report, self.encoding)
        by_uri: dict[str, list[Finding]] = {}
        for finding in report.findings:
            by_uri.setdefault(places.uri(finding.span.path), []).append(finding)
        return {uri: [diagnostic(finding, places) for finding in found] for uri, found in by_uri.items()}

    def _send(self, folder: Folder, found: dict[str, list[types.Diagnostic]]) -> None:
        before = self._published.get(folder.root, set())
        self._published[folder.root] = set(found)
        for uri in {*before, *found}:
            params = types.PublishDiagnosticsParams(uri, found.get(uri, []))
            self.text_document_publish_diagnostics(params)


def path_of(uri: str) -> str:
    """The absolute path that a URI names; the URI itself where it names none."""
    path = uris.to_fs_path(uri)
    return os.path.normpath(path) if path else uri


def serve() -> int:
    """Serve one client on standard input and output; the exit status."""
    made().start_io()
    return 0


def made() -> Server:
    """A server with all that it can do."""
    server = Server()

    @server.feature(types.INITIALIZE)
    def initialize(ls: Server, params: types.InitializeParams) -> None:
        for folder in params.workspace_folders or []:
            root = path_of(folder.uri)
            ls.folders[root] = Folder(root)

    @server.feature(types.INITIALIZED)
    async def initialized(ls: Server, _: types.InitializedParams) -> None:
        await ls.publish()

    @server.feature(types.TEXT_DOCUMENT_DID_OPEN)
    async def did_open(ls: Server, params: types.DidOpenTextDocumentParams) -> None:
        item = params.text_document
        ls.opened(Document(path_of(item.uri), item.uri, item.version, item.text, Lines(item.text, ls.encoding)))
        await ls.publish()

    @server.feature(types.TEXT_DOCUMENT_DID_CHANGE)
    async def did_change(ls: Server, params: types.DidChangeTextDocumentParams) -> None:
        document = ls.documents.get(path_of(params.text_document.uri))
        if document is not None:
            ls.opened(document.changed(params.content_changes, params.text_document.version, ls.encoding))
            await ls.publish()

    @server.feature(types.TEXT_DOCUMENT_DID_CLOSE)
    async def did_close(ls: Server, params: types.DidCloseTextDocumentParams) -> None:
        ls.closed(path_of(params.text_document.uri))
        await ls.publish()

    return server
