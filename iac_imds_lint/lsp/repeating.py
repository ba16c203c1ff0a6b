"""What is done once at a time, and once more for all that came while it was done."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from iac_imds_lint.lsp.now import GivenUp
from iac_imds_lint.lsp.protocol import RequestFailed

if TYPE_CHECKING:
    from iac_imds_lint.lsp.server import Server


class Repeated:
    """Some work that may be asked for at any time; a client that refuses its part of it ends that, and no more."""

    def __init__(self, server: Server, work: Callable[[], Awaitable[object]]) -> None:
        self._server = server
        self._work = work
        self._is_owed = False
        self._is_doing = False

    def owe(self) -> None:
        """Do it, beside what the client asks for."""
        self._is_owed = True
        if not self._is_doing:
            self._is_doing = True
            self._server.background(self._do())

    async def _do(self) -> None:
        try:
            while self._is_owed:
                self._is_owed = False
                await self._done()
        finally:
            self._is_doing = False

    async def _done(self) -> None:
        try:
            await self._work()
        except (GivenUp, RequestFailed) as why:
            self._server.told.debug(str(why))
