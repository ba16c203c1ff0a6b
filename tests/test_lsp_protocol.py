"""What the server does with each message, whatever it is: over the pipes of a real process."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("pygls")

from iac_imds_lint.lsp import parent
from iac_imds_lint.lsp.session import made
from tests.lsp_client import CAPABILITIES, Client, RefusedError, replaced, serving, uri, whole

_OPEN = 'resource "aws_instance" "web" {\n  ami = "ami-0"\n}\n'
_PARSE, _REQUEST, _METHOD, _PARAMS, _FRESH, _CANCELLED = -32700, -32600, -32601, -32602, -32002, -32800
_PULLS = {**CAPABILITIES, "textDocument": {**CAPABILITIES["textDocument"], "diagnostic": {}}}


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the one server that has to live through it all."""
    return tmp_path_factory.mktemp("root")


@pytest.fixture(scope="module")
def session(root: Path) -> Iterator[Client]:
    with serving(root, files={"main.tf": _OPEN}) as client:
        client.diagnostics(root / "main.tf")
        yield client


@pytest.fixture
def client(session: Client) -> Client:
    session.settle()
    session.seen.clear()
    return session


@pytest.fixture
def fresh() -> Iterator[Client]:
    """A server to which nothing was said yet."""
    client = Client()
    yield client
    client.dispose()


def _logged(client: Client) -> list[str]:
    """What the client was told for its log, once the server has done what it was sent."""
    client.settle()
    return [message["params"]["message"] for message in client.seen if message["method"] == "window/logMessage"]


def _error(client: Client, method: str, params: object = None) -> tuple[int, str]:
    with pytest.raises(RefusedError) as refused:
        client.request(method, params)
    return refused.value.error["code"], refused.value.error["message"]


_NONSENSE: list[tuple[str, bytes, int, str]] = [
    (
        "no JSON",
        b"Content-Length: 5\r\n\r\n{{{{{",
        _PARSE,
        "a message is no JSON: ",
    ),
    ("a batch", b"Content-Length: 2\r\n\r\n[]", _REQUEST, "a message is neither a request nor an answer"),
    ("a number", b"Content-Length: 1\r\n\r\n3", _REQUEST, "a message is neither a request nor an answer"),
    ("null", b"Content-Length: 4\r\n\r\nnull", _REQUEST, "a message is neither a request nor an answer"),
    ("nothing in it", b"Content-Length: 2\r\n\r\n{}", _REQUEST, "a message is neither a request nor an answer"),
    ("no header", b"hello\r\n\r\n", _PARSE, "5 bytes were skipped: a header without Content-Length"),
    (
        "nested too deep",
        b"Content-Length: 200000\r\n\r\n" + b"[" * 200_000,
        _PARSE,
        "a message is nested too deeply",
    ),
    (
        "no UTF-8",
        b'Content-Length: 3\r\n\r\n"\xff"',
        _PARSE,
        "a message is no JSON: ",
    ),
]


@pytest.mark.parametrize(("sent", "code", "reason"), [row[1:] for row in _NONSENSE], ids=[row[0] for row in _NONSENSE])
def test_nonsense_is_answered_and_told_of(client: Client, sent: bytes, code: int, reason: str) -> None:
    client.raw(sent)
    with pytest.raises(RefusedError) as refused:
        client.answer(None)
    assert refused.value.code == code
    assert refused.value.error["message"].startswith(reason)
    assert f"Refused: {refused.value.error['message']}" in _logged(client)


