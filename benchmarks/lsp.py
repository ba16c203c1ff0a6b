"""Measure ``iac-imds-lint server``: from a change of a document to its diagnostics, and the memory after many changes.

    python benchmarks/lsp.py [--modules N] [--templates N] [--callers N] [--edits N] [--seed N] [--json]

A client of a few lines speaks JSON-RPC with the server over its standard streams. Edits of several kinds are made one
after the other, in a generated workspace; after each the client waits for all that the server has to say. Seconds
depend on the machine; the ratio to a request that the server refuses at once holds from one to the next. In the end
what was published is compared with what a server says that is started then: 1 where that is not the same.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import sys
import tempfile
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import benchmark_tree
from benchmark_workspace import Edit, Workspace
from rpc import Arrived, Client
from run import COMMAND, SOURCES

_PUBLISHED = "textDocument/publishDiagnostics"
_NOTHING = "iac-imds-lint/nothing"
# What is typed most; the widely shared module is measured by itself.
_OFTEN = ["in a resource", "in a template", "shared", "of no interest"]
_SELDOM = ["widely shared"]


class Waited(NamedTuple):
    """What one edit took, in seconds: up to the last of its diagnostics, and up to the answer of a no-op after that."""

    kind: str
    diagnostics: float
    nothing: float


class Row(NamedTuple):
    """What edits of a kind took, in milliseconds, and how many times a no-op request."""

    kind: str
    edits: int
    median: float
    of_twenty_one: float
    worst: float
    ratio: float


class Measured(NamedTuple):
    """All that was measured: seconds up to the first diagnostics, rows, and MB before and after the edits."""

    first: float
    rows: list[Row]
    before: float
    after: float
    differing: list[str]


class Session:
    """A client in a workspace: the documents that it has open, and what it was told of each file last."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._client = Client([sys.executable, "-c", COMMAND, "server"], workspace.root)
        self._versions: dict[str, int] = {}
        self.told: dict[str, list[Any]] = {}

    @property
    def memory(self) -> float:
        """What the server holds, in MB; 0 where the system does not say."""
        status = Path(f"/proc/{self._client.server.pid}/statm")
        pages = int(status.read_text().split()[1]) if status.exists() else 0
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6 if pages else 0

    def begin(self) -> float:
        """Open the workspace; seconds up to its first diagnostics."""
        root = Path(self._workspace.root)
        folder = {"uri": root.as_uri(), "name": root.name}
        offered: dict[str, object] = {
            "processId": None,
            "rootUri": None,
            "capabilities": {},
            "workspaceFolders": [folder],
        }
        sent, _, _ = self._client.ask("initialize", offered)
        self._client.notify("initialized", {})
        while True:
            arrived = self._client.next()
            self._note([arrived])
            if arrived.message.get("method") == _PUBLISHED:
                self.settled()
                return arrived.at - sent

    def open(self, path: str) -> None:
        """Open a document, once."""
        if path not in self._versions:
            self._versions[path] = 1
            text = self._workspace.texts[path]
            item = {"uri": self._uri(path), "languageId": _language(path), "version": 1, "text": text}
            self._client.notify("textDocument/didOpen", {"textDocument": item})
            self._told_of(path)

    def change(self, edit: Edit, before: str) -> Waited:
        """Make an edit and wait for its diagnostics. ``before`` is the text of the document before it."""
        self._versions[edit.path] += 1
        document = {"uri": self._uri(edit.path), "version": self._versions[edit.path]}
        place = {"start": _position(before, edit.start), "end": _position(before, edit.start + edit.length)}
        changes = [{"range": place, "text": edit.new}]
        sent = self._client.notify("textDocument/didChange", {"textDocument": document, "contentChanges": changes})
        first = self._told_of(edit.path)
        asked, answer, others = self._client.ask(_NOTHING, None)
        self._note(others)
        told = (one.at for one in others if one.message.get("method") == _PUBLISHED)
        return Waited(edit.kind, max(first.at, *told, first.at) - sent, answer.at - asked)

    def settled(self) -> None:
        """Wait until the server says no more."""
        _, _, others = self._client.ask(_NOTHING, None)
        self._note(others)

    def end(self) -> None:
        """Take leave."""
        status = self._client.end()
        if status:
            raise SystemExit(f"benchmarks/lsp.py: the server ended with {status}")

    def _told_of(self, path: str) -> Arrived:
        """The diagnostics of a document as it is now."""
        uri, version = self._uri(path), self._versions[path]
        while True:
            arrived = self._client.next()
            self._note([arrived])
            params = arrived.message.get("params") or {}
            if params.get("uri") == uri and params.get("version") == version:
                return arrived

    def _note(self, arrived: Sequence[Arrived]) -> None:
        for one in arrived:
            if one.message.get("method") == _PUBLISHED:
                self.told[one.message["params"]["uri"]] = one.message["params"]["diagnostics"]

    def _uri(self, path: str) -> str:
        return (Path(self._workspace.root) / path).as_uri()


