"""One client on standard input and output, from the first byte to the exit status."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Callable
from threading import Thread

from iac_imds_lint.lsp import actions, hover, lens, links, pulling, synchronizing
from iac_imds_lint.lsp.framing import Frames, framed
from iac_imds_lint.lsp.server import Server
from iac_imds_lint.lsp.telling import LOGGER

# Of a process: POSIX.1-2017, <unistd.h>.
_STDIN, _STDOUT, _STDERR = 0, 1, 2

_SIZE = 1 << 16

# How often to look whether the client still runs, in seconds.
_LOOKED = 1.0


def made() -> Server:
    """A server with all that it can do."""
    server = Server()
    for feature in (synchronizing, pulling, actions, hover, lens, links):
        feature.register(server)
    return server


def serve(verbose: bool = False, log_file: str | None = None) -> int:
    """Serve one client on standard input and output; the exit status. Raises OSError where there can be no log."""
    log = logging.FileHandler(log_file, encoding="utf-8") if log_file else logging.StreamHandler(sys.stderr)
    log.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    LOGGER.addHandler(log)
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
    server.protocol.set_writer(_Writer(way_out, server))
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
    server.background(_watched(server))
    status = await ended
    server.protocol.drop()
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
    """Standard output. Where nobody reads it any more, the session is over."""

    def __init__(self, way_out: int, server: Server) -> None:
        self._way_out = way_out
        self._server = server
        self._is_broken = False

    def write(self, content: bytes) -> None:
        """Send a message."""
        rest = memoryview(framed(content))
        try:
            while rest and not self._is_broken:
                rest = rest[os.write(self._way_out, rest) :]
        except OSError:
            self._is_broken = True
            self._server.end(1)

    def close(self) -> None:
        """Nothing is held back."""


def _ended_by_signals(server: Server, loop: asyncio.AbstractEventLoop) -> None:
    """End in order when the system asks for it, with a shell's status for that."""
    if sys.platform == "win32":
        return
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        loop.add_signal_handler(number, server.end, 128 + number)


async def _watched(server: Server) -> None:
    """End with the client, where it was one that could be seen: a process in another container cannot."""
    while server.process_id is None:
        await asyncio.sleep(_LOOKED)
    if sys.platform == "win32" or not _runs(server.process_id):
        return
    while _runs(server.process_id):
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
