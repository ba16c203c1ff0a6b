"""The diagnostics of each file of a folder, made anew only where something about them has changed."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from typing import NamedTuple

from lsprotocol import types
from lsprotocol.converters import get_converter

from iac_imds_lint.finding import Finding
from iac_imds_lint.lsp.abilities import Abilities
from iac_imds_lint.lsp.diagnostics import diagnostic
from iac_imds_lint.lsp.documents import Document
from iac_imds_lint.lsp.folder import Folder
from iac_imds_lint.lsp.page import Counted, Places
from iac_imds_lint.report import Report

_CONVERTER = get_converter()


@dataclass(frozen=True)
class Sheet:
    """The diagnostics of one file."""

    diagnostics: tuple[types.Diagnostic, ...] = ()

    @cached_property
    def result_id(self) -> str:
        """A name for these diagnostics, which others do not have: also not after the server was started again."""
        content = json.dumps(_CONVERTER.unstructure(self.diagnostics), sort_keys=True)
        return blake2b(content.encode(), digest_size=8).hexdigest()


CLEAN = Sheet()


class _Key(NamedTuple):
    """On what the diagnostics of a file rest: its findings, which are other objects where a file changed that they were
    made from, and the URIs that the client has for files which it has open.
    """

    findings: tuple[Finding, ...]
    uris: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, findings: Sequence[Finding], uris: Mapping[str, str]) -> _Key:
        """The key of the findings in a file."""
        paths = (path for finding in findings for path in finding.paths if path in uris)
        return cls(tuple(findings), tuple((path, uris[path]) for path in dict.fromkeys(paths)))


class _Made(NamedTuple):
    """The sheet of a file, of what it was made, and the absolute path of the file."""

    key: _Key
    path: str
    sheet: Sheet


class Sheets:
    """The sheets of one folder, by the absolute paths of its files. Used by the worker's thread alone."""

    def __init__(self, folder: Folder, able: Abilities) -> None:
        self._folder = folder
        self._able = able
        self.counted = Counted(able.encoding)
        self._of: tuple[Report, Mapping[str, Document]] | None = None
        self._sheets: dict[str, Sheet] = {}
        self._made: dict[str, _Made] = {}

    def places(self, report: Report) -> Places:
        """Where the client finds what a report names."""
        return Places(self._folder, report, self._able.encoding, self.counted)

    def of(self, report: Report, opened: Mapping[str, Document]) -> Mapping[str, Sheet]:
        """The sheets of the files with findings. What has not changed is the same object as before."""
        if self._of is not None and self._of[0] is report and self._of[1] is opened:
            return self._sheets
        found: dict[str, list[Finding]] = {}
        for finding in report.findings:
            found.setdefault(finding.span.path, []).append(finding)
        uris = {self._folder.name(path): document.uri for path, document in opened.items()}
        places = self.places(report)
        made = {name: self._made_of(name, _Key.of(findings, uris), places) for name, findings in found.items()}
        self.counted.keep(frozenset(path for finding in report.findings for path in finding.paths))
        self._of, self._made = (report, opened), made
        self._sheets = {one.path: one.sheet for one in made.values()}
        return self._sheets

    def _made_of(self, name: str, key: _Key, places: Places) -> _Made:
        before = self._made.get(name)
        if before is not None and before.key == key:
            return before
        diagnostics = tuple(diagnostic(finding, places, self._able) for finding in key.findings)
        return _Made(key, self._folder.place(name), Sheet(diagnostics))
