"""A client of the server, for tests: JSON-RPC over the pipes of a real process, one thing after the other.

Messages are plain JSON values, so that tests can compare whole answers.
"""

from __future__ import annotations

import json
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

# What a test waits for at most: far more than anything needs, for machines that are busy.
_PATIENCE = 60.0

_COMMAND = (sys.executable, "-m", "iac_imds_lint", "server")

# A client that can do what tests ask about; a test that wants less, or more, gives its own.
CAPABILITIES: dict[str, Any] = {
    "general": {"positionEncodings": ["utf-16"]},
    "textDocument": {
        "publishDiagnostics": {
            "relatedInformation": True,
            "versionSupport": True,
            "codeDescriptionSupport": True,
            "dataSupport": True,
            "tagSupport": {"valueSet": [1, 2]},
        },
    },
    "workspace": {"workspaceFolders": True, "workspaceEdit": {"documentChanges": True}},
}


class RefusedError(Exception):
    """A request was answered with an error."""

    def __init__(self, error: Mapping[str, Any]) -> None:
        super().__init__(f"{error['code']}: {error['message']}")
        self.code: int = error["code"]
        self.error = dict(error)


class EndedError(Exception):
    """The server has closed its output."""


def uri(path: Path) -> str:
    """The URI of a file."""
    return path.absolute().as_uri()


def whole(text: str) -> dict[str, Any]:
    """A change of the whole text."""
    return {"text": text}


def replaced(start: tuple[int, int], end: tuple[int, int], text: str) -> dict[str, Any]:
    """A change of what stands between two positions (line and column, from nought)."""
    return {"range": span(start, end), "text": text}


def span(start: tuple[int, int], end: tuple[int, int]) -> dict[str, Any]:
    """A range, as the protocol writes it."""
    return {"start": _position(start), "end": _position(end)}


def _position(place: tuple[int, int]) -> dict[str, int]:
    return {"line": place[0], "character": place[1]}


