"""Repairing: apply fixes, prove the result, and go on until nothing changes. Pure: nothing is written here.

A batch of fixes is accepted only if every changed file is proven, every finding that it was to mend is gone, no
finding is new, and every other resource is judged as before or better. What fails together is tried one by one.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import NamedTuple

from iac_imds_lint.edit import Applicability, Edit, Renamed, apply, conflicts
from iac_imds_lint.engine import Options, lint
from iac_imds_lint.finding import Finding
from iac_imds_lint.guard import guarded
from iac_imds_lint.model import CLOSED, Posture
from iac_imds_lint.report import Report, Row
from iac_imds_lint.source import SourceFile
from iac_imds_lint.sources import Sources
from iac_imds_lint.writing import unproven

# Fixes that touch each other are applied one a round; these many are for what turns up besides.
_MORE_ROUNDS = 10


class Key(NamedTuple):
    """What makes a finding the same before and after an edit elsewhere: all but its offsets."""

    code: str
    path: str
    affected: tuple[str, ...]
    message: str
    related: tuple[str, ...]


class Refused(NamedTuple):
    """A finding whose fix was not accepted, and why."""

    finding: Finding
    reason: str


class Outcome(NamedTuple):
    """What repairing came to: (before, after) of each changed file, the findings mended by their own fixes, those that
    went with them, and the report after it.
    """

    changed: tuple[tuple[SourceFile, SourceFile], ...]
    mended: tuple[Finding, ...]
    along: tuple[Finding, ...]
    refused: tuple[Refused, ...]
    report: Report

    @property
    def together(self) -> tuple[frozenset[str], ...]:
        """The changed files, those together that one fix changes, and another of which one is the same: to write one
        without the others would be half a fix.
        """
        groups: dict[str, frozenset[str]] = {}
        for finding in self.mended:
            paths = finding.fix.paths if finding.fix is not None else frozenset()
            joined = paths.union(*(groups.get(path, frozenset()) for path in paths))
            groups.update(dict.fromkeys(joined, joined) if any(groups.get(path) != joined for path in paths) else {})
        return tuple(dict.fromkeys(groups.values()))


class _State(NamedTuple):
    sources: Sources
    report: Report
    mended: tuple[Finding, ...] = ()
    along: tuple[Finding, ...] = ()


def repair(report: Report, options: Options, threshold: Applicability) -> Outcome:
    """Apply every fix of ``report`` that is at least as sure as ``threshold``, and what then turns up, to the end."""
    state = _State(report.sources, report)
    refused: dict[Key, Refused] = {}
    for _ in range(len(report.findings) + _MORE_ROUNDS):
        batch = _batch(state.report, threshold, refused)
        if not batch:
            break
        state = _applied(state, batch, options, refused)
    final = _final(state.report, report, refused)
    return Outcome(_changes(report, state), state.mended, state.along, tuple(refused.values()), final)


def key(finding: Finding) -> Key:
    """The finding's key. Several findings may share one: compare how many there are."""
    related = tuple(related.span.path for related in finding.related)
    return Key(finding.rule.code, finding.span.path, finding.affected, finding.message, related)


def _batch(report: Report, threshold: Applicability, refused: dict[Key, Refused]) -> list[Finding]:
    batch: list[Finding] = []
    taken: dict[str, set[Edit]] = {}
    for finding in sorted(report.findings, key=_is_no_migration):
        fix = finding.fix
        if fix is None or fix.applicability < threshold or key(finding) in refused or conflicts(fix, taken):
            continue
        batch.append(finding)
        for edit in fix.edits:
            taken.setdefault(edit.span.path, set()).add(edit)
    return batch


def _is_no_migration(finding: Finding) -> bool:
    """A migration comes first: it mends what else is found of its resource, and writes it as it would be by itself."""
    return finding.fix is None or not finding.fix.renamed


def _applied(state: _State, batch: list[Finding], options: Options, refused: dict[Key, Refused]) -> _State:
    """The state after a batch, halved until what can be accepted is."""
    tried = _attempt(state, batch, options)
    if isinstance(tried, _State):
        return tried
    if len(batch) == 1:
        refused[key(batch[0])] = Refused(batch[0], tried)
        return state
    middle = len(batch) // 2
    for half in (batch[:middle], batch[middle:]):
        again = _still_there(state.report, half)
        state = _applied(state, again, options, refused) if again else state
    return state


def _still_there(report: Report, findings: Sequence[Finding]) -> list[Finding]:
    """These findings as the report has them now, with their fixes where they are now. No more than there were."""
    wanted = Counter(map(key, findings))
    found = []
    for finding in report.findings:
        if finding.fix is not None and wanted[key(finding)] > 0:
            wanted[key(finding)] -= 1
            found.append(finding)
    return found


