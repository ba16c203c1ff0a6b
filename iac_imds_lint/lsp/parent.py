"""The client's process: a server ends with it, also where its pipes stay open because another process has them."""

from __future__ import annotations

import asyncio
import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from iac_imds_lint.lsp.server import Server

# How often to look whether it still runs, in seconds.
_LOOKED = 1.0


def watch(server: Server, process: int) -> None:
    """End with a process, where it is one that can be seen now: one in another container cannot."""
    if sys.platform != "win32" and _runs(process):
        server.background(_watched(server, process))


async def _watched(server: Server, process: int) -> None:
    while _runs(process):
        await asyncio.sleep(_LOOKED)
    server.told.log("The client's process is gone.")
    server.end(0 if server.protocol.is_down else 1)


def _runs(process: int) -> bool:
    """Whether a process runs, as far as this one may know."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return process > 0
