"""The diagnostics of each file of a folder, made anew only where something about them has changed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from typing import Any

from lsprotocol import types
from lsprotocol.converters import get_converter

from iac_imds_lint.finding import Finding, Repair
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


class Sheets:
    """The sheets of one folder, by the absolute paths of its files. Used by the worker's thread alone."""

    def __init__(self, folder: Folder, able: Abilities) -> None:
        self._folder = folder
        self._able = able
        self.counted = Counted(able.encoding)
        self._of: tuple[Report, Mapping[str, Document]] | None = None
        self._sheets: dict[str, Sheet] = {}
        self._keys: dict[str, Any] = {}

    def places(self, report: Report) -> Places:
        """Where the client finds what a report names."""
        return Places(self._folder, report, self._able.encoding, self.counted)

    def of(self, report: Report, opened: Mapping[str, Document]) -> Mapping[str, Sheet]:
        """The sheets of the files with findings. What has not changed is the same object as before."""
        if self._of is not None and self._of[0] is report and self._of[1] is opened:
            return self._sheets
        places = self.places(report)
        found: dict[str, list[Finding]] = {}
        for finding in report.findings:
            found.setdefault(finding.span.path, []).append(finding)
        keys = {name: _key(findings, report, opened, self._folder) for name, findings in found.items()}
        sheets = {name: self._sheet(name, keys[name], findings, places) for name, findings in found.items()}
        self.counted.keep(frozenset(path for finding in report.findings for path in _read(finding)))
        self._of, self._keys = (report, opened), keys
        self._sheets = {self._folder.place(name): sheet for name, sheet in sheets.items()}
        return self._sheets

    def _sheet(self, name: str, key: Any, findings: Iterable[Finding], places: Places) -> Sheet:
        before = self._sheets.get(self._folder.place(name))
        if before is not None and self._keys.get(name) == key:
            return before
        return Sheet(tuple(diagnostic(finding, places, self._able) for finding in findings))


def _key(findings: Iterable[Finding], report: Report, opened: Mapping[str, Document], folder: Folder) -> Any:
    """All on which the diagnostics of a file rest: the findings, and the files in which their places are."""
    findings = list(findings)
    names = sorted({path for finding in findings for path in _read(finding)})
    files = [(report.sources.read(name), _uri(opened, folder.place(name))) for name in names]
    return [_words(finding) for finding in findings], files


def _words(finding: Finding) -> tuple[object, ...]:
    repair = finding.repair
    advice = repair.message if isinstance(repair, Repair) else ""
    return (
        finding.rule.code,
        finding.message,
        finding.span,
        finding.label,
        finding.related,
        finding.affected,
        finding.consumers,
        type(repair),
        advice,
    )


def _read(finding: Finding) -> Iterable[str]:
    return finding.span.path, *(one.span.path for one in finding.related)


def _uri(opened: Mapping[str, Document], path: str) -> str:
    document = opened.get(path)
    return document.uri if document is not None else ""
