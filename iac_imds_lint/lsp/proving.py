"""What is offered, applied and proven as the command does it: nothing else is ever sent to a client."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from iac_imds_lint import engine, narrowing
from iac_imds_lint.edit import Applicability, Edit, Fix, Refusal, Step
from iac_imds_lint.finding import Finding
from iac_imds_lint.lsp.edits import Changed, misplaced
from iac_imds_lint.lsp.offers import Act, Offer
from iac_imds_lint.lsp.page import Page
from iac_imds_lint.lsp.splices import splices
from iac_imds_lint.report import Report
from iac_imds_lint.source import SourceFile

_NOTHING = "nothing would change"
_FURTHER = "a fix of it reaches into other files"


class Proven(NamedTuple):
    """Changes that are proven, the findings that are mended by them, and what they leave to do by hand; ``refused``
    says why others were not mended.
    """

    changes: tuple[Changed, ...]
    mended: tuple[Finding, ...] = ()
    by_hand: tuple[Step, ...] = ()
    refused: tuple[str, ...] = ()


def proven(offer: Offer, page: Page) -> Proven | Refusal:
    """What an offer changes, or why that cannot be proven."""
    if offer.refusal:
        return Refusal(offer.refusal)
    report = narrowing.to(page.report, offer.chosen)
    match offer.act:
        case Act.FIX:
            threshold = offer.fix.applicability if offer.fix is not None else Applicability.SAFE
            return _repaired(report, page, threshold)
        case Act.IGNORE:
            return _suppressed(report, page)


def file_fixed(written: Mapping[Finding, Finding], page: Page) -> Proven | Refusal:
    """All safe fixes of findings that stand in a file, as far as they change nothing but that file: who saves one file
    does not mean others.
    """
    chosen = {finding: one for finding, one in written.items() if is_of(one, page.name)}
    found = _repaired(narrowing.to(page.report, chosen), page, Applicability.SAFE)
    further = isinstance(found, Proven) and any(change.before.path != page.name for change in found.changes)
    return Refusal(_FURTHER) if further else found


def is_of(finding: Finding, name: str) -> bool:
    """Whether a finding has a safe fix that changes one file alone."""
    return finding.fix is not None and finding.fix.applicability is Applicability.SAFE and finding.fix.paths == {name}


def folder_fixed(page: Page) -> Proven | Refusal:
    """All safe fixes of a folder that change no file beyond it."""
    written = dict(zip(page.report.findings, engine.with_fixes(page.report).findings, strict=True))
    own = {finding: one for finding, one in written.items() if one.fix is None or _is_inside(one.fix, page)}
    return _repaired(narrowing.to(page.report, own), page, Applicability.SAFE)


def _is_inside(fix: Fix, page: Page) -> bool:
    return misplaced(page.folder, fix.paths) is None


def _repaired(report: Report, page: Page, threshold: Applicability) -> Proven | Refusal:
    from iac_imds_lint.fixer import repair

    outcome = repair(report, page.folder.options, threshold)
    refused = tuple(dict.fromkeys(one.reason for one in outcome.refused))
    if not outcome.changed:
        return Refusal("; ".join(refused) or _NOTHING)
    fixes = [finding.fix for finding in outcome.mended if finding.fix is not None]
    steps = dict.fromkeys(step for fix in fixes for step in fix.by_hand)
    changes = _changes(outcome.changed, [edit for fix in fixes for edit in fix.edits])
    found = Proven(changes, (*outcome.mended, *outcome.along), tuple(steps), refused)
    return misplaced(page.folder, (before.path for before, _ in outcome.changed)) or found


def _suppressed(report: Report, page: Page) -> Proven | Refusal:
    from iac_imds_lint.adding import add
    from iac_imds_lint.suppression.writing_ours import Asked

    added = add(report, page.folder.options, Asked())
    if not added.changed:
        return Refusal("; ".join(dict.fromkeys(one.reason for one in added.left)) or _NOTHING)
    places = misplaced(page.folder, (before.path for before, _ in added.changed))
    return places or Proven(_changes(added.changed, ()))


def _changes(changed: Iterable[tuple[SourceFile, SourceFile]], known: Sequence[Edit]) -> tuple[Changed, ...]:
    return tuple(Changed(before, splices(before, after, known)) for before, after in changed)
