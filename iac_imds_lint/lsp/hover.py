"""Hover: the posture of what the cursor is on, what decided it and who uses it."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from lsprotocol import types

from iac_imds_lint import engine, standing
from iac_imds_lint.explaining import explained, subjects
from iac_imds_lint.lsp import popup
from iac_imds_lint.lsp.markup import MARKDOWN, PLAIN, Markup
from iac_imds_lint.source import SourceFile, Span

if TYPE_CHECKING:
    from iac_imds_lint.lsp.page import Page
    from iac_imds_lint.lsp.server import Server
    from iac_imds_lint.report import Report

# A module may be called by thousands of root modules, each of which has to be read for what it makes of it.
_MOST_WORLDS = 8


def register(server: Server) -> None:
    """Have a server answer hovers."""

    @server.feature(types.TEXT_DOCUMENT_HOVER)
    async def hover(ls: Server, params: types.HoverParams) -> types.Hover | None:
        kind = ls.able.hover
        return await ls.answered(params.text_document.uri, lambda page: hovered(page, params.position, kind))


def hovered(page: Page, position: types.Position, kind: types.MarkupKind) -> types.Hover | None:
    """What a popup says at a position of a file; None where there is nothing to say."""
    markup = MARKDOWN if kind is types.MarkupKind.Markdown else PLAIN
    found = said(page.name, page.offset(position), page.report, page.folder.options, markup)
    if found is None:
        return None
    place, text = found
    return types.Hover(types.MarkupContent(kind, text), page.places.range(place))


def said(name: str, offset: int, report: Report, options: engine.Options, markup: Markup) -> tuple[Span, str] | None:
    """The place at an offset of a file, and what there is to say of it; None where there is nothing."""
    source = report.sources.read(name)
    if not isinstance(source, SourceFile):
        return None
    worlds = list(islice(engine.worlds(name, report.sources, options), _MOST_WORLDS + 1))
    stood = standing.at(offset, source, worlds[:_MOST_WORLDS], report.sources)
    if stood is None:
        return None
    told = [explained(one) for one in subjects(stood.standings)]
    return stood.place, popup.written(told, report, markup, more=len(worlds) > _MOST_WORLDS)
