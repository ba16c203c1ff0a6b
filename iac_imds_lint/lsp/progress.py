"""How far a run over a folder is, as a client shows it; the user may end it there."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple
from uuid import uuid4

from lsprotocol import types

from iac_imds_lint.lsp.protocol import RequestFailed

if TYPE_CHECKING:
    import asyncio

    from iac_imds_lint.lsp.server import Server

# A run that is over sooner is not worth a word, in seconds.
_NOTICED = 1.0


class _Stage(NamedTuple):
    """The part of a run's percentages that a stage has: searching files, judging units, and what is left."""

    start: int
    end: int


_STAGES = (_Stage(0, 30), _Stage(30, 90), _Stage(90, 99))


class Progress:
    """The bar of a folder, from its first run to its last attempt. ``told`` is called in the worker's thread; all else
    in the loop's.
    """

    def __init__(self, server: Server, name: str, loop: asyncio.AbstractEventLoop, is_first: bool) -> None:
        self.token = str(uuid4())
        self._server = server
        self._name = name
        self._loop = loop
        self._due = time.monotonic() + (0 if is_first else _NOTICED)
        self._stage = -1
        self._percentage = -1
        self._is_asked = False
        self._is_shown = False
        self._is_over = False

    def told(self, done: int, of: int) -> None:
        """So many items of a stage are done."""
        self._stage += done == 0
        start, end = _STAGES[min(self._stage, len(_STAGES) - 1)]
        percentage = start + (end - start) * done // max(of, 1)
        if time.monotonic() >= self._due and percentage > self._percentage:
            self._percentage = percentage
            self._loop.call_soon_threadsafe(self._report, percentage)

    def again(self) -> None:
        """The run begins anew: the bar does not go back."""
        self._stage = -1

    def over(self, message: str) -> None:
        """The run is over."""
        if self._is_shown and not self._is_over:
            self._tell(types.WorkDoneProgressEnd(message=message))
        self._is_over = True

    def _report(self, percentage: int) -> None:
        if not self._is_asked and self._server.able.progress:
            self._is_asked = True
            self._server.background(self._show())
        elif self._is_shown and not self._is_over:
            self._tell(types.WorkDoneProgressReport(percentage=percentage, cancellable=True))

    async def _show(self) -> None:
        params = types.WorkDoneProgressCreateParams(self.token)
        try:
            await self._server.window_work_done_progress_create_async(params)
        except RequestFailed:
            return
        if not self._is_over:
            self._is_shown = True
            title = f"Looking for IMDSv1 in {self._name}"
            self._tell(types.WorkDoneProgressBegin(title=title, cancellable=True, percentage=max(0, self._percentage)))

    def _tell(
        self, value: types.WorkDoneProgressBegin | types.WorkDoneProgressReport | types.WorkDoneProgressEnd
    ) -> None:
        self._server.protocol.notify(types.PROGRESS, types.ProgressParams(self.token, value))