_INVALID: list[tuple[str, dict[str, Any], object, int, str]] = [
    (
        "an object as id",
        {"id": {}, "method": "x"},
        None,
        _REQUEST,
        "the id of a request (x) is neither a number nor a text",
    ),
    (
        "null as id",
        {"id": None, "method": "x"},
        None,
        _REQUEST,
        "the id of a request (x) is neither a number nor a text",
    ),
    (
        "true as id",
        {"id": True, "method": "x"},
        None,
        _REQUEST,
        "the id of a request (x) is neither a number nor a text",
    ),
    ("a number as method", {"id": 900, "method": 3}, 900, _REQUEST, "the method of a message is no text"),
    ("an id alone", {"id": "q"}, "q", _REQUEST, "a message is neither a request nor an answer"),
    ("a text as id", {"id": "q", "method": "no/such"}, "q", _METHOD, "there is no method no/such"),
    (
        "one of the members that the protocol's own extensions have",
        {"id": 900, "method": "$/noSuch"},
        900,
        _METHOD,
        "there is no method $/noSuch",
    ),
    (
        "no params",
        {"id": 900, "method": "textDocument/diagnostic"},
        900,
        _PARAMS,
        "textDocument/diagnostic: invalid value for type, expected DocumentDiagnosticParams @ $.params",
    ),
    (
        "params of another kind",
        {"id": 900, "method": "textDocument/diagnostic", "params": {"textDocument": {"uri": None}}},
        900,
        _PARAMS,
        "textDocument/diagnostic: invalid value for type, expected str @ $.params.text_document.uri",
    ),
    (
        "a second initialize",
        {"id": 900, "method": "initialize", "params": {"capabilities": {}}},
        900,
        _REQUEST,
        "initialize came a second time",
    ),
]


@pytest.mark.parametrize(
    ("message", "number", "code", "reason"), [row[1:] for row in _INVALID], ids=[row[0] for row in _INVALID]
)
def test_an_invalid_request_has_its_answer(
    client: Client, message: dict[str, Any], number: object, code: int, reason: str
) -> None:
    client.send({"jsonrpc": "2.0", **message})
    with pytest.raises(RefusedError) as refused:
        client.answer(number)
    assert refused.value.error == {"code": code, "message": reason}


_IGNORED: list[tuple[str, str, object]] = [
    ("nothing is known of it", "no/such", {"a": 1}),
    ("an extension of the protocol", "$/noSuch", None),
    ("the cancellation of nothing", "$/cancelRequest", {"id": 12345}),
    ("the cancellation of no id", "$/cancelRequest", None),
    ("the end of a bar that there is not", "window/workDoneProgress/cancel", {"token": "x"}),
    ("a document closed that was not open", "textDocument/didClose", {"textDocument": {"uri": "file:///no/such.tf"}}),
    ("a document saved that was not open", "textDocument/didSave", {"textDocument": {"uri": "file:///no/such.tf"}}),
    ("no file", "textDocument/didClose", {"textDocument": {"uri": "untitled:Untitled-1"}}),
    ("no path", "workspace/didChangeWatchedFiles", {"changes": [{"uri": "file:///%00", "type": 1}]}),
    ("no host", "workspace/didChangeWatchedFiles", {"changes": [{"uri": "file://[", "type": 2}]}),
    ("a folder that is no directory", "workspace/didChangeWorkspaceFolders",
     {"event": {"added": [{"uri": "untitled:x", "name": "x"}], "removed": [{"uri": "file:///no", "name": "y"}]}}),
]  # fmt: skip


@pytest.mark.parametrize(("method", "params"), [row[1:] for row in _IGNORED], ids=[row[0] for row in _IGNORED])
def test_a_notification_that_means_nothing_is_ignored(client: Client, method: str, params: object) -> None:
    client.notify(method, params)
    assert _logged(client) == []


_MISUNDERSTOOD: list[tuple[str, object, str]] = [
    ("textDocument/didOpen", None, "invalid value for type, expected TextDocumentItem @ $.params.text_document"),
    (
        "textDocument/didOpen",
        {"textDocument": {"uri": "file:///x.tf", "languageId": "terraform", "version": 1, "text": None}},
        "invalid value for type, expected str @ $.params.text_document.text",
    ),
    (
        "textDocument/didClose",
        {"textDocument": {}},
        "required field missing @ $.params.text_document.uri",
    ),
]


@pytest.mark.parametrize(("method", "params", "reason"), _MISUNDERSTOOD)
def test_a_notification_that_is_not_understood_is_told_of(
    client: Client, method: str, params: object, reason: str
) -> None:
    client.notify(method, params)
    assert _logged(client) == [f"{method} is not understood: {reason}"]


