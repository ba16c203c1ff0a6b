"""What requests about a file are answered from, in one process: a report that is current, about the text that was meant."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from threading import Event

import pytest

pytest.importorskip("pygls")

from lsprotocol.types import LSPErrorCodes

from iac_imds_lint.lsp.documents import Document
from iac_imds_lint.lsp.folder import Folder
from iac_imds_lint.lsp.lines import Lines
from iac_imds_lint.lsp.now import Now
from iac_imds_lint.lsp.page import Page
from iac_imds_lint.lsp.protocol import RequestFailed
from iac_imds_lint.lsp.session import made

_OPEN = 'resource "aws_instance" "web" {}\n'


def _document(path: Path, text: str, version: int = 1) -> Document:
    return Document(str(path), path.as_uri(), version, text, Lines(text))


def _run(test: Callable[[], Awaitable[None]]) -> None:
    async def run() -> None:
        await asyncio.wait_for(test(), 60)

    asyncio.run(run())


def _messages(page: Page) -> list[str]:
    return [finding.message for finding in page.report.findings]


def test_an_answer_is_from_the_text_in_the_editor(tmp_path: Path) -> None:
    file = tmp_path / "main.tf"

    async def test() -> None:
        server = made()
        server.add(str(tmp_path))
        assert await server.answered(file.as_uri(), _messages) == []
        server.opened(_document(file, _OPEN))
        (told,) = await server.answered(file.as_uri(), _messages) or []
        assert told == "aws_instance.web answers IMDSv1: metadata_options is not set"

    _run(test)


def test_there_is_none_about_another_text_than_was_meant(tmp_path: Path) -> None:
    file = tmp_path / "main.tf"

    async def test() -> None:
        server = made()
        server.add(str(tmp_path))
        server.opened(_document(file, _OPEN))
        asked = asyncio.ensure_future(server.answered(file.as_uri(), _messages))
        await asyncio.sleep(0)
        server.opened(_document(file, "\n" + _OPEN, 2))
        with pytest.raises(RequestFailed) as refused:
            await asked
        assert refused.value.code == LSPErrorCodes.ContentModified

    _run(test)


def test_an_edit_of_another_file_is_waited_for(tmp_path: Path) -> None:
    file, other = tmp_path / "main.tf", tmp_path / "other.tf"

    async def test() -> None:
        server = made()
        server.add(str(tmp_path))
        server.opened(_document(file, ""))
        asked = asyncio.ensure_future(server.answered(file.as_uri(), _messages))
        await asyncio.sleep(0)
        server.opened(_document(other, _OPEN))
        assert len(await asked or []) == 1

    _run(test)


def test_diagnostics_of_several_folders_are_of_one_moment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first folder is not told of as it was before what came while the second one was looked at."""
    one, two = tmp_path / "one", tmp_path / "two"
    for folder in (one, two):
        folder.mkdir()

    async def test() -> None:
        server = made()
        server.add(str(one))
        server.add(str(two))
        current = server.current

        async def changing(folder: Folder, work: Callable[[Now], object]) -> object:
            if folder.root == str(two) and not server.documents:
                server.opened(_document(one / "main.tf", _OPEN))
            return await current(folder, work)

        monkeypatch.setattr(server, "current", changing)
        found = await server.publisher.found()
        assert [(path, [one.code for one in sheet.diagnostics]) for path, sheet in found.items()] == [
            (str(one / "main.tf"), ["IMDS001"])
        ]

    _run(test)


def test_who_no_longer_waits_spares_the_work(tmp_path: Path) -> None:
    file = tmp_path / "main.tf"
    done: list[str] = []

    async def test() -> None:
        server = made()
        server.add(str(tmp_path))
        go_on = Event()
        held = asyncio.ensure_future(server.worker.ask(go_on.wait))
        asked = asyncio.ensure_future(server.answered(file.as_uri(), lambda page: done.append(page.name)))
        await asyncio.sleep(0)
        asked.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asked
        go_on.set()
        await held
        await server.worker.ask(lambda: None)

    _run(test)
    assert done == []


def test_what_is_no_file_has_no_answer(tmp_path: Path) -> None:
    async def test() -> None:
        server = made()
        server.add(str(tmp_path))
        assert await server.answered("untitled:Untitled-1", _messages) is None

    _run(test)
