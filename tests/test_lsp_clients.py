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
pytest.importorskip("pytest_lsp")

import pytest_lsp
from lsprotocol import types
from pygls.exceptions import JsonRpcException
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
        # lsprotocol takes an action that has a command for a command.
        self._makes.register_structure_hook(
            types.Command | types.CodeAction, lambda raw, _: self._makes.structure(raw, types.CodeAction)
        )
        register_lsp_features(self.client, {**DEFAULT_CLIENT_FEATURES, **dict(self._features())})

    def _features(self) -> Iterator[tuple[str, Callable[..., Any]]]:
        answers: dict[str, Callable[[Any], Any]] = {
            "workspace/configuration": lambda asked: [self.settings for _ in asked.items],
            "workspace/applyEdit": lambda _: types.ApplyWorkspaceEditResult(applied=True),
        }
        told = (
            "textDocument/publishDiagnostics",
            "window/logMessage",
            "window/showMessage",
            "$/logTrace",
            "$/progress",
        )
        asked = ("client/registerCapability", "workspace/codeLens/refresh", "workspace/diagnostic/refresh")
        for method in (*told, *asked, *answers):
            yield method, self._hearing(method, answers.get(method, lambda _: None))

    def _hearing(self, method: str, answer: Callable[[Any], Any]) -> Callable[..., Any]:
        def hear(_: object, params: Any) -> Any:
            self.heard.append((method, self._makes.unstructure(params)))
            return answer(params)

        return hear

    async def ask(self, method: str, params: object, number: str | None = None) -> Any:
        """Send a request; the answer as plain JSON. Params are what the protocol says, or this fails."""
        self.sent.add(method)
        asked = self._params(method, params)
        return self._makes.unstructure(await self.client.protocol.send_request_async(method, asked, number))

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
    files: dict[str, str]
    methods: frozenset[str]
    play: Callable[[_Session], Awaitable[None]]


_SCENARIOS: dict[str, _Scenario] = {}


def _serves(files: dict[str, str], *methods: str) -> Callable[[Callable[[_Session], Awaitable[None]]], None]:
    """What there is when a scenario begins, and what the client sends in it, beside what it sends in each."""

    def known(play: Callable[[_Session], Awaitable[None]]) -> None:
        _SCENARIOS[play.__name__.removeprefix("_")] = _Scenario(files, _ALWAYS | frozenset(methods), play)

    return known


def _span(start: tuple[int, int], end: tuple[int, int]) -> dict[str, Any]:
    (line, column), (last, stop) = start, end
    return {"start": {"line": line, "character": column}, "end": {"line": last, "character": stop}}


# What a client sends, one thing after the other.

_WEAK = """\
resource "aws_instance" "web" {
  metadata_options {
    http_endpoint = "enabled"
    /* 😀 */ http_tokens = "optional"
  }
}
"""
_OPEN = 'resource "aws_instance" "web" {}\n'


def _weak_value(session: _Session) -> tuple[int, int]:
    """The columns of "optional" in _WEAK, without its quotes."""
    _, face = _COLUMNS[session.name]
    begin = len('    /*  */ http_tokens = "') + face
    return begin, begin + len("optional")


def _finding(place: dict[str, Any], code: str, message: str) -> dict[str, Any]:
    return {
        "range": place,
        "severity": 1,
        "code": code,
        "codeDescription": {"href": f"{_RULES}/{code}.md"},
        "source": "iac-imds-lint",
        "message": message,
    }


def _weak(session: _Session) -> dict[str, Any]:
    """What is said of _WEAK."""
    begin, end = _weak_value(session)
    message = 'aws_instance.web answers IMDSv1: http_tokens is "optional"\nto fix it: set http_tokens to "required"'
    return _finding(_span((3, begin - 1), (3, end + 1)), "IMDS002", message)


_MISSING = _finding(
    _span((0, 0), (0, 29)),
    "IMDS001",
    "aws_instance.web answers IMDSv1: metadata_options is not set\n"
    "nothing at any level asks for IMDSv2\n"
    'to fix it: set http_endpoint to "enabled" and http_tokens to "required"',
)


@_serves(
    {"main.tf": _WEAK},
    "textDocument/didOpen",
    "textDocument/didChange",
    "textDocument/didSave",
    "textDocument/didClose",
)
async def _documents(session: _Session) -> None:
    session.open("main.tf", _WEAK)
    assert await session.told("main.tf", 1) == [_weak(session)]
    begin, end = _weak_value(session)
    session.change("main.tf", 2, {"range": _span((3, begin), (3, end)), "text": "required"})
    assert await session.told("main.tf", 2) == []
    session.tell("textDocument/didClose", session.document("main.tf"))
    assert await session.told("main.tf") == [_weak(session)], "what is on disk counts again"
    (session.root / "main.tf").write_text("")
    session.tell("textDocument/didSave", session.document("main.tf"))
    assert await session.told("main.tf") == []


