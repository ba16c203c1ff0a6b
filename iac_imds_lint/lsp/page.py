"""What a request about one file is answered from, and where the client finds what a report names."""

from __future__ import annotations

from typing import NamedTuple

from lsprotocol import types

from iac_imds_lint.lsp.folder import Folder
from iac_imds_lint.lsp.lines import Lines
from iac_imds_lint.report import Report
from iac_imds_lint.source import SourceFile, Span


class Places:
    """Spans of a folder's report as the client's ranges and locations. One for each report: lines are counted once."""

    def __init__(self, folder: Folder, report: Report, encoding: types.PositionEncodingKind) -> None:
        self._folder = folder
        self._report = report
        self._encoding = encoding
        self._lines: dict[str, Lines] = {}

    def lines(self, name: str) -> Lines:
        """The lines of a file, as it is in the report; of one that cannot be read, none."""
        if name not in self._lines:
            self._lines[name] = self._counted(name)
        return self._lines[name]

    def _counted(self, name: str) -> Lines:
        document = self._folder.document(name)
        if document is not None:
            return document.source_lines
        source = self._report.sources.read(name)
        return Lines(source.text if isinstance(source, SourceFile) else "", self._encoding)

    def range(self, span: Span) -> types.Range:
        """The range of a span, in its file."""
        return self.lines(span.path).range(span.start, span.end)

    def uri(self, name: str) -> str:
        """The URI of a file that the report names."""
        return self._folder.uri(name)

    def location(self, span: Span) -> types.Location:
        """The location of a span."""
        return types.Location(self.uri(span.path), self.range(span))


class Page(NamedTuple):
    """A file in the report on its folder: ``name`` is the file's, as the report names it."""

    folder: Folder
    report: Report
    places: Places
    name: str

    def offset(self, position: types.Position) -> int:
        """The offset of a position in the file."""
        return self.places.lines(self.name).offset(position)
