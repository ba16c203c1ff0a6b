"""What is done by command: the safe fixes of a whole folder, and telling what a draft leaves to do."""

from __future__ import annotations

import os.path
from collections.abc import Sequence
from typing import NamedTuple

from lsprotocol import types

from iac_imds_lint.edit import Refusal
from iac_imds_lint.lsp.addresses import path_of
from iac_imds_lint.lsp.edits import Stale, Wording, workspace_edit
from iac_imds_lint.lsp.folder import Folder
from iac_imds_lint.lsp.now import GivenUp, Now
from iac_imds_lint.lsp.protocol import RequestFailed
from iac_imds_lint.lsp.proving import Proven, folder_fixed
from iac_imds_lint.lsp.server import Server
from iac_imds_lint.output.notes import counted
from iac_imds_lint.report import Report

FIX_WORKSPACE = "iac-imds-lint.fixWorkspace"
SHOW_STEPS = "iac-imds-lint.showSteps"

_LABEL = "Fix all that is safe to fix (iac-imds-lint)"
_NO_EDITS = "this editor takes no edits by command: run iac-imds-lint check --fix"
_CHANGED = "files have changed meanwhile, nothing was fixed: run it again"


def register(server: Server) -> None:
    """Have a server take commands."""

    @server.command(FIX_WORKSPACE)
    async def fix_workspace(ls: Server, *arguments: object) -> None:
        """Fix a folder, by its URI or that of anything in it, or every folder."""
        if not ls.able.editing.applies:
            tell(ls, _NO_EDITS)
            return
        named = [argument for argument in arguments if isinstance(argument, str)]
        roots = {folder.root: folder for folder in ls.folders}
        for uri, folder in [(uri, roots.get(path_of(uri)) or ls.folder_of(path_of(uri))) for uri in named] or [
            (folder.root, folder) for folder in ls.folders
        ]:
            if folder is None:
                tell(ls, f"{uri} is in no folder of this workspace")
            else:
                await _fix(ls, folder)

    @server.command(SHOW_STEPS)
    async def show_steps(ls: Server, *arguments: object) -> None:
        for argument in arguments:
            tell(ls, str(argument))

    @server.feature(types.WORKSPACE_EXECUTE_COMMAND)
    async def execute(ls: Server, params: types.ExecuteCommandParams) -> None:
        command = ls.protocol.fm.commands.get(params.command)
        if command is None:
            raise RequestFailed(f"there is no command {params.command}", int(types.ErrorCodes.InvalidParams))
        await command(*(params.arguments or ()))


def shown_steps(lines: Sequence[str]) -> types.Command:
    """The command that tells what is left to do by hand, once the rest is done."""
    return types.Command(
        "Tell what is left to do by hand", SHOW_STEPS, arguments=[f"Left to do by hand: {'; '.join(lines)}"]
    )


def tell(server: Server, message: str, kind: types.MessageType = types.MessageType.Warning) -> None:
    """Show the user a message."""
    server.window_show_message(types.ShowMessageParams(kind, message))


class _Made(NamedTuple):
    report: Report
    found: Proven | Refusal


async def _fix(server: Server, folder: Folder) -> None:
    name = os.path.basename(folder.root)
    try:
        report, found = await server.current(folder, _fixed)
    except GivenUp:
        tell(server, f"Nothing was fixed in {name}: the run over it was ended")
        return
    if isinstance(found, Refusal):
        tell(server, f"Nothing was fixed in {name}: {found.reason}", types.MessageType.Info)
        return
    edit = workspace_edit(found.changes, server.documents, server.able.editing, Wording(_LABEL))
    if isinstance(edit, Stale):
        folder.changed(edit.paths)
        tell(server, _CHANGED)
        return
    result = await server.workspace_apply_edit_async(types.ApplyWorkspaceEditParams(edit, _LABEL))
    if result.applied:
        left = len(report.findings) - len(found.mended)
        tell(server, summary(found, left), types.MessageType.Info)
    else:
        tell(server, f"The editor did not take the fixes: {result.failure_reason or 'it does not say why'}")


def _fixed(now: Now) -> _Made:
    return _Made(now.report, folder_fixed(now.page(now.folder.root)))


def summary(found: Proven, left: int) -> str:
    """What was fixed, and how much was not."""
    mended, files = counted(len(found.mended), "finding"), counted(len(found.changes), "file")
    refused = f"; not fixed: {'; '.join(found.refused)}" if found.refused else ""
    return f"{mended} fixed in {files}, {left or 'none'} left{refused}."
