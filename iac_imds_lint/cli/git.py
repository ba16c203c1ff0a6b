"""What git says of the files of a repository. The only module that runs git.

Nothing that a user configured for his own eyes has a say in it: no external diff, no text conversion, no prefixes, no
colours; and no program that watches the work tree. What converts files on their way into git (line ends, filters) does,
for that is how git compares them.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from io import BytesIO
from typing import NamedTuple

from iac_imds_lint import ignoring
from iac_imds_lint.changes import WHOLE, Change, FileChange, Hunk
from iac_imds_lint.errors import UsageError
from iac_imds_lint.files import MOST_BYTES
from iac_imds_lint.source import Problem

_DIFF = (
    *("-c", "diff.relative=false", "diff", "--raw", "--no-abbrev", "--patch", "--unified=0", "--inter-hunk-context=0"),
    *("--find-renames", "--no-color", "--no-ext-diff", "--no-textconv", "--text", "--ignore-submodules=dirty"),
    *("--ignore-all-space", "--ignore-blank-lines", "--src-prefix=a/", "--dst-prefix=b/"),
)
_HUNK = re.compile(rb"@@ -\d+(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")
_ESCAPED = re.compile(rb"\\([0-7]{3}|.)")
_ESCAPES = {b"a": b"\a", b"b": b"\b", b"t": b"\t", b"n": b"\n", b"v": b"\v", b"f": b"\f", b"r": b"\r"}
_SUBMODULE, _LINK = "160000", "120000"


class Record(NamedTuple):
    """A changed file, as git lists it: its modes, its object before, what became of it, its name before and now."""

    mode: str
    blob: str
    status: str
    before: str
    now: str


class Link(NamedTuple):
    """A symbolic link, and where it led."""

    target: str


class Comparison(NamedTuple):
    """A change, and what was in the files that it changed, by their names before. ``moved`` are submodules of which
    another commit is checked out, ``ignored`` the locations of files and directories that git keeps no version of
    because it ignores them.
    """

    change: Change
    contents: Mapping[str, bytes | Link | Problem]
    moved: tuple[str, ...]
    ignored: frozenset[str] = frozenset()


class Repository(NamedTuple):
    """A work tree, by its absolute path without links, and the environment in which git finds it."""

    top: str
    environment: Mapping[str, str]

    def tried(self, *arguments: str, data: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        """Git's end, whatever it was."""
        return _git(arguments, self.top, self.environment, data)

    def run(self, *arguments: str, data: bytes = b"") -> bytes:
        """What git prints; UsageError where it fails."""
        ended = self.tried(*arguments, data=data)
        if ended.returncode:
            raise UsageError(f"--diff-base: git failed: {_last_line(ended.stderr)}")
        return ended.stdout

    def names(self, *arguments: str) -> list[str]:
        """The names that git prints with -z; those of repositories inside of this one are passed over."""
        found = os.fsdecode(self.run(*arguments)).split("\0")
        return [name for name in found if name and not name.endswith("/")]


def repository(paths: Sequence[str]) -> Repository:
    """The one that holds all of the paths. Raises UsageError where there is none, or git refuses to read it."""
    given = "GIT_DIR" in os.environ
    directory = os.curdir if given else _directory(paths[0])
    environment = _environment()
    ended = _git(("rev-parse", "--show-toplevel", "--absolute-git-dir"), directory, environment)
    if ended.returncode:
        raise UsageError(f"--diff-base: {_why(directory, ended.stderr)}")
    top, _, git_directory = os.fsdecode(ended.stdout).removesuffix("\n").partition("\n")
    top = os.path.realpath(top)
    for path in paths:
        if not ignoring.holds(top, os.path.realpath(path)):
            raise UsageError(f"--diff-base compares one repository, and {path} is not in {top}")
    if given:
        environment |= {"GIT_DIR": git_directory, "GIT_WORK_TREE": top}
    if "GIT_INDEX_FILE" in environment:
        environment["GIT_INDEX_FILE"] = os.path.abspath(environment["GIT_INDEX_FILE"])
    return Repository(top, environment)