@_serves({"main.tf": _WEAK}, "textDocument/diagnostic", "workspace/diagnostic", "$/cancelRequest")
async def _pulling(session: _Session) -> None:
    first = await session.ask("textDocument/diagnostic", session.document("main.tf"))
    known = first.pop("resultId")
    assert first == {"kind": "full", "items": [_weak(session)]}
    again = {**session.document("main.tf"), "previousResultId": known}
    assert await session.ask("textDocument/diagnostic", again) == {"kind": "unchanged", "resultId": known}
    everywhere = {"kind": "full", "items": [_weak(session)], "resultId": known}
    assert await session.ask("workspace/diagnostic", {"previousResultIds": []}) == {
        "items": [{"uri": session.uri("main.tf"), "version": None, **everywhere}]
    }
    held = {"previousResultIds": [{"uri": session.uri("main.tf"), "value": known}]}
    asked = asyncio.ensure_future(session.ask("workspace/diagnostic", held, number="held"))
    # Nothing is other than the client knows: it waits for its answer.
    assert await asyncio.wait({asked}, timeout=0.2) == (set(), {asked})
    session.tell("$/cancelRequest", {"id": "held"})
    with pytest.raises(JsonRpcException, match=r"workspace/diagnostic was cancelled") as cancelled:
        await asked
    assert cancelled.value.code == types.LSPErrorCodes.RequestCancelled


def _fix(session: _Session) -> dict[str, Any]:
    """What mends _WEAK."""
    begin, end = _weak_value(session)
    return {"range": _span((3, begin - 1), (3, end + 1)), "newText": '"required"'}


def _edit(session: _Session, *edits: dict[str, Any]) -> dict[str, Any]:
    """Edits of the first version of a file, as the client takes them."""
    if session.name in (_NEOVIM, _OLD_NEOVIM):
        return {"changes": {session.uri("main.tf"): list(edits)}}
    document = {"uri": session.uri("main.tf"), "version": 1}
    return {"documentChanges": [{"textDocument": document, "edits": list(edits)}]}


def _menu(session: _Session) -> list[dict[str, Any]]:
    """What is offered at the value in _WEAK, with what it changes."""
    of_finding = {"kind": "quickfix", "diagnostics": [_weak(session)]}
    folder = "Fix all that is safe to fix in this workspace folder (iac-imds-lint)"
    command = {"title": folder, "command": "iac-imds-lint.fixWorkspace", "arguments": [session.uri("main.tf")]}
    comment = {"range": _span((0, 0), (0, 0)), "newText": "# iac-imds-lint: ignore[IMDS002]\n"}
    return [
        {
            "title": 'Set http_tokens to "required" (IMDS002)',
            **of_finding,
            "isPreferred": True,
            "edit": _edit(session, _fix(session)),
        },
        {
            "title": "Ignore IMDS002 for this resource",
            **of_finding,
            "isPreferred": False,
            "edit": _edit(session, comment),
        },
        {
            "title": "Fix all that is safe to fix in this file (iac-imds-lint)",
            "kind": "source.fixAll.iac-imds-lint",
            "edit": _edit(session, _fix(session)),
        },
        {"title": folder, "kind": "source.iac-imds-lint.fixWorkspace", "command": command},
    ]


@_serves(
    {"main.tf": _WEAK},
    "textDocument/didOpen",
    "textDocument/codeAction",
    "codeAction/resolve",
    "workspace/executeCommand",
)
async def _actions(session: _Session) -> None:
    session.open("main.tf", _WEAK)
    begin, _ = _weak_value(session)
    asked = {"range": _span((3, begin), (3, begin)), "context": {"diagnostics": []}}
    found = await session.ask("textDocument/codeAction", {**session.document("main.tf"), **asked})
    assert [await session.ask("codeAction/resolve", one) for one in found] == _menu(session)
    is_asked_for_edits = session.name != _EMACS
    assert ["data" in one for one in found] == [is_asked_for_edits] * 3 + [False]
    fix = {"command": "iac-imds-lint.fixWorkspace", "arguments": [session.root.as_uri()]}
    assert await session.ask("workspace/executeCommand", fix) is None
    label = "Fix all that is safe to fix (iac-imds-lint)"
    assert session.all("workspace/applyEdit") == [{"label": label, "edit": _edit(session, _fix(session))}]
    steps = {"command": "iac-imds-lint.showSteps", "arguments": ["Take a step."]}
    assert await session.ask("workspace/executeCommand", steps) is None
    assert session.all("window/showMessage") == [
        {"type": 3, "message": "1 finding fixed in 1 file, none left."},
        {"type": 2, "message": "Take a step."},
    ]


_LAUNCHED = """\
resource "aws_launch_template" "web" {
  metadata_options {
    http_endpoint = "enabled"
    /* 😀 */ http_tokens = "optional" # iac-imds-lint: ignore[IMDS002] for a while
  }
}
"""


