"""What speaks against a batch of fixes: the report before it, compared with the report after it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from iac_imds_lint import narrowing
from iac_imds_lint.edit import Renamed
from iac_imds_lint.finding import Finding
from iac_imds_lint.model import CLOSED, Posture
from iac_imds_lint.report import Report, Row


class Objection(NamedTuple):
    """Why a batch of fixes is not accepted, in a clause, and the file that shows it."""

    reason: str
    path: str


def objections(before: Report, after: Report, batch: Sequence[Finding]) -> list[Objection]:
    """Everything that the report after a batch of fixes has, and should not have: findings of the batch, others that
    are new, and resources that are worse off, gone or new.
    """
    names = renamed(batch)
    return [*_findings(before, after, batch, names), *_worse(before, after, names)]


def gone(before: Report, after: Report, batch: Sequence[Finding]) -> Iterator[Finding]:
    """The findings, other than those of a batch of fixes, that went with it."""
    left = _causes(after.findings, ())
    names, chosen = renamed(batch), frozenset(batch)
    others = (finding for finding in before.findings if finding not in chosen)
    return (finding for finding in others if not any(left[cause] for cause in _causes_of(finding, names)))


def renamed(batch: Iterable[Finding]) -> tuple[Renamed, ...]:
    """The resources that a batch of fixes gives another address."""
    return tuple(dict.fromkeys(one for finding in batch if finding.fix for one in finding.fix.renamed))


class _Cause(NamedTuple):
    """What a finding is about: a rule, and a resource of a file, whatever it says of that."""

    code: str
    path: str
    address: str


def _findings(before: Report, after: Report, batch: Sequence[Finding], names: Sequence[Renamed]) -> Iterator[Objection]:
    mended = _causes(batch, names)
    told = {(finding.rule.code, finding.message) for finding in batch}
    left = _causes(_told(before), names) - mended
    for finding in _told(after):
        for cause in _causes_of(finding, ()):
            left[cause] -= 1
            if left[cause] < 0:
                still = cause in mended and (finding.rule.code, finding.message) in told
                new = f"it would bring a new finding: {finding.message}"
                yield Objection("the finding is still there afterwards" if still else new, finding.span.path)


def _told(report: Report) -> Iterator[Finding]:
    """All findings, with those that were narrowed out: these are no new ones where a fix changes their words."""
    yield from report.findings
    yield from (one.finding for one in narrowing.narrowed(report))


def _causes(findings: Iterable[Finding], names: Sequence[Renamed]) -> Counter[_Cause]:
    return Counter(cause for finding in findings for cause in _causes_of(finding, names))


def _causes_of(finding: Finding, names: Sequence[Renamed]) -> Iterator[_Cause]:
    """The causes of a finding. What it says of them may change with what a fix changes elsewhere: a posture, a user."""
    for address in finding.affected or ("",):
        yield _Cause(finding.rule.code, finding.span.path, _address(address, finding.span.path, names))


def _address(address: str, path: str, names: Sequence[Renamed]) -> str:
    """The address that a resource of a file has afterwards."""
    for one in names:
        if one.path == path:
            address = re.sub(rf"(?<![\w-]){re.escape(one.before)}(?![\w-])", one.after, address)
    return address


def _worse(before: Report, after: Report, names: Sequence[Renamed]) -> Iterator[Objection]:
    there, now_there = _placed(before.inventory, names), _placed(after.inventory, ())
    for place, row in there.items():
        now = now_there[place].posture if place in now_there else None
        better = now in CLOSED or (now is Posture.UNKNOWN and row.posture is Posture.V1_ALLOWED)
        if now is not row.posture and not better:
            yield Objection(f"{row.resource} would be {now.value if now else 'gone'} afterwards", row.span.path)
    for place, row in now_there.items():
        if place not in there:
            yield Objection(f"it would bring up {row.resource}", row.span.path)


def _placed(rows: Iterable[Row], names: Sequence[Renamed]) -> dict[object, Row]:
    """Rows by the resource that they are about, in which root, whatever moved in its file.

    The templates of one file may have resources of one name, which keep their order.
    """
    counts: Counter[object] = Counter()
    placed: dict[object, Row] = {}
    for row in rows:
        address = _address(row.resource, row.span.path, names)
        place = address, row.span.path, tuple(call.path for call in row.calls)
        placed[place, counts[place]] = row
        counts[place] += 1
    return placed
