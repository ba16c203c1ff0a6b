"""Code lenses that a change elsewhere made others: the client is told to ask for them again."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING

from iac_imds_lint.lsp.now import Now
from iac_imds_lint.lsp.repeating import Repeated

if TYPE_CHECKING:
    from iac_imds_lint.lsp.server import Server


class Renewal:
    """Knows what lenses were made of. The client asks again by itself where the document of a lens has changed; it is
    told to (LSP 3.17, "Code Lens Refresh Request") only where a posture or a user is another one.
    """

    def __init__(self, server: Server) -> None:
        self._server = server
        self._known: frozenset[Hashable] | None = None
        self._asking = Repeated(server, self._renew)

    def told(self) -> None:
        """Diagnostics were told: look whether lenses are others, too."""
        if self._server.able.renews_lenses:
            self._asking.owe()

    async def _renew(self) -> None:
        if await self._is_other():
            await self._server.workspace_code_lens_refresh_async(None)

    async def _is_other(self) -> bool:
        """Whether lenses are others than they were when this was asked last; of the first ones none was asked for."""
        before = self._known
        folders = list(self._server.folders)
        self._known = frozenset().union(*[await self._server.current(folder, _shown) for folder in folders])
        return before is not None and before != self._known


def _shown(now: Now) -> frozenset[Hashable]:
    """What lenses are made of, wherever it stands."""
    return frozenset((row.root, row.resource, row.posture, row.consumers) for row in now.report.inventory)
