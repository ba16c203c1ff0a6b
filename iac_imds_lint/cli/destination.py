"""Where reports and patches go: standard output, or a file that is written whole at the end."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import click

from iac_imds_lint.errors import OutputError, UsageError
from iac_imds_lint.output.style import Style
from iac_imds_lint.report import Report

# What Terraform reads by itself, wherever it lies.
TERRAFORM_READS = (".tf", ".tofu", ".tf.json", ".tofu.json", ".tfvars", ".tfvars.json")


def verified(path: str | None, read: Sequence[str]) -> str | None:
    """The file to write to, before anything is done: not one of those ``read``, nor one that Terraform would read.

    Raises UsageError where it is, OutputError where no file can be made there.
    """
    if path is None:
        return None
    if any(_is_same(path, other) for other in read):
        raise UsageError(f"--output-file {path} is to be read: name another file")
    if path.endswith(TERRAFORM_READS):
        raise UsageError(f"--output-file {path} would be read by Terraform: name another file")
    directory = os.path.dirname(os.path.realpath(path))
    if os.path.isdir(path):
        raise OutputError(f"{path}: {os.strerror(errno.EISDIR)}")
    if not _is_regular(path):
        return path
    if not os.path.isdir(directory):
        raise OutputError(f"{path}: {os.strerror(errno.ENOENT)}")
    if not os.access(directory, os.W_OK):
        raise OutputError(f"{path}: {os.strerror(errno.EACCES)}")
    return path


def spare(path: str | None, report: Report) -> None:
    """Raises UsageError where the file to write to is one that was judged, or that a finding speaks of.

    A report of an earlier run is not: as JSON it is a list, which neither a template nor a plan is.
    """
    if path is None or not _is_regular(path) or not os.path.exists(path):
        return
    judged = {related.span.path for finding in report.findings for related in finding.related}
    judged |= {finding.span.path for finding in report.findings} | {row.span.path for row in report.inventory}
    with open(path, "rb") as file:
        judged |= set(report.relevant) if file.read(1) != b"[" else set()
    if any(_is_same(path, other) for other in judged):
        raise UsageError(f"--output-file {path} was linted: name another file")


@contextmanager
def opened(path: str | None, style: Style) -> Iterator[Callable[[str | bytes], None]]:
    """What takes the text. Escape sequences that were asked for stay, terminal or not."""
    if path is None:
        try:
            yield lambda text: click.echo(text, nl=False, color=style.colour)
        except BrokenPipeError:
            raise
        except OSError as error:
            raise OutputError(f"standard output: {error.strerror}") from None
        return
    parts: list[bytes] = []
    # A file's name that is not UTF-8 is told by its bytes, as on standard output.
    yield lambda text: parts.append(text if isinstance(text, bytes) else text.encode("utf-8", "surrogateescape"))
    from iac_imds_lint.replacing import write_whole

    try:
        write_whole(path, b"".join(parts))
    except OSError as error:
        raise OutputError(f"{path}: {error.strerror}") from None


def _is_same(one: str, other: str) -> bool:
    try:
        return os.path.samefile(one, other) and not os.path.isdir(one)
    except (OSError, ValueError):
        return os.path.realpath(one) == os.path.realpath(other)


def _is_regular(path: str) -> bool:
    """Whether there is a regular file, or none yet."""
    return not os.path.exists(path) or stat.S_ISREG(os.stat(path).st_mode)
