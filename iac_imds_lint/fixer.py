"""Repairing: apply fixes, prove the result, and go on until nothing changes. Pure: nothing is written here.

A batch of fixes is accepted only if every changed file is proven, every finding that it was to mend is gone, no
finding is new, and every other resource is judged as before or better. What fails together is tried one by one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from typing import NamedTuple

from iac_imds_lint import narrowing
from iac_imds_lint.edit import Applicability, Edit, Renamed, Wanted, apply, conflicts
from iac_imds_lint.engine import Options, find, with_fixes
from iac_imds_lint.finding import Finding, Key, key
from iac_imds_lint.guard import guarded
from iac_imds_lint.objections import Objection, gone, objections, renamed
from iac_imds_lint.report import Report
from iac_imds_lint.source import SourceFile
from iac_imds_lint.sources import Sources
from iac_imds_lint.writing import inserted, removed, unproven, unproven_removal, unproven_script, wanted

# Fixes that touch each other are applied one a round; these many are for what turns up besides.
_MORE_ROUNDS = 10


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


class _Run(NamedTuple):
    """What is the same through all rounds: what was asked for, what was refused, and what is known of proofs."""

    options: Options
    threshold: Applicability
    admits: Callable[[Finding], bool]
    refused: dict[Key, Refused]
    proofs: dict[tuple[SourceFile, str, tuple[Renamed, ...], Wanted], str]


def repair(
    report: Report,
    options: Options,
    threshold: Applicability,
    admits: Callable[[Finding], bool] = lambda _: True,
) -> Outcome:
    """Apply every fix of ``report`` that is at least as sure as ``threshold``, and what then turns up, to the end; of
    these only the fixes of findings that ``admits`` admits.
    """
    state = _State(report.sources, report)
    run = _Run(options, threshold, admits, {}, {})
    for _ in range(len(report.findings) + _MORE_ROUNDS):
        batch = _batch(state.report, run)
        if not batch:
            break
        state = _applied(state, batch, run)
    final = _final(state.report, report, run.refused)
    return Outcome(_changes(report, state), state.mended, state.along, tuple(run.refused.values()), final)


def _batch(report: Report, run: _Run) -> list[Finding]:
    batch: list[Finding] = []
    taken: dict[str, set[Edit]] = {}
    for finding in sorted(filter(run.admits, report.findings), key=_is_no_migration):
        fix = finding.fix
        if fix is None or fix.applicability < run.threshold or key(finding) in run.refused or conflicts(fix, taken):
            continue
        batch.append(finding)
        for edit in fix.edits:
            taken.setdefault(edit.span.path, set()).add(edit)
    return batch


def _is_no_migration(finding: Finding) -> bool:
    """A migration comes first: it mends what else is found of its resource, and writes it as it would be by itself."""
    return finding.fix is None or not finding.fix.renamed


def _applied(state: _State, batch: list[Finding], run: _Run) -> _State:
    """The state after a batch, parted until what can be accepted is."""
    tried = _attempt(state, batch, run)
    if isinstance(tried, _State):
        return tried
    if len(batch) == 1:
        run.refused[key(batch[0])] = Refused(batch[0], tried[0].reason)
        return state
    for part in _parts(batch, {objection.path for objection in tried}):
        again = _still_there(state.report, part)
        state = _applied(state, again, run) if again else state
    return state


def _parts(batch: list[Finding], paths: set[str]) -> tuple[list[Finding], list[Finding]]:
    """A batch in two: what has nothing to do with the files that speak against it, then the rest; else its halves."""
    suspect = [finding for finding in batch if finding.fix and {finding.span.path, *finding.fix.paths} & paths]
    chosen = frozenset(suspect)
    others = [finding for finding in batch if finding not in chosen]
    middle = len(batch) // 2
    return (others, suspect) if others and suspect else (batch[:middle], batch[middle:])


def _still_there(report: Report, findings: Sequence[Finding]) -> list[Finding]:
    """These findings as the report has them now, with their fixes where they are now. No more than there were."""
    wanted = Counter(map(key, findings))
    found = []
    for finding in report.findings:
        if finding.fix is not None and wanted[key(finding)] > 0:
            wanted[key(finding)] -= 1
            found.append(finding)
    return found


def _attempt(state: _State, batch: Sequence[Finding], run: _Run) -> _State | list[Objection]:
    """The state after a batch of fixes, or what speaks against it."""
    changed = [_changed(state.sources, path, edits, batch, run) for path, edits in _edits(batch).items()]
    against = [one for one in changed if isinstance(one, Objection)]
    if against:
        return against
    sources = state.sources.with_changes(one for one in changed if isinstance(one, SourceFile))
    found = find(state.report.relevant, sources, run.options, callers=state.report.callers)
    report = narrowing.as_before(found, state.report)
    against = objections(state.report, report, batch)
    if against:
        return against
    along = (*state.along, *gone(state.report, report, batch))
    return _State(sources, with_fixes(report), (*state.mended, *batch), along)


def _edits(batch: Iterable[Finding]) -> dict[str, list[Edit]]:
    """The edits of a batch of fixes, by the files that they change."""
    edits: dict[str, list[Edit]] = {}
    for edit in dict.fromkeys(edit for finding in batch if finding.fix for edit in finding.fix.edits):
        edits.setdefault(edit.span.path, []).append(edit)
    return edits


def _changed(
    sources: Sources, path: str, edits: Sequence[Edit], batch: Sequence[Finding], run: _Run
) -> SourceFile | Objection:
    """A file after its edits, or why it is not proven."""
    before = sources.read(path)
    if not isinstance(before, SourceFile):
        return Objection(f"{path} cannot be read again", path)
    asked = wanted(finding for finding in batch if finding.fix is not None and path in finding.fix.paths)
    kinds = _Kinds(edits, inserted(batch, path), removed(batch, path))
    told = guarded(partial(_proven, before, kinds, (renamed(batch), asked), run), _failed)
    return told if isinstance(told, SourceFile) else Objection(f"the changed {path} could not be proven: {told}", path)


class _Kinds(NamedTuple):
    """The edits of a file; those that insert into its scripts, and those that take out what ignores nothing."""

    edits: Sequence[Edit]
    scripts: Sequence[Edit]
    removed: Sequence[Edit]

    @property
    def others(self) -> list[Edit]:
        """Those that do neither."""
        told = {*self.scripts, *self.removed}
        return [edit for edit in self.edits if edit not in told]


def _proven(before: SourceFile, kinds: _Kinds, about: tuple[Sequence[Renamed], Wanted], run: _Run) -> SourceFile | str:
    """The file after the edits, or why it is not proven.

    Each kind is proven by what it may change: options and migrations, then what goes into scripts, then what is taken
    out of comments and metadata.
    """
    others = kinds.others
    between = _proven_options(before, others, *about, run) if others else before
    if isinstance(between, str):
        return between
    if kinds.scripts:
        after = apply(before, [*others, *kinds.scripts])
        failed = unproven_script(between, after, [edit.said for edit in kinds.scripts])
        if failed:
            return failed
        between = after
    if not kinds.removed:
        return between
    after = apply(before, kinds.edits)
    return unproven_removal(between, after) or after


def _proven_options(
    before: SourceFile, edits: Sequence[Edit], names: Sequence[Renamed], asked: Wanted, run: _Run
) -> SourceFile | str:
    """The file after the edits, or why it is not proven, which is found out once for the same change."""
    after = apply(before, edits)
    # A file that does not say the name of what is renamed has nothing to do with it.
    about = tuple(one for one in names if one.before.rpartition(".")[2] in before.text)
    change = (before, after.text, about, asked)
    if change not in run.proofs:
        run.proofs[change] = unproven(before, after, about, asked)
    return run.proofs[change] or after


def _failed(error: Exception) -> str:
    return f"{type(error).__name__}: {error} (a defect of iac-imds-lint, please report it)"


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