def test_after_a_change_that_is_not_understood_the_file_on_disk_counts(client: Client, root: Path) -> None:
    """What the editor has is not known any more: findings at wrong places would be worse than those on disk."""
    file = root / "main.tf"
    client.open(file, "\n\n" + _OPEN)
    assert client.diagnostics(file, 1)[0]["range"]["start"]["line"] == 2
    client.seen.clear()
    client.notify(
        "textDocument/didChange",
        {"textDocument": {"uri": uri(file), "version": 2}, "contentChanges": [{"text": "", "range": 3}]},
    )
    assert client.diagnostics(file)[0]["range"]["start"]["line"] == 0
    kind = "invalid value for type, expected Position"
    assert _logged(client) == [
        "textDocument/didChange is not understood: "
        + "; ".join(f"{kind} @ $.params.content_changes[0].range.{end}" for end in ("start", "end")),
        f"{uri(file)} is read from disk until it is opened again",
    ]


def test_a_change_of_what_is_not_open_is_told_of(client: Client, root: Path) -> None:
    document = {"uri": uri(root / "main.tf"), "version": 2}
    client.notify("textDocument/didChange", {"textDocument": document, "contentChanges": [whole("")]})
    assert _logged(client) == [f"{document['uri']} was changed, but is not open: the change is ignored"]


_VERSIONS = count(10, 10)

_CHANGES: list[tuple[str, list[dict[str, Any]], str]] = [
    ("past the end", [replaced((90, 0), (99, 9), "# end\n")], _OPEN + "# end\n"),
    ("past the end of a line", [replaced((1, 80), (1, 99), " # id")], _OPEN.replace('"ami-0"', '"ami-0" # id')),
    ("reversed", [replaced((1, 2), (1, 0), "#")], _OPEN.replace("  ami", "#ami")),
    ("several, one after the other", [replaced((0, 0), (0, 0), "\n"), replaced((1, 0), (1, 0), "\n")], "\n\n" + _OPEN),
    ("whole, then a part", [whole(_OPEN), replaced((0, 0), (0, 0), "\n")], "\n" + _OPEN),
    ("a part, then whole", [replaced((0, 0), (0, 0), "\n"), whole(_OPEN)], _OPEN),
    ("a separator that ends no line", [whole("# \u2028 \x0c \x85\n" + _OPEN), replaced((1, 0), (1, 0), "\n")],
     "# \u2028 \x0c \x85\n\n" + _OPEN),
    ("half of a character", [whole("# \ud83d\n" + _OPEN)], "# ?\n" + _OPEN),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "text"), [row[1:] for row in _CHANGES], ids=[row[0] for row in _CHANGES])
def test_changes_lead_to_the_text_that_they_should(
    client: Client, root: Path, changes: list[dict[str, Any]], text: str
) -> None:
    """What is found in it is what is found in a document that has had the text from the beginning."""
    file, other = root / "main.tf", root / "sub" / "other.tf"
    # What is still to come for another case is of another version.
    client.open(file, version=next(_VERSIONS))
    found = client.diagnostics(file, client.change(file, *changes))
    version = next(_VERSIONS)
    client.open(other, text, version)
    assert found == client.diagnostics(other, version)
    client.close(file)
    client.close(other)
    assert _logged(client) == []


def test_requests_before_initialize_and_after_shutdown_are_refused(fresh: Client, tmp_path: Path) -> None:
    pull = {"textDocument": {"uri": uri(tmp_path / "main.tf")}}
    assert _error(fresh, "shutdown") == (_FRESH, "shutdown came before initialize")
    fresh.notify("textDocument/didOpen", None)
    fresh.initialize(tmp_path)
    fresh.request("shutdown")
    assert _error(fresh, "textDocument/diagnostic", pull) == (_REQUEST, "textDocument/diagnostic came after shutdown")
    assert _error(fresh, "shutdown") == (_REQUEST, "shutdown came after shutdown")
    fresh.notify("textDocument/didOpen", None)
    fresh.notify("exit")
    assert fresh.ended() == 0
    assert fresh.seen == []
    assert "Traceback" not in fresh.stderr


