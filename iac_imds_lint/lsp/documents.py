"""The documents that an editor has open: their texts stand before what is on disk."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from lsprotocol import types

from iac_imds_lint.lsp.lines import Lines


class Document(NamedTuple):
    """An open document at a moment: ``path`` is absolute, and ``version`` what the client calls this text."""

    path: str
    uri: str
    version: int
    text: str
    lines: Lines

    def changed(
        self,
        changes: Iterable[types.TextDocumentContentChangeEvent],
        version: int,
        encoding: types.PositionEncodingKind,
    ) -> Document:
        """The document after changes, one after the other."""
        now = self
        for change in changes:
            text = _changed(now, change)
            now = Document(self.path, self.uri, version, text, Lines(text, encoding))
        return now._replace(version=version)


def _changed(document: Document, change: types.TextDocumentContentChangeEvent) -> str:
    if isinstance(change, types.TextDocumentContentChangeWholeDocument):
        return change.text
    start, end = document.lines.offset(change.range.start), document.lines.offset(change.range.end)
    return document.text[:start] + change.text + document.text[max(start, end) :]
