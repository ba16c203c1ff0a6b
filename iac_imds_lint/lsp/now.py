"""A folder at a moment, from which every request is answered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from iac_imds_lint.lsp.documents import Document
from iac_imds_lint.lsp.folder import Folder
from iac_imds_lint.lsp.page import Page
from iac_imds_lint.lsp.sheets import Sheet, Sheets
from iac_imds_lint.report import Report


class GivenUp(Exception):  # noqa: N818 - no error: the user has ended the run
    """There is no report on a folder, and there will be none before something in it changes."""


class Now(NamedTuple):
    """The report on a folder, with these open documents."""

    folder: Folder
    report: Report
    opened: Mapping[str, Document]
    sheets: Sheets

    def page(self, path: str) -> Page:
        """A file of it, by its absolute path."""
        return Page(self.folder, self.report, self.sheets.places(self.report), self.folder.name(path))

    def told(self) -> Mapping[str, Sheet]:
        """The diagnostics of its files, by their absolute paths."""
        return self.sheets.of(self.report, self.opened)
