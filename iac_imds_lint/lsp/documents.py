"""The documents that an editor has open: their texts stand before what is on disk."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from lsprotocol import types

from iac_imds_lint.lsp.lines import Lines

_MARK = "\ufeff"


class Document(NamedTuple):
    """An open document at a moment: ``path`` is absolute, and ``version`` what the client calls this text."""

    path: str
    uri: str
    version: int
    text: str
    lines: Lines

    @property
    def source_lines(self) -> Lines:
        """The lines, for offsets into the source that is made of the text, which has no byte order mark. Editors keep
        it to themselves; one that sends it counts it as a character.
        """
        return self.lines.skipping(1) if self.text.startswith(_MARK) else self.lines

    def changed(
        self,
        changes: Iterable[types.TextDocumentContentChangeEvent],
        version: int,
        encoding: types.PositionEncodingKind,
    ) -> Document:
        """The document after changes, one after the other."""
        text, lines = self.text, self.lines
        for change in changes:
            if isinstance(change, types.TextDocumentContentChangeWholeDocument):
                text, lines = change.text, Lines(change.text, encoding)
            else:
                start, end = sorted((lines.offset(change.range.start), lines.offset(change.range.end)))
                text = text[:start] + change.text + text[end:]
                lines = lines.replaced(start, end, change.text, text)
        return Document(self.path, self.uri, version, text, lines)
