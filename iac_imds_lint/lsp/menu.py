"""The menu of what can be done at a place in a file: which findings it is about, and which kinds are asked for."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple

from lsprotocol import types

from iac_imds_lint import engine
from iac_imds_lint.finding import Finding, Migration
from iac_imds_lint.lsp.diagnostics import SOURCE
from iac_imds_lint.lsp.offers import Offer, offers
from iac_imds_lint.lsp.page import Page
from iac_imds_lint.report import Report

QUICK_FIX = types.CodeActionKind.QuickFix.value
REWRITE = types.CodeActionKind.RefactorRewrite.value
# Editors run what is below source.fixAll when a file is saved: it keeps to that file.
FIX_FILE = "source.fixAll.iac-imds-lint"
# Not below it, for the same reason.
FIX_WORKSPACE = "source.iac-imds-lint.fixWorkspace"
KINDS = (QUICK_FIX, REWRITE, FIX_FILE, FIX_WORKSPACE)


def wants(kind: str, context: types.CodeActionContext) -> bool:
    """Whether actions of a kind are asked for: Language Server Protocol 3.17, "CodeActionKind", which are hierarchies.

    Without a word of it, nobody who only moves the cursor asks for what is about whole files.
    """
    if context.only is None:
        return not (kind.startswith("source") and _is_automatic(context))
    return any(not asked or kind == asked or kind.startswith(f"{asked}.") for asked in map(_name, context.only))


def is_about_files(context: types.CodeActionContext) -> bool:
    """Whether what mends whole files is asked for, and nothing else."""
    return bool(context.only) and all(_name(kind).startswith("source.fixAll") for kind in context.only or ())


def _name(kind: types.CodeActionKind | str) -> str:
    return kind.value if isinstance(kind, types.CodeActionKind) else kind


def _is_automatic(context: types.CodeActionContext) -> bool:
    return context.trigger_kind is types.CodeActionTriggerKind.Automatic


class Fixes:
    """The fixes of a report that were asked for so far: written once, however often the cursor moves."""

    def __init__(self, report: Report) -> None:
        self.report = report
        self._written: dict[Finding, Finding] = {}

    def of(self, findings: Collection[Finding]) -> dict[Finding, Finding]:
        """Findings of the report, each with its fix or the reason why it has none."""
        missing = {finding for finding in findings if finding not in self._written}
        if missing:
            chosen = [finding for finding in self.report.findings if finding in missing]
            self._written.update(zip(chosen, engine.fixed(self.report, missing), strict=True))
        return {finding: self._written[finding] for finding in findings}


def menu(page: Page, fixes: Fixes, at: types.Range, context: types.CodeActionContext) -> list[Offer]:
    """What can be done about the findings at a range, or that the client shows there."""
    kinds = dict(_kinds(page, at, context))
    return offers(page, fixes.of(kinds), kinds) if kinds else []


def _kinds(page: Page, at: types.Range, context: types.CodeActionContext) -> Iterator[tuple[Finding, str]]:
    """The findings that are asked about, each with the kind of what is done about it: on the rest of a resource, that
    it is migrated is a rewriting that was not asked for by a diagnostic.
    """
    start, end = page.offset(at.start), page.offset(at.end)
    quick, rewrite = wants(QUICK_FIX, context), wants(REWRITE, context)
    for finding in in_file(page):
        if quick and (_meets(finding.span.start, finding.span.end, start, end) or _is_shown(finding, page, context)):
            yield finding, QUICK_FIX
        elif rewrite and isinstance(finding.repair, Migration) and _is_inside(finding, start, end):
            yield finding, REWRITE


def in_file(page: Page) -> list[Finding]:
    """The findings that stand in the file."""
    return [finding for finding in page.report.findings if finding.span.path == page.name]


def _meets(start: int, end: int, other_start: int, other_end: int) -> bool:
    """Whether two ranges touch: a cursor is a range of no length, and behind the last character is still at it."""
    return start <= other_end and other_start <= end


def _is_inside(finding: Finding, start: int, end: int) -> bool:
    """Whether a range touches the resource of a finding."""
    resource = finding.resource
    if resource is None or resource.body.path != finding.span.path:
        return False
    first, last = min(resource.head.start, resource.body.start), max(resource.head.end, resource.body.end)
    return _meets(first, last, start, end)


def _is_shown(finding: Finding, page: Page, context: types.CodeActionContext) -> bool:
    """Whether a client's diagnostic is that of a finding: one of an earlier text, which stood elsewhere, is not."""
    return any(True for _ in shown(finding, page, context.diagnostics))


def shown(finding: Finding, page: Page, diagnostics: Iterable[types.Diagnostic]) -> Iterator[types.Diagnostic]:
    """The client's diagnostics that are about a finding."""
    for one in diagnostics:
        ours = one.code == finding.rule.code and one.source in (None, SOURCE)
        if ours and _overlaps(page, one.range, finding):
            yield one


def _overlaps(page: Page, range_: types.Range, finding: Finding) -> bool:
    start, end = page.offset(range_.start), page.offset(range_.end)
    return _meets(finding.span.start, finding.span.end, start, end)


class Place(NamedTuple):
    """What tells a finding of a file from others, until that is changed before it. Two calls of a module may have two
    findings of one code at one place.
    """

    code: str
    start: int
    end: int
    resource: str
    message: str


def place(finding: Finding) -> Place:
    """The place of a finding in its file."""
    address = finding.resource.address if finding.resource is not None else ""
    return Place(finding.rule.code, finding.span.start, finding.span.end, address, finding.message)


def again(page: Page, fixes: Fixes, title: str, kind: str, places: Collection[Place]) -> Offer | None:
    """The entry of an earlier menu as it is now; None where it would no longer be in one."""
    kinds = {finding: kind for finding in in_file(page) if place(finding) in places}
    return next((offer for offer in offers(page, fixes.of(kinds), kinds) if offer.title == title), None)
