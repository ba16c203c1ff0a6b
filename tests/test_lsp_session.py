"""The ends of the pipes: a client that does not read, and what is still told at the end."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest

pytest.importorskip("pygls")

from iac_imds_lint.lsp import session
from iac_imds_lint.lsp.framing import framed
from iac_imds_lint.lsp.session import _Writer

# More than any pipe holds.
_MUCH = b"x" * (1 << 20)


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    reading, writing = os.pipe()
    yield reading, writing
    with suppress(OSError):  # A test has closed it.
        os.close(reading)
    # Who writes there still must not do so into what is next to have this number.
    for thread in threading.enumerate():
        if thread.name == "iac-imds-lint output":
            thread.join(60)
    os.close(writing)


def _written(way_out: int, contents: list[bytes], meanwhile: Callable[[], None] = lambda: None) -> list[str]:
    """Write in a loop that is never kept waiting; "over" for each time that the session is said to be."""
    told: list[str] = []

    async def run() -> None:
        writer = _Writer(way_out, asyncio.get_running_loop(), lambda: told.append("over"))
        begun = time.monotonic()
        for content in contents:
            writer.write(content)
        assert time.monotonic() - begun < 5
        meanwhile()
        for _ in range(200):
            if told:
                break
            await asyncio.sleep(0.01)
        writer.close()

    asyncio.run(run())
    return told


def test_who_does_not_read_keeps_the_loop_from_nothing(
    pipe: tuple[int, int], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(session, "_FAREWELL", 0.1)
    monkeypatch.setattr(session, "_MOST_WAITING", 3 << 20)
    assert _written(pipe[1], [_MUCH, _MUCH]) == []
    assert _written(pipe[1], [_MUCH, _MUCH, _MUCH, _MUCH]) == ["over"]
    (told,) = caplog.messages
    assert told.startswith("The client does not read: ")


def test_who_reads_late_has_all_of_it_in_order(pipe: tuple[int, int]) -> None:
    contents = [b"%d%s" % (number, _MUCH) for number in range(4)]
    expected = b"".join(map(framed, contents))
    found = bytearray()

    def read() -> None:
        while len(found) < len(expected):
            found.extend(os.read(pipe[0], 1 << 16))

    reader = threading.Thread(target=read)
    assert _written(pipe[1], contents, reader.start) == []
    reader.join(60)
    assert bytes(found) == expected


def test_where_nobody_reads_any_more_the_session_is_over(pipe: tuple[int, int]) -> None:
    os.close(pipe[0])
    assert _written(pipe[1], [b"{}"]) == ["over"]
