"""The options about baselines: reading and writing the file, and what it hides of a report."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from iac_imds_lint import comparing, rules
from iac_imds_lint.cli.destination import TERRAFORM_READS
from iac_imds_lint.cli.telling import first_few, tell
from iac_imds_lint.comparing import Known
from iac_imds_lint.config import Settings
from iac_imds_lint.engine import Options
from iac_imds_lint.errors import OutputError, UsageError
from iac_imds_lint.output.notes import counted
from iac_imds_lint.report import Report

if TYPE_CHECKING:
    from iac_imds_lint.baseline import Entry


class Asked(NamedTuple):
    """What is asked for: the file to ``read``, with what is in it, or the one to ``write``; each empty for none."""

    read: str = ""
    entries: tuple[Entry, ...] = ()
    prune: bool = False
    write: str = ""

    @property
    def files(self) -> tuple[str, ...]:
        """The files that are read or written."""
        return tuple(filter(None, (self.read, self.write)))


def asked(given: Mapping[str, Any], settings: Settings) -> Asked:
    """What the options and the configuration ask for, and the file read, before anything is done.

    Raises UsageError where they make no sense together, and where a file is no baseline.
    """
    write, prune = given["write_baseline"], given["prune_baseline"]
    if write is not None:
        for option in ("baseline", "prune_baseline", "fix", "diff"):
            if given[option]:
                raise UsageError(
                    f"--write-baseline writes all that is found: use it without --{option.replace('_', '-')}"
                )
        _verify_writable(write)
        return Asked(write=write)
    if prune and given["fix"]:
        raise UsageError("--prune-baseline and --fix both write: use one after the other")
    read = given["baseline"] or (os.path.join(settings.root, settings.baseline) if settings.baseline else "")
    if not read:
        if prune:
            raise UsageError("--prune-baseline goes with --baseline FILE")
        return Asked()
    return Asked(*comparing.known(read), prune)


def _verify_writable(path: str) -> None:
    """Raises UsageError where a baseline would be written over anything else, or where Terraform would read it."""
    if not path:
        raise UsageError("--write-baseline takes the name of a file, and it is empty")
    if path.endswith(TERRAFORM_READS):
        raise UsageError(f"--write-baseline {path} would be read by Terraform: name another file")
    if not os.path.isdir(os.path.dirname(os.path.realpath(path))):
        raise UsageError(f"--write-baseline {path}: there is no such directory")
    if os.path.lexists(path) and (os.path.isdir(path) or os.path.getsize(path)):
        comparing.entries(path)


def narrowed(report: Report, asked: Asked, options: Options, paths: Sequence[str]) -> Report:
    """The report without what the baseline knows, or is made to know; what became of the file is told on standard
    error. ``paths`` are what was to lint, as the user names it.
    """
    if asked.write:
        return _written(report, asked.write)
    return _compared(report, asked, options, paths) if asked.read else report


def _written(report: Report, path: str) -> Report:
    from iac_imds_lint import baseline

    describing = baseline.Describing(report.sources, comparing.naming(path))
    known = [finding for finding in report.findings if finding.rule.code not in rules.UNJUDGED]
    entries = [entry for finding in known for entry in describing.entries(finding)]
    _replace(path, entries)
    left_out = len(report.findings) - len(known)
    but = f"; {left_out} that could not be judged {_be(left_out)} not in it" if left_out else ""
    spread = f", as {len(entries)} entries" if len(entries) != len(known) else ""
    tell(f"{path}: {counted(len(known), 'finding')} written{spread}{but}.")
    return comparing.without(report, known, path)


def _compared(report: Report, asked: Asked, options: Options, paths: Sequence[str]) -> Report:
    narrowed, stale = comparing.compared(report, Known(asked.read, asked.entries), paths)
    _tell_stale([entry for entry in stale if _is_judged(entry, options)], asked, report)
    return narrowed


def _tell_stale(stale: Sequence[Entry], asked: Asked, report: Report) -> None:
    """Say which entries are no longer found, or remove them. Where something could not be judged, nobody knows."""
    if report.unreadable:
        if asked.prune:
            tell(f"{asked.read}: not pruned, for something could not be judged.")
        return
    shown = first_few([entry.title for entry in stale])
    if asked.prune:
        gone = set(map(id, stale))
        if stale:
            _replace(asked.read, [entry for entry in asked.entries if id(entry) not in gone])
        removed = f"{counted(len(stale), 'entry')} removed" + (f": {shown}" if stale else "")
        tell(f"{asked.read}: {removed}.")
    elif stale:
        says = f"{counted(len(stale), 'entry')} no longer {'matches' if len(stale) == 1 else 'match'}: {shown}"
        tell(f"{asked.read}: {says}; --prune-baseline removes {'it' if len(stale) == 1 else 'them'}.")


def _is_judged(entry: Entry, options: Options) -> bool:
    """Whether a run with these options looks for what an entry stands for."""
    if entry.code in rules.IN_SCRIPTS and not entry.resource and not options.scripts:
        return False
    return entry.code in rules.CODES and options.wants(entry.code)


def _replace(path: str, entries: Iterable[Entry]) -> None:
    from iac_imds_lint import baseline
    from iac_imds_lint.replacing import write_whole

    try:
        write_whole(path, baseline.render(entries))
    except OSError as error:
        raise OutputError(f"{path}: {error.strerror}") from None


def _be(number: int) -> str:
    return "is" if number == 1 else "are"
