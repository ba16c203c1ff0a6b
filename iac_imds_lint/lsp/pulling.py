"""Diagnostics for a client that asks (Language Server Protocol 3.17, "Pull Diagnostics")."""

from __future__ import annotations

from collections.abc import Mapping

from lsprotocol import types

from iac_imds_lint.lsp.addresses import path_of, uri_of
from iac_imds_lint.lsp.now import GivenUp
from iac_imds_lint.lsp.protocol import RequestFailed
from iac_imds_lint.lsp.server import Server
from iac_imds_lint.lsp.sheets import CLEAN, Sheet

_WorkspaceItem = types.WorkspaceFullDocumentDiagnosticReport | types.WorkspaceUnchangedDocumentDiagnosticReport


def register(server: Server) -> None:
    """Answer both requests: one file depends on others here, and there is something to say of files that are closed."""
    options = types.DiagnosticOptions(
        inter_file_dependencies=True, workspace_diagnostics=True, identifier="iac-imds-lint"
    )

    @server.feature(types.TEXT_DOCUMENT_DIAGNOSTIC, options)
    async def diagnostic(ls: Server, params: types.DocumentDiagnosticParams) -> types.DocumentDiagnosticReport:
        found, path = await _found(ls), path_of(params.text_document.uri)
        folder = ls.folder_of(path)
        if folder is not None and ls.is_given_up(folder):
            raise _ended()
        sheet = found.get(path, CLEAN)
        ls.publisher.told(path, sheet)
        if params.previous_result_id == sheet.result_id:
            return types.RelatedUnchangedDocumentDiagnosticReport(sheet.result_id)
        return types.RelatedFullDocumentDiagnosticReport(sheet.diagnostics, result_id=sheet.result_id)

    @server.feature(types.WORKSPACE_DIAGNOSTIC)
    async def workspace_diagnostic(
        ls: Server, params: types.WorkspaceDiagnosticParams
    ) -> types.WorkspaceDiagnosticReport:
        """Where the client knows all there is, it is answered when there is something else: so it need not ask again
        and again.
        """
        known = {one.uri: one.value for one in params.previous_result_ids}
        while True:
            changed = ls.publisher.change
            found = await _found(ls)
            items = _items(ls, found, known)
            ls.publisher.told_all(found)
            if not known or any(item.kind == types.DocumentDiagnosticReportKind.Full for item in items):
                return types.WorkspaceDiagnosticReport(items)
            await changed.wait()


async def _found(server: Server) -> Mapping[str, Sheet]:
    try:
        return await server.publisher.found()
    except GivenUp:
        raise _ended() from None


def _ended() -> RequestFailed:
    data = types.DiagnosticServerCancellationData(retrigger_request=False)
    code = int(types.LSPErrorCodes.ServerCancelled)
    return RequestFailed("the run over the folder was ended by the user", code, data)


def _items(server: Server, found: Mapping[str, Sheet], known: Mapping[str, str]) -> list[_WorkspaceItem]:
    """What is found in each file, and that nothing is in those of which the client knows otherwise."""
    named = {path_of(uri): uri for uri in known}
    paths = dict.fromkeys((*found, *named))
    return [_item(server, path, found.get(path, CLEAN), known.get(named.get(path, ""))) for path in paths]


def _item(server: Server, path: str, sheet: Sheet, known: str | None) -> _WorkspaceItem:
    document = server.documents.get(path)
    uri = document.uri if document is not None else uri_of(path)
    version = document.version if document is not None else None
    if known == sheet.result_id:
        return types.WorkspaceUnchangedDocumentDiagnosticReport(uri, sheet.result_id, version)
    return types.WorkspaceFullDocumentDiagnosticReport(uri, sheet.diagnostics, version, result_id=sheet.result_id)
