"""What is done by command: the safe fixes of a whole folder, and telling what a draft leaves to do."""

from __future__ import annotations

import os.path
from collections.abc import Sequence
from typing import NamedTuple

from lsprotocol import types
from pygls import uris

from iac_imds_lint.edit import Refusal, Step
from iac_imds_lint.lsp.client import Client
from iac_imds_lint.lsp.edits import Stale, Wording, workspace_edit
from iac_imds_lint.lsp.page import Page
from iac_imds_lint.lsp.proving import Proven, folder_fixed
from iac_imds_lint.lsp.server import Server
from iac_imds_lint.output.notes import at, counted
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
        """Fix a folder, by the URI of anything in it, or every folder."""
        named = [argument for argument in arguments if isinstance(argument, str)]
        for uri in named or [_within(root) for root in ls.folders]:
            await _fix(ls, uri)

    @server.command(SHOW_STEPS)
    def show_steps(ls: Server, *arguments: object) -> None:
        for argument in arguments:
            tell(ls, str(argument))


def shown_steps(report: Report, steps: Sequence[Step]) -> types.Command:
    """The command that tells what is left to do by hand, once the rest is done."""
    lines = [f"{at(step.span, report)}: {step.message}" for step in steps]
    return types.Command(
        "Tell what is left to do by hand", SHOW_STEPS, arguments=[f"Left to do by hand: {'; '.join(lines)}"]
    )


def tell(server: Server, message: str, kind: types.MessageType = types.MessageType.Warning) -> None:
    """Show the user a message."""
    server.window_show_message(types.ShowMessageParams(kind, message))


class _Made(NamedTuple):
    page: Page
    found: Proven | Refusal


async def _fix(server: Server, uri: str) -> None:
    client = Client.of(server.client_capabilities)
    if not client.applies:
        tell(server, _NO_EDITS)
        return
    made = await server.answered(uri, lambda page: _Made(page, folder_fixed(page)))
    if made is None:
        tell(server, f"{uri} is in no folder of this workspace")
        return
    page, found = made
    name = os.path.basename(page.folder.root)
    if isinstance(found, Refusal):
        tell(server, f"Nothing was fixed in {name}: {found.reason}", types.MessageType.Info)
        return
    edit = workspace_edit(found.changes, page, server.documents, client, Wording(_LABEL))
    if isinstance(edit, Stale):
        page.folder.changed(edit.paths)
        tell(server, _CHANGED)
        return
    result = await server.workspace_apply_edit_async(types.ApplyWorkspaceEditParams(edit, _LABEL))
    if result.applied:
        left = len(page.report.findings) - len(found.mended)
        tell(server, summary(found, left), types.MessageType.Info)
    else:
        tell(server, f"The editor did not take the fixes: {result.failure_reason or 'it does not say why'}")


def summary(found: Proven, left: int) -> str:
    """What was fixed, and how much was not."""
    mended, files = counted(len(found.mended), "finding"), counted(len(found.changes), "file")
    refused = f"; not fixed: {'; '.join(found.refused)}" if found.refused else ""
    return f"{mended} fixed in {files}, {left or 'none'} left{refused}."


def _within(root: str) -> str:
    """The URI of something in a folder."""
    return uris.from_fs_path(os.path.join(root, "main.tf")) or ""
