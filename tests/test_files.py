"""Reading and writing files: nothing of the user's is ever lost."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from iac_imds_lint import files, parallel
from iac_imds_lint.files import FileSystem, write_all
from iac_imds_lint.parallel import Processes
from iac_imds_lint.source import Problem, SourceFile


def pair(path: Path, before: str, after: str) -> tuple[SourceFile, SourceFile]:
    return SourceFile(str(path), before), SourceFile(str(path), after)


def written(path: Path, before: str = "old\n", after: str = "new\n") -> list[Problem]:
    return write_all([pair(path, before, after)])


def test_a_file_is_replaced_and_keeps_its_mode(tmp_path: Path) -> None:
    path = tmp_path / "main.tf"
    path.write_text("old\n")
    path.chmod(0o640)
    assert written(path) == []
    assert path.read_text() == "new\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert os.listdir(tmp_path) == ["main.tf"], "no temporary file is left"


@pytest.mark.parametrize(
    ("content", "expected", "why"),
    [
        ("else\n", ["changed since it was read, left alone"], "somebody edited it"),
        ("new\n", [], "another run, or another name of it, was faster"),
    ],
)
def test_a_file_that_changed_is_left_alone(tmp_path: Path, content: str, expected: list[str], why: str) -> None:
    path = tmp_path / "main.tf"
    path.write_text(content)
    assert [problem.reason for problem in written(path)] == expected, why
    assert path.read_text() == content


def test_a_file_with_another_name_is_left_alone(tmp_path: Path) -> None:
    """A rename would part the two names, writing in place could be interrupted."""
    path = tmp_path / "main.tf"
    path.write_text("old\n")
    os.link(path, tmp_path / "other.tf")
    assert [problem.reason for problem in written(path)] == ["has several hard links, left alone"]
    assert path.read_text() == (tmp_path / "other.tf").read_text() == "old\n"


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real.tf").write_text("old\n")
    (tmp_path / "link.tf").symlink_to("real.tf")
    assert written(tmp_path / "link.tf") == []
    assert (tmp_path / "link.tf").is_symlink()
    assert (tmp_path / "real.tf").read_text() == "new\n"


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_an_interrupted_write_leaves_the_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    path = tmp_path / "main.tf"
    path.write_text("old\n")

    def failing(descriptor: int) -> None:
        raise error

    monkeypatch.setattr(files.os, "fsync", failing)
    if isinstance(error, OSError):
        assert [problem.reason for problem in written(path)] == ["not written: No space left on device"]
    else:
        with pytest.raises(KeyboardInterrupt):
            written(path)
    assert path.read_text() == "old\n"
    assert os.listdir(tmp_path) == ["main.tf"]


def test_one_file_that_fails_does_not_keep_the_others_from_being_written(tmp_path: Path) -> None:
    for name in ("a.tf", "b.tf", "c.tf"):
        (tmp_path / name).write_text("old\n")
    (tmp_path / "b.tf").write_text("else\n")
    problems = write_all(pair(tmp_path / name, "old\n", "new\n") for name in ("a.tf", "b.tf", "c.tf"))
    assert [problem.path for problem in problems] == [str(tmp_path / "b.tf")]
    assert [(tmp_path / name).read_text() for name in ("a.tf", "b.tf", "c.tf")] == ["new\n", "else\n", "new\n"]


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
