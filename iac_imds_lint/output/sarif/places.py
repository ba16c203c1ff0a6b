"""Files and regions of them, as SARIF names them (sections 3.4, 3.29 and 3.30)."""

from __future__ import annotations

from typing import Any, NamedTuple

from iac_imds_lint.output import paths
from iac_imds_lint.output.view import Root
from iac_imds_lint.source import Position, Problem, SourceFile, Span
from iac_imds_lint.sources import Sources

# What relative references are relative to. GitHub takes them as relative to the root of the repository, by whatever
# name; this is the one that it and others use. Where the root is on this machine is nobody's business.
BASE = "%SRCROOT%"
_BEGIN = Position(1, 1)


class Places(NamedTuple):
    """Where spans are. Columns count code points, which the run declares."""

    sources: Sources
    root: Root

    def file(self, path: str) -> dict[str, Any]:
        """An artifactLocation."""
        uri, is_relative = paths.uri(path, self.root)
        return {"uri": uri, "uriBaseId": BASE} if is_relative else {"uri": uri}

    def place(self, span: Span) -> dict[str, Any]:
        """A physicalLocation."""
        return {"artifactLocation": self.file(span.path), "region": self.region(span)}

    def problem(self, problem: Problem) -> dict[str, Any]:
        """The physicalLocation of what could not be read."""
        at = problem.position or _BEGIN
        region = {"startLine": at.row, "startColumn": at.column}
        return {"artifactLocation": self.file(problem.path), **({"region": region} if problem.position else {})}

    def region(self, span: Span) -> dict[str, int]:
        """A region, from the first code point to the one after the last; the begin of a file that cannot be read."""
        source = self.sources.read(span.path)
        start = end = _BEGIN
        if isinstance(source, SourceFile):
            start, end = _position(source, span.start), _position(source, span.end)
        return {"startLine": start.row, "startColumn": start.column, "endLine": end.row, "endColumn": end.column}


def _position(source: SourceFile, offset: int) -> Position:
    """Row and column; behind the last newline, on the row that it ends, for SARIF has no row after it (3.30.7)."""
    found = source.position(offset)
    if found.row == 1 or found.column > 1 or offset < len(source.text):
        return found
    before = source.position(offset - 1)
    return Position(before.row, before.column + 1)
