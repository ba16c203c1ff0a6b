"""Reading files."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from iac_imds_lint import parallel
from iac_imds_lint.files import FileSystem
from iac_imds_lint.parallel import Processes
from iac_imds_lint.source import Problem


def test_what_is_no_regular_file_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.tf")
    found = FileSystem().data(str(tmp_path / "pipe.tf"))
    assert found == Problem(str(tmp_path / "pipe.tf"), "no regular file")
    assert FileSystem().data("/dev/zero") == Problem("/dev/zero", "no regular file")
    assert FileSystem().data(str(tmp_path / "gone.tf")) is None


def test_names_are_those_of_regular_files(tmp_path: Path) -> None:
    (tmp_path / "b.tf").write_text("")
    (tmp_path / "a.tf").write_text("")
    (tmp_path / "directory").mkdir()
    os.mkfifo(tmp_path / "pipe")
    assert FileSystem().names(str(tmp_path)) == ("a.tf", "b.tf")
    assert FileSystem().names(str(tmp_path / "gone")) == ()


def test_where_no_process_can_be_started_one_does_all(monkeypatch: pytest.MonkeyPatch) -> None:
    def failing() -> int:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    before = len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0
    monkeypatch.setattr(parallel.os, "fork", failing)
    assert Processes(4)(sum, range(1000)) == [sum(range(250 * n, 250 * n + 250)) for n in range(4)]
    assert (len(os.listdir("/proc/self/fd")) if before else 0) == before, "no pipe is left open"
