"""The client's settings: those it sends when the session begins, and those it is asked for."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from lsprotocol import types

from iac_imds_lint import rules
from iac_imds_lint.lsp.addresses import uri_of
from iac_imds_lint.lsp.protocol import RequestFailed
from iac_imds_lint.lsp.server import Server
from iac_imds_lint.lsp.wishes import SECTION, Read, read

# A client that is asked and does not answer keeps nobody from his diagnostics for longer, in seconds.
_PATIENCE = 5.0


def register(server: Server) -> None:
    """Hear of other settings."""

    @server.feature(types.WORKSPACE_DID_CHANGE_CONFIGURATION)
    async def did_change_configuration(ls: Server, params: types.DidChangeConfigurationParams) -> None:
        if params.settings is not None and not ls.able.configures:
            begin(ls, params.settings)
        await ask_again(ls)


def begin(server: Server, content: object) -> None:
    """These settings count for all folders."""
    server.folders.wish(_read(content))


async def ask_again(server: Server) -> None:
    """Settings may be others than they were, or there are folders that have their own."""
    await ask(server)
    server.changed()


async def ask(server: Server) -> None:
    """Ask for the settings of each folder, and for those that count for all; what a client has none for stays."""
    if not server.able.configures:
        return
    folders = list(server.folders)
    items = [types.ConfigurationItem(uri_of(folder.key), SECTION) for folder in folders]
    params = types.ConfigurationParams([types.ConfigurationItem(section=SECTION), *items])
    try:
        answer: Sequence[object] = await asyncio.wait_for(server.workspace_configuration_async(params), _PATIENCE)
    except RequestFailed as error:
        server.told.log(f"There are no settings from the client: {error}")
        return
    except asyncio.TimeoutError:
        server.told.log("There are no settings from the client: it does not answer")
        return
    everywhere, *of_folders = answer or [None]
    if everywhere is not None:
        server.folders.wish(_read(everywhere))
    for folder, content in zip(folders, of_folders, strict=False):
        if content is not None:
            folder.wish(_read(content))


def _read(content: object) -> Read:
    return read(content, rules.CODES)
