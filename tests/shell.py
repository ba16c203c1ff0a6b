"""The public command, run in this process: what it prints, byte for byte, and its exit status."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from unittest import mock

from iac_imds_lint.cli.commands import command


class Ran(NamedTuple):
    """Exit status, standard output and standard error."""

    status: int
    out: bytes
    err: str


def run(directory: Path, *arguments: str, typed: bytes = b"") -> Ran:
    """Run ``iac-imds-lint`` with these arguments in a directory; ``typed`` is on standard input."""
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="") for _ in range(2))
    with (
        _inside(directory),
        mock.patch.object(sys, "argv", ["iac-imds-lint", *arguments]),
        mock.patch.object(sys, "stdin", io.TextIOWrapper(io.BytesIO(typed))),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        status = command()
    return Ran(status, _written(out), _written(err).decode())


def tree(directory: Path) -> dict[str, bytes]:
    """The content of every file under a directory."""
    files = (path for path in sorted(directory.rglob("*")) if path.is_file())
    return {path.relative_to(directory).as_posix(): path.read_bytes() for path in files}


@contextlib.contextmanager
def _inside(directory: Path) -> Iterator[None]:
    before = os.getcwd()
    os.chdir(directory)
    try:
        yield
    finally:
        os.chdir(before)


def _written(stream: io.TextIOWrapper) -> bytes:
    stream.flush()
    buffer = stream.buffer
    assert isinstance(buffer, io.BytesIO)
    return buffer.getvalue()
