"""Code actions: the menu under the cursor, and what an entry of it changes.

An entry is proven when it is chosen where the client then asks for its edit, else before it is shown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from threading import Thread
from weakref import WeakKeyDictionary

from lsprotocol import types

from iac_imds_lint.edit import Refusal
from iac_imds_lint.lsp import entries, fixing
from iac_imds_lint.lsp.abilities import Editing
from iac_imds_lint.lsp.addresses import path_of
from iac_imds_lint.lsp.edits import Stale, workspace_edit
from iac_imds_lint.lsp.entries import Entry, Made
from iac_imds_lint.lsp.folder import Folder
from iac_imds_lint.lsp.menu import KINDS, Fixes
from iac_imds_lint.lsp.page import Page
from iac_imds_lint.lsp.protocol import RequestFailed
from iac_imds_lint.lsp.proving import Proven
from iac_imds_lint.lsp.server import Server
from iac_imds_lint.scanning import is_native
from iac_imds_lint.writing import prepare

_CHANGED = "the file has changed since: ask again"


def register(server: Server) -> None:
    """Have a server answer requests for code actions."""
    actions = Actions(server)
    fixing.register(server)

    @server.feature(types.TEXT_DOCUMENT_CODE_ACTION, types.CodeActionOptions(KINDS, resolve_provider=True))
    async def code_action(_: Server, params: types.CodeActionParams) -> list[types.CodeAction]:
        return await actions.offered(params)

    @server.feature(types.CODE_ACTION_RESOLVE)
    async def resolve(_: Server, action: types.CodeAction) -> types.CodeAction:
        return await actions.resolved(action)


class Preparing:
    """Imports what proofs need while the user reads the first menu: cfn-lint takes seconds. Not the worker's work, for
    diagnostics do not wait for it.
    """

    def __init__(self) -> None:
        self._done: set[bool] = set()

    def __call__(self, path: str) -> None:
        """A change of this file may be asked for."""
        if is_native(path) not in self._done:
            self._done.add(is_native(path))
            Thread(target=prepare, args=(path,), daemon=True).start()


class Actions:
    """The code actions of a session."""

    def __init__(self, server: Server, prepare: Callable[[str], None] | None = None) -> None:
        self._server = server
        self._prepare = prepare or Preparing()
        # The worker's alone.
        self._fixes: WeakKeyDictionary[Folder, Fixes] = WeakKeyDictionary()

    @property
    def _client(self) -> Editing:
        return self._server.able.editing

    async def offered(self, params: types.CodeActionParams) -> list[types.CodeAction]:
        """The menu at a range of a file."""
        able = self._server.able
        if not able.editing.takes_actions:
            return []
        found = await self._server.answered(
            params.text_document.uri, lambda page: list(entries.entries(page, self._fixes_of(page), params, able))
        )
        if any(entry.action.data is not None for entry in found or ()):
            self._prepare(path_of(params.text_document.uri))
        return list(self._finished(found or []))

    def _fixes_of(self, page: Page) -> Fixes:
        """The fixes of the report of a page."""
        fixes = self._fixes.get(page.folder)
        if fixes is None or fixes.report is not page.report:
            fixes = self._fixes[page.folder] = Fixes(page.report)
        return fixes

    def _finished(self, found: list[Entry]) -> Iterator[types.CodeAction]:
        """The actions of a menu; those that could not be proven are left out."""
        for action, made in found:
            if made is None:
                yield action
            elif not isinstance(made.found, Refusal):
                yield self._with_edit(action, made, made.found)
            elif self._client.shows_disabled:
                yield entries.disabled(action, made.found.reason)

    async def resolved(self, action: types.CodeAction) -> types.CodeAction:
        """An action that was chosen with what it changes, or without where that cannot be proven: the user is told why.

        Raises RequestFailed where it would no longer be offered.
        """
        asked = entries.Asked.read(action.data)
        if asked is None:
            return action
        made = await self._server.answered(
            asked.uri, lambda page: entries.again(page, self._fixes_of(page), action, asked)
        )
        if made is None:
            raise _changed()
        # Eglot asks again for the edit of an action that has data and no edit, for ever.
        action.data = None
        if isinstance(made.found, Refusal):
            fixing.tell(self._server, f"{action.title}: not done, {made.found.reason}")
            return action
        return self._with_edit(action, made, made.found)

    def _with_edit(self, action: types.CodeAction, made: Made, found: Proven) -> types.CodeAction:
        edit = workspace_edit(found.changes, self._server.documents, self._client, made.wording)
        if isinstance(edit, Stale):
            made.page.folder.changed(edit.paths)
            raise _changed()
        action.edit = edit
        if found.by_hand:
            action.command = fixing.shown_steps(found.by_hand)
        return action


def _changed() -> RequestFailed:
    """What was asked is about another text. Language Server Protocol 3.17, "LSPErrorCodes"."""
    return RequestFailed(_CHANGED, int(types.LSPErrorCodes.ContentModified))
