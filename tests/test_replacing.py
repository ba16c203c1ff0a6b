"""Writing files: nothing of the user's is ever lost, torn, or half fixed."""

from __future__ import annotations

import contextlib
import errno
import os
import resource
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from iac_imds_lint import replacing
from iac_imds_lint.edit import Applicability, Edit, Fix
from iac_imds_lint.fixer import Outcome
from iac_imds_lint.replacing import left_out, write_all
from iac_imds_lint.source import Problem, SourceFile, Span
from tests.shell import run, tree
from tests.support import linted

# Seconds in which any machine, however busy, has done what takes it less than one.
_LONG = 600
CHANGED = "changed since it was read, left alone"
NO_SPACE = "not written: No space left on device"


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

    monkeypatch.setattr(replacing.os, "fsync", failing)
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


# --- What became of a file since it was read ------------------------------------------------------------------------


def gone(path: Path) -> None:
    path.unlink()


def directory(path: Path) -> None:
    path.unlink()
    path.mkdir()


def pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def link_elsewhere(path: Path) -> None:
    path.unlink()
    (path.parent / "elsewhere").write_text("else\n")
    path.symlink_to("elsewhere")


def link_to_nothing(path: Path) -> None:
    path.unlink()
    path.symlink_to("nowhere")


def link_to_itself(path: Path) -> None:
    path.unlink()
    path.symlink_to(path.name)


def without_write_bits(path: Path) -> None:
    path.chmod(0o444)


def directory_gone(path: Path) -> None:
    shutil.rmtree(path.parent)


