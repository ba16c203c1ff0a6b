"""Suppressions of ours for what is found, written and proven: only comments and metadata change, and a run afterwards
finds nothing of what was asked for, and nothing new.

Each finding has places, the smallest first. What does not prove itself at one is tried at the next.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import NamedTuple

from iac_imds_lint import narrowing
from iac_imds_lint.edit import Refusal, apply
from iac_imds_lint.engine import Options, find, with_fixes
from iac_imds_lint.finding import Finding, Key, key
from iac_imds_lint.guard import guarded
from iac_imds_lint.report import Report
from iac_imds_lint.rules import IN_SCRIPTS, UNJUDGED, imds901
from iac_imds_lint.scanning import is_native
from iac_imds_lint.source import SourceFile
from iac_imds_lint.sources import Sources
from iac_imds_lint.suppression import alignment, writing_ours
from iac_imds_lint.suppression.writing_ours import Asked, At

_DOWNLOADED = "it stands in a copy that Terraform downloaded"
_GENERATED = "a program writes this file again"
_SCRIPT = "a comment in a script changes what boots with it: write one by hand above the line"
_MEND = "it is to be mended, not suppressed"
_NO_PLACE = "its file can carry no suppression"
_NOT_COVERED = "no place for a suppression was found that covers it alone"


class Left(NamedTuple):
    """A finding that is not suppressed, and why."""

    finding: Finding
    reason: str


class Added(NamedTuple):
    """What adding came to: (before, after) of each changed file, the findings that are suppressed now, those that are
    not, and the report afterwards.
    """

    changed: tuple[tuple[SourceFile, SourceFile], ...]
    done: tuple[Finding, ...]
    left: tuple[Left, ...]
    report: Report


class _Tried(NamedTuple):
    """A finding and the places that are left to try."""

    finding: Finding
    places: tuple[tuple[str, At], ...]


def add(report: Report, options: Options, asked: Asked) -> Added:
    """Write suppressions for the findings of a report."""
    tried, left = _begun(report)
    while True:
        written = _written(report.sources, tried, asked)
        failed: dict[Key | str, str] = dict(written.failed.items())
        after = report
        if not failed:
            sources = report.sources.with_changes(after for _, after in written.changed)
            after = narrowing.as_before(find(report.relevant, sources, options, callers=report.callers), report)
            failed = _objecting(report, after, tried)
        if not failed:
            break
        tried, more = _next(tried, failed)
        left += more
    done = tuple(one.finding for one in tried)
    final = replace(with_fixes(after), problems=report.problems, files=report.files)
    return Added(written.changed, done, tuple(left), final)


def hindrance(finding: Finding, sources: Sources) -> str:
    """Why a finding can have no suppression, in a clause; empty where there is a place to try."""
    places = _places(finding, sources)
    return places.reason if isinstance(places, Refusal) else ""


def _begun(report: Report) -> tuple[list[_Tried], list[Left]]:
    tried: list[_Tried] = []
    left: list[Left] = []
    for finding in report.findings:
        places = _places(finding, report.sources)
        if isinstance(places, Refusal):
            left.append(Left(finding, places.reason))
        else:
            tried.append(_Tried(finding, places))
    return tried, left


def _places(finding: Finding, sources: Sources) -> tuple[tuple[str, At], ...] | Refusal:
    """The places at which a suppression covers a finding, the smallest first."""
    if finding.rule.code in UNJUDGED or finding.rule is imds901.RULE:
        return Refusal(_MEND)
    path, resource = finding.span.path, finding.resource
    if ".terraform" in path.split("/"):
        return Refusal(_DOWNLOADED)
    if resource is not None and resource.construct is not None and resource.construct.is_output:
        return Refusal(_GENERATED)
    source = sources.read(path)
    if not isinstance(source, SourceFile):
        return Refusal(_NO_PLACE)
    spans = [finding.span] if finding.rule.code not in IN_SCRIPTS else []
    spans += [resource.head] if resource is not None else []
    here = [span for span in spans if span.path == path]
    if not (is_native(path) or _is_template(source)):
        return Refusal(_SCRIPT if finding.rule.code in IN_SCRIPTS else _NO_PLACE)
    if source.text.lstrip()[:1] in ("{", "["):
        return _in_json(finding, source)
    rows = dict.fromkeys(source.position(span.start).row for span in here)
    tidy = [row for row in rows if not (is_native(path) and alignment.is_parted(source.text, row))]
    return tuple((path, At(row=row)) for row in tidy or rows) if rows else Refusal(_SCRIPT)


def _in_json(finding: Finding, source: SourceFile) -> tuple[tuple[str, At], ...] | Refusal:
    if finding.resource is None or finding.resource.head.path != source.path:
        return Refusal(_NO_PLACE)
    starts = dict.fromkeys((finding.resource.head.start, finding.resource.body.start))
    return tuple((source.path, At(offset=start)) for start in starts)


def _is_template(source: SourceFile) -> bool:
    from iac_imds_lint.cloudformation import template

    return template.is_edited(source)


class _Written(NamedTuple):
    """The files with suppressions at the places that are tried, and those of which that is not proven, with why."""

    changed: tuple[tuple[SourceFile, SourceFile], ...]
    failed: dict[str, str]


def _written(sources: Sources, tried: Sequence[_Tried], asked: Asked) -> _Written:
    wanted: dict[str, dict[At, list[str]]] = {}
    for one in tried:
        path, at = one.places[0]
        wanted.setdefault(path, {}).setdefault(at, []).append(one.finding.rule.code)
    changed: list[tuple[SourceFile, SourceFile]] = []
    failed: dict[str, str] = {}
    for path, places in wanted.items():
        before = sources.read(path)
        edits = writing_ours.edits(before, places, asked) if isinstance(before, SourceFile) else Refusal(_NO_PLACE)
        if isinstance(edits, Refusal) or not isinstance(before, SourceFile):
            failed[path] = edits.reason if isinstance(edits, Refusal) else _NO_PLACE
            continue
        after = apply(before, edits)
        why = guarded(partial(writing_ours.unproven, before, after), lambda error: f"{type(error).__name__}: {error}")
        if why:
            failed[path] = why
        else:
            changed.append((before, after))
    return _Written(tuple(changed), failed)


def _objecting(before: Report, after: Report, tried: Sequence[_Tried]) -> dict[Key | str, str]:
    """The findings that are still there and were to be suppressed, and the files in which something new is found."""
    left = Counter(map(key, before.findings))
    wanted = Counter(key(one.finding) for one in tried)
    left.subtract(wanted)
    failed: dict[Key | str, str] = {}
    for finding in after.findings:
        name = key(finding)
        left[name] -= 1
        if left[name] < 0:
            failed[name if wanted[name] else finding.span.path] = _NOT_COVERED
    return failed


def _next(tried: Sequence[_Tried], failed: Mapping[Key | str, str]) -> tuple[list[_Tried], list[Left]]:
    """The findings that failed, or whose files did, at their next places; those without one are left."""
    kept: list[_Tried] = []
    left: list[Left] = []
    for one in tried:
        why = failed.get(key(one.finding), "") or failed.get(one.places[0][0], "")
        if not why:
            kept.append(one)
        elif one.places[1:]:
            kept.append(one._replace(places=one.places[1:]))
        else:
            left.append(Left(one.finding, why))
    if len(kept) == len(tried) and all(a is b for a, b in zip(kept, tried, strict=True)):
        return [], [Left(one.finding, _NOT_COVERED) for one in tried]
    return kept, left
