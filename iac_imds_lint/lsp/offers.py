"""What can be done about findings, in the words of a menu. Nothing is proven yet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import Enum
from typing import NamedTuple

from lsprotocol.types import CodeActionKind

from iac_imds_lint import adding, engine
from iac_imds_lint.edit import Applicability, Fix
from iac_imds_lint.finding import Finding
from iac_imds_lint.lsp.edits import misplaced
from iac_imds_lint.lsp.page import Page
from iac_imds_lint.output.excerpt import on_one_line
from iac_imds_lint.output.notes import counted
from iac_imds_lint.report import Report

# A menu shows so many characters of why a fix is not safe: whole clauses, the first in any case.
_MOST_OF_NOTE = 100

_NO_REASON = "the configuration requires a reason: write the comment by hand"


class Act(Enum):
    """What an offer does: apply a fix, or write a suppression."""

    FIX = "fix"
    IGNORE = "ignore"


class Offer(NamedTuple):
    """One entry of a menu. ``chosen`` are the findings of the report that it is about, each as it is with the fix that
    is offered; ``refusal`` is why it cannot be had, in a clause, where it is only shown.
    """

    act: Act
    title: str
    kind: str
    chosen: Mapping[Finding, Finding]
    is_preferred: bool = False
    refusal: str = ""

    @property
    def fix(self) -> Fix | None:
        """The fix that is offered; of several findings, it is one and the same."""
        return next(iter(self.chosen.values())).fix if self.act is Act.FIX else None


def offers(page: Page, written: Mapping[Finding, Finding], kinds: Mapping[Finding, str]) -> list[Offer]:
    """What can be done about findings whose fixes are written: their fixes first, what would mend them as well, what
    would hide them.
    """
    found = [*_fixes(written, kinds)]
    found += [other for finding in written for other in _alternatives(page.report, finding, kinds[finding])]
    found = [offer._replace(refusal=_misplaced(offer, page) or offer.refusal) for offer in found]
    quick = [finding for finding in written if kinds[finding] == CodeActionKind.QuickFix.value]
    needs_reason = page.folder.options.require_reason
    found += [one for finding in quick for one in _suppressions(page.report, finding, needs_reason=needs_reason)]
    return found


def labels(found: Sequence[Offer]) -> list[str]:
    """The titles of offers in one menu, with the resource where several would have the same."""
    counts = Counter(offer.title for offer in found)
    return [f"{offer.title}{_where(offer) if counts[offer.title] > 1 else ''}" for offer in found]


def _where(offer: Offer) -> str:
    resource = next(iter(offer.chosen)).resource
    return f": {on_one_line(resource.address)}" if resource is not None else ""


def _misplaced(offer: Offer, page: Page) -> str:
    """Why the files of a fix are not edited from its folder; empty where they are."""
    refusal = misplaced(page.folder, sorted(offer.fix.paths)) if offer.fix is not None else None
    return refusal.reason if refusal is not None else ""


def _fixes(written: Mapping[Finding, Finding], kinds: Mapping[Finding, str]) -> Iterator[Offer]:
    """The fixes of findings, each once: two findings of one resource may have one in common."""
    common: dict[tuple[object, ...], dict[Finding, Finding]] = {}
    for finding, with_fix in written.items():
        fix = with_fix.fix
        if fix is None or not fix.edits:
            yield from _unavailable(finding, with_fix, kinds[finding])
        else:
            common.setdefault((fix.edits, fix.message, kinds[finding]), {})[finding] = with_fix
    for chosen in common.values():
        yield _fixing(chosen, kinds[next(iter(chosen))])


def _fixing(chosen: Mapping[Finding, Finding], kind: str, *, is_alternative: bool = False) -> Offer:
    fix = min((one.fix for one in chosen.values() if one.fix is not None), key=lambda fix: fix.applicability)
    preferred = fix.applicability is Applicability.SAFE and not is_alternative
    codes = dict.fromkeys(finding.rule.code for finding in chosen)
    return Offer(Act.FIX, title(fix, codes), kind, chosen, preferred)


def _alternatives(report: Report, finding: Finding, kind: str) -> Iterator[Offer]:
    for other in engine.fixed_otherwise(report, finding):
        if other.fix is not None and other.fix.edits:
            yield _fixing({finding: other}, kind, is_alternative=True)


def _unavailable(finding: Finding, written: Finding, kind: str) -> Iterator[Offer]:
    """Why there is no fix, where that is known; or what is to be done by hand."""
    by_hand = f"{written.fix.message}, by hand" if written.fix is not None else ""
    why = by_hand or written.fix_unavailable
    if why:
        yield Offer(Act.FIX, f"Fix {finding.rule.code}", kind, {finding: written}, refusal=on_one_line(why))


def _suppressions(report: Report, finding: Finding, *, needs_reason: bool) -> Iterator[Offer]:
    """A suppression of ours, where there is a place for one."""
    if not adding.hindrance(finding, report.sources):
        where = "for this resource" if finding.resource is not None else "here"
        words = f"Ignore {finding.rule.code} {where}"
        refusal = _NO_REASON if needs_reason else ""
        yield Offer(Act.IGNORE, words, CodeActionKind.QuickFix.value, {finding: finding}, refusal=refusal)


def title(fix: Fix, codes: Iterable[str]) -> str:
    """What a fix does, what it mends, and how far it may be trusted."""
    message = on_one_line(fix.message)
    what = f"{message[:1].upper()}{message[1:]} ({', '.join(codes)})"
    match fix.applicability:
        case Applicability.SAFE:
            return what
        case Applicability.UNSAFE:
            return f"{what} (unsafe{_because(fix.note)})"
        case Applicability.DISPLAY_ONLY:
            left = f"{counted(len(fix.by_hand), 'step')} left to do by hand" if fix.by_hand else "not certain"
            return f"Draft: {what[:1].lower()}{what[1:]} ({left})"


def _because(note: str) -> str:
    """Why a fix is not safe, as far as a menu has room for it."""
    clauses = on_one_line(note).split("; ")
    shown: Sequence[str] = [
        clause for at, clause in enumerate(clauses) if not at or len("; ".join(clauses[: at + 1])) <= _MOST_OF_NOTE
    ]
    return f": {'; '.join(shown)}{'; ...' if len(shown) < len(clauses) else ''}" if note else ""