class Client:
    """One session. ``seen`` are all notifications and requests of the server, in order; its requests are answered
    with ``answers`` by their method, or null.
    """

    def __init__(self, *options: str, cwd: Path | None = None) -> None:
        pipe = subprocess.PIPE
        self.process = subprocess.Popen([*_COMMAND, *options], stdin=pipe, stdout=pipe, stderr=pipe, cwd=cwd)
        self.seen: list[dict[str, Any]] = []
        self.answers: dict[str, Any] = {"workspace/applyEdit": {"applied": True}}
        self.stderr = ""
        self._answered: dict[object, dict[str, Any]] = {}
        self._versions: dict[str, int] = {}
        self._number = 0
        self._inbox: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
        self._threads = [threading.Thread(target=self._listen), threading.Thread(target=self._collect)]
        for thread in self._threads:
            thread.start()

    # What goes out.

    def raw(self, data: bytes) -> None:
        """Send bytes as they are."""
        assert self.process.stdin is not None
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def send(self, message: object) -> None:
        """Send a message, or what is none."""
        body = json.dumps(message).encode()
        self.raw(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))

    def notify(self, method: str, params: object = None) -> None:
        """Send a notification."""
        self.send({"jsonrpc": "2.0", "method": method, **({} if params is None else {"params": params})})

    def ask(self, method: str, params: object = None) -> int:
        """Send a request; its id, by which ``answer`` is had."""
        self._number += 1
        given = {} if params is None else {"params": params}
        self.send({"jsonrpc": "2.0", "id": self._number, "method": method, **given})
        return self._number

    def cancel(self, number: int) -> None:
        """Cancel a request."""
        self.notify("$/cancelRequest", {"id": number})

    # What comes back.

    def answer(self, number: object) -> Any:
        """The result of a request. Raises RefusedError."""
        while number not in self._answered:
            self._receive(time.monotonic() + _PATIENCE)
        message = self._answered.pop(number)
        if "error" in message:
            raise RefusedError(message["error"])
        return message["result"]

    def request(self, method: str, params: object = None) -> Any:
        """Send a request and wait for its result. Raises RefusedError."""
        return self.answer(self.ask(method, params))

    def wait(self, method: str, *, after: int = 0, **wanted: object) -> dict[str, Any]:
        """The params of a notification or request of the server, whose members are as ``wanted``: the first one of
        ``seen[after:]``, or the next to come.
        """
        until = time.monotonic() + _PATIENCE
        while True:
            for message in self.seen[after:]:
                params = message.get("params")
                if message["method"] == method and (
                    not wanted or all(params.get(name) == value for name, value in wanted.items())
                ):
                    return params  # type: ignore[no-any-return]
            after = len(self.seen)
            self._receive(until)

    def settle(self) -> None:
        """Wait until the server has answered all that was sent, and receive what it told before."""
        with suppress(RefusedError):
            self.request("$/settled")

    # Documents.

    def open(self, path: Path, text: str | None = None, version: int = 1, language: str = "terraform") -> str:
        """Open a document with a text, or its file's; its URI."""
        name = uri(path)
        self._versions[name] = version
        text = path.read_bytes().decode() if text is None else text
        document = {"uri": name, "languageId": language, "version": version, "text": text}
        self.notify("textDocument/didOpen", {"textDocument": document})
        return name

    def change(self, path: Path, *changes: dict[str, Any]) -> int:
        """Change an open document; its version from then on."""
        name = uri(path)
        self._versions[name] += 1
        document = {"uri": name, "version": self._versions[name]}
        self.notify("textDocument/didChange", {"textDocument": document, "contentChanges": list(changes)})
        return self._versions[name]

    def save(self, path: Path, text: str) -> None:
        """Write a file and say that it was saved."""
        path.write_bytes(text.encode())
        self.notify("textDocument/didSave", {"textDocument": {"uri": uri(path)}})

    def close(self, path: Path) -> None:
        """Close a document."""
        self.notify("textDocument/didClose", {"textDocument": {"uri": uri(path)}})

    def diagnostics(self, path: Path, version: int | None = None, *, after: int = 0) -> list[dict[str, Any]]:
        """The diagnostics that are published for a version of a document; of a file that is not open, the first."""
        wanted = {} if version is None else {"version": version}
        published = self.wait("textDocument/publishDiagnostics", after=after, uri=uri(path), **wanted)
        return published["diagnostics"]  # type: ignore[no-any-return]

    # The session.

    def initialize(
        self, *roots: Path, capabilities: Mapping[str, Any] | None = None, options: object = None, **more: object
    ) -> dict[str, Any]:
        """Begin the session with these folders; what the server answers."""
        params = {
            "processId": None,
            "rootUri": uri(roots[0]) if roots else None,
            "capabilities": CAPABILITIES if capabilities is None else capabilities,
            "workspaceFolders": [{"uri": uri(root), "name": root.name} for root in roots] or None,
            **({} if options is None else {"initializationOptions": options}),
            **more,
        }
        answer: dict[str, Any] = self.request("initialize", params)
        self.notify("initialized", {})
        return answer

    def shutdown(self) -> int:
        """End the session in order; the exit status."""
        self.request("shutdown")
        self.notify("exit")
        return self.ended()

    def ended(self) -> int:
        """The exit status of the server, which is about to end; ``stderr`` is whole then."""
        try:
            return self.process.wait(_PATIENCE)
        finally:
            self.dispose()

    def dispose(self) -> None:
        """End the process, whatever its state."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for thread in self._threads:
            thread.join()
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            _closed(stream)

    def _receive(self, until: float) -> None:
        """Take the next message. Raises EndedError where none will come, queue.Empty where none does."""
        message = self._inbox.get(timeout=max(0.0, until - time.monotonic()))
        if message is None:
            self._inbox.put(None)
            raise EndedError(self.stderr)
        if "method" not in message:
            self._answered[message.get("id")] = message
            return
        self.seen.append(message)
        if "id" in message:
            answer = self.answers.get(message["method"])
            result = answer(message["params"]) if callable(answer) else answer
            self.send({"jsonrpc": "2.0", "id": message["id"], "result": result})

    def _listen(self) -> None:
        stream = self.process.stdout
        assert stream is not None
        while (size := _length(stream)) is not None:
            self._inbox.put(json.loads(stream.read(size)))
        self._inbox.put(None)

    def _collect(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.stderr += line.decode()


def _length(stream: IO[bytes]) -> int | None:
    """The length of the next message; None at the end. What is no header is no message of the protocol."""
    size = None
    while line := stream.readline().strip():
        name, _, value = line.partition(b": ")
        assert name in (b"Content-Length", b"Content-Type"), line
        size = int(value) if name == b"Content-Length" else size
    return size


def _closed(stream: IO[bytes] | None) -> None:
    if stream is not None:
        with suppress(OSError):  # What was not written yet cannot be: the process is gone.
            stream.close()


@contextmanager
def serving(
    *roots: Path,
    files: Mapping[str, str] | None = None,
    capabilities: Mapping[str, Any] | None = None,
    options: object = None,
    arguments: Sequence[str] = (),
    answers: Mapping[str, Any] | None = None,
) -> Iterator[Client]:
    """A session over folders, the first of which holds ``files``; it is ended in order, with status 0."""
    for name, text in (files or {}).items():
        path = roots[0] / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
    client = Client(*arguments)
    client.answers.update(answers or {})
    try:
        client.initialize(*roots, capabilities=capabilities, options=options)
        yield client
        assert client.shutdown() == 0, client.stderr
    finally:
        client.dispose()
