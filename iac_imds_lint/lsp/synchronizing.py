"""What a client tells: that the session begins and ends, what is open, and what has changed."""

from __future__ import annotations

from collections.abc import Iterable

from lsprotocol import types
from pygls.capabilities import ServerCapabilitiesBuilder

from iac_imds_lint.lsp import configuring
from iac_imds_lint.lsp.abilities import abilities
from iac_imds_lint.lsp.addresses import path_of
from iac_imds_lint.lsp.documents import Document
from iac_imds_lint.lsp.lines import Lines
from iac_imds_lint.lsp.parent import watch
from iac_imds_lint.lsp.protocol import RequestFailed
from iac_imds_lint.lsp.server import Server
from iac_imds_lint.version import __version__


def register(server: Server) -> None:
    """Hear all of it."""
    _session(server)
    _documents(server)
    _files(server)


def _session(server: Server) -> None:
    @server.feature(types.INITIALIZE)
    def initialize(ls: Server, params: types.InitializeParams) -> types.InitializeResult:
        ls.able = abilities(params.capabilities)
        ls.told.tracing = params.trace or types.TraceValue.Off
        if params.process_id is not None:
            watch(ls, params.process_id)
        configuring.begin(ls, params.initialization_options)
        for root in _roots(params):
            ls.add(root)
        return types.InitializeResult(_capabilities(ls, params), types.ServerInfo("iac-imds-lint", __version__))

    @server.feature(types.INITIALIZED)
    async def initialized(ls: Server, _: types.InitializedParams) -> None:
        await configuring.ask(ls)
        ls.begin()
        await _registered(ls)

    @server.feature(types.SHUTDOWN)
    def shutdown(ls: Server, _: None) -> None:
        ls.protocol.drop()
        ls.stop()

    @server.feature(types.SET_TRACE)
    def set_trace(ls: Server, params: types.SetTraceParams) -> None:
        ls.told.tracing = params.value

    @server.feature(types.WINDOW_WORK_DONE_PROGRESS_CANCEL)
    def cancel(ls: Server, params: types.WorkDoneProgressCancelParams) -> None:
        ls.give_up(params.token)


def _roots(params: types.InitializeParams) -> Iterable[str]:
    """The directories of the workspace, by the newest of the ways in which a client says it."""
    if params.workspace_folders is not None:
        return [path_of(folder.uri) for folder in params.workspace_folders]
    if params.root_uri is not None:
        return [path_of(params.root_uri)]
    return [params.root_path] if params.root_path else []


def _capabilities(server: Server, params: types.InitializeParams) -> types.ServerCapabilities:
    """What is registered, and no more."""
    features = server.protocol.fm
    builder = ServerCapabilitiesBuilder(
        params.capabilities,
        set(features.features),
        features.feature_options,
        list(features.commands),
        types.TextDocumentSyncKind.Incremental,
        None,
        server.encoding,
    )
    capabilities: types.ServerCapabilities = builder.build()  # type: ignore[no-untyped-call]
    if not server.able.pulls:
        capabilities.diagnostic_provider = None
    if not features.commands:
        capabilities.execute_command_provider = None
    return capabilities


async def _registered(server: Server) -> None:
    """Ask to be told of files that change on disk."""
    if not server.able.watches:
        return
    watchers = [types.FileSystemWatcher(glob_pattern="**/*")]
    options = types.DidChangeWatchedFilesRegistrationOptions(watchers)
    asked = types.Registration("watched-files", types.WORKSPACE_DID_CHANGE_WATCHED_FILES, options)
    try:
        await server.client_register_capability_async(types.RegistrationParams([asked]))
    except RequestFailed as refused:
        server.told.log(f"Files that change on disk are not told of: {refused}", types.MessageType.Warning)


def _documents(server: Server) -> None:
    @server.feature(types.TEXT_DOCUMENT_DID_OPEN)
    def did_open(ls: Server, params: types.DidOpenTextDocumentParams) -> None:
        item = params.text_document
        _look_again(ls)
        ls.opened(Document(path_of(item.uri), item.uri, item.version, item.text, Lines(item.text, ls.encoding)))

    @server.feature(types.TEXT_DOCUMENT_DID_CHANGE)
    def did_change(ls: Server, params: types.DidChangeTextDocumentParams) -> None:
        document = ls.documents.get(path_of(params.text_document.uri))
        if document is None:
            told = f"{params.text_document.uri} was changed, but is not open: the change is ignored"
            ls.told.log(told, types.MessageType.Warning)
        else:
            ls.opened(document.changed(params.content_changes, params.text_document.version, ls.encoding))

    @server.feature(types.TEXT_DOCUMENT_DID_SAVE)
    def did_save(ls: Server, params: types.DidSaveTextDocumentParams) -> None:
        _look_again(ls)
        ls.on_disk([path_of(params.text_document.uri)])

    @server.feature(types.TEXT_DOCUMENT_DID_CLOSE)
    def did_close(ls: Server, params: types.DidCloseTextDocumentParams) -> None:
        ls.closed(path_of(params.text_document.uri))


def _look_again(server: Server) -> None:
    """Where nobody tells of other files: whoever opens or saves one has perhaps done more than that."""
    if not server.able.watches:
        for folder in server.folders:
            folder.look_again()


def _files(server: Server) -> None:
    every = types.FileOperationRegistrationOptions(
        [types.FileOperationFilter(types.FileOperationPattern("**/*"), "file")]
    )

    @server.feature(types.WORKSPACE_DID_CHANGE_WATCHED_FILES)
    def did_change_watched_files(ls: Server, params: types.DidChangeWatchedFilesParams) -> None:
        ls.on_disk(path_of(change.uri) for change in params.changes)

    @server.feature(types.WORKSPACE_DID_CREATE_FILES, every)
    def did_create_files(ls: Server, params: types.CreateFilesParams) -> None:
        ls.on_disk(path_of(file.uri) for file in params.files)

    @server.feature(types.WORKSPACE_DID_DELETE_FILES, every)
    def did_delete_files(ls: Server, params: types.DeleteFilesParams) -> None:
        ls.on_disk(path_of(file.uri) for file in params.files)

    @server.feature(types.WORKSPACE_DID_RENAME_FILES, every)
    def did_rename_files(ls: Server, params: types.RenameFilesParams) -> None:
        ls.on_disk(path_of(uri) for file in params.files for uri in (file.old_uri, file.new_uri))

    @server.feature(types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS)
    def did_change_workspace_folders(ls: Server, params: types.DidChangeWorkspaceFoldersParams) -> None:
        for folder in params.event.removed:
            ls.remove(path_of(folder.uri))
        for folder in params.event.added:
            ls.add(path_of(folder.uri))