@_serves(
    {"main.tf": _LAUNCHED},
    "textDocument/didOpen",
    "textDocument/hover",
    "textDocument/codeLens",
    "textDocument/documentLink",
)
async def _reading(session: _Session) -> None:
    session.open("main.tf", _LAUNCHED)
    document = session.document("main.tf")
    begin, end = _weak_value(session)
    asked = {**document, "position": {"line": 3, "character": begin}}
    page = f"[IMDS002]({_RULES}/IMDS002.md) optional-http-tokens"
    posture = (
        "**v1-allowed**: `aws_launch_template.web` answers IMDSv1\n\n"
        "Decided on the resource: tokens are optional.\n\n"
        '- `http_tokens` is "optional": line 4\n'
        f"- {page}, suppressed by comment at main.tf:4: for a while"
    )
    assert await session.ask("textDocument/hover", asked) == {
        "contents": {"kind": "markdown", "value": posture},
        "range": _span((3, begin - 1), (3, end + 1)),
    }
    lens = {"title": "v1-allowed · no consumer in this configuration", "command": ""}
    assert await session.ask("textDocument/codeLens", document) == [{"range": _span((0, 0), (0, 36)), "command": lens}]
    code = end + len('" # iac-imds-lint: ignore[')
    link = {"range": _span((3, code), (3, code + len("IMDS002"))), "target": f"{_RULES}/IMDS002.md"}
    says = "optional-http-tokens: The options are set, and tokens are optional, unset or null in effect"
    # The others do not say that they show it.
    told = {"tooltip": says} if session.name == _CODE else {}
    assert await session.ask("textDocument/documentLink", document) == [{**link, **told}]


@_serves(
    {"main.tf": _OPEN},
    "workspace/didChangeWatchedFiles",
    "workspace/didCreateFiles",
    "workspace/didRenameFiles",
    "workspace/didDeleteFiles",
    "workspace/didChangeWorkspaceFolders",
)
async def _files(session: _Session) -> None:
    main, other = session.root / "main.tf", session.root / "other.tf"
    assert await session.told("main.tf") == [_MISSING]
    main.write_text("")
    session.tell("workspace/didChangeWatchedFiles", {"changes": [{"uri": main.as_uri(), "type": 2}]})
    assert await session.told("main.tf") == []
    other.write_text(_OPEN)
    session.tell("workspace/didCreateFiles", {"files": [{"uri": other.as_uri()}]})
    assert await session.told("other.tf") == [_MISSING]
    other.replace(main)
    session.tell("workspace/didRenameFiles", {"files": [{"oldUri": other.as_uri(), "newUri": main.as_uri()}]})
    assert await session.told("other.tf") == []
    assert await session.told("main.tf") == [_MISSING]
    folder = {"uri": session.root.as_uri(), "name": session.root.name}
    session.tell("workspace/didChangeWorkspaceFolders", {"event": {"added": [], "removed": [folder]}})
    assert await session.told("main.tf") == []
    session.tell("workspace/didChangeWorkspaceFolders", {"event": {"added": [folder], "removed": []}})
    assert await session.told("main.tf") == [_MISSING]
    main.unlink()
    session.tell("workspace/didDeleteFiles", {"files": [{"uri": main.as_uri()}]})
    assert await session.told("main.tf") == []


@_serves({"main.tf": _OPEN}, "$/setTrace", "workspace/didChangeConfiguration", "window/workDoneProgress/cancel")
async def _settings(session: _Session) -> None:
    assert await session.told("main.tf") == [_MISSING]
    session.settings = {"ignore": ["IMDS001"]}
    session.tell("workspace/didChangeConfiguration", {"settings": {"iac-imds-lint": session.settings}})
    assert await session.told("main.tf") == []
    session.tell("window/workDoneProgress/cancel", {"token": "of a bar that is over"})
    session.tell("$/setTrace", {"value": "verbose"})
    session.tell("workspace/didChangeConfiguration", {"settings": {}})
    told = {"message": "Received notification 'workspace/didChangeConfiguration'."}
    assert await session.until("$/logTrace") == told


# The whole answer of initialize, and that there is a test for each part of it.


def _advertised(client: str) -> dict[str, Any]:
    encoding, _ = _COLUMNS[client]
    operations = {"didCreate": _EVERY, "didRename": _EVERY, "didDelete": _EVERY} if client == _CODE else {}
    workspace = {**_ABILITIES["workspace"], "fileOperations": operations}
    return {**_ABILITIES, "positionEncoding": encoding, "workspace": workspace}


@pytest.mark.parametrize("name", _CLIENTS)
def test_a_session_as_a_client_begins_and_ends_it(tmp_path: Path, name: str) -> None:
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
    answers = []

    async def play(session: _Session, answer: Any) -> None:
        answers.append(answer)
        # Whatever it is asked for when it begins comes before this is answered.
        while name in registered and not session.all("client/registerCapability"):
            await asyncio.sleep(0.01)

    session = _run(name, tmp_path, play)
    info = {"name": "iac-imds-lint", "version": __version__}
    assert answers == [{"capabilities": _advertised(name), "serverInfo": info}]
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


@pytest.mark.parametrize("scenario", _SCENARIOS)
@pytest.mark.parametrize("name", _CLIENTS)
def test_what_a_client_sends(tmp_path: Path, name: str, scenario: str) -> None:
    files, methods, play = _SCENARIOS[scenario]
    for file, text in files.items():
        (tmp_path / file).write_text(text, encoding="utf-8")
    session = _run(name, tmp_path, lambda session, _: play(session))
    assert session.sent == methods
