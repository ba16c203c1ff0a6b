"""Proven changes as the edits that a client applies: only of files that are still what was proven, and never of files
that are not the user's to change.
"""

from __future__ import annotations

import os.path
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from lsprotocol import types

from iac_imds_lint.edit import Edit, Refusal
from iac_imds_lint.files import FileSystem
from iac_imds_lint.lsp.client import Client
from iac_imds_lint.lsp.documents import Document
from iac_imds_lint.lsp.folder import Folder
from iac_imds_lint.lsp.lines import Lines
from iac_imds_lint.lsp.page import Page
from iac_imds_lint.source import SourceFile

_TO_CONFIRM = "unsafe"


class Changed(NamedTuple):
    """A file as it was when something was proven of it, and the edits that were."""

    before: SourceFile
    edits: tuple[Edit, ...]


class Stale(NamedTuple):
    """Files that are no longer what was proven, by their absolute paths."""

    paths: tuple[str, ...]


class Wording(NamedTuple):
    """What edits are called, and why they are to be looked at before they are applied; empty where they are not."""

    label: str
    confirm: str = ""


def misplaced(folder: Folder, names: Iterable[str]) -> Refusal | None:
    """Why files that a report names are not edited from here, if any is not."""
    root = os.path.join(os.path.realpath(folder.root), "")
    for name in names:
        if ".terraform" in name.split("/"):
            return Refusal(f"{name} is a copy that Terraform downloaded")
        if not os.path.realpath(folder.place(name)).startswith(root):
            return Refusal(f"{name} is not in the folder {os.path.basename(folder.root)}")
    return None


def workspace_edit(
    changes: Sequence[Changed], page: Page, documents: Mapping[str, Document], client: Client, wording: Wording
) -> types.WorkspaceEdit | Stale:
    """The edits in the form that the client takes. Language Server Protocol 3.17, "WorkspaceEdit": of open documents
    at their versions, and of files at none.
    """
    disk = FileSystem((page.folder.root,), page.folder.root)
    placed = [_placed(change, page, documents) for change in changes]
    stale = [one.path for one in placed if not _is_current(one, disk)]
    if stale:
        return Stale(tuple(stale))
    if not client.versions:
        return types.WorkspaceEdit(changes={one.uri: one.text_edits for one in placed})
    if not (wording.confirm and client.confirms):
        return types.WorkspaceEdit(document_changes=[one.at_version(one.text_edits) for one in placed])
    return types.WorkspaceEdit(
        document_changes=[one.at_version([*map(_to_confirm, one.text_edits)]) for one in placed],
        change_annotations={_TO_CONFIRM: types.ChangeAnnotation(wording.label, True, wording.confirm)},
    )


class _Placed(NamedTuple):
    """A change, the absolute path and the URI of its file, its document where it is open, and its lines as the client
    has them: a byte order mark that a document has is ``shift`` characters of its first line.
    """

    change: Changed
    path: str
    uri: str
    document: Document | None
    lines: Lines
    shift: int

    @property
    def text_edits(self) -> list[types.TextEdit]:
        """The edits, in order."""
        places = ((edit.span.start + self.shift, edit.span.end + self.shift) for edit in self.change.edits)
        ranges = (self.lines.range(start, end) for start, end in places)
        return [types.TextEdit(at, edit.content) for at, edit in zip(ranges, self.change.edits, strict=True)]

    def at_version(self, edits: Sequence[types.TextEdit | types.AnnotatedTextEdit]) -> types.TextDocumentEdit:
        """Edits of the document as it is now."""
        version = self.document.version if self.document is not None else None
        return types.TextDocumentEdit(types.OptionalVersionedTextDocumentIdentifier(self.uri, version), list(edits))


def _placed(change: Changed, page: Page, documents: Mapping[str, Document]) -> _Placed:
    name = change.before.path
    path = page.folder.place(name)
    document = documents.get(path)
    if document is None:
        return _Placed(change, path, page.places.uri(name), None, page.places.lines(name), 0)
    return _Placed(change, path, document.uri, document, document.lines, int(change.before.bom))


def _is_current(placed: _Placed, disk: FileSystem) -> bool:
    """Whether a file is what it was when something was proven of it."""
    before, document = placed.change.before, placed.document
    now = disk.data(before.path) if document is None else document.text.encode("utf-8", "replace")
    return now == before.encode()


def _to_confirm(edit: types.TextEdit) -> types.AnnotatedTextEdit:
    return types.AnnotatedTextEdit(_TO_CONFIRM, edit.range, edit.new_text)
