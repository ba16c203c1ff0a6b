"""Reports as diagnostics by file, made again only where something changed, and what of it a client is to be told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from lsprotocol import types

from iac_imds_lint.finding import Finding
from iac_imds_lint.lsp.diagnostics import diagnostic
from iac_imds_lint.lsp.page import Places
from iac_imds_lint.report import Report

ByUri: TypeAlias = Mapping[str, list[types.Diagnostic]]


class Diagnosing:
    """The diagnostics of one folder, from report to report.

    A finding is the same object in two reports only where no file changed that it was made from: so is its diagnostic.
    """

    def __init__(self) -> None:
        self._made: dict[Finding, types.Diagnostic] = {}
        self._uris: dict[str, str] = {}

    def of(self, report: Report, places: Places) -> ByUri:
        """The diagnostics of a report, by the URI of the file."""
        made = {finding: self._made.get(finding) or diagnostic(finding, places) for finding in report.findings}
        paths = dict.fromkeys(finding.span.path for finding in made)
        self._made, self._uris = made, {path: self._uris.get(path) or places.uri(path) for path in paths}
        by_uri: dict[str, list[types.Diagnostic]] = {}
        for finding, one in made.items():
            by_uri.setdefault(self._uris[finding.span.path], []).append(one)
        return by_uri


class Told:
    """What a client was told of one folder so far."""

    def __init__(self) -> None:
        self._told: ByUri = {}
        self._versions: Mapping[str, int] = {}

    def news(self, now: ByUri, versions: Mapping[str, int]) -> list[types.PublishDiagnosticsParams]:
        """What to tell the client, for it to know what is found ``now``; ``versions`` are those of open documents.

        A document of another version is told of again, even where nothing else is to be said of it: the client has
        moved what it shows with the text, and cannot know whether that is right.
        """
        moved = {uri for uri, version in versions.items() if self._versions.get(uri) != version}
        others = {uri for uri in {**self._told, **now} if self._told.get(uri) != now.get(uri)}
        self._told, self._versions = now, versions
        return [types.PublishDiagnosticsParams(uri, now.get(uri, []), versions.get(uri)) for uri in moved | others]
