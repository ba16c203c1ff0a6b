"""Several runs for one hook: pre-commit and prek part the files of a commit where a command line cannot hold them.

A finding may rest on files of more than one batch, and each would report it. So what a batch reports is noted for those
that follow, in the directory of the repository that is git's. They belong together where the same process started them
with the same options and no file is in two of them; a run that names no files is no batch. Where that cannot be known,
every batch reports what it finds.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, BinaryIO, NamedTuple

from iac_imds_lint import ignoring, narrowing, rules
from iac_imds_lint.finding import Finding, Hiding, Suppressed, Suppression
from iac_imds_lint.report import Report

_NOTES = "iac-imds-lint-told"
_TOLD = Suppression(Hiding.TOLD)


def narrowed(report: Report, given: Mapping[str, Any]) -> Report:
    """The report without what an earlier batch of the same hook has reported; ``given`` are all options and paths."""
    if os.environ.get("PRE_COMMIT") != "1" or not report.findings or not given["paths"]:
        return report
    own = _Notes(_run(given), frozenset(map(_digest, given["paths"])))
    if not own.run:
        return report
    try:
        with _notes() as file:
            return _compared(report, file, own)
    except OSError:
        return report


class _Notes(NamedTuple):
    """What the batches of one run have come to: the run, the files that were named, and what was reported."""

    run: str
    named: frozenset[str]
    told: frozenset[str] = frozenset()


def _compared(report: Report, file: BinaryIO, own: _Notes) -> Report:
    before = _read(file)
    if before.run != own.run or before.named & own.named:
        before = _Notes(own.run, frozenset())
    judged = {finding: _of(finding) for finding in report.findings if finding.rule.code not in rules.UNJUDGED}
    _write(file, _Notes(own.run, before.named | own.named, before.told.union(judged.values())))
    return narrowing.without(report, [Suppressed(one, _TOLD) for one, cause in judged.items() if cause in before.told])


def _of(finding: Finding) -> str:
    """A finding as each batch that finds it would call it, whatever else it knows of it."""
    return _digest(repr(finding.cause or (finding.rule.code, finding.span, finding.message)))


def _digest(text: str) -> str:
    import hashlib

    return hashlib.sha256(os.fsencode(text)).hexdigest()[:32]


def _run(given: Mapping[str, Any]) -> str:
    """What the batches of one run have in common, and no other run has; empty where that is not known."""
    parent = _started(os.getppid())
    options = sorted((name, repr(value)) for name, value in given.items() if name != "paths")
    return _digest(repr((os.getppid(), parent, options))) if parent else ""


def _started(process: int) -> str:
    """When a process was started, as the system says it: another of the same number was not."""
    with contextlib.suppress(OSError), open(f"/proc/{process}/stat", "rb") as file:
        # proc(5): the name, in parentheses, may hold anything; the start is the 22nd field, and the 20th after it.
        return file.read().rpartition(b")")[2].split()[19].decode()
    return _listed(process)


def _listed(process: int) -> str:
    import subprocess

    try:
        command = ("ps", "-o", "lstart=", "-p", str(process))
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=5)  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip()


@contextlib.contextmanager
def _notes() -> Iterator[BinaryIO]:
    """The file of notes, locked, for batches may run beside each other."""
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    with os.fdopen(os.open(os.path.join(ignoring.git_directory(""), _NOTES), flags, 0o600), "r+b") as file:
        with contextlib.suppress(ImportError):
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX)
        yield file


def _read(file: BinaryIO) -> _Notes:
    """The notes: the run, the files that were named, and what was reported, a line each."""
    lines: Sequence[str] = file.read().decode(errors="replace").split("\n")
    if len(lines) != 3:
        return _Notes("", frozenset())
    return _Notes(lines[0], frozenset(lines[1].split()), frozenset(lines[2].split()))


def _write(file: BinaryIO, notes: _Notes) -> None:
    lines = (notes.run, " ".join(sorted(notes.named)), " ".join(sorted(notes.told)))
    file.seek(0)
    file.truncate()
    file.write("\n".join(lines).encode())
    file.flush()
