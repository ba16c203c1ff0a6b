"""Code actions as a client has them from the server's process, over its standard streams."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("pygls")

from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pygls.lsp.client import LanguageClient

from tests.editing import ABLE, Editor, capabilities
from tests.shell import tree
from tests.test_lsp_actions import CONFIGURATION, FIX_FOLDER, ON_IT, REQUIRE, STRONG, WEAK, entitled

SOON = 30


class Client:
    """A client of a server's process: it applies what it is told to, and keeps what it is shown."""

    def __init__(self, editor: Editor, lines: LanguageClient) -> None:
        self.editor = editor
        self.lines = lines
        self.shown: asyncio.Queue[str] = asyncio.Queue()
        self.labels: list[str | None] = []

    def take_orders(self, *, applied: bool) -> None:
        @self.lines.feature(types.WINDOW_SHOW_MESSAGE)
        def shown(params: types.ShowMessageParams) -> None:
            self.shown.put_nowait(params.message)

        @self.lines.feature(types.WORKSPACE_APPLY_EDIT)
        def apply(params: types.ApplyWorkspaceEditParams) -> types.ApplyWorkspaceEditResult:
            self.labels.append(params.label)
            if applied:
                self.editor.apply(params.edit)
            return types.ApplyWorkspaceEditResult(applied, None if applied else "it is read-only")

    async def asked(self, name: str) -> list[types.CodeAction]:
        """The actions of a file that have edits. lsprotocol takes one with a command for that command."""
        return [one for one in await self.offered(name) if isinstance(one, types.CodeAction)]

    async def offered(self, name: str) -> Sequence[types.CodeAction | types.Command]:
        context = types.CodeActionContext([], None, types.CodeActionTriggerKind.Invoked)
        document = types.TextDocumentIdentifier(self.editor.uri(name))
        return await self.lines.text_document_code_action_async(types.CodeActionParams(document, ON_IT, context)) or ()

    async def fix_folder(self, *uris: str) -> None:
        params = types.ExecuteCommandParams("iac-imds-lint.fixWorkspace", arguments=list(uris) or None)
        await self.lines.workspace_execute_command_async(params)


def served(
    root: Path, session: Callable[[Client], Awaitable[None]], told: Mapping[str, Any] = ABLE, *, applied: bool = True
) -> None:
    """Have a session with a server that has one folder."""

    async def whole() -> None:
        lines = LanguageClient("tests", "1")
        client = Client(Editor(root, told), lines)
        client.take_orders(applied=applied)
        await lines.start_io(sys.executable, "-m", "iac_imds_lint", "server")
        folder = types.WorkspaceFolder(root.as_uri(), root.name)
        await lines.initialize_async(
            types.InitializeParams(capabilities=capabilities(told), workspace_folders=[folder])
        )
        lines.initialized(types.InitializedParams())
        try:
            await asyncio.wait_for(session(client), SOON)
        finally:
            await lines.shutdown_async(None)
            lines.exit(None)
            await lines.stop()

    asyncio.run(whole())


def write(root: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        (root / name).write_text(text)


def test_a_quick_fix_is_chosen_and_applied(tmp_path: Path) -> None:
    write(tmp_path, {"main.tf": WEAK})

    async def session(client: Client) -> None:
        action = entitled(await client.asked("main.tf"), REQUIRE)
        resolved = await client.lines.code_action_resolve_async(action)
        assert resolved.edit is not None
        client.editor.apply(resolved.edit)

    served(tmp_path, session)
    assert tree(tmp_path) == {"main.tf": STRONG.encode()}


def test_what_has_changed_since_is_told_by_an_error_of_its_own(tmp_path: Path) -> None:
    write(tmp_path, {"main.tf": WEAK})

    async def session(client: Client) -> None:
        uri = client.editor.uri("main.tf")
        client.lines.text_document_did_open(
            types.DidOpenTextDocumentParams(types.TextDocumentItem(uri, "terraform", 1, WEAK))
        )
        action = entitled(await client.asked("main.tf"), REQUIRE)
        client.lines.text_document_did_change(
            types.DidChangeTextDocumentParams(
                types.VersionedTextDocumentIdentifier(2, uri),
                [types.TextDocumentContentChangeWholeDocument("\n" + WEAK)],
            )
        )
        with pytest.raises(JsonRpcException) as raised:
            await client.lines.code_action_resolve_async(action)
        assert (raised.value.code, raised.value.message) == (-32801, "the file has changed since: ask again")

    served(tmp_path, session)
    assert tree(tmp_path) == {"main.tf": WEAK.encode()}


WEAKER = WEAK.replace('"web"', '"other"')
FILES = {"main.tf": WEAK, "other.tf": WEAKER, **{f"old-{name}": text for name, text in CONFIGURATION.items()}}


def test_a_folder_is_fixed_by_command_and_says_what_it_did(tmp_path: Path) -> None:
    write(tmp_path, FILES)

    async def session(client: Client) -> None:
        assert FIX_FOLDER in [action.title for action in await client.offered("main.tf")]
        await client.fix_folder(client.editor.uri("main.tf"))
        assert await client.shown.get() == "2 findings fixed in 2 files, 1 left."
        assert client.labels == ["Fix all that is safe to fix (iac-imds-lint)"]

    served(tmp_path, session)
    expected = {**FILES, "main.tf": STRONG, "other.tf": STRONG.replace('"web"', '"other"')}
    assert tree(tmp_path) == {name: text.encode() for name, text in expected.items()}


@pytest.mark.parametrize(
    ("files", "told", "applied", "message"),
    [
        pytest.param(
            FILES,
            ABLE,
            False,
            "The editor did not take the fixes: it is read-only",
            id="the editor refuses",
        ),
        pytest.param(
            CONFIGURATION, ABLE, True, "Nothing was fixed in {root}: nothing would change", id="nothing is safe"
        ),
        pytest.param(
            FILES,
            {"textDocument": ABLE["textDocument"]},
            True,
            "this editor takes no edits by command: run iac-imds-lint check --fix",
            id="the editor cannot",
        ),
    ],
)
def test_a_folder_that_is_not_fixed_says_why(
    tmp_path: Path, files: dict[str, str], told: Mapping[str, Any], applied: bool, message: str
) -> None:
    write(tmp_path, files)

    async def session(client: Client) -> None:
        await client.fix_folder()
        assert await client.shown.get() == message.format(root=tmp_path.name)

    served(tmp_path, session, told, applied=applied)
    assert tree(tmp_path) == {name: text.encode() for name, text in files.items()}


def test_a_client_that_takes_no_edits_by_command_is_not_offered_one(tmp_path: Path) -> None:
    write(tmp_path, {"main.tf": WEAK})

    async def session(client: Client) -> None:
        assert FIX_FOLDER not in [action.title for action in await client.offered("main.tf")]

    served(tmp_path, session, {"textDocument": ABLE["textDocument"]})


def test_a_file_in_no_folder_has_no_actions(tmp_path: Path) -> None:
    root = tmp_path / "folder"
    root.mkdir()
    write(tmp_path, {"main.tf": WEAK})

    async def session(client: Client) -> None:
        document = types.TextDocumentIdentifier((tmp_path / "main.tf").as_uri())
        params = types.CodeActionParams(document, ON_IT, types.CodeActionContext([]))
        assert not await client.lines.text_document_code_action_async(params)
        await client.fix_folder(document.uri)
        assert await client.shown.get() == f"{document.uri} is in no folder of this workspace"

    served(root, session)
