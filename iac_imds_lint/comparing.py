"""A report without the findings that a baseline knows."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from iac_imds_lint import narrowing, rules
from iac_imds_lint.errors import UsageError
from iac_imds_lint.finding import Finding, Hiding, Suppressed, Suppression
from iac_imds_lint.nearest import no_such
from iac_imds_lint.report import Report

if TYPE_CHECKING:
    from iac_imds_lint.baseline import Entry


class Known(NamedTuple):
    """A baseline that was read: the file, and what is in it."""

    file: str
    entries: tuple[Entry, ...]


class Compared(NamedTuple):
    """A report without what a baseline knows, and the entries of which nothing is left, though it was looked for."""

    report: Report
    stale: tuple[Entry, ...]


def known(file: str) -> Known:
    """The baseline in a file. Raises UsageError where there is none."""
    if not os.path.lexists(file):
        raise UsageError(f"{no_such('file', file)}: --write-baseline FILE makes a baseline")
    return Known(file, entries(file))


def entries(file: str) -> tuple[Entry, ...]:
    """What is in a file that is there. Raises UsageError where that is no baseline."""
    from iac_imds_lint import baseline

    try:
        with open(file, "rb") as opened:
            return baseline.read(file, opened.read())
    except OSError as error:
        raise UsageError(f"{file}: {error.strerror}") from None


def compared(report: Report, known: Known, paths: Sequence[str], root: str = "") -> Compared:
    """The report without what the baseline knows. ``paths`` are what was to lint, as the user names it; they begin in
    the directory ``root``, or in the working directory where that is empty.
    """
    from iac_imds_lint import baseline

    describing = baseline.Describing(report.sources, naming(known.file, root))
    judged = [finding for finding in report.findings if finding.rule.code not in rules.UNJUDGED]
    entries = [(finding, entry) for finding in judged for entry in describing.entries(finding)]
    place = _Places(known.file, [os.path.join(root, path) for path in paths or (os.curdir,)])
    judged_here = ((row.root, row.resource) for row in report.inventory)
    there = describing.places(judged_here, (one.finding for one in report.suppressed))
    matching = baseline.matched(
        [entry for _, entry in entries],
        known.entries,
        lambda entry: (entry.root, entry.resource) not in there and place.has_left(entry),
    )
    new = {finding for index, (finding, _) in enumerate(entries) if index not in matching.found}
    narrowed = without(report, [finding for finding in judged if finding not in new], known.file)
    return Compared(narrowed, tuple(filter(place.covers, matching.left)))


def without(report: Report, known: Iterable[Finding], file: str) -> Report:
    """The report without findings that the baseline in ``file`` knows."""
    by = Suppression(Hiding.BASELINE, reason=file)
    return narrowing.without(report, [Suppressed(finding, by) for finding in known])


def naming(baseline: str, root: str = "") -> Callable[[str], str]:
    """How the paths of a run are called from where the baseline stands, with slashes on every system."""
    directory, here = os.path.dirname(os.path.realpath(baseline)), os.path.realpath(root or os.curdir)

    def name(path: str) -> str:
        location = os.path.realpath(path) if os.path.isabs(path) else os.path.normpath(os.path.join(here, path))
        try:
            return os.path.relpath(location, directory).replace(os.sep, "/")
        except ValueError:  # on another drive
            return location.replace(os.sep, "/")

    return name


class _Places:
    """What of the places that a baseline names is part of a run over ``paths``."""

    def __init__(self, baseline: str, paths: Sequence[str]) -> None:
        self._directory = os.path.dirname(os.path.realpath(baseline))
        self._named = frozenset(map(os.path.realpath, paths))
        self._beside = frozenset(os.path.dirname(path) for path in self._named if not os.path.isdir(path))

    def covers(self, entry: Entry) -> bool:
        """Whether what an entry stands for would have been found: its file and its root are part of the run."""
        root = self._location(entry.root)
        return self._holds(self._location(entry.filename)) and (root in self._beside or self._holds(root))

    def has_left(self, entry: Entry) -> bool:
        """Whether an entry that is not found stands for something that is no longer there."""
        return self.covers(entry) or not os.path.lexists(self._location(entry.filename))

    def _location(self, name: str) -> str:
        return os.path.normpath(os.path.join(self._directory, name))

    def _holds(self, location: str) -> bool:
        while location not in self._named:
            above = os.path.dirname(location)
            if above == location:
                return False
            location = above
        return True
