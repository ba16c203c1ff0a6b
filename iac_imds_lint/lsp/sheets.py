"""The diagnostics of each file of a folder, made anew only where something about them has changed."""

from __future__ import annotations

import json
import os.path
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from typing import NamedTuple

from lsprotocol import types
from lsprotocol.converters import get_converter

from iac_imds_lint.finding import Finding
from iac_imds_lint.lsp.abilities import Abilities
from iac_imds_lint.lsp.addresses import uri_of
from iac_imds_lint.lsp.diagnostics import diagnostic, of_mistake
from iac_imds_lint.lsp.documents import Document
from iac_imds_lint.lsp.folder import Folder
from iac_imds_lint.lsp.page import Counted, Places
from iac_imds_lint.report import Report
from iac_imds_lint.source import Problem

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


class _Content(NamedTuple):
    """What the diagnostics of a file are made of. A finding is the same object in two reports only where no file
    changed that it was made from. ``mistakes`` are those of a configuration file, and why a document is not read.
    """

    findings: list[Finding]
    mistakes: list[Problem]


class _Odd(NamedTuple):
    """What open documents are called otherwise than we would call them: their URIs, and the paths by which files are
    open that a link leads to, by their names in reports.
    """

    uris: frozenset[str] = frozenset()
    paths: frozenset[tuple[str, str]] = frozenset()


class _Made(NamedTuple):
    """A sheet, what it was made of, and the absolute path of the file."""

    content: _Content
    path: str
    sheet: Sheet


class Sheets:
    """The sheets of one folder, by the absolute paths of its files. Used by the worker's thread alone."""

    def __init__(self, folder: Folder, able: Abilities) -> None:
        self._folder = folder
        self._able = able
        self._counted = Counted(able.encoding)
        self._of: tuple[Report, Mapping[str, Document]] | None = None
        self._sheets: dict[str, Sheet] = {}
        self._made: dict[str, _Made] = {}
        self._odd = _Odd()

    def places(self, report: Report) -> Places:
        """Where the client finds what a report names."""
        return Places(self._folder, report, self._able.encoding, self._counted)

    def of(self, report: Report, opened: Mapping[str, Document]) -> Mapping[str, Sheet]:
        """The sheets of the files with findings. What has not changed is the same object as before."""
        if self._of is None or self._of[0] is not report or self._of[1] is not opened:
            odd = self._oddities(opened)
            before = self._made if odd == self._odd else {}
            places, paths = self.places(report), dict(odd.paths)
            self._made = {
                name: self._sheet(name, now, before, places, paths) for name, now in self._contents(report).items()
            }
            self._sheets = {made.path: made.sheet for made in self._made.values()}
            self._of, self._odd = (report, opened), odd
        return self._sheets

    def _oddities(self, opened: Mapping[str, Document]) -> _Odd:
        uris = frozenset(one.uri for one in opened.values() if uri_of(one.path) != one.uri)
        named = ((self._folder.name(one.path), one) for one in opened.values() if os.path.isabs(one.path))
        paths = (
            (name, one.path)
            for name, one in named
            if self._folder.place(name) != one.path and self._folder.document(name) is one
        )
        return _Odd(uris, frozenset(paths))

    def _contents(self, report: Report) -> dict[str, _Content]:
        """What there is to say, by the names of files."""
        contents: dict[str, _Content] = {}
        for finding in report.findings:
            path = finding.span.path
            if path not in contents:
                contents[path] = _Content([], [])
            contents[path].findings.append(finding)
        unread = (problem for problem in report.problems if self._folder.document(problem.path) is not None)
        for mistake in (*self._folder.mistakes, *unread):
            contents.setdefault(mistake.path, _Content([], [])).mistakes.append(mistake)
        return contents

    def _sheet(
        self, name: str, now: _Content, before: Mapping[str, _Made], places: Places, paths: Mapping[str, str]
    ) -> _Made:
        made = before.get(name)
        if made is not None and made.content == now:
            return made
        found = (diagnostic(finding, places, self._able) for finding in now.findings)
        wrong = (of_mistake(one, places) for one in now.mistakes)
        return _Made(now, paths.get(name, self._folder.place(name)), Sheet((*found, *wrong)))
