"""One thread that does all the work on files, so that reports and requests see them at one moment."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from queue import SimpleQueue
from threading import Event, Thread
from typing import Any, NamedTuple, TypeVar

from iac_imds_lint.guard import guarded

_T = TypeVar("_T")
_R = TypeVar("_R")

# A stage is done in so many parts, between which it may be stopped.
_PARTS = 200


class Stopped(BaseException):
    """Something newer is asked for. Not an Exception: nothing but the worker may take it for a defect."""


class Stoppable:
    """How work over many items is done, for the engine: in parts, between which ``stop`` is looked at. ``told`` hears
    before each part how many items of a stage are done, and how many there are.
    """

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


class _Job(NamedTuple):
    work: Callable[[], Any]
    result: Future[Any]

    def do(self) -> None:
        """Do the work, unless nobody waits for it any more."""
        if not self.result.set_running_or_notify_cancel():
            return
        try:
            guarded(lambda: self.result.set_result(self.work()), self.result.set_exception)
        except Stopped as stopped:
            self.result.set_exception(stopped)


class Worker:
    """The thread: work is done in the order in which it is asked for. It ends with the program, whatever it does then:
    an editor that is closed does not wait.
    """

    def __init__(self) -> None:
        self._jobs: SimpleQueue[_Job] = SimpleQueue()
        self._thread = Thread(target=self._run, name="iac-imds-lint", daemon=True)

    async def ask(self, work: Callable[[], _R]) -> _R:
        """What ``work`` returns, from the thread. Who no longer waits for it spares the thread the work."""
        if self._thread.ident is None:
            self._thread.start()
        job = _Job(work, Future())
        self._jobs.put(job)
        result: _R = await asyncio.wrap_future(job.result)
        return result

    def _run(self) -> None:
        while True:
            self._jobs.get().do()
