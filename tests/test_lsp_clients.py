"""The server with what real clients say of themselves, which pytest-lsp has recorded: every request and notification
that it serves, by whole answers.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest

pytest.importorskip("pygls")
pytest_lsp = pytest.importorskip("pytest_lsp")

from lsprotocol import types
from pygls.protocol import default_converter
from pytest_lsp.client import DEFAULT_CLIENT_FEATURES, register_lsp_features

from iac_imds_lint.lsp import made
from iac_imds_lint.version import __version__

_PATIENCE = 120.0
_RULES = "https://github.com/iac-imds-lint/iac-imds-lint/blob/main/docs/rules"

# By the names that pytest-lsp gives their recordings.
_CODE, _NEOVIM, _OLD_NEOVIM, _EMACS = "visual-studio-code@v1.65.2", "neovim@v0.11.0", "neovim@v0.7.0", "emacs@v29.1"
_CLIENTS = (_CODE, _NEOVIM, _OLD_NEOVIM, _EMACS)

# What each counts columns in, and how many of these are in one character outside of the basic plane.
_COLUMNS = {_CODE: ("utf-16", 2), _NEOVIM: ("utf-8", 4), _OLD_NEOVIM: ("utf-16", 2), _EMACS: ("utf-32", 1)}

_KINDS = ["quickfix", "refactor.rewrite", "source.fixAll.iac-imds-lint", "source.iac-imds-lint.fixWorkspace"]
_EVERY = {"filters": [{"scheme": "file", "pattern": {"glob": "**/*"}}]}
_ABILITIES: dict[str, Any] = {
    "textDocumentSync": {"openClose": True, "change": 2, "willSave": False, "willSaveWaitUntil": False, "save": True},
    "hoverProvider": True,
    "codeActionProvider": {"codeActionKinds": _KINDS, "resolveProvider": True},
    "codeLensProvider": {"resolveProvider": False},
    "documentLinkProvider": {"resolveProvider": False},
    "executeCommandProvider": {"commands": ["iac-imds-lint.fixWorkspace", "iac-imds-lint.showSteps"]},
    "workspace": {"workspaceFolders": {"supported": True, "changeNotifications": True}, "fileOperations": {}},
}
_PULLED = {"interFileDependencies": True, "workspaceDiagnostics": True, "identifier": "iac-imds-lint"}

# What is advertised, by the path of the capability, and what a client may send by it.
_SERVED: dict[str, tuple[str, ...]] = {
    "positionEncoding": (),
    "textDocumentSync.openClose": ("textDocument/didOpen", "textDocument/didClose"),
    "textDocumentSync.change": ("textDocument/didChange",),
    "textDocumentSync.save": ("textDocument/didSave",),
    "hoverProvider": ("textDocument/hover",),
    "codeActionProvider": ("textDocument/codeAction",),
    "codeActionProvider.resolveProvider": ("codeAction/resolve",),
    "codeLensProvider": ("textDocument/codeLens",),
    "documentLinkProvider": ("textDocument/documentLink",),
    "executeCommandProvider": ("workspace/executeCommand",),
    "diagnosticProvider": ("textDocument/diagnostic",),
    "diagnosticProvider.workspaceDiagnostics": ("workspace/diagnostic",),
    "workspace.workspaceFolders": ("workspace/didChangeWorkspaceFolders",),
    "workspace.fileOperations.didCreate": ("workspace/didCreateFiles",),
    "workspace.fileOperations.didRename": ("workspace/didRenameFiles",),
    "workspace.fileOperations.didDelete": ("workspace/didDeleteFiles",),
}

# What needs no capability of the server's.
_ALWAYS = frozenset({"initialize", "initialized", "shutdown", "exit"})
_UNASKED = {
    *_ALWAYS,
    "$/cancelRequest",
    "$/setTrace",
    "window/workDoneProgress/cancel",
    "workspace/didChangeConfiguration",
    "workspace/didChangeWatchedFiles",
}


class _Session:
    """A client with its server. ``heard`` is what the server tells and asks, in order, as plain JSON."""

    def __init__(self, name: str, root: Path) -> None:
        self.name, self.root = name, root
        self.sent: set[str] = set()
        self.heard: list[tuple[str, Any]] = []
        self.settings: dict[str, Any] = {}
        self.client = pytest_lsp.LanguageClient(converter_factory=default_converter)
        self._makes = self.client.protocol._converter
        register_lsp_features(self.client, {**DEFAULT_CLIENT_FEATURES, **dict(self._features())})

    def _features(self) -> Iterator[tuple[str, Callable[..., Any]]]:
        answers: dict[str, Callable[[Any], Any]] = {
            "workspace/configuration": lambda asked: [self.settings for _ in asked.items],
            "workspace/applyEdit": lambda _: types.ApplyWorkspaceEditResult(applied=True),
        }
        told = ("textDocument/publishDiagnostics", "window/logMessage", "window/showMessage", "$/logTrace", "$/progress")
        asked = ("client/registerCapability", "workspace/codeLens/refresh", "workspace/diagnostic/refresh")
        for method in (*told, *asked, *answers):
            yield method, self._hearing(method, answers.get(method, lambda _: None))

    def _hearing(self, method: str, answer: Callable[[Any], Any]) -> Callable[..., Any]:
        def hear(_: object, params: Any) -> Any:
            self.heard.append((method, self._makes.unstructure(params)))
            return answer(params)

        return hear

    async def ask(self, method: str, params: object) -> Any:
        """Send a request; the answer as plain JSON. Params are what the protocol says, or this fails."""
        self.sent.add(method)
        return self._makes.unstructure(await self.client.protocol.send_request_async(method, self._params(method, params)))

    def tell(self, method: str, params: object) -> None:
        self.sent.add(method)
        self.client.protocol.notify(method, self._params(method, params))

    def _params(self, method: str, params: object) -> Any:
        of = self.client.protocol.get_message_type(method)
        return self._makes.structure({"jsonrpc": "2.0", "id": 0, "method": method, "params": params}, of).params

    def all(self, method: str) -> list[Any]:
        """The params of all that was heard by one method."""
        return [params for heard, params in self.heard if heard == method]

    async def until(self, method: str, **wanted: object) -> Any:
        """The params of the first that was heard by a method, and has these members; what was heard before is gone."""
        while True:
            for at, (heard, params) in enumerate(self.heard):
                if heard == method and wanted.items() <= params.items():
                    del self.heard[: at + 1]
                    return params
            await asyncio.sleep(0.01)

    # Documents.

    def uri(self, name: str) -> str:
        return (self.root / name).as_uri()

    def document(self, name: str) -> dict[str, Any]:
        return {"textDocument": {"uri": self.uri(name)}}

    def write(self, name: str, text: str) -> None:
        (self.root / name).parent.mkdir(exist_ok=True)
        (self.root / name).write_text(text, encoding="utf-8")

    def open(self, name: str, text: str) -> None:
        item = {"uri": self.uri(name), "languageId": "terraform", "version": 1, "text": text}
        self.tell("textDocument/didOpen", {"textDocument": item})

    def change(self, name: str, version: int, *changes: dict[str, Any]) -> None:
        named = {"uri": self.uri(name), "version": version}
        self.tell("textDocument/didChange", {"textDocument": named, "contentChanges": list(changes)})

    async def told(self, name: str, version: int | None = None) -> list[Any]:
        """The diagnostics that are published of a file: for a version, where one is given."""
        wanted = {} if version is None else {"version": version}
        told = await self.until("textDocument/publishDiagnostics", uri=self.uri(name), **wanted)
        return told["diagnostics"]  # type: ignore[no-any-return]

    # The session.

    async def begin(self) -> Any:
        await self.client.start_io(sys.executable, "-m", "iac_imds_lint", "server", "--stdio")
        self.client.capabilities = pytest_lsp.client_capabilities(self.name)
        self.sent |= {"initialize", "initialized"}
        folder = types.WorkspaceFolder(self.root.as_uri(), self.root.name)
        given = types.InitializeParams(self.client.capabilities, workspace_folders=[folder])
        return self._makes.unstructure(await self.client.initialize_session(given))

    async def end(self) -> int | None:
        """The exit status of the server."""
        assert self.client.error is None
        self.sent |= {"shutdown", "exit"}
        await self.client.shutdown_session()
        status = self.client._server.returncode
        await self.client.stop()
        return status  # type: ignore[no-any-return]


def _run(name: str, root: Path, play: Callable[[_Session, Any], Awaitable[None]]) -> _Session:
    """Play something in a session with its ``initialize`` answer, and end it in order."""
    session = _Session(name, root)

    async def whole() -> None:
        answer = await session.begin()
        await play(session, answer)
        assert await session.end() == 0

    asyncio.run(asyncio.wait_for(whole(), _PATIENCE))
    return session


class _Scenario(NamedTuple):
    methods: frozenset[str]
    play: Callable[[_Session], Awaitable[None]]


_SCENARIOS: dict[str, _Scenario] = {}


def _serves(*methods: str) -> Callable[[Callable[[_Session], Awaitable[None]]], None]:
    """What a client sends in a scenario, beside what it sends in each."""

    def known(play: Callable[[_Session], Awaitable[None]]) -> None:
        _SCENARIOS[play.__name__.removeprefix("_")] = _Scenario(_ALWAYS | frozenset(methods), play)

    return known


def _span(start: tuple[int, int], end: tuple[int, int]) -> dict[str, Any]:
    (line, column), (last, stop) = start, end
    return {"start": {"line": line, "character": column}, "end": {"line": last, "character": stop}}


# The whole answer of initialize, and that there is a test for each part of it.


def _advertised(client: str) -> dict[str, Any]:
    encoding, _ = _COLUMNS[client]
    operations = {"didCreate": _EVERY, "didRename": _EVERY, "didDelete": _EVERY} if client == _CODE else {}
    workspace = {**_ABILITIES["workspace"], "fileOperations": operations}
    return {**_ABILITIES, "positionEncoding": encoding, "workspace": workspace}


@pytest.mark.parametrize("name", _CLIENTS)
def test_a_session_as_a_client_begins_and_ends_it(tmp_path: Path, name: str) -> None:
    answers = []

    async def play(_: _Session, answer: Any) -> None:
        answers.append(answer)

    session = _run(name, tmp_path, play)
    info = {"name": "iac-imds-lint", "version": __version__}
    assert answers == [{"capabilities": _advertised(name), "serverInfo": info}]
    watched = {
        "id": "watched-files",
        "method": "workspace/didChangeWatchedFiles",
        "registerOptions": {"watchers": [{"globPattern": "**/*"}]},
    }
    configured = {
        "id": "configuration",
        "method": "workspace/didChangeConfiguration",
        "registerOptions": {"section": "iac-imds-lint"},
    }
    registered = {_CODE: [{"registrations": [watched, configured]}], _EMACS: [{"registrations": [watched]}]}
    assert session.all("client/registerCapability") == registered.get(name, [])
    assert session.all("window/showMessage") == []


def _paths(capabilities: Mapping[str, Any], above: str = "") -> Iterator[str]:
    """The capabilities that are there, by their paths, as _SERVED has them."""
    for name, value in capabilities.items():
        path = f"{above}{name}"
        if path in ("textDocumentSync", "workspace", "workspace.fileOperations"):
            yield from _paths(value, f"{path}.")
        elif value not in (False, None):
            yield path
            options = value.items() if isinstance(value, Mapping) and not above else ()
            yield from (f"{path}.{option}" for option, on in options if on is True and f"{path}.{option}" in _SERVED)
            assert {option for option, on in options if on is True} <= {"resolveProvider", *_PULLED}


def test_there_is_a_test_for_all_that_is_advertised() -> None:
    advertised = {path for name in _CLIENTS for path in _paths({**_advertised(name), "diagnosticProvider": _PULLED})}
    assert advertised == _SERVED.keys()
    tested = frozenset().union(*(scenario.methods for scenario in _SCENARIOS.values()))
    assert {method for path in advertised for method in _SERVED[path]} | _UNASKED == tested


def test_there_is_a_test_for_all_that_is_served() -> None:
    """Whether a capability says it or not."""
    tested = frozenset().union(*(scenario.methods for scenario in _SCENARIOS.values()))
    # These two are not features, but of the protocol itself.
    assert {*made().protocol.fm.features, "exit", "$/cancelRequest"} == tested


@pytest.mark.parametrize("scenario", _SCENARIOS_TO_COME)
@pytest.mark.parametrize("name", _CLIENTS)
def test_what_a_client_sends(tmp_path: Path, name: str, scenario: str) -> None:
    methods, play = _SCENARIOS[scenario]
    session = _run(name, tmp_path, lambda session, _: play(session))
    assert session.sent == methods
