"""A language client of a few lines: JSON-RPC over the standard streams of a server, nothing between the two."""

from __future__ import annotations

import json
import queue
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from typing import IO, Any, NamedTuple, cast


class Arrived(NamedTuple):
    """A message of the server, and when it was here, in seconds of :func:`time.perf_counter`."""

    at: float
    message: dict[str, Any]


class SilentError(Exception):
    """The server did not answer in time, or is gone."""


class Client:
    """A server at work: what it sends is read as it comes."""

    def __init__(
        self,
        command: Sequence[str],
        directory: str,
        patience: float = 120,
        errors: IO[bytes] | int = subprocess.DEVNULL,
    ) -> None:
        pipe = subprocess.PIPE
        self.server = subprocess.Popen(command, cwd=directory, stdin=pipe, stdout=pipe, stderr=errors)
        self._out = cast("IO[bytes]", self.server.stdin)
        self._in = cast("IO[bytes]", self.server.stdout)
        self._patience = patience
        self._arrived: queue.Queue[Arrived | None] = queue.Queue()
        self._number = 0
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def notify(self, method: str, params: object) -> float:
        """Send a notification; when that was."""
        return self._send({"method": method, "params": params})

    def ask(self, method: str, params: object) -> tuple[float, Arrived, list[Arrived]]:
        """Send a request: when that was, the answer, and what came before it."""
        sent, before = time.perf_counter(), list[Arrived]()
        number = self.begin(method, params)
        while True:
            arrived = self.next()
            if arrived.message.get("id") == number and "method" not in arrived.message:
                return sent, arrived, before
            before.append(arrived)

    def begin(self, method: str, params: object) -> int:
        """Send a request, and do not wait for the answer; its id."""
        self._number += 1
        self._send({"id": self._number, "method": method, "params": params})
        return self._number

    def waiting(self) -> Iterator[Arrived]:
        """The messages that are here."""
        while not self._arrived.empty():
            yield self.next()

    def next(self) -> Arrived:
        """The next message. Raises SilentError where none comes."""
        try:
            arrived = self._arrived.get(timeout=self._patience)
        except queue.Empty:
            arrived = None
        if arrived is None:
            raise SilentError(f"no answer, exit status {self.server.poll()}")
        if "id" in arrived.message and "method" in arrived.message:
            self._send({"id": arrived.message["id"], "result": None})
        return arrived

    def end(self) -> int:
        """Take leave; the exit status of the server."""
        self.ask("shutdown", None)
        self.notify("exit", None)
        status = self.server.wait(self._patience)
        self._reader.join(self._patience)
        self._in.close()
        self._out.close()
        return status

    def _send(self, message: dict[str, Any]) -> float:
        data = json.dumps({"jsonrpc": "2.0", **message}).encode()
        sent = time.perf_counter()
        self._out.write(b"Content-Length: %d\r\n\r\n%s" % (len(data), data))
        self._out.flush()
        return sent

    def _read(self) -> None:
        length = 0
        for line in iter(self._in.readline, b""):
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
            elif not line.strip():
                self._arrived.put(Arrived(time.perf_counter(), json.loads(self._in.read(length))))
        self._arrived.put(None)
