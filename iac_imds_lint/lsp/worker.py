"""One thread that does all the work on files, so that reports and requests see them at one moment."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import TypeVar

_T = TypeVar("_T")
_R = TypeVar("_R")

# A stage is done in so many parts, between which it may be stopped.
_PARTS = 200


class Stopped(BaseException):
    """Something newer is asked for. Not an Exception: nothing but the worker may take it for a defect."""


class Stoppable:
    """How work over many items is done, for the engine: in parts, between which ``stop`` is looked at."""

    def __init__(self, stop: Event, told: Callable[[int, int], None] = lambda _done, _all: None) -> None:
        self._stop = stop
        self._told = told

    def __call__(self, work: Callable[[Sequence[_T]], _R], items: Sequence[_T]) -> list[_R]:
        """The results of ``work`` over parts of ``items``. Raises Stopped."""
        size = max(1, len(items) // _PARTS)
        results = []
        for at in range(0, max(len(items), 1), size):
            if self._stop.is_set():
                raise Stopped
            self._told(at, len(items))
            results.append(work(items[at : at + size]))
        return results


class Worker:
    """The thread: work is done in the order in which it is asked for."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="iac-imds-lint")

    async def ask(self, work: Callable[[], _R]) -> _R:
        """What ``work`` returns, from the thread."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def end(self) -> None:
        """No more work: what waits is dropped."""
        self._thread.shutdown(wait=False, cancel_futures=True)
