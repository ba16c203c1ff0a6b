"""Diagnostics to the client: sent to one that waits for them, and kept for one that asks."""

from __future__ import annotations

import asyncio
import os.path
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from lsprotocol import types

from iac_imds_lint.lsp.addresses import uri_of
from iac_imds_lint.lsp.now import GivenUp, Now
from iac_imds_lint.lsp.protocol import RequestFailed
from iac_imds_lint.lsp.renewing import Renewal
from iac_imds_lint.lsp.sheets import CLEAN, Sheet

if TYPE_CHECKING:
    from iac_imds_lint.lsp.server import Server


class Publisher:
    """Keeps what the client knows current. However many changes come, one run follows on them."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._due = asyncio.Event()
        # Set when something is told the next time.
        self.change = asyncio.Event()
        self._edited: set[str] = set()
        self._known: Mapping[str, Sheet] | None = None
        self._sent: dict[str, tuple[Sheet, int | None]] = {}
        self._uris: dict[str, str] = {}
        self._is_owed = False
        self._is_asking = False
        self._renewal = Renewal(server)

    def closed(self, uri: str) -> None:
        """A document is closed: should it be opened again, its versions are others, whatever their numbers."""
        if uri in self._sent:
            self._sent[uri] = self._sent[uri][0], None

    def due(self, edited: Iterable[str]) -> None:
        """Something has changed: these files by an edit, or anything else."""
        self._edited.update(edited)
        self._due.set()

    def told(self, found: Mapping[str, Sheet]) -> None:
        """The client has asked, and knows this: the first time, that is what later changes are changes of."""
        if self._known is None:
            self._known = found

    async def keep(self) -> None:
        """Lint after each change, and tell the client, for as long as the session lasts."""
        while True:
            await self._due.wait()
            self._due.clear()
            (found,) = await asyncio.gather(self.found(), return_exceptions=True)
            if isinstance(found, GivenUp):
                continue
            if isinstance(found, BaseException):
                self._server.told.defect("a run over the workspace", found)
            elif not self._due.is_set():
                # Nothing has changed since: the documents are what was judged.
                self._tell(found)

    async def found(self) -> dict[str, Sheet]:
        """The diagnostics of all files that have any, by absolute paths. Raises GivenUp."""
        found = [(folder, await self._server.current(folder, Now.told)) for folder in self._server.folders]
        if len(found) == 1:
            return dict(found[0][1])
        together: dict[str, list[Sheet]] = {}
        for folder, sheets in found:
            for path, sheet in sheets.items():
                is_own = self._server.folder_of(path) is folder
                together.setdefault(path, []).insert(0 if is_own else len(found), sheet)
        return {path: _united(sheets) for path, sheets in together.items()}

    def _tell(self, found: Mapping[str, Sheet]) -> None:
        self._server.told.wrong(sentence for folder in self._server.folders for sentence in folder.told)
        self._server.told.unread(sentence for folder in self._server.folders for sentence in folder.unread)
        if self._server.able.pulls:
            self._refresh(found)
        else:
            self._push(found)
        self._known = found
        self._edited.clear()
        self.change.set()
        self.change = asyncio.Event()
        self._server.background(self._renewal.told())

    def _push(self, found: Mapping[str, Sheet]) -> None:
        """Send what is other than what was sent, and to each version of an open document its own."""
        documents = self._server.documents
        wanted: dict[str, tuple[Sheet, int | None]] = {
            **{self._uri(path): (sheet, None) for path, sheet in found.items() if path not in documents},
            **{
                one.uri: (found.get(path, CLEAN), one.version) for path, one in documents.items() if os.path.isabs(path)
            },
        }
        for uri in dict.fromkeys((*self._sent, *wanted)):
            sheet, version = wanted.get(uri, (CLEAN, None))
            if self._sent.get(uri, (CLEAN, None)) != (sheet, version):
                self._server.text_document_publish_diagnostics(
                    types.PublishDiagnosticsParams(uri, sheet.diagnostics, version)
                )
        self._sent = wanted

    def _uri(self, path: str) -> str:
        """The URI of a file, written once for as long as the session lasts."""
        if path not in self._uris:
            self._uris[path] = uri_of(path)
        return self._uris[path]

    def _refresh(self, found: Mapping[str, Sheet]) -> None:
        """Have the client ask again where something changed that it did not change itself."""
        if self._known is None or not self._server.able.refreshes:
            return
        known = self._known
        changed = {path for path in {*known, *found} if known.get(path, CLEAN) != found.get(path, CLEAN)}
        if changed - self._edited:
            self._is_owed = True
            if not self._is_asking:
                self._server.background(self._ask())

    async def _ask(self) -> None:
        """Ask once at a time, and once for all that changed before the client answered."""
        self._is_asking = True
        while self._is_owed:
            self._is_owed = False
            try:
                await self._server.workspace_diagnostic_refresh_async(None)
            except RequestFailed as refused:
                self._server.told.debug(str(refused))
        self._is_asking = False


def _united(sheets: list[Sheet]) -> Sheet:
    """What several folders say of a file, that first to which it belongs; what they say of one place, once."""
    if len(sheets) == 1:
        return sheets[0]
    said: dict[tuple[object, ...], list[types.Diagnostic]] = {}
    for sheet in sheets:
        here: dict[tuple[object, ...], list[types.Diagnostic]] = {}
        for one in sheet.diagnostics:
            start, end = one.range.start, one.range.end
            here.setdefault((one.code, start.line, start.character, end.line, end.character), []).append(one)
        said = {**said, **{place: group for place, group in here.items() if place not in said}}
    return Sheet(tuple(one for group in said.values() for one in group))
