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
from iac_imds_lint.lsp.abilities import Editing
from iac_imds_lint.lsp.documents import Document
from iac_imds_lint.lsp.folder import Folder
from iac_imds_lint.lsp.page import Page
from iac_imds_lint.source import SourceFile

_TO_CONFIRM = "unsafe"


class Changed(NamedTuple):
    """A file as it was when something was proven of it, the edits that were, and where the client has it: its document
    where that is open, with the edits as the client counts.
    """

    before: SourceFile
    edits: tuple[Edit, ...]
    document: Document | None
    path: str
    uri: str
    text_edits: tuple[types.TextEdit, ...]

    def at_version(self, edits: Iterable[types.TextEdit | types.AnnotatedTextEdit]) -> types.TextDocumentEdit:
        """Edits of the document as it is now."""
        version = self.document.version if self.document is not None else None
        return types.TextDocumentEdit(types.OptionalVersionedTextDocumentIdentifier(self.uri, version), list(edits))


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


def changed(page: Page, before: SourceFile, edits: tuple[Edit, ...]) -> Changed:
    """A change of a file of the page's report. For the worker's thread alone, as all that is read of a folder."""
    name, lines = before.path, page.places.lines(before.path)
    document = page.folder.document(name)
    text_edits = (types.TextEdit(lines.range(edit.span.start, edit.span.end), edit.content) for edit in edits)
    path = document.path if document is not None else page.folder.place(name)
    return Changed(before, edits, document, path, page.folder.uri(name), tuple(text_edits))


def workspace_edit(
    changes: Sequence[Changed], documents: Mapping[str, Document], client: Editing, wording: Wording
) -> types.WorkspaceEdit | Stale:
    """The edits in the form that the client takes. Language Server Protocol 3.17, "WorkspaceEdit": of open documents
    at their versions, and of files at none.
    """
    disk = FileSystem()
    stale = tuple(one.path for one in changes if not _is_current(one, documents, disk))
    if stale:
        return Stale(stale)
    if not client.versions:
        return types.WorkspaceEdit(changes={one.uri: list(one.text_edits) for one in changes})
    if not (wording.confirm and client.confirms):
        return types.WorkspaceEdit(document_changes=[one.at_version(one.text_edits) for one in changes])
    return types.WorkspaceEdit(
        document_changes=[one.at_version(map(_to_confirm, one.text_edits)) for one in changes],
        change_annotations={_TO_CONFIRM: types.ChangeAnnotation(wording.label, True, wording.confirm)},
    )


def _is_current(change: Changed, documents: Mapping[str, Document], disk: FileSystem) -> bool:
    """Whether a file is what it was when something was proven of it."""
    now = documents.get(change.path)
    return now is change.document and (now is not None or disk.data(change.path) == change.before.encode())


def _to_confirm(edit: types.TextEdit) -> types.AnnotatedTextEdit:
    return types.AnnotatedTextEdit(_TO_CONFIRM, edit.range, edit.new_text)
