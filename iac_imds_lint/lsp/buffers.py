"""The files of a workspace folder, with what the editor has open laid over them."""

from __future__ import annotations

import os.path
from collections.abc import Mapping

from iac_imds_lint.files import FileSystem
from iac_imds_lint.lsp.documents import Document
from iac_imds_lint.source import Problem


class Buffers:
    """Files as :class:`iac_imds_lint.sources.Sources` wants them; paths begin in ``root``. ``opened`` are the open
    documents by their absolute paths, as they are for the run at hand.
    """

    def __init__(self, files: FileSystem, root: str) -> None:
        self._files = files
        self._root = root
        self.opened: Mapping[str, Document] = {}

    def data(self, path: str) -> bytes | Problem | None:
        """The content of a file: of its buffer, where it is open."""
        document = self.opened.get(os.path.normpath(os.path.join(self._root, path)))
        return document.text.encode("utf-8", "replace") if document is not None else self._files.data(path)

    def names(self, directory: str) -> tuple[str, ...]:
        """The names of the files in a directory, sorted, with those that were never saved."""
        found = self._files.names(directory)
        place = os.path.normpath(os.path.join(self._root, directory))
        unsaved = {os.path.basename(path) for path in self.opened if os.path.dirname(path) == place}
        return tuple(sorted({*found, *unsaved})) if unsaved else found

    def within(self, path: str) -> bool:
        """Whether a path, its links followed, is inside of the project."""
        return self._files.within(path)
