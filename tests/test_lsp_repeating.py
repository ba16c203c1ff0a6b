"""Work of the server that is done once at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

pytest.importorskip("pygls")

from iac_imds_lint.lsp.protocol import RequestFailed
from iac_imds_lint.lsp.repeating import Repeated
from iac_imds_lint.lsp.session import made


class Work:
    """Work that waits at its end, until it is let go on or fails."""

    def __init__(self) -> None:
        self.begun = 0
        self.ends: list[asyncio.Future[None]] = []

    async def __call__(self) -> None:
        self.begun += 1
        self.ends.append(asyncio.get_running_loop().create_future())
        await self.ends[-1]


async def settled() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


def run(test: Callable[[Work, Repeated], Awaitable[None]]) -> None:
    async def session() -> None:
        work = Work()
        await test(work, Repeated(made(), work))

    asyncio.run(session())


def test_all_that_comes_meanwhile_is_done_at_once() -> None:
    async def test(work: Work, repeated: Repeated) -> None:
        repeated.owe()
        repeated.owe()
        await settled()
        assert work.begun == 1, "twice before it began is once"
        for _ in range(3):
            repeated.owe()
        await settled()
        assert work.begun == 1, "one at a time"
        work.ends[0].set_result(None)
        await settled()
        assert work.begun == 2, "and once more for the three"
        work.ends[1].set_result(None)
        await settled()
        assert work.begun == 2, "nothing came since"
        repeated.owe()
        await settled()
        assert work.begun == 3

    run(test)


@pytest.mark.parametrize("error", [RequestFailed("no"), ValueError("a defect")])
def test_what_fails_is_done_again_when_it_is_owed_again(error: Exception) -> None:
    async def test(work: Work, repeated: Repeated) -> None:
        repeated.owe()
        await settled()
        work.ends[0].set_exception(error)
        await settled()
        repeated.owe()
        await settled()
        assert work.begun == 2

    run(test)
