"""One client on standard input and output, from the first byte to the exit status."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from queue import SimpleQueue
from threading import Thread
from typing import TextIO

from iac_imds_lint.lsp import actions, configuring, hover, lens, links, pulling, synchronizing
from iac_imds_lint.lsp.framing import Frames, framed
from iac_imds_lint.lsp.server import Server
from iac_imds_lint.lsp.telling import LOGGER

# Of a process: POSIX.1-2017, <unistd.h>.
_STDIN, _STDOUT, _STDERR = 0, 1, 2

_SIZE = 1 << 16

# A client that leaves so many bytes unread will not read them either.
_MOST_WAITING = 1 << 28

# So long the last messages may take, in seconds.
_FAREWELL = 2.0


def made() -> Server:
    """A server with all that it can do."""
    server = Server()
    for feature in (synchronizing, configuring, pulling, actions, hover, lens, links):
        feature.register(server)
    return server


def serve(verbose: bool, log: TextIO) -> int:
    """Serve one client on standard input and output; the exit status. What is to be told of it goes to ``log``."""
    handler = logging.StreamHandler(log)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    LOGGER.addHandler(handler)
    LOGGER.setLevel(logging.DEBUG if verbose else logging.WARNING)
    entrance, way_out = _own_streams()
    return asyncio.run(_session(entrance, way_out))


def _own_streams() -> tuple[int, int]:
    """Standard input and output for the protocol alone: whatever else reads finds nothing, and what is printed, by
    anything, goes to standard error.
    """
    entrance, way_out = os.dup(_STDIN), os.dup(_STDOUT)
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, _STDIN)
    try:
        os.dup2(_STDERR, _STDOUT)
    except OSError:  # There is no standard error.
        os.dup2(nothing, _STDOUT)
    return entrance, way_out


async def _session(entrance: int, way_out: int) -> int:
    loop = asyncio.get_running_loop()
    server = made()
    ended: asyncio.Future[int] = loop.create_future()
    server.ended = ended
    writer = _Writer(way_out, loop, partial(server.end, 1))
    server.protocol.set_writer(writer)
    _ended_by_signals(server, loop)
    frames = Frames()

    def take(data: bytes) -> None:
        if not data and not server.protocol.is_down:
            server.told.log("The client is gone without saying so.")
        if not data:
            server.end(0 if server.protocol.is_down else 1)
        for content in frames.feed(data):
            if not ended.done():
                server.protocol.receive(content)

    Thread(target=_read, args=(entrance, loop, take), name="iac-imds-lint input", daemon=True).start()
    status = await ended
    server.protocol.drop()
    writer.close()
    return status


def _read(entrance: int, loop: asyncio.AbstractEventLoop, take: Callable[[bytes], None]) -> None:
    """Hand on what comes in, to its end: a client that writes is never kept waiting by one that does not read."""
    while True:
        try:
            data = os.read(entrance, _SIZE)
        except OSError:
            data = b""
        try:
            loop.call_soon_threadsafe(take, data)
        except RuntimeError:  # The session is over.
            return
        if not data:
            return


class _Writer:
    """Standard output, written in a thread of its own: one that does not read keeps the loop from nothing. ``over`` is
    called, in the loop, where nobody reads any more, or so much waits that nobody will.
    """

    def __init__(self, way_out: int, loop: asyncio.AbstractEventLoop, over: Callable[[], None]) -> None:
        self._way_out = way_out
        self._loop = loop
        self._over = over
        self._messages: SimpleQueue[bytes | None] = SimpleQueue()
        # The loop counts what is to be written, the thread what is.
        self._taken = self._written = 0
        self._is_broken = False
        self._thread = Thread(target=self._run, name="iac-imds-lint output", daemon=True)
        self._thread.start()

    def write(self, content: bytes) -> None:
        """Send a message after those before it."""
        if self._is_broken:
            return
        message = framed(content)
        self._taken += len(message)
        self._messages.put(message)
        if self._taken - self._written > _MOST_WAITING:
            self._is_broken = True
            LOGGER.warning("The client does not read: %d bytes wait for it.", self._taken - self._written)
            self._over()

    def close(self) -> None:
        """Send what waits, as far as it is read soon."""
        self._messages.put(None)
        self._thread.join(_FAREWELL)

    def _run(self) -> None:
        try:
            while (message := self._messages.get()) is not None:
                self._send(message)
        except OSError:
            self._is_broken = True
            with suppress(RuntimeError):  # The session is over.
                self._loop.call_soon_threadsafe(self._over)

    def _send(self, message: bytes) -> None:
        rest = memoryview(message)
        while rest:
            size = os.write(self._way_out, rest)
            self._written += size
            rest = rest[size:]


def _ended_by_signals(server: Server, loop: asyncio.AbstractEventLoop) -> None:
    """End in order when the system asks for it, with a shell's status for that."""
    if sys.platform == "win32":
        return
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        loop.add_signal_handler(number, server.end, 128 + number)
