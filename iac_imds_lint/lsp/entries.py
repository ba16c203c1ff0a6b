"""The entries of a menu as the protocol has them, and how one is found again when it is chosen."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from lsprotocol import types

from iac_imds_lint.edit import Applicability, Refusal
from iac_imds_lint.finding import Finding
from iac_imds_lint.lsp import fixing, menu
from iac_imds_lint.lsp.abilities import Abilities
from iac_imds_lint.lsp.diagnostics import diagnostic
from iac_imds_lint.lsp.edits import Wording
from iac_imds_lint.lsp.menu import FIX_FILE, FIX_WORKSPACE, Fixes, Place
from iac_imds_lint.lsp.offers import Offer, labels
from iac_imds_lint.lsp.page import Page
from iac_imds_lint.lsp.proving import Proven, file_fixed, is_of, proven

_FIX_FILE = "Fix all that is safe to fix in this file (iac-imds-lint)"
_FIX_WORKSPACE = "Fix all that is safe to fix in this workspace folder (iac-imds-lint)"


class Made(NamedTuple):
    """What an action changes, in which report that was proven, and what it is called."""

    page: Page
    found: Proven | Refusal
    wording: Wording


class Entry(NamedTuple):
    """An action, and what it changes; None where that is still to be proven, or nothing to prove."""

    action: types.CodeAction
    made: Made | None = None


class Asked(NamedTuple):
    """What an action keeps for when it is chosen: the file, what was offered, and the findings that it is about; none
    where it is about the file.
    """

    uri: str
    title: str = ""
    places: tuple[Place, ...] = ()

    @property
    def data(self) -> dict[str, Any]:
        """It as JSON."""
        return {"uri": self.uri, "title": self.title, "findings": [list(place) for place in self.places]}

    @classmethod
    def read(cls, data: object) -> Asked | None:
        """It from JSON; None where it is not of ours."""
        match data:
            case {"uri": str(uri), "title": str(title), "findings": list(found)}:
                places = [Place(*one) for one in found if isinstance(one, list) and len(one) == len(Place._fields)]
                return cls(uri, title, tuple(places))
            case _:
                return None


def entries(page: Page, fixes: Fixes, params: types.CodeActionParams, able: Abilities) -> Iterator[Entry]:
    """What can be done at a range of a file: about its findings, then about the file, then about the folder."""
    found = menu.menu(page, fixes, params.range, params.context)
    for label, offer in zip(labels(found), found, strict=True):
        yield from _of(offer, label, page, params, able)
    if menu.wants(FIX_FILE, params.context):
        yield from _of_file(page, fixes, params, able)
    if able.editing.applies and menu.wants(FIX_WORKSPACE, params.context) and _is_asked_for(params.context):
        yield from _of_workspace(page, params)


def _of(offer: Offer, label: str, page: Page, params: types.CodeActionParams, able: Abilities) -> Iterator[Entry]:
    action = types.CodeAction(
        label,
        kind=offer.kind,
        diagnostics=[_diagnostic(finding, page, params.context, able) for finding in offer.chosen],
        is_preferred=offer.is_preferred,
    )
    if offer.refusal:
        if able.editing.shows_disabled and _is_asked_for(params.context):
            yield Entry(disabled(action, offer.refusal))
    elif able.editing.resolves:
        action.data = Asked(params.text_document.uri, offer.title, tuple(map(menu.place, offer.chosen))).data
        yield Entry(action)
    else:
        yield Entry(action, _made(offer, page))


def _is_asked_for(context: types.CodeActionContext) -> bool:
    """Whether a person asks, and not an editor for itself: when the cursor moves, or a file is saved."""
    return context.trigger_kind is not types.CodeActionTriggerKind.Automatic


def _diagnostic(finding: Finding, page: Page, context: types.CodeActionContext, able: Abilities) -> types.Diagnostic:
    """The diagnostic of a finding: the client's own, where it shows it."""
    return next(menu.shown(finding, page, context.diagnostics), None) or diagnostic(finding, page.places, able)


def disabled(action: types.CodeAction, reason: str) -> types.CodeAction:
    """An action that is only shown, with the reason why."""
    action.disabled, action.is_preferred = types.CodeActionDisabled(reason), None
    return action


def _made(offer: Offer, page: Page) -> Made:
    return Made(page, proven(offer, page), _wording(offer, page))


def _wording(offer: Offer, page: Page) -> Wording:
    """What is not safe, and changes files that are not under the user's eyes, is to be looked at first."""
    fix = offer.fix
    if fix is None or fix.applicability is Applicability.SAFE or fix.paths == {page.name}:
        return Wording(offer.title)
    return Wording(offer.title, fix.note or fix.applicability.label)


def _of_file(page: Page, fixes: Fixes, params: types.CodeActionParams, able: Abilities) -> Iterator[Entry]:
    """All that is safe in the file. Where just that is asked for, as on each save, it is proven at once: nothing is
    answered where nothing would be changed.
    """
    written = fixes.of(menu.in_file(page))
    if not any(is_of(one, page.name) for one in written.values()):
        return
    action = types.CodeAction(_FIX_FILE, kind=FIX_FILE)
    if able.editing.resolves and not menu.is_about_files(params.context):
        action.data = Asked(params.text_document.uri).data
        yield Entry(action)
        return
    found = file_fixed(written, page)
    if isinstance(found, Proven):
        yield Entry(action, Made(page, found, Wording(_FIX_FILE)))


def _of_workspace(page: Page, params: types.CodeActionParams) -> Iterator[Entry]:
    """A command, for the edits of a whole folder are nothing to send with each menu."""
    if any(not isinstance(finding.repair, Refusal) for finding in page.report.findings):
        command = types.Command(_FIX_WORKSPACE, fixing.FIX_WORKSPACE, arguments=[params.text_document.uri])
        yield Entry(types.CodeAction(_FIX_WORKSPACE, kind=FIX_WORKSPACE, command=command))


def again(page: Page, fixes: Fixes, action: types.CodeAction, asked: Asked) -> Made | None:
    """What an action changes that was offered before; None where it would no longer be."""
    if not asked.places:
        return Made(page, file_fixed(fixes.of(menu.in_file(page)), page), Wording(action.title))
    kind = action.kind.value if isinstance(action.kind, types.CodeActionKind) else action.kind or ""
    offer = menu.again(page, fixes, asked.title, kind, asked.places)
    return _made(offer, page) if offer is not None else None