def _attempt(state: _State, batch: Sequence[Finding], options: Options) -> _State | str:
    """The state after a batch of fixes, or why it is not accepted."""
    edits = list(dict.fromkeys(edit for finding in batch if finding.fix for edit in finding.fix.edits))
    renamed = _renamed(batch)
    changed = []
    for path in dict.fromkeys(edit.span.path for edit in edits):
        before = state.sources.read(path)
        if not isinstance(before, SourceFile):
            return f"{path} cannot be read again"
        after = guarded(partial(_proven, before, edits, renamed), _failed)
        if not isinstance(after, SourceFile):
            return f"the changed {path} could not be proven: {after}"
        changed.append(after)
    sources = state.sources.with_changes(changed)
    report = lint(state.report.relevant, sources, options, callers=state.report.callers)
    reason = objection(state.report, report, batch) or _worse(state.report, report, renamed)
    along = (*state.along, *_gone(state.report, report, batch))
    return reason or _State(sources, report, (*state.mended, *batch), along)


def _gone(before: Report, after: Report, batch: Sequence[Finding]) -> Iterator[Finding]:
    """The findings, other than those of a batch of fixes, that went with it."""
    left = _causes(after.findings, ())
    renamed = _renamed(batch)
    chosen = frozenset(batch)
    others = (finding for finding in before.findings if finding not in chosen)
    return (finding for finding in others if not any(left[cause] for cause in _causes_of(finding, renamed)))


def _renamed(batch: Sequence[Finding]) -> tuple[Renamed, ...]:
    return tuple(dict.fromkeys(renamed for finding in batch if finding.fix for renamed in finding.fix.renamed))


def _proven(before: SourceFile, edits: Sequence[Edit], renamed: Sequence[Renamed]) -> SourceFile | str:
    """The file after the edits, or why it is not proven."""
    after = apply(before, edits)
    return unproven(before, after, renamed) or after


def _failed(error: Exception) -> str:
    return f"{type(error).__name__}: {error} (a defect of iac-imds-lint, please report it)"


class _Cause(NamedTuple):
    """What a finding is about: a rule, and a resource of a file, whatever it says of that."""

    code: str
    path: str
    address: str


def objection(before: Report, after: Report, batch: Sequence[Finding]) -> str:
    """Why the report after a batch of fixes is not what it should be; empty where it is."""
    renamed = _renamed(batch)
    mended = _causes(batch, renamed)
    left = _causes(before.findings, renamed) - mended
    for finding in after.findings:
        for cause in _causes_of(finding):
            left[cause] -= 1
            if left[cause] < 0:
                still = cause in mended and key(finding) in map(key, batch)
                return (
                    "the finding is still there afterwards"
                    if still
                    else f"it would bring a new finding: {finding.message}"
                )
    return ""


def _causes(findings: Iterable[Finding], renamed: Sequence[Renamed]) -> Counter[_Cause]:
    return Counter(cause for finding in findings for cause in _causes_of(finding, renamed))


def _causes_of(finding: Finding, renamed: Sequence[Renamed] = ()) -> Iterator[_Cause]:
    """The causes of a finding. What it says of them may change with what a fix changes elsewhere: a posture, a user."""
    for address in finding.affected or ("",):
        yield _Cause(finding.rule.code, finding.span.path, _address(address, finding.span.path, renamed))


def _address(address: str, path: str, renamed: Sequence[Renamed]) -> str:
    """The address that a resource of a file has afterwards."""
    for one in renamed:
        if one.path == path:
            address = re.sub(rf"(?<![\w-]){re.escape(one.before)}(?![\w-])", one.after, address)
    return address


def _worse(before: Report, after: Report, renamed: Sequence[Renamed]) -> str:
    there, now_there = _placed(before.inventory, renamed), _placed(after.inventory)
    for place, row in there.items():
        now = now_there[place].posture if place in now_there else None
        better = now in CLOSED or (now is Posture.UNKNOWN and row.posture is Posture.V1_ALLOWED)
        if now is not row.posture and not better:
            return f"{row.resource} would be {now.value if now else 'gone'} afterwards"
    new = next((row for place, row in now_there.items() if place not in there), None)
    return f"it would bring up {new.resource}" if new else ""


def _placed(rows: Iterable[Row], renamed: Sequence[Renamed] = ()) -> dict[object, Row]:
    """Rows by the resource that they are about, in which root, whatever moved in its file.

    The templates of one file may have resources of one name, which keep their order.
    """
    counts: Counter[object] = Counter()
    placed: dict[object, Row] = {}
    for row in rows:
        address = _address(row.resource, row.span.path, renamed)
        place = address, row.span.path, tuple(call.path for call in row.calls)
        placed[place, counts[place]] = row
        counts[place] += 1
    return placed


def _changes(report: Report, state: _State) -> tuple[tuple[SourceFile, SourceFile], ...]:
    paths = sorted({edit.span.path for f in state.mended if f.fix for edit in f.fix.edits})
    pairs = ((report.sources.read(path), state.sources.read(path)) for path in paths)
    return tuple(
        (before, after)
        for before, after in pairs
        if isinstance(before, SourceFile) and isinstance(after, SourceFile) and before.text != after.text
    )


def _final(report: Report, first: Report, refused: dict[Key, Refused]) -> Report:
    """The last report, its refused fixes taken back with the reason, and what only the first run could see."""
    findings = tuple(
        replace(f, fix=None, fix_unavailable=refused[key(f)].reason) if key(f) in refused else f
        for f in report.findings
    )
    return replace(report, findings=findings, problems=first.problems, files=first.files)