def measure(workspace: Workspace, edits: int, seed: int) -> Measured:
    """Make so many edits of what is typed often, and a tenth as many of the seldom ones."""
    session = Session(workspace)
    first = session.begin()
    for kind in (*_OFTEN, *_SELDOM):
        for path in workspace.kinds[kind][:20]:
            session.open(path)
    _edited(session, workspace, _OFTEN, min(edits, 200), seed + 1)
    before = session.memory
    often = _edited(session, workspace, _OFTEN, edits, seed)
    after = session.memory
    seldom = _edited(session, workspace, _SELDOM, max(2, edits // 10), seed)
    session.settled()
    session.end()
    named = [("all but the last", often)]
    named += [(kind, [one for one in often + seldom if one.kind == kind]) for kind in (*_OFTEN, *_SELDOM)]
    nothing = statistics.median(one.nothing for one in often)
    rows = [_row(name, waited, nothing) for name, waited in named]
    return Measured(round(first, 2), rows, round(before, 1), round(after, 1), _differing(session, workspace))


def _edited(session: Session, workspace: Workspace, kinds: list[str], number: int, seed: int) -> list[Waited]:
    waited = []
    texts = dict(workspace.texts)
    for edit in islice(workspace.edits(random.Random(seed), kinds), number):
        waited.append(session.change(edit, texts[edit.path]))
        texts[edit.path] = workspace.texts[edit.path]
    return waited


def _differing(session: Session, workspace: Workspace) -> list[str]:
    """The files of which a server that is started now says something else."""
    other = Session(workspace)
    other.begin()
    for paths in workspace.kinds.values():
        for path in paths[:20]:
            other.open(path)
    other.settled()
    other.end()
    told = {uri: found for uri, found in session.told.items() if found}
    fresh = {uri: found for uri, found in other.told.items() if found}
    return [uri for uri in {**told, **fresh} if told.get(uri) != fresh.get(uri)]


def _row(kind: str, waited: Sequence[Waited], nothing: float) -> Row:
    times = sorted(one.diagnostics * 1000 for one in waited)
    median = statistics.median(times)
    late = times[min(len(times) - 1, len(times) * 95 // 100)]
    return Row(
        kind, len(times), round(median, 1), round(late, 1), round(times[-1], 1), round(median / nothing / 1000, 1)
    )


def _position(text: str, offset: int) -> dict[str, int]:
    return {"line": text.count("\n", 0, offset), "character": offset - text.rfind("\n", 0, offset) - 1}


def _language(path: str) -> str:
    return "terraform" if path.endswith(".tf") else "yaml"


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; 1 where the diagnostics at the end are not those of a fresh server."""
    options = _options(arguments)
    os.environ["PYTHONPATH"] = SOURCES
    with tempfile.TemporaryDirectory() as top:
        root = os.path.realpath(top)
        size = benchmark_tree.Size(options.modules, options.templates)
        measured = measure(Workspace(root, size, options.callers, options.seed), options.edits, options.seed)
    print(json.dumps(_plain(measured), indent=2) if options.json else _text(measured))
    return 1 if measured.differing else 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    size = benchmark_tree.Size()
    parser.add_argument("--modules", type=int, default=size.modules, help="modules of five files each (%(default)s)")
    parser.add_argument("--templates", type=int, default=size.templates, help="CloudFormation templates (%(default)s)")
    parser.add_argument("--callers", type=int, default=200, help="roots that call the widely shared module")
    parser.add_argument("--edits", type=int, default=400, help="edits that are measured (%(default)s)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true")
    return parser.parse_args(arguments)


def _plain(measured: Measured) -> dict[str, object]:
    return {**measured._asdict(), "rows": [row._asdict() for row in measured.rows]}


def _text(measured: Measured) -> str:
    lines = [
        f"first diagnostics after {measured.first} s; {measured.before} MB, after the edits {measured.after} MB",
        "",
    ]
    lines.append(f"{'edits':>18}  {'number':>6}  {'median ms':>9}  {'95 % ms':>9}  {'worst ms':>9}  {'x no-op':>7}")
    for kind, edits, *times, ratio in measured.rows:
        cells = "  ".join(f"{one:>9}" for one in times)
        lines.append(f"{kind:>18}  {edits:>6}  {cells}  {ratio:>7}")
    if measured.differing:
        lines += ["", "other than a fresh server says:", *measured.differing]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