def comparison(held: Repository, base: str, explicit: Iterable[str], named: Callable[[str], str]) -> Comparison:
    """What changed between the commit ``base`` and the work tree: committed, staged, written or untracked.

    ``explicit`` are the locations of files that the user names: one that git knows nothing of is all new. ``named``
    gives the name of a file by its location.
    """
    records, hunks = _compared(held, base)
    untracked = held.names("ls-files", "--others", "--exclude-standard", "-z")
    if untracked and any(record.status == "D" for record in records):
        records, hunks = _with_untracked(held, base, untracked)
    unknown = {os.path.join(held.top, name) for name in untracked} | _unknown(held, explicit)
    files = [record for record in records if record.mode != _SUBMODULE]
    there = {named(location): FileChange(None, WHOLE) for location in unknown}
    for record in files:
        if record.status != "D":
            before = None if record.status == "A" else named(os.path.join(held.top, record.before))
            written = WHOLE if record.status == "U" else hunks.get(record.now, ())
            there[named(os.path.join(held.top, record.now))] = FileChange(before, written)
    was = {named(os.path.join(held.top, record.before)): record for record in files if record.blob.strip("0")}
    moved = tuple(sorted(record.now for record in records if record.mode == _SUBMODULE))
    change = Change(there, frozenset(was.keys() - there.keys()))
    return Comparison(change, _contents(held, was), moved, _ignored(held))


def _compared(held: Repository, base: str) -> tuple[list[Record], dict[str, tuple[Hunk, ...]]]:
    """The changed files, and the rows that were written in each."""
    lines = iter(held.run(*_DIFF, base, "--").split(b"\n"))
    records: list[Record] = []
    for line in lines:
        if not line.startswith(b":"):
            break
        records.append(_record(line))
    return records, dict(_hunks(lines))


def _record(line: bytes) -> Record:
    head, *names = line.split(b"\t")
    mode_before, mode_now, blob, _, status = head[1:].decode().split(" ")
    mode = _SUBMODULE if _SUBMODULE in (mode_before, mode_now) else mode_before
    first, last = _name(names[0]), _name(names[-1])
    return Record(mode, blob, status[:1], first, last)


def _hunks(lines: Iterator[bytes]) -> Iterator[tuple[str, tuple[Hunk, ...]]]:
    """The rows that a patch writes, by the names of the files."""
    name = ""
    found: list[Hunk] = []
    for line in lines:
        if line.startswith(b"diff --git "):
            if found:
                yield name, tuple(found)
            name, found = "", []
        elif line.startswith(b"+++ "):
            name = _name(line[4:].removesuffix(b"\t")).removeprefix("b/")
        elif matched := _HUNK.match(line):
            taken, first, written = (int(group or 1) for group in matched.groups())
            found.append(Hunk(first, first + written - 1, not taken) if written else Hunk(first + 1, first))
            _pass(lines, taken + written)
    if found:
        yield name, tuple(found)


def _pass(lines: Iterator[bytes], number: int) -> None:
    """Pass over so many lines of a hunk; what says that a file has no newline at its end is none of them."""
    while number:
        number -= not next(lines, b"").startswith(b"\\")


def _name(written: bytes) -> str:
    """A name as git writes it: in quotes and with escapes where it has unusual characters."""
    if not written.startswith(b'"'):
        return os.fsdecode(written)
    return os.fsdecode(_ESCAPED.sub(_unescaped, written[1:-1]))


def _unescaped(escape: re.Match[bytes]) -> bytes:
    said = escape[1]
    return bytes([int(said, 8)]) if len(said) == 3 else _ESCAPES.get(said, said)


def _with_untracked(
    held: Repository, base: str, untracked: Iterable[str]
) -> tuple[list[Record], dict[str, tuple[Hunk, ...]]]:
    """The same with files that git was never told of: one of them may be what another one became.

    They are added to a copy of the index, which is thrown away; nothing is written into the repository.
    """
    index = os.fsdecode(held.run("rev-parse", "--git-path", "index")).removesuffix("\n")
    index = held.environment.get("GIT_INDEX_FILE") or os.path.join(held.top, index)
    small = [name for name in untracked if _is_small(os.path.join(held.top, name))]
    with tempfile.TemporaryDirectory() as directory:
        copy = os.path.join(directory, "index")
        if os.path.exists(index):
            shutil.copyfile(index, copy)
        there = held._replace(environment={**held.environment, "GIT_INDEX_FILE": copy})
        there.run("update-index", "--add", "--info-only", "-z", "--stdin", data=os.fsencode("\0".join(small)))
        return _compared(there, base)