def test_initialize_may_fail_and_come_again(fresh: Client, tmp_path: Path) -> None:
    assert _error(fresh, "initialize", {"capabilities": 3})[0] == _PARAMS
    assert fresh.initialize(tmp_path)["serverInfo"]["name"] == "iac-imds-lint"
    assert fresh.shutdown() == 0


def test_exit_without_shutdown_is_an_error(fresh: Client, tmp_path: Path) -> None:
    fresh.initialize(tmp_path)
    fresh.notify("exit")
    assert fresh.ended() == 1
    assert fresh.stderr == ""


def test_exit_before_everything(fresh: Client) -> None:
    fresh.notify("exit")
    assert fresh.ended() == 1


@pytest.mark.parametrize(("is_down", "status"), [(False, 1), (True, 0)])
def test_a_client_that_only_closes(fresh: Client, tmp_path: Path, is_down: bool, status: int) -> None:
    fresh.initialize(tmp_path)
    if is_down:
        fresh.request("shutdown")
    assert fresh.process.stdin is not None
    fresh.process.stdin.close()
    assert fresh.ended() == status
    assert "Traceback" not in fresh.stderr


def test_a_client_that_closes_in_the_middle_of_a_message(fresh: Client, tmp_path: Path) -> None:
    fresh.initialize(tmp_path)
    fresh.raw(b"Content-Length: 100\r\n\r\n{")
    assert fresh.process.stdin is not None
    fresh.process.stdin.close()
    assert fresh.ended() == 1
    assert "Traceback" not in fresh.stderr


def test_a_client_that_hears_no_more(tmp_path: Path) -> None:
    """Its end of the pipe is closed: the server ends by itself, and complains of nothing."""
    pipe = subprocess.PIPE
    command = [sys.executable, "-m", "iac_imds_lint", "server"]
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"capabilities": {}}}).encode()
        process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        process.stdin.flush()
        assert process.wait(60) == 1
        assert process.stderr.read() == b""


@pytest.mark.skipif(sys.platform == "win32", reason="signals end no process there")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_in_order(fresh: Client, tmp_path: Path, number: signal.Signals) -> None:
    fresh.initialize(tmp_path)
    fresh.process.send_signal(number)
    assert fresh.ended() == 128 + number
    assert fresh.stderr == ""


@pytest.mark.skipif(sys.platform == "win32", reason="processes are told by their pipes there")
def test_it_ends_with_the_client(fresh: Client, tmp_path: Path) -> None:
    """Also where the pipes stay open: another process may have inherited them."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as editor:
        fresh.initialize(tmp_path, processId=editor.pid)
        editor.communicate(b"\n")
    assert fresh.ended() == 1
    assert "Traceback" not in fresh.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="processes are told by their pipes there")
def test_a_client_that_cannot_be_seen_is_not_taken_for_dead() -> None:
    """Its number means nothing here where it runs in another container."""
    with subprocess.Popen([sys.executable, "-c", ""]) as gone:
        gone.wait()

    async def watched(process: int) -> int:
        server = made()
        before = len(asyncio.all_tasks())
        parent.watch(server, process)
        return len(asyncio.all_tasks()) - before

    assert asyncio.run(watched(gone.pid)) == 0
    assert asyncio.run(watched(os.getpid())) == 1, "one that is seen is watched"


@contextmanager
def _altered(tmp_path: Path, root: Path, code: str) -> Iterator[Client]:
    """A session with a server that is other than ours by some code."""
    (tmp_path / "sitecustomize.py").write_text(code)
    root.mkdir()
    (root / "main.tf").write_text(_OPEN)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(tmp_path))
        client = Client("--stdio")
    try:
        client.initialize(root)
        yield client
        assert client.shutdown() == 0
    finally:
        client.dispose()


_PRINTS = """\
import os
from iac_imds_lint.lsp.folder import Folder
real = Folder.report
def report(*given):
    print("printed")
    os.system("echo started")
    return real(*given)
Folder.report = report
"""

_FAILS = """\
import iac_imds_lint.lsp.sheets as sheets
real = sheets.diagnostic
def diagnostic(finding, places, able):
    if places.lines("main.tf").position(10**6).line > 5:
        raise KeyError("no such thing")
    return real(finding, places, able)
