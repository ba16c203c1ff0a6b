"""Writing: whole files or nothing, and whole fixes or nothing.

The files that one fix changes are a group. Under locks on all of them, each is read again and compared, its new content
written to a temporary file beside it; then all are renamed, and where one rename fails, those before it are taken back.
Two runs of this program exclude each other by the locks. Of a program that knows nothing of them, a change is missed
only if it falls between the last look at a file and its rename, which follow each other.
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import signal
import stat
import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import NamedTuple

from iac_imds_lint.source import Problem, SourceFile

Pair = tuple[SourceFile, SourceFile]

# Names of temporary files begin so. Without a suffix, nothing reads them, should a power failure leave one.
PREFIX = ".iac-imds-lint-"
# How long to wait for another run that writes the same files, in seconds.
_PATIENCE = 10.0
_PAUSE = 0.01


def write_all(
    changed: Iterable[Pair],
    within: Callable[[str], bool] | None = None,
    together: Iterable[Collection[str]] = (),
) -> list[Problem]:
    """Write each (before, after) pair whole, or leave it as it is and say why; only those ``within`` the project.

    ``together`` names the files that are written all, or none of them.
    """
    return [problem for group in _grouped(changed, together) for problem in _write(group, within)]


def write_whole(path: str, data: bytes) -> None:
    """Give a file this content, or leave it and raise OSError; a pipe, or another such thing, is written to."""
    status = os.stat(path) if os.path.exists(path) else None
    if status is not None and not stat.S_ISREG(status.st_mode):
        with open(path, "wb") as file:
            file.write(data)
        return
    target = os.path.realpath(path)
    with contextlib.ExitStack() as stack:
        temporary = _temporary(stack, target, data, status)
        os.replace(temporary, target)


def left_out(problems: Sequence[Problem], together: Iterable[Collection[str]], why: str) -> list[Problem]:
    """These problems, and one for each file that goes together with one of theirs; ``why`` has a place for its path."""
    cause = {problem.path: problem.path for problem in problems}
    for group in together:
        culprit = min((path for path in group if path in cause), default=None)
        others = sorted(path for path in group if path not in cause) if culprit is not None else ()
        problems = [*problems, *(Problem(path, why.format(culprit)) for path in others)]
    return list(problems)


def _grouped(changed: Iterable[Pair], together: Iterable[Collection[str]]) -> list[list[Pair]]:
    """The pairs, those that go together in one list."""
    number = {path: index for index, group in enumerate(together) for path in group}
    groups: dict[object, list[Pair]] = {}
    for pair in changed:
        groups.setdefault(number.get(pair[0].path, pair[0].path), []).append(pair)
    return list(groups.values())


class _Refused(Exception):  # noqa: N818  # not an error: what is found out about a file
    """A file of a group that is not to be written, and why."""

    def __init__(self, path: str, reason: str) -> None:
        self.problem = Problem(path, reason)


def _write(group: Sequence[Pair], within: Callable[[str], bool] | None) -> list[Problem]:
    """Write a group, or none of it."""
    # In one order, so that two runs never wait for each other's locks; a file by two names once.
    files = dict(sorted(((os.path.realpath(pair[0].path), pair) for pair in group), key=lambda file: file[0]))
    try:
        with contextlib.ExitStack() as stack:
            _verify_within(group, within)
            opened = [_opened(stack, target, *pair) for target, pair in files.items()]
            ready = [_prepared(stack, file, several=len(opened) > 1) for file in opened if not file.is_done]
            with _undisturbed():
                _commit(ready)
    except _Refused as refused:
        paths = [before.path for before, _ in group]
        return left_out([refused.problem], [paths], "left alone: a fix of it changes {} as well")
    return []


def _verify_within(group: Sequence[Pair], within: Callable[[str], bool] | None) -> None:
    for before, _ in group:
        if within is not None and not within(before.path):
            raise _Refused(before.path, "leads out of the project, left alone")


class _Opened(NamedTuple):
    """A file that is to be changed, locked; ``is_done`` where it has the new content already."""

    path: str
    target: str
    before: bytes
    after: bytes
    status: os.stat_result
    is_done: bool


class _Ready(NamedTuple):
    """A file whose new content stands in ``temporary``, and where it may have to be taken back, its old one in
    ``backup``.
    """

    file: _Opened
    temporary: str
    backup: str


@contextlib.contextmanager
def _explained(path: str) -> Iterator[None]:
    """Whatever the system refuses, as a refusal that names the file."""
    try:
        yield
    except FileNotFoundError:
        raise _Refused(path, "deleted since it was read, left alone") from None
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise _Refused(path, "changed since it was read, left alone") from None
        raise _Refused(path, f"not written: {error.strerror or type(error).__name__}") from None


def _opened(stack: contextlib.ExitStack, target: str, before: SourceFile, after: SourceFile) -> _Opened:
    """Lock a file, read it again and see that it is what it was."""
    path = before.path
    with _explained(path):
        descriptor, status = _locked(stack, path, target)
        if not stat.S_ISREG(status.st_mode):
            raise _Refused(path, "no regular file since it was read, left alone")
        with os.fdopen(os.dup(descriptor), "rb") as file:
            now = file.read()
    if now == after.encode():  # another run, or another name of the same file
        return _Opened(path, target, now, now, status, is_done=True)
    if now != before.encode():
        raise _Refused(path, "changed since it was read, left alone")
    if not status.st_mode & 0o222 or not os.access(target, os.W_OK):
        raise _Refused(path, "read-only, left alone")
    if status.st_nlink > 1:
        raise _Refused(path, "has several hard links, left alone")
    return _Opened(path, target, now, after.encode(), status, is_done=False)


def _locked(stack: contextlib.ExitStack, path: str, target: str) -> tuple[int, os.stat_result]:
    """A descriptor of the file that bears the name, with our lock on it; until ``stack`` closes."""
    until = time.monotonic() + _PATIENCE
    while True:
        # Not blocking: a named pipe may have taken its place. No link: the target is the end of all links.
        flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0)
        descriptor = os.open(target, flags | getattr(os, "O_BINARY", 0))
        has_lock = _lock(descriptor)
        status = os.fstat(descriptor)
        if has_lock and _is_same(status, os.lstat(target)):
            stack.callback(os.close, descriptor)
            return descriptor, status
        os.close(descriptor)
        if time.monotonic() > until:
            raise _Refused(path, "locked by another program, left alone")
        time.sleep(_PAUSE)


def _lock(descriptor: int) -> bool:
    """Take the lock on an open file; where the system or the file system has none, we go without."""
    try:
        import fcntl
    except ImportError:
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True


def _is_same(one: os.stat_result, other: os.stat_result) -> bool:
    """Whether a file is still the one it was, by all that a change would leave traces in."""
    return (one.st_dev, one.st_ino, one.st_mode, one.st_size, one.st_mtime_ns, one.st_nlink) == (
        other.st_dev,
        other.st_ino,
        other.st_mode,
        other.st_size,
        other.st_mtime_ns,
        other.st_nlink,
    )


def _prepared(stack: contextlib.ExitStack, file: _Opened, *, several: bool) -> _Ready:
    """Write all that is needed beside a file, so that only renames are left to do."""
    try:
        temporary = _temporary(stack, file.target, file.after, file.status)
        backup = _temporary(stack, file.target, file.before, file.status) if several else ""
    except PermissionError as error:
        raise _Refused(file.path, f"not written: no file can be made in its directory ({error.strerror})") from None
    except OSError as error:
        raise _Refused(file.path, f"not written: {error.strerror or type(error).__name__}") from None
    return _Ready(file, temporary, backup)


def _commit(ready: Sequence[_Ready]) -> None:
    """Rename all; where one cannot be, take back those before it."""
    done: list[_Ready] = []
    try:
        for one in ready:
            _replace(one)
            done.append(one)
    except BaseException:
        stuck = [problem for one in reversed(done) if (problem := _taken_back(one)) is not None]
        if stuck:
            raise _Refused(*stuck[0][:2]) from None
        raise


def _replace(one: _Ready) -> None:
    with _explained(one.file.path):
        if not _is_same(one.file.status, os.lstat(one.file.target)):
            raise _Refused(one.file.path, "changed since it was read, left alone")
        os.replace(one.temporary, one.file.target)


def _taken_back(one: _Ready) -> Problem | None:
    """Why a file that was renamed cannot have its old content again."""
    try:
        os.replace(one.backup, one.file.target)
    except OSError as error:
        return Problem(one.file.path, f"changed, and could not be put back: {error.strerror}")
    return None


@contextlib.contextmanager
def _undisturbed() -> Iterator[None]:
    """Signals that would end the program wait: they come when all is renamed."""
    if threading.current_thread() is not threading.main_thread():  # where Python tells of no signal
        yield
        return
    waiting: list[int] = []
    ends = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
    heeded = [end for end in ends if signal.getsignal(end) not in (None, signal.SIG_IGN)]
    before = {end: signal.signal(end, lambda number, _: waiting.append(number)) for end in heeded}
    try:
        yield
    finally:
        for end, handler in before.items():
            signal.signal(end, handler)
        for number in waiting:
            signal.raise_signal(number)


def _temporary(stack: contextlib.ExitStack, target: str, data: bytes, like: os.stat_result | None) -> str:
    """A file beside ``target`` with this content, written through to the disk; gone when ``stack`` closes, unless it is
    renamed. It has the owner, mode and attributes of the target, where there is one.
    """
    name = os.path.join(os.path.dirname(target), PREFIX + secrets.token_hex(8))
    mode = 0o666 if like is None else 0o600
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    stack.callback(_remove, name)
    with os.fdopen(os.open(name, flags, mode), "wb") as file:
        file.write(data)
        file.flush()
        if like is not None:
            _liken(name, target, like)
        os.fsync(file.fileno())
    return name


def _remove(name: str) -> None:
    with contextlib.suppress(OSError):  # it has become the target, or was never made
        os.unlink(name)


def _liken(name: str, target: str, like: os.stat_result) -> None:
    """Give a file the owner, mode, access control list and attributes of another, as far as the system lets us."""
    mode = stat.S_IMODE(like.st_mode)
    try:
        os.chown(name, like.st_uid, like.st_gid)
    except AttributeError:
        pass
    except OSError:
        mode &= ~(stat.S_ISUID | stat.S_ISGID)  # these would lend the rights of somebody else
    os.chmod(name, mode)
    with contextlib.suppress(OSError, AttributeError):
        for attribute in os.listxattr(target):
            with contextlib.suppress(OSError):
                os.setxattr(name, attribute, os.getxattr(target, attribute))
