"""What a request about one file is answered from, and where the client finds what a report names."""

from __future__ import annotations

from typing import NamedTuple

from lsprotocol import types

from iac_imds_lint.lsp.folder import Folder
from iac_imds_lint.lsp.lines import Lines
from iac_imds_lint.report import Report
from iac_imds_lint.source import SourceFile, Span

_NOTHING = SourceFile("", "")


class Counted:
    """The lines of files by their names, counted once for as long as a file stays as it is."""

    def __init__(self, encoding: types.PositionEncodingKind) -> None:
        self.encoding = encoding
        self._held: dict[str, tuple[SourceFile, Lines]] = {}

    def lines(self, name: str, source: SourceFile) -> Lines:
        """The lines of a file."""
        held = self._held.get(name)
        if held is None or held[0] is not source:
            held = self._held[name] = source, Lines(source.text, self.encoding)
        return held[1]

    def keep(self, names: frozenset[str]) -> None:
        """The other files are of no use any more."""
        self._held = {name: held for name, held in self._held.items() if name in names}


class Places:
    """Spans of a folder's report as the client's ranges and locations. One for each report; ``counted`` is what is
    known of the lines from earlier ones.
    """

    def __init__(
        self,
        folder: Folder,
        report: Report,
        encoding: types.PositionEncodingKind,
        counted: Counted | None = None,
    ) -> None:
        self._folder = folder
        self._report = report
        self._counted = counted or Counted(encoding)

    def lines(self, name: str) -> Lines:
        """The lines of a file, as it is in the report; of one that cannot be read, none."""
        document = self._folder.document(name)
        return document.source_lines if document is not None else self._counted.lines(name, self._source(name))

    def _source(self, name: str) -> SourceFile:
        source = self._report.sources.read(name)
        return source if isinstance(source, SourceFile) else _NOTHING

    def range(self, span: Span) -> types.Range:
        """The range of a span, in its file."""
        return self.lines(span.path).range(span.start, span.end)

    def first_line(self, span: Span) -> types.Range:
        """The range of that part of a span which stands on its first line."""
        text = self._source(span.path).text[span.start : span.end]
        first = text.partition("\n")[0].rstrip()
        return self.range(span._replace(end=span.start + (len(first) if "\n" in text and first else len(text))))

    def row(self, span: Span) -> str:
        """``name:row`` of a span, the row counted from 1."""
        return f"{span.path}:{self.lines(span.path).position(span.start).line + 1}"

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