def _is_small(path: str) -> bool:
    try:
        return os.path.getsize(path) <= MOST_BYTES
    except OSError:
        return False


def _unknown(held: Repository, explicit: Iterable[str]) -> set[str]:
    """The files of these that git keeps no version of."""
    locations = set(explicit)
    if not locations:
        return set()
    return locations - {os.path.join(held.top, name) for name in held.names("ls-files", "--cached", "-z")}


def _ignored(held: Repository) -> frozenset[str]:
    """The locations of what git ignores: directories as a whole, and files."""
    listed = os.fsdecode(held.run("ls-files", "--others", "--ignored", "--exclude-standard", "--directory", "-z"))
    return frozenset(os.path.join(held.top, name.rstrip("/")) for name in listed.split("\0") if name)


def _contents(held: Repository, records: Mapping[str, Record]) -> dict[str, bytes | Link | Problem]:
    """What was in files, by their names, all asked of one process."""
    wanted = list(records.items())
    asked = "".join(f"{record.blob}\n" for _, record in wanted).encode()
    answers = BytesIO(held.run("cat-file", "--batch", data=asked) if wanted else b"")
    return {path: _object(answers, path, record.mode) for path, record in wanted}


def _object(answers: BytesIO, path: str, mode: str) -> bytes | Link | Problem:
    """The next object that ``git cat-file --batch`` tells."""
    *_, said = answers.readline().split()
    if not said.isdigit():
        return Problem(path, "git has no content of it for the commit that --diff-base compares with")
    content = answers.read(int(said))
    answers.read(1)
    if mode == _LINK:
        return Link(os.fsdecode(content))
    return content if len(content) <= MOST_BYTES else Problem(path, "too large to be read as it was")


def _git(
    arguments: Sequence[str], directory: str, environment: Mapping[str, str], data: bytes = b""
) -> subprocess.CompletedProcess[bytes]:
    program = shutil.which("git")
    if program is None:
        raise UsageError("--diff-base asks git, and there is no git on the PATH: install it")
    command = (program, "-c", "core.fsmonitor=false", *arguments)
    try:
        return subprocess.run(command, cwd=directory, env=environment, input=data, capture_output=True, check=False)  # noqa: S603  # no shell, and what a user gives is never an option
    except (OSError, ValueError) as error:
        raise UsageError(f"--diff-base: git cannot be run: {error}") from None


def _environment() -> dict[str, str]:
    """The user's, with messages in English, and without what decides how differences are shown; nothing is locked."""
    own = {name: value for name, value in os.environ.items() if name not in ("GIT_EXTERNAL_DIFF", "GIT_DIFF_OPTS")}
    return {**own, "LC_ALL": "C", "LANGUAGE": "", "GIT_OPTIONAL_LOCKS": "0"}


def _directory(path: str) -> str:
    """The directory of a path, or the nearest one above it that there is."""
    directory = os.path.abspath(path)
    while not os.path.isdir(directory):
        directory = os.path.dirname(directory)
    return directory


def _why(directory: str, said: bytes) -> str:
    """Why git finds no repository, with what to do."""
    if b"dubious ownership" in said or b"unsafe repository" in said:
        return (
            "git refuses to read this repository, for it belongs to another user; if you trust it, run "
            f"git config --global --add safe.directory {os.path.realpath(directory)}"
        )
    if b"not a git repository" in said:
        return f"{os.path.realpath(directory)} is in no git repository"
    if b"work tree" in said:
        return f"{os.path.realpath(directory)} is in no work tree of a git repository"
    return _last_line(said)


def _last_line(said: bytes) -> str:
    lines = said.decode("utf-8", "replace").strip().splitlines()
    return lines[-1].removeprefix("fatal: ") if lines else "it does not say why"
