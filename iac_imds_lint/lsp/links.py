"""Document links: from the code of a rule, where it is written to have findings ignored, to the page of the rule."""

from __future__ import annotations

import os.path
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from lsprotocol import types

from iac_imds_lint import rules
from iac_imds_lint.directive import Code
from iac_imds_lint.finding import Rule
from iac_imds_lint.source import SourceFile, Span
from iac_imds_lint.suppression import written

if TYPE_CHECKING:
    from iac_imds_lint.lsp.page import Page
    from iac_imds_lint.lsp.server import Server

_CONFIGURATIONS = (".iac-imds-lint.toml", "pyproject.toml")
# A TOML text that is a code, or the key of a table; what a comment holds does not count.
_TOKENS = re.compile(r"""#[^\n]*|(?P<quote>["'])(?P<code>IMDS\d{3})(?P=quote)""")
_BY_CODE: dict[str, Rule] = {rule.code: rule for rule in rules.RULES}
_PAGES = {module.RULE.code: module.__doc__ or "" for module in rules.MODULES}


def register(server: Server) -> None:
    """Have a server answer requests for document links."""

    @server.feature(types.TEXT_DOCUMENT_DOCUMENT_LINK)
    async def document_link(ls: Server, params: types.DocumentLinkParams) -> list[types.DocumentLink] | None:
        tooltips = ls.able.tooltips
        return await ls.answered(params.text_document.uri, lambda page: links(page, tooltips))


def links(page: Page, tooltips: bool) -> list[types.DocumentLink]:
    """The links in a file, in order; with what they lead to in words, where the client shows that."""
    source = page.report.sources.read(page.name)
    found = sorted(codes(source), key=lambda code: code.span) if isinstance(source, SourceFile) else []
    return [
        types.DocumentLink(
            page.places.range(code.span),
            target=_BY_CODE[code.code].url,
            tooltip=tooltip(code.code) if tooltips else None,
        )
        for code in found
    ]


def codes(source: SourceFile) -> Iterator[Code]:
    """The codes of rules that there are, where a file has findings ignored by them or configures which are told."""
    found = _configured(source) if os.path.basename(source.path) in _CONFIGURATIONS else written.codes(source)
    yield from (_bare(code, source) for code in found if code.code in _BY_CODE)


def _bare(code: Code, source: SourceFile) -> Code:
    """A code without the quotes that it stands in; as it is, where it is written with escapes."""
    start = source.text.find(code.code, code.span.start, code.span.end)
    return code if start < 0 else code._replace(span=Span(source.path, start, start + len(code.code)))


def tooltip(code: str) -> str:
    """The name of a rule, and what it says in a line."""
    return f"{_BY_CODE[code].name}: {_PAGES[code].partition(chr(10))[0].rstrip('.')}"


def _configured(source: SourceFile) -> Iterator[Code]:
    if "iac-imds-lint" not in source.text and os.path.basename(source.path) == "pyproject.toml":
        return
    for token in _TOKENS.finditer(source.text):
        if token["code"] is not None:
            yield Code(token["code"], Span(source.path, *token.span("code")))
