"""Several runs of one hook, as pre-commit and prek make them of many files: each finding is reported once."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from iac_imds_lint.cli import batches
from iac_imds_lint.finding import Hiding, Suppression
from iac_imds_lint.output import suppressed
from tests.shell import run
from tests.support import linted

CALL = 'module "web" {\n  source = "../child"\n}\n'
WEAK = 'resource "aws_instance" "x" {\n  ami = "ami-1"\n}\n'
CHILD = ["IMDS001 child/main.tf"]

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="when a process was started is asked in Linux's way here"
)


@pytest.fixture
def top(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two roots that call one weak module, and another weak resource, as hooks see a repository."""
    monkeypatch.setenv("PRE_COMMIT", "1")
    files = {"a/main.tf": CALL, "b/main.tf": CALL, "child/main.tf": WEAK, "c/main.tf": WEAK}
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    (tmp_path / ".git").mkdir()
    return tmp_path


def reported(top: Path, *arguments: str) -> list[str]:
    found = json.loads(run(top, "check", "--output-format", "json", *arguments).out)
    return [f"{one['code']} {one['filename']}" for one in found]


def test_a_later_batch_does_not_repeat_what_an_earlier_one_reported(top: Path) -> None:
    assert reported(top, "a/main.tf") == CHILD
    assert reported(top, "b/main.tf", "c/main.tf") == ["IMDS001 c/main.tf"]
    assert reported(top, "child/main.tf") == []


def test_there_are_words_for_each_way_in_which_a_finding_is_hidden() -> None:
    sources = linted({"main.tf": ""}).sources
    told = {hiding: suppressed.why(Suppression(hiding), sources) for hiding in Hiding}
    assert told[Hiding.TOLD] == "another batch"


def test_a_finding_of_the_batch_that_names_its_file_is_not_repeated_either(top: Path) -> None:
    assert reported(top, "child/main.tf") == CHILD
    assert run(top, "check", "a/main.tf", "--output-format", "json").status == 0


AGAIN = [
    ("the same file is named: that is another run", ["a/main.tf", "child/main.tf"]),
    ("another hook, with other options", ["--ignore", "IMDS003", "b/main.tf"]),
    ("a hook that fixes, after one that does not", ["--fix", "b/main.tf"]),
]


@pytest.mark.parametrize(("why", "arguments"), AGAIN, ids=[case[0] for case in AGAIN])
def test_another_run_reports_it_again(top: Path, why: str, arguments: list[str]) -> None:
    assert reported(top, "a/main.tf") == CHILD
    if "--fix" in arguments:
        assert run(top, "check", *arguments).err.startswith("fixed in child/main.tf\n")
    else:
        assert reported(top, *arguments) == CHILD


def test_a_run_that_names_no_files_is_no_batch(top: Path) -> None:
    """No file tells such runs apart: the second one, which judges the same again, would find nothing."""
    every = [*CHILD, "IMDS001 c/main.tf"]
    assert [sorted(reported(top)), sorted(reported(top))] == [sorted(every), sorted(every)]


def test_another_process_that_starts_it_is_another_run(top: Path) -> None:
    """Each of two shells starts one, so their parents differ; one shell starts two."""
    command = f"{sys.executable} -m iac_imds_lint check --output-format concise "
    shell = {"cwd": top, "capture_output": True, "text": True}
    first, second = (
        subprocess.run(["sh", "-c", f"{command} {name}; true"], check=False, **shell)
        for name in ("a/main.tf", "b/main.tf")
    )
    assert first.stdout == second.stdout
    assert first.stdout.startswith("child/main.tf:1:1: ")
    both = subprocess.run(["sh", "-c", f"{command} a/main.tf; {command} b/main.tf; true"], check=False, **shell)
    assert both.stdout == first.stdout


@pytest.mark.skipif(not shutil.which("ps"), reason="there is no ps")
def test_without_a_file_system_of_processes_the_start_is_asked_of_ps() -> None:
    started = batches._listed(os.getpid())
    assert re.search(r" \d\d:\d\d:\d\d \d{4}$", started)
    assert batches._listed(2**22 + 1) == ""


def test_without_a_hook_nothing_is_noted(top: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PRE_COMMIT")
    assert [reported(top, "a/main.tf"), reported(top, "b/main.tf")] == [CHILD, CHILD]
    assert os.listdir(top / ".git") == []


def test_what_is_clean_is_not_noted(top: Path) -> None:
    (top / "child/main.tf").write_text("")
    assert reported(top, "a/main.tf") == []
    assert os.listdir(top / ".git") == []


def test_a_git_file_that_names_no_directory(top: Path) -> None:
    (top / ".git").rmdir()
    (top / ".git").write_bytes(b"gitdir: \0\n")
    assert [reported(top, "a/main.tf"), reported(top, "b/main.tf")] == [CHILD, CHILD]


@pytest.mark.parametrize("notes", [b"", b"\xff\n\n", b"a\nb\nc\nd", b"{}"])
def test_notes_that_are_none_hide_nothing(top: Path, notes: bytes) -> None:
    (top / ".git/iac-imds-lint-told").write_bytes(notes)
    assert [reported(top, "a/main.tf"), reported(top, "b/main.tf")] == [CHILD, []]


def test_where_nothing_can_be_noted_each_batch_reports_what_it_finds(top: Path) -> None:
    (top / ".git/iac-imds-lint-told").mkdir()
    assert [reported(top, "a/main.tf"), reported(top, "b/main.tf")] == [CHILD, CHILD]


def test_notes_are_not_written_through_a_link(top: Path) -> None:
    (top / "elsewhere").write_text("kept")
    (top / ".git/iac-imds-lint-told").symlink_to(top / "elsewhere")
    assert [reported(top, "a/main.tf"), reported(top, "b/main.tf")] == [CHILD, CHILD]
    assert (top / "elsewhere").read_text() == "kept"


def test_a_linked_worktree_has_its_notes_where_git_has_its_own(top: Path) -> None:
    (top / ".git").rmdir()
    (top / "real").mkdir()
    (top / ".git").write_text(f"gitdir: {top / 'real'}\n")
    assert [reported(top, "a/main.tf"), reported(top, "b/main.tf")] == [CHILD, []]
    assert os.listdir(top / "real") == ["iac-imds-lint-told"]


def test_what_could_not_be_judged_is_reported_each_time(top: Path) -> None:
    (top / "broken.tf").write_text('resource "aws_instance" "x" {')
    assert reported(top, "broken.tf") == ["IMDS900 broken.tf"]
    assert run(top, "check", "a/main.tf").status == 1