sheets.diagnostic = diagnostic
"""


_DEFECT = (
    "IMDS999 a run over the workspace failed (KeyError: 'no such thing' at diagnostic:5): a defect of "
    "iac-imds-lint, please report it with this message and the code that is meant"
)


def test_what_is_printed_is_no_part_of_the_protocol(tmp_path: Path) -> None:
    """Whoever prints, it goes to standard error: a library, and a program that one starts."""
    root = tmp_path / "root"
    with _altered(tmp_path, root, _PRINTS) as client:
        assert client.diagnostics(root / "main.tf")[0]["code"] == "IMDS001"
    assert {"printed", "started"} <= set(client.stderr.split())


def test_a_defect_is_reported_once_and_the_server_goes_on(tmp_path: Path) -> None:
    root = tmp_path / "root"
    file = root / "main.tf"
    with _altered(tmp_path, root, _FAILS) as client:
        client.open(file)
        client.diagnostics(file, 1)
        client.change(file, whole("\n" * 9 + _OPEN))
        client.wait("window/logMessage", message=_DEFECT)
        for text in ("\n" * 9 + _OPEN, "\n" * 8 + _OPEN):
            client.change(file, whole(text))
            assert _error(client, "textDocument/diagnostic", {"textDocument": {"uri": uri(file)}})[0] == -32603
        assert client.diagnostics(file, client.change(file, whole("\n" + _OPEN)))[0]["range"]["start"]["line"] == 1
        told = [one for one in _logged(client) if "a run over the workspace" in one]
    assert told == [_DEFECT]


def test_the_log_goes_where_it_is_asked_for(tmp_path: Path) -> None:
    log = tmp_path / "server.log"
    root = tmp_path / "root"
    with serving(root, files={"main.tf": _OPEN}, arguments=("--verbose", "--log-file", str(log))) as client:
        client.notify("no/such")
        client.settle()
    assert client.stderr == ""
    told = [line.split(" ", 2)[2] for line in log.read_text().splitlines()]
    assert "DEBUG nothing is known of a notification no/such" in told
    assert "DEBUG Received request 'initialize - (1)'." in told


def test_a_log_that_cannot_be_written_is_wrong_use(tmp_path: Path) -> None:
    client = Client("--log-file", str(tmp_path / "no" / "such.log"))
    assert client.ended() == 3
    assert client.stderr == f"Error: cannot write to {tmp_path}/no/such.log: No such file or directory\n"


def test_steps_are_traced_for_who_asks(client: Client) -> None:
    client.notify("$/setTrace", {"value": "messages"})
    client.settle()
    client.notify("workspace/didChangeConfiguration", {"settings": None})
    assert client.wait("$/logTrace") == {"message": "Received notification 'workspace/didChangeConfiguration'."}
    client.notify("$/setTrace", {"value": "off"})
    client.settle()
    client.seen.clear()
    client.notify("workspace/didChangeConfiguration", {"settings": None})
    client.settle()
    assert [message for message in client.seen if message["method"] == "$/logTrace"] == []


def test_a_request_that_waits_can_be_cancelled(tmp_path: Path) -> None:
    with serving(tmp_path, files={"main.tf": _OPEN}, capabilities=_PULLS) as client:
        here = uri(tmp_path / "main.tf")
        known = client.request("textDocument/diagnostic", {"textDocument": {"uri": here}})["resultId"]
        waiting = client.ask("workspace/diagnostic", {"previousResultIds": [{"uri": here, "value": known}]})
        client.settle()
        client.cancel(waiting)
        with pytest.raises(RefusedError) as refused:
            client.answer(waiting)
        assert refused.value.error == {"code": _CANCELLED, "message": "workspace/diagnostic was cancelled"}


def test_an_answer_to_nothing_is_ignored(client: Client) -> None:
    client.send({"jsonrpc": "2.0", "id": 12345, "result": {"a": 1}})
    client.send({"jsonrpc": "2.0", "id": None, "error": {"code": 1, "message": "x"}})
    client.send({"jsonrpc": "2.0", "id": [], "error": 3})
    assert _logged(client) == []
