"""Make thousands of random edits in a copy of real files, with ``iac-imds-lint server`` running over it.

    python benchmarks/edits.py DIRECTORY... [--edits N] [--every N] [--seed N] [--encoding NAME] [--pull] [--unwatched]

Characters, words, lines and blocks come, go and come back in several documents, which are opened, saved and closed
between; files change on disk, come and go; and requests are asked meanwhile. After every so many edits all diagnostics
are compared with those of a server that is started then, and with what ``check`` says of files with the same contents.
An answer that is an error (but that it is out of date), a defect (IMDS999) or a difference ends it with status 1.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import IO, Any, NamedTuple

from rpc import Arrived, Client
from run import COMMAND, SOURCES
from scribbling import Scribbler, Text

_PUBLISHED = "textDocument/publishDiagnostics"
# Language Server Protocol 3.17, "LSPErrorCodes": what was asked is out of date, and nobody's fault.
_OUT_OF_DATE = {-32800, -32801, -32802}
_ENDS = (".tf", ".yaml", ".yml", ".json", ".template", ".tfvars", ".sh", ".tpl", ".tftpl")
_LARGEST = 100_000
_OPEN_AT_ONCE = 6
_CREATED, _CHANGED, _DELETED = 1, 2, 3


class Kind(NamedTuple):
    """What a client can do."""

    encoding: str = "utf-16"
    pulls: bool = False
    watches: bool = True

    @property
    def capabilities(self) -> dict[str, Any]:
        """As the client says it."""
        shown = {"relatedInformation": True, "tagSupport": {"valueSet": [1, 2]}}
        actions = {
            "codeActionLiteralSupport": {"codeActionKind": {"valueSet": ["quickfix", "refactor", "source"]}},
            "dataSupport": True,
            "resolveSupport": {"properties": ["edit"]},
        }
        return {
            "general": {"positionEncodings": [self.encoding]},
            "textDocument": {
                "publishDiagnostics": {**shown, "versionSupport": True},
                "codeAction": actions,
                **({"diagnostic": shown} if self.pulls else {}),
            },
            "workspace": {
                "workspaceEdit": {"documentChanges": True},
                "didChangeWatchedFiles": {"dynamicRegistration": self.watches},
                "diagnostics": {"refreshSupport": self.pulls},
                "codeLens": {"refreshSupport": True},
            },
        }


class Failure(NamedTuple):
    """What should not be, after so many edits."""

    edits: int
    what: str


class Session:
    """A client in a directory; what goes wrong is in ``failures``, by words."""

    def __init__(self, root: str, kind: Kind) -> None:
        self._kind = kind
        self.root = root
        self._errors: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - the session closes it
        self._client = Client([sys.executable, "-c", COMMAND, "server"], root, errors=self._errors)
        self._asked: dict[int, str] = {}
        self._told: dict[str, list[Any]] = {}
        self._versions: dict[str, int | None] = {}
        self.actions: list[dict[str, Any]] = []
        self.answers = 0
        self.outdated = 0
        self.failures: list[str] = []

    @property
    def memory(self) -> float:
        """What the server holds, in MB; 0 where the system does not say."""
        status = Path(f"/proc/{self._client.server.pid}/statm")
        pages = int(status.read_text().split()[1]) if status.exists() else 0
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6 if pages else 0

    def begin(self) -> None:
        """The session begins."""
        folder = {"uri": self.uri(""), "name": "folder"}
        told = {"processId": None, "rootUri": None, "capabilities": self._kind.capabilities}
        self._client.ask("initialize", {**told, "workspaceFolders": [folder]})
        self._client.notify("initialized", {})

    def open(self, name: str, text: Text) -> None:
        """Open a document."""
        item = {"uri": self.uri(name), "languageId": _language(name), "version": text.version, "text": text.text}
        self.notify("textDocument/didOpen", {"textDocument": item})

    def change(self, name: str, text: Text, changes: Sequence[Mapping[str, Any]]) -> None:
        """Tell of changes that were made."""
        text.version += 1
        document = {"uri": self.uri(name), "version": text.version}
        self.notify("textDocument/didChange", {"textDocument": document, "contentChanges": changes})

    def notify(self, method: str, params: object) -> None:
        """Send a notification."""
        self._client.notify(method, params)

    def ask(self, method: str, params: object) -> int:
        """Send a request; its answer is noted when it comes."""
        number = self._client.begin(method, params)
        self._asked[number] = method
        return number

    def read(self) -> None:
        """Note all that has come."""
        for arrived in self._client.waiting():
            self._note(arrived)

    def answered(self) -> None:
        """Wait until all that was asked has its answer."""
        while self._asked:
            self._note(self._client.next())

    def diagnostics(self, opened: Mapping[str, Text]) -> dict[str, list[Any]]:
        """The diagnostics of all files now, once the server has said all that it has to say."""
        self.answered()
        if self._kind.pulls:
            self._pull()
        else:
            self._await(opened)
        return {uri: found for uri, found in self._told.items() if found}

    def end(self) -> None:
        """Take leave; what was said on standard error, and how it ended, is noted where it should not be."""
        status = self._client.end()
        self._errors.seek(0)
        said = self._errors.read().decode("utf-8", "replace")
        self._errors.close()
        if status or "Traceback" in said or "IMDS999" in said:
            self.failures.append(f"exit status {status}, standard error: {said[-4000:]}")

    def uri(self, name: str) -> str:
        """The URI of a file."""
        return (Path(self.root) / name).as_uri()

    def _pull(self) -> None:
        _, answer, others = self._client.ask("workspace/diagnostic", {"previousResultIds": []})
        for one in others:
            self._note(one)
        self._told = {item["uri"]: item["items"] for item in answer.message["result"]["items"]}
        self._verify(self._told)

    def _await(self, opened: Mapping[str, Text]) -> None:
        """Wait until a change, of which nothing comes, has been judged."""
        name, text = next(iter(opened.items()))
        self.change(name, text, [{"text": text.text}])
        while self._versions.get(self.uri(name)) != text.version:
            self._note(self._client.next())
        _, _, others = self._client.ask("iac-imds-lint/nothing", None)
        for one in others:
            self._note(one)

    def _note(self, arrived: Arrived) -> None:
        message = arrived.message
        method, params = message.get("method"), message.get("params") or {}
        if method == _PUBLISHED:
            self._told[params["uri"]] = params["diagnostics"]
            self._versions[params["uri"]] = params.get("version")
            self._verify({params["uri"]: params["diagnostics"]})
        elif method == "window/logMessage" and (params["type"] == 1 or "not understood" in params["message"]):
            self.failures.append(params["message"])
        elif method is None:
            self._answered(self._asked.pop(message["id"]), message)

    def _answered(self, method: str, message: Mapping[str, Any]) -> None:
        self.answers += 1
        if "error" in message and message["error"]["code"] in _OUT_OF_DATE:
            self.outdated += 1
        elif "error" in message:
            self.failures.append(f"{method}: {message['error']}")
        elif method == "textDocument/codeAction":
            self.actions = [action for action in message["result"] or () if "data" in action]

    def _verify(self, told: Mapping[str, list[Any]]) -> None:
        wrong = [one["message"] for found in told.values() for one in found if one.get("code") == "IMDS999"]
        self.failures += wrong


class Disk:
    """The files of a directory that can be edited, by their names."""

    def __init__(self, root: str) -> None:
        self.root = root
        self.gone: dict[str, bytes] = {}
        self.names = sorted(self._found())
        self.first = {name: self.read(name) for name in self.names}

    def _found(self) -> Iterable[str]:
        for directory, _, names in os.walk(self.root):
            for name in names:
                path = os.path.join(directory, name)
                if name.endswith(_ENDS) and not os.path.islink(path) and _is_text(path):
                    yield os.path.relpath(path, self.root)

    def read(self, name: str) -> bytes:
        """What is in a file; nothing where there is none."""
        path = os.path.join(self.root, name)
        return Path(path).read_bytes() if os.path.exists(path) else b""

    def write(self, name: str, data: bytes) -> int:
        """Write a file; what became of it."""
        path = os.path.join(self.root, name)
        before = os.path.exists(path)
        self.gone.pop(name, None)
        Path(path).write_bytes(data)
        return _CHANGED if before else _CREATED

    def delete(self, name: str) -> None:
        """Delete a file; what was in it is kept."""
        self.gone[name] = self.read(name)
        (Path(self.root) / name).unlink()


class User:
    """Somebody at work, as drawn: ``opened`` are the documents."""

    def __init__(self, session: Session, disk: Disk, kind: Kind, draw: random.Random) -> None:
        self._session = session
        self._disk = disk
        self._kind = kind
        self._draw = draw
        self._scribbler = Scribbler(draw)
        self._often = draw.sample(disk.names, min(12, len(disk.names)))
        self._numbers: dict[str, int] = {}
        self.opened: dict[str, Text] = {}

    def edit(self) -> None:
        """An edit, and what may happen beside it."""
        if not self.opened or self._draw.random() < 0.02:
            self._open()
        name = self._some()
        self._session.change(name, self.opened[name], self._scribbler.changes(self.opened[name]))
        beside = self._draw.random()
        if beside < 0.02:
            self._save(name)
        elif beside < 0.04:
            self._on_disk()
        elif beside < 0.15:
            self._ask(name)
        elif beside < 0.2:
            time.sleep(self._draw.random() * 0.1)

    def before_comparing(self) -> None:
        """Where nobody tells of files, all are looked at when one is saved."""
        if not self.opened:
            self._open()
        if not self._kind.watches:
            self._save(self._some())

    def _some(self) -> str:
        return self._draw.choice(list(self.opened))

    def _open(self) -> None:
        if len(self.opened) >= _OPEN_AT_ONCE:
            closed = self._some()
            del self.opened[closed]
            self._tell("textDocument/didClose", closed)
        name = self._draw.choice(self._often if self._draw.random() < 0.8 else self._disk.names)
        if name not in self.opened:
            data = self._disk.read(name)
            if _decoded(data) is not None:
                # An editor keeps a byte order mark to itself.
                self.opened[name] = Text(data.decode("utf-8-sig"), self._kind.encoding)
                self._session.open(name, self.opened[name])
            else:
                self._tell_of({name: self._disk.write(name, b"")})
        if not self.opened:
            self._open()

    def _save(self, name: str) -> None:
        what = self._disk.write(name, self.opened[name].text.encode())
        self._tell("textDocument/didSave", name)
        self._tell_of({name: what})

    def _tell(self, method: str, name: str) -> None:
        self._session.notify(method, {"textDocument": {"uri": self._session.uri(name)}})

    def _on_disk(self) -> None:
        """Another program is at work there."""
        name = self._draw.choice(self._often)
        other = self._draw.choice(list(self._disk.gone) or [name])
        match self._draw.randrange(6):
            case 0 if other in self._disk.gone:
                self._tell_of({other: self._disk.write(other, self._disk.gone[other])})
            case 1 if name not in self._disk.gone:
                self._disk.delete(name)
                self._tell_of({name: _DELETED})
            case 2 if name not in self._disk.gone:
                self._renamed(name)
            case 3:
                self._tell_of({name: self._written(name)})
            case _:
                # What Git does when all is to be as it was.
                self._tell_of({name: self._disk.write(name, self._disk.first[name])})

    def _written(self, name: str) -> int:
        text = Text(self._disk.read(name).decode("utf-8", "replace"), self._kind.encoding)
        self._scribbler.changes(text)
        data = text.text.encode()
        return self._disk.write(name, b"\xff" + data if self._draw.random() < 0.05 else data)

    def _renamed(self, name: str) -> None:
        stem, end = os.path.splitext(name)
        new = f"{stem}-{self._draw.randrange(3)}{end}"
        data = self._disk.read(name)
        self._disk.delete(name)
        self._tell_of({new: self._disk.write(new, data), name: _DELETED})

    def _tell_of(self, what: Mapping[str, int]) -> None:
        if self._kind.watches:
            changes = [{"uri": self._session.uri(name), "type": kind} for name, kind in what.items()]
            self._session.notify("workspace/didChangeWatchedFiles", {"changes": changes})

    def _ask(self, name: str) -> None:
        """A request about a document, or several; perhaps one that nobody waits for."""
        text = self.opened[name]
        start, end = sorted(self._draw.randint(0, len(text.text)) for _ in range(2))
        place = {"start": text.position(start), "end": text.position(end)}
        of = {"textDocument": {"uri": self._session.uri(name)}}
        requests: list[tuple[str, object]] = [
            ("textDocument/hover", {**of, "position": place["start"]}),
            ("textDocument/codeAction", {**of, "range": place, "context": {"diagnostics": []}}),
            ("textDocument/codeLens", of),
            ("textDocument/documentLink", of),
            ("textDocument/diagnostic", of),
            *[("codeAction/resolve", action) for action in self._session.actions[-1:]],
        ]
        for method, params in self._draw.sample(requests, self._draw.choice((1, 1, 3))):
            number = self._session.ask(method, params)
            if self._draw.random() < 0.1:
                self._session.notify("$/cancelRequest", {"id": number})
        if self._draw.random() < 0.6:
            self._session.answered()


class Done(NamedTuple):
    """What was done in a directory, and how it went."""

    directory: str
    files: int
    edits: int
    answers: int
    outdated: int
    diagnostics: int
    compared: int
    seconds: float
    memory: list[float]
    failures: list[Failure]


def scribble(directory: str, kind: Kind, edits: int, every: int, seed: int) -> Done:
    """Edit in a copy of a directory."""
    with tempfile.TemporaryDirectory() as top:
        root, saved = (os.path.join(os.path.realpath(top), name) for name in ("work", "saved"))
        for place in (root, saved):
            shutil.copytree(directory, place, symlinks=True, ignore=shutil.ignore_patterns(".git", ".terraform"))
        return _Run(root, saved, kind, seed).run(directory, edits, every)


class _Run:
    """Edits in one directory; ``saved`` is another one, into which is written what the editor shows."""

    def __init__(self, root: str, saved: str, kind: Kind, seed: int) -> None:
        draw = random.Random(seed)
        self._kind = kind
        self._saved = saved
        self._disk = Disk(root)
        self._session = Session(root, kind)
        self._user = User(self._session, self._disk, kind, draw)
        self._failures: list[Failure] = []
        self._memory: list[float] = []
        self._found = 0

    def run(self, directory: str, edits: int, every: int) -> Done:
        """Make so many edits, and compare after every so many."""
        begun = time.perf_counter()
        self._session.begin()
        self._compare(0)
        for done in range(1, edits + 1):
            self._user.edit()
            self._session.read()
            if done % every == 0 or done == edits:
                self._compare(done)
        self._session.end()
        self._note(edits)
        seconds = round(time.perf_counter() - begun, 1)
        asked = self._session.answers, self._session.outdated
        counts = len(self._disk.names), edits, *asked, self._found, len(self._memory)
        return Done(os.path.basename(directory), *counts, seconds, self._memory, self._failures)

    def _compare(self, done: int) -> None:
        self._user.before_comparing()
        opened = self._user.opened
        told = self._session.diagnostics(opened)
        self._found = sum(map(len, told.values()))
        self._memory.append(round(self._session.memory, 1))
        other = Session(self._session.root, self._kind)
        other.begin()
        for name, text in opened.items():
            other.open(name, text)
        fresh = other.diagnostics(opened)
        other.end()
        self._note(done)
        self._failures += [Failure(done, what) for what in (*other.failures, *_differing(told, fresh))]
        self._failures += [Failure(done, what) for what in self._otherwise(told)]

    def _note(self, done: int) -> None:
        self._failures += [Failure(done, what) for what in self._session.failures]
        self._session.failures.clear()

    def _otherwise(self, told: Mapping[str, list[Any]]) -> list[str]:
        """What ``check`` says otherwise of the same files."""
        self._copy()
        checked = _checked(self._saved)
        said = [self._said(self._session.uri(finding["filename"]), finding) for finding in checked]
        ours = [
            (uri, one["code"], _place(one["range"]["start"]), headline(one["message"]))
            for uri, found in told.items()
            for one in found
            if "code" in one
        ]
        return [f"check, not the server: {one}" for one in said if one not in ours] + [
            f"the server, not check: {one}" for one in ours if one not in said
        ]

    def _said(self, uri: str, finding: Mapping[str, Any]) -> tuple[str, str, tuple[int, int], str]:
        """What the server should say of a finding."""
        location, data = finding["location"], (Path(self._saved) / finding["filename"]).read_bytes()
        lines = data.decode("utf-8-sig", "replace").split("\n")
        offset = sum(len(line) + 1 for line in lines[: location["row"] - 1]) + location["column"] - 1
        position = Text("\n".join(lines), self._kind.encoding).position(offset)
        return uri, finding["code"], _place(position), finding["message"].partition("\n")[0]

    def _copy(self) -> None:
        """Write down what the editor shows."""
        for name in {*self._disk.names, *self._user.opened, *Disk(self._disk.root).names, *Disk(self._saved).names}:
            path = Path(self._saved) / name
            if name in self._user.opened:
                path.write_bytes(self._user.opened[name].text.encode())
            elif (Path(self._disk.root) / name).exists():
                path.write_bytes(self._disk.read(name))
            else:
                path.unlink(missing_ok=True)


def _checked(root: str) -> list[dict[str, Any]]:
    command = [sys.executable, "-c", COMMAND, "check", "--no-progress", "--output-format", "json", "."]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    return [finding for finding in json.loads(done.stdout) if finding["suppressed"] is None]


def _differing(told: Mapping[str, list[Any]], fresh: Mapping[str, list[Any]]) -> list[str]:
    """The diagnostics of which a server that is started now says something else."""
    found = []
    for uri in {**told, **fresh}:
        ours, theirs = told.get(uri, []), fresh.get(uri, [])
        if ours != theirs:
            more = [one for one in ours if one not in theirs]
            less = [one for one in theirs if one not in ours]
            found.append(f"{uri}: a fresh server does not say {more}, and says {less}")
    return found


def headline(message: str) -> str:
    """What a diagnostic says is wrong, as the command says it: a long module stands in the line after it."""
    first, _, rest = message.partition("\n")
    second = rest.partition("\n")[0]
    return f"{second.removeprefix('in ')}.{first}" if second.startswith("in ") else first


def _place(position: Mapping[str, int]) -> tuple[int, int]:
    return position["line"], position["character"]


def _is_text(path: str) -> bool:
    return os.path.getsize(path) <= _LARGEST and _decoded(Path(path).read_bytes()) is not None


def _decoded(data: bytes) -> str | None:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return None


def _language(name: str) -> str:
    return "terraform" if name.endswith((".tf", ".tfvars")) else "yaml"


def main(arguments: Sequence[str] | None = None) -> int:
    """Edit and compare; 1 where something should not be."""
    options = _options(arguments)
    os.environ["PYTHONPATH"] = SOURCES
    kind = Kind(options.encoding, options.pull, not options.unwatched)
    all_done = []
    for directory in options.directories:
        done = scribble(os.path.abspath(directory), kind, options.edits, options.every, options.seed)
        print(_text(done), flush=True)
        all_done.append(done)
    return 1 if any(done.failures for done in all_done) else 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directories", nargs="+", metavar="DIRECTORY")
    parser.add_argument("--edits", type=int, default=1000, help="edits in each directory (%(default)s)")
    parser.add_argument("--every", type=int, default=500, help="compare after so many edits (%(default)s)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--encoding", default="utf-16", choices=("utf-8", "utf-16", "utf-32"))
    parser.add_argument("--pull", action="store_true", help="ask for diagnostics, rather than wait for them")
    parser.add_argument("--unwatched", action="store_true", help="tell of no files but those that are saved")
    return parser.parse_args(arguments)


def _text(done: Done) -> str:
    said = [
        f"{done.files} files, {done.edits} edits, {done.answers} answers ({done.outdated} out of date)",
        f"compared {done.compared} times, {done.diagnostics} diagnostics in the end, {done.seconds} s",
        f"{len(done.failures)} failures, MB: {' '.join(map(str, done.memory))}",
    ]
    failures = (f"  after {edits} edits: {what[:1000]}" for edits, what in done.failures[:20])
    return "\n".join([f"{done.directory}: {', '.join(said)}", *failures])


if __name__ == "__main__":
    sys.exit(main())