@pytest.mark.parametrize(
    ("happen", "expected"),
    [
        (gone, "deleted since it was read, left alone"),
        (directory_gone, "deleted since it was read, left alone"),
        (link_to_nothing, "deleted since it was read, left alone"),
        (directory, "no regular file since it was read, left alone"),
        (pipe, "no regular file since it was read, left alone"),
        (link_elsewhere, CHANGED),
        (link_to_itself, CHANGED),
        (without_write_bits, "read-only, left alone"),
    ],
)
def test_what_became_of_a_file_since_it_was_read(happen: Callable[[Path], None], expected: str, tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    path = tmp_path / "sub/main.tf"
    path.write_text("old\n")
    happen(path)
    before = tree(tmp_path)
    assert written(path) == [Problem(str(path), expected)]
    assert tree(tmp_path) == before
    assert not leftovers(tmp_path)


def leftovers(top: Path) -> list[Path]:
    return list(top.rglob(f"{replacing.PREFIX}*"))


@pytest.fixture
def shared() -> Iterator[Path]:
    """A directory that everybody may look into."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


@contextlib.contextmanager
def as_nobody() -> Iterator[None]:
    """Without the rights of root, which no mode keeps out."""
    if os.geteuid() != 0:
        yield
        return
    os.setresgid(65534, 65534, 0)
    os.setresuid(65534, 65534, 0)
    try:
        yield
    finally:
        os.setresuid(0, 0, 0)
        os.setresgid(0, 0, 0)


def test_a_directory_that_takes_no_file(shared: Path) -> None:
    (shared / "sub").mkdir()
    path = shared / "sub/main.tf"
    path.write_text("old\n")
    path.chmod(0o666)
    (shared / "sub").chmod(0o555)
    with as_nobody():
        found = written(path)
    (shared / "sub").chmod(0o755)
    assert found == [Problem(str(path), "not written: no file can be made in its directory (Permission denied)")]
    assert tree(shared) == {"sub/main.tf": b"old\n"}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has files that are somebody else's")
@pytest.mark.parametrize(
    ("mode", "expected"),
    [(0o644, "read-only, left alone"), (0o600, "not written: Permission denied"), (0o666, "")],
)
def test_a_file_of_somebody_else(mode: int, expected: str, shared: Path) -> None:
    path = shared / "main.tf"
    path.write_text("old\n")
    path.chmod(mode)
    shared.chmod(0o777)
    with as_nobody():
        found = [problem.reason for problem in written(path)]
    assert found == ([expected] if expected else [])
    assert tree(shared) == {"main.tf": b"old\n" if expected else b"new\n"}


# --- What is kept of a file -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o755, 0o4755, 0o2755, 0o1644, 0o666])
def test_the_mode_is_kept(mode: int, tmp_path: Path) -> None:
    path = tmp_path / "main.tf"
    path.write_text("old\n")
    path.chmod(mode)
    assert written(path) == []
    assert (path.read_text(), stat.S_IMODE(path.stat().st_mode)) == ("new\n", mode)


def test_the_owner_is_kept(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root gives files away")
    path = tmp_path / "main.tf"
    path.write_text("old\n")
    os.chown(path, 1234, 4321)
    path.chmod(0o6755)
    assert written(path) == []
    status = path.stat()
    assert (status.st_uid, status.st_gid, stat.S_IMODE(status.st_mode)) == (1234, 4321, 0o6755)


def test_a_file_that_becomes_ours_lends_no_rights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the owner cannot be kept, neither are the bits that run a program as its owner."""

    def refusing(*_: object) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    path = tmp_path / "main.tf"
    path.write_text("old\n")
    path.chmod(0o6755)
    monkeypatch.setattr(replacing.os, "chown", refusing)
    assert written(path) == []
    assert stat.S_IMODE(path.stat().st_mode) == 0o755


def test_attributes_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "main.tf"
    path.write_text("old\n")
    try:
        os.setxattr(path, "user.note", b"of the user")
    except (OSError, AttributeError):
        pytest.skip("this file system has no attributes")
    assert written(path) == []
    assert os.getxattr(path, "user.note") == b"of the user"


# --- Full disks, and what else fails half-way -------------------------------------------------------------------------


def failing(*_: object, **__: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("call", ["open", "fsync", "chmod", "replace"])
def test_a_full_disk_leaves_the_file_and_nothing_else(
    call: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "main.tf"
    path.write_text("old\n")
    real = os.open

    def opening(name: str, flags: int, *mode: int) -> int:
        if flags & os.O_CREAT:
            failing()
        return real(name, flags, *mode)

    monkeypatch.setattr(replacing.os, call, opening if call == "open" else failing)
    found = written(path)
    monkeypatch.undo()
    assert found == [Problem(str(path), NO_SPACE)]
    assert tree(tmp_path) == {"main.tf": b"old\n"}


def test_a_file_that_may_not_grow_is_left(tmp_path: Path) -> None:
    """A real refusal in the middle of writing: the system's limit of a file's size."""
    path = tmp_path / "main.tf"
    path.write_text("old\n")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        found = written(path, after="new\n" * 100_000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)
    assert found == [Problem(str(path), "not written: File too large")]
    assert tree(tmp_path) == {"main.tf": b"old\n"}


def test_a_disk_that_is_really_full(tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(small)]
    if shutil.which("mount") is None or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("no file system can be mounted here")
    try:
        path = small / "main.tf"
        path.write_text("old\n" * 10_000)
        found = written(path, "old\n" * 10_000, "new\n" * 10_000)
        after = tree(small)
    finally:
        subprocess.run(["umount", str(small)], check=True)
    assert found == [Problem(str(path), NO_SPACE)]
    assert after == {"main.tf": b"old\n" * 10_000}


# --- Files that one fix changes ---------------------------------------------------------------------------------------

NAMES = ("a.tf", "b.tf", "c.tf", "d.tf")


@pytest.fixture
def four(tmp_path: Path) -> list[tuple[SourceFile, SourceFile]]:
    for name in NAMES:
        (tmp_path / name).write_text("old\n")
    return [pair(tmp_path / name, "old\n", "new\n") for name in NAMES]


def contents(top: Path) -> list[str]:
    return [(top / name).read_text() for name in NAMES]


def test_files_of_one_fix_are_written_all_or_none(four: list[tuple[SourceFile, SourceFile]], tmp_path: Path) -> None:
    (tmp_path / "b.tf").write_text("else\n")
    a, b, c, d = (str(tmp_path / name) for name in NAMES)
    assert write_all(four, together=[{a, b, c}, {d}]) == [
        Problem(b, CHANGED),
        Problem(a, f"left alone: a fix of it changes {b} as well"),
        Problem(c, f"left alone: a fix of it changes {b} as well"),
    ]
    assert contents(tmp_path) == ["old\n", "else\n", "old\n", "new\n"]
    assert not leftovers(tmp_path)


@pytest.mark.parametrize("fails_at", [0, 1, 2, 3])
def test_a_rename_that_fails_takes_back_those_before_it(
    fails_at: int, four: list[tuple[SourceFile, SourceFile]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, calls = os.replace, iter(range(100))

    def renaming(source: str, target: str) -> None:
        if next(calls) == fails_at:
            failing()
        real(source, target)

    monkeypatch.setattr(replacing.os, "replace", renaming)
    paths = [str(tmp_path / name) for name in NAMES]
    found = write_all(four, together=[set(paths)])
    assert found[0] == Problem(paths[fails_at], NO_SPACE)
    assert sorted(problem.path for problem in found) == paths
    assert contents(tmp_path) == ["old\n"] * 4
    assert not leftovers(tmp_path)


def test_what_cannot_be_taken_back_is_said(
    four: list[tuple[SourceFile, SourceFile]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, calls = os.replace, iter(range(100))

    def renaming(source: str, target: str) -> None:
        if next(calls) > 1:
            failing()
        real(source, target)

    monkeypatch.setattr(replacing.os, "replace", renaming)
    paths = [str(tmp_path / name) for name in NAMES]
    found = write_all(four, together=[set(paths)])
    assert found[0] == Problem(paths[1], "changed, and could not be put back: No space left on device")
    assert contents(tmp_path) == ["new\n", "new\n", "old\n", "old\n"]
    assert not leftovers(tmp_path)


@pytest.mark.parametrize("theirs", ["theirs\n", "odd\n"], ids=["another length", "the same length"])
def test_one_that_changes_while_the_others_are_written(
    theirs: str, four: list[tuple[SourceFile, SourceFile]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody saves the last file when the first one is renamed."""
    real = os.replace
    os.utime(tmp_path / "d.tf", (1, 1))  # clocks of file systems may be too coarse to tell the two apart

    def renaming(source: str, target: str) -> None:
        real(source, target)
        if target.endswith("a.tf"):
            (tmp_path / "d.tf").write_text(theirs)

    monkeypatch.setattr(replacing.os, "replace", renaming)
    paths = [str(tmp_path / name) for name in NAMES]
    assert write_all(four, together=[set(paths)])[0] == Problem(paths[3], CHANGED)
    assert contents(tmp_path) == ["old\n", "old\n", "old\n", theirs]


def test_a_file_by_two_names_is_written_once(tmp_path: Path) -> None:
    (tmp_path / "real.tf").write_text("old\n")
    (tmp_path / "link.tf").symlink_to("real.tf")
    pairs = [pair(tmp_path / name, "old\n", "new\n") for name in ("link.tf", "real.tf")]
    assert write_all(pairs, together=[{str(tmp_path / "link.tf"), str(tmp_path / "real.tf")}]) == []
    assert (tmp_path / "real.tf").read_text() == "new\n"


def test_what_goes_with_a_problem() -> None:
    assert left_out([Problem("b", "why")], [{"a", "b"}, {"c", "d"}], "not without {}") == [
        Problem("b", "why"),
        Problem("a", "not without b"),
    ]


# --- Signals ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_waits_until_all_files_of_a_fix_are_renamed(
    number: signal.Signals,
    four: list[tuple[SourceFile, SourceFile]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real = os.replace

    def renaming(source: str, target: str) -> None:
        real(source, target)
        if target.endswith("a.tf"):
            os.kill(os.getpid(), number)

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(replacing.os, "replace", renaming)
    before = signal.signal(number, interrupted)
    try:
        with pytest.raises(KeyboardInterrupt):
            write_all(four, together=[{str(tmp_path / name) for name in NAMES}])
    finally:
        signal.signal(number, before)
    assert contents(tmp_path) == ["new\n"] * 4
    assert not leftovers(tmp_path)


SLOW = """
import os, signal, sys, time
for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):  # nohup and shells that run us behind let us ignore some
    signal.signal(number, signal.SIG_DFL)
signal.signal(signal.SIGINT, signal.default_int_handler)
from iac_imds_lint import replacing
from iac_imds_lint.edit import Applicability, Edit, Fix
from iac_imds_lint.fixer import Outcome
real = os.fsync
def slow(descriptor):
    real(descriptor)
    print("writing", flush=True)
    time.sleep(600)
replacing.os.fsync = slow
sys.argv = ["iac-imds-lint", "check", "--fix"]
from iac_imds_lint.cli import main
main()
"""


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_run_that_is_ended_leaves_nothing_behind(number: signal.Signals, status: int, tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(INSTANCE.format("x"))
    before = tree(tmp_path)
    with subprocess.Popen([sys.executable, "-c", SLOW], cwd=tmp_path, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == b"writing\n"
            assert len(leftovers(tmp_path)) == 1
            process.send_signal(number)
            process.wait(timeout=_LONG)
        finally:
            process.kill()
    assert (process.returncode, tree(tmp_path)) == (status, before)


def test_a_temporary_file_that_was_left_is_not_linted(tmp_path: Path) -> None:
    """Only a power failure leaves one."""
    (tmp_path / "main.tf").write_text(FIXED.format("x"))
    (tmp_path / f"{replacing.PREFIX}0123456789abcdef").write_text(INSTANCE.format("y"))
    assert run(tmp_path, "check") == (0, b"", "No findings in 1 file.\n")


# --- Several runs at once ---------------------------------------------------------------------------------------------

INSTANCE = 'resource "aws_instance" "{0}" {{\n  ami = "ami-0123456789abcdef0"\n}}\n'
FIXED = (
    'resource "aws_instance" "{0}" {{\n  ami = "ami-0123456789abcdef0"\n\n'
    '  metadata_options {{\n    http_endpoint = "enabled"\n    http_tokens   = "required"\n  }}\n}}\n'
)


def test_runs_at_once_never_tear_a_file(tmp_path: Path) -> None:
    """Real processes; whoever looks in between sees each file as it was or as it will be, and never another content."""
    names = [f"{letter}{number}" for letter in "ab" for number in range(8)]
    before = {f"{name}.tf": INSTANCE.format(name).encode() for name in names}
    after = {f"{name}.tf": FIXED.format(name).encode() for name in names}
    command = [sys.executable, "-m", "iac_imds_lint", "check", "--fix", "--no-progress"]
    for _ in range(2):
        for name, content in before.items():
            (tmp_path / name).write_bytes(content)
        processes = [
            subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(4)
        ]
        torn: list[str] = []
        while any(process.poll() is None for process in processes):
            time.sleep(0.001)  # the machine is theirs
            for name, content in before.items():
                torn += [name] if (tmp_path / name).read_bytes() not in (content, after[name]) else []
        told = [process.communicate()[1].decode() for process in processes]
        assert torn == []
        assert tree(tmp_path) == after, told
        assert {process.returncode for process in processes} <= {0, 3}, told


def test_writers_at_once_of_files_that_go_together(tmp_path: Path) -> None:
    """Each process adds its letter to all four files, together, as often as it can: no step is lost or done twice."""
    program = """
import sys
from pathlib import Path
from iac_imds_lint.replacing import write_all
from iac_imds_lint.source import SourceFile
letter, paths, steps = sys.argv[1], [Path(p) for p in sys.argv[2:]], 0
while steps < 25:
    texts = [p.read_text() for p in paths]
    changed = [(SourceFile(str(p), t), SourceFile(str(p), t + letter)) for p, t in zip(paths, texts)]
    steps += not write_all(changed, together=[set(map(str, paths))])
"""
    paths = [tmp_path / name for name in NAMES]
    for path in paths:
        path.write_text("")
    orders = {"a": paths, "b": paths[::-1], "c": paths[2:] + paths[:2]}
    processes = [
        subprocess.Popen([sys.executable, "-c", program, letter, *map(str, order)]) for letter, order in orders.items()
    ]
    assert [process.wait(timeout=_LONG) for process in processes] == [0, 0, 0]
    texts = contents(tmp_path)
    assert texts == texts[:1] * 4
    assert {letter: texts[0].count(letter) for letter in orders} == dict.fromkeys("abc", 25)


def test_a_lock_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who holds it lets it go while we wait for the third time."""
    fcntl = pytest.importorskip("fcntl")
    path = tmp_path / "main.tf"
    path.write_text("old\n")
    contents: list[str] = []
    monkeypatch.setattr(replacing, "_PATIENCE", _LONG)
    with path.open() as held:

        def waiting(_: float) -> None:
            contents.append(path.read_text())
            if len(contents) == 3:
                fcntl.flock(held, fcntl.LOCK_UN)

        fcntl.flock(held, fcntl.LOCK_EX)
        monkeypatch.setattr(replacing.time, "sleep", waiting)
        assert written(path) == []
    assert (contents, path.read_text()) == (["old\n"] * 3, "new\n")


def test_a_lock_is_not_waited_for_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fcntl = pytest.importorskip("fcntl")
    path = tmp_path / "main.tf"
    path.write_text("old\n")
    monkeypatch.setattr(replacing, "_PATIENCE", 0.1)
    with path.open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert written(path) == [Problem(str(path), "locked by another program, left alone")]
    assert path.read_text() == "old\n"


# --- The command ------------------------------------------------------------------------------------------------------


def test_the_command_names_what_it_could_not_write(tmp_path: Path) -> None:
    (tmp_path / "a.tf").write_text(INSTANCE.format("a"))
    (tmp_path / "b.tf").write_text(INSTANCE.format("b"))
    (tmp_path / "b.tf").chmod(0o444)
    ran = run(tmp_path, "check", "--fix", "--output-format", "concise")
    assert (tmp_path / "a.tf").read_text() == FIXED.format("a")
    assert (tmp_path / "b.tf").read_text() == INSTANCE.format("b")
    assert ran.status == 3
    assert ran.out == b"b.tf:1:1: error IMDS001 aws_instance.b answers IMDSv1: metadata_options is not set [safe fix]\n"
    assert ran.err == (
        "b.tf: read-only, left alone\n"
        "fixed in a.tf\n"
        '  IMDS001 aws_instance.a: set http_endpoint to "enabled" and http_tokens to "required"\n'
        "left in b.tf\n"
        "  IMDS001 aws_instance.b, line 1: its fix could not be written (read-only, left alone)\n"
        "1 finding fixed, 1 left in 2 files, with a fix that could not be written.\n"
    )


CALLED = 'variable "tokens" {}\n' + INSTANCE.format("x").replace(
    "}", "  metadata_options {\n    http_tokens = var.tokens\n  }\n}"
)
CALL = 'module "web" {\n  source = "./web"\n  tokens = "optional"\n}\n'


@pytest.fixture
def two(tmp_path: Path) -> Path:
    """A module and its call, which one fix changes both."""
    (tmp_path / "web").mkdir()
    (tmp_path / "web/main.tf").write_text(CALLED)
    (tmp_path / "main.tf").write_text(CALL)
    return tmp_path


def test_the_command_writes_all_that_a_fix_changes(two: Path) -> None:
    ran = run(two, "check", "--fix", "--unsafe-fixes")
    assert (ran.status, ran.out) == (0, b"")
    assert 'tokens = "required"' in (two / "main.tf").read_text()
    assert 'http_endpoint = "enabled"' in (two / "web/main.tf").read_text()


@pytest.mark.parametrize(("refused", "other"), [("main.tf", "web/main.tf"), ("web/main.tf", "main.tf")])
def test_the_command_writes_no_half_of_a_fix(refused: str, other: str, two: Path) -> None:
    (two / refused).chmod(0o444)
    before = tree(two)
    ran = run(two, "check", "--fix", "--unsafe-fixes", "--output-format", "json")
    assert (ran.status, tree(two)) == (3, before)
    assert f"{refused}: read-only, left alone\n{other}: left alone: a fix of it changes {refused} as well\n" in ran.err
    assert ran.err.endswith("no finding fixed, 1 left in 2 files, with a fix that could not be written.\n")


def test_no_half_of_a_fix_is_in_a_patch(two: Path) -> None:
    (two / "web/other.tf").write_text(INSTANCE.format("y"))
    (two / ".git").mkdir()  # what makes it one project
    ran = run(two / "web", "check", "--diff", "--unsafe-fixes", "..")
    assert ran.out.startswith(b"--- a/other.tf\n+++ b/other.tf\n")
    assert ran.out.count(b"+++ ") == 1
    assert (
        f"../main.tf: not in the patch, which reaches what is below the working directory: run this in {two}" in ran.err
    )
    assert "../web/main.tf: not in the patch: a fix of it changes ../main.tf as well" in ran.err
    assert ran.status == 3


@pytest.mark.parametrize(
    ("changes", "expected", "why"),
    [
        ([], [], "nothing was fixed"),
        (["a", "b"], ["a", "b"], "each by itself"),
        (["ab", "cd"], ["ab", "cd"], "two and two"),
        (["ab", "bc"], ["abc"], "by a file that both change"),
        (["ab", "cd", "bc", "e"], ["abcd", "e"], "by a third"),
        (["a", "ab", "a"], ["ab"], "once"),
    ],
)
def test_which_files_go_together(changes: list[str], expected: list[str], why: str) -> None:
    report = linted({"main.tf": INSTANCE.format("x")})
    (finding,) = report.findings
    fixes = [Fix("", Applicability.SAFE, tuple(Edit(Span(path, 0, 0), "x") for path in paths)) for paths in changes]
    outcome = Outcome((), tuple(replace(finding, fix=fix) for fix in fixes), (), (), report)
    assert sorted("".join(sorted(group)) for group in outcome.together) == expected, why
