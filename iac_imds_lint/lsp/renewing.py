"""Code lenses that a change elsewhere made others: the client is told to ask for them again."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING

from iac_imds_lint.lsp.now import GivenUp, Now
from iac_imds_lint.lsp.protocol import RequestFailed

if TYPE_CHECKING:
    from iac_imds_lint.lsp.server import Server


class Renewal:
    """Knows what lenses were made of. The client asks again by itself where the document of a lens has changed; it is
    told to (LSP 3.17, "Code Lens Refresh Request") only where a posture or a user is another one, and once at a time.
    """

    def __init__(self, server: Server) -> None:
        self._server = server
        self._known: frozenset[Hashable] | None = None
        self._is_asking = False

    async def told(self) -> None:
        """Diagnostics were told: look whether lenses are others, too."""
        if self._is_asking or not self._server.able.renews_lenses:
            return
        self._is_asking = True
        try:
            while await self._is_other():
                await self._server.workspace_code_lens_refresh_async(None)
        except (GivenUp, RequestFailed) as why:
            self._server.told.debug(f"code lenses: {why}")
        finally:
            self._is_asking = False

    async def _is_other(self) -> bool:
        """Whether lenses are others than they were when this was asked last; of the first ones none was asked for."""
        before = self._known
        folders = list(self._server.folders)
        self._known = frozenset().union(*[await self._server.current(folder, _shown) for folder in folders])
        return before is not None and before != self._known


def _shown(now: Now) -> frozenset[Hashable]:
    """What lenses are made of, wherever it stands."""
    return frozenset((row.root, row.resource, row.posture, row.consumers) for row in now.report.inventory)
