"""An editor for the tests: it keeps texts, asks for code actions, and applies edits as the protocol's specification says.

Nothing here knows how the server counts positions or writes edits. What a careful client would not take is an error.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from threading import Event
from typing import Any, TypeVar

from lsprotocol import types
from pygls import uris

from iac_imds_lint.lsp.actions import Actions
from iac_imds_lint.lsp.documents import Document
from iac_imds_lint.lsp.folder import Folder
from iac_imds_lint.lsp.lines import Lines
from iac_imds_lint.lsp.page import Page, Places
from iac_imds_lint.lsp.worker import Stoppable

_T = TypeVar("_T")
BOM = "\ufeff"
UTF8, UTF16, UTF32 = types.PositionEncodingKind.Utf8, types.PositionEncodingKind.Utf16, types.PositionEncodingKind.Utf32
_CODECS = {UTF8: ("utf-8", 1), UTF16: ("utf-16-le", 2), UTF32: ("utf-32-le", 4)}

# What Neovim and VS Code say of themselves, as far as code actions go.
ABLE: dict[str, Any] = {
    "textDocument": {
        "codeAction": {
            "codeActionLiteralSupport": {"codeActionKind": {"valueSet": ["quickfix", "refactor", "source"]}},
            "dataSupport": True,
            "resolveSupport": {"properties": ["edit"]},
            "disabledSupport": True,
            "isPreferredSupport": True,
            "honorsChangeAnnotations": True,
        }
    },
    "workspace": {
        "applyEdit": True,
        "workspaceEdit": {"documentChanges": True, "changeAnnotationSupport": {"groupsOnLabel": True}},
    },
}
# A client that can do no more than the specification asks of one with code actions.
PLAIN: dict[str, Any] = {
    "textDocument": {
        "codeAction": {"codeActionLiteralSupport": {"codeActionKind": {"valueSet": ["quickfix", "source"]}}}
    }
}


def capabilities(told: Mapping[str, Any]) -> types.ClientCapabilities:
    """Capabilities from JSON."""
    from pygls.protocol import default_converter

    return default_converter().structure(told, types.ClientCapabilities)


class RejectedError(Exception):
    """A client would not apply this."""


class Text:
    """A text as an editor has it: without a byte order mark, which it writes again."""

    def __init__(self, data: bytes, encoding: types.PositionEncodingKind = UTF16) -> None:
        text = data.decode("utf-8")
        self.bom, self.text = text.startswith(BOM), text.removeprefix(BOM)
        self._encoding = encoding

    @property
    def data(self) -> bytes:
        return ((BOM if self.bom else "") + self.text).encode("utf-8")

    def offset(self, position: types.Position) -> int:
        """Where a position is; one that is at no character of the text, or in the middle of one, is an error."""
        ends = [match.span() for match in re.finditer(r"\r\n|\n|\r", self.text)]
        starts = [0, *(end for _, end in ends)]
        if position.line >= len(starts):
            raise RejectedError(f"there is no line {position.line}")
        start = starts[position.line]
        end = ends[position.line][0] if position.line < len(ends) else len(self.text)
        codec, size = _CODECS[self._encoding]
        units = self.text[start:end].encode(codec)
        if position.character * size > len(units):
            raise RejectedError(f"line {position.line} has no column {position.character}")
        return start + len(units[: position.character * size].decode(codec))

    def position(self, offset: int) -> types.Position:
        """The position of an offset."""
        before = re.split(r"\r\n|\n|\r", self.text[:offset])
        codec, size = _CODECS[self._encoding]
        return types.Position(len(before) - 1, len(before[-1].encode(codec)) // size)

    def apply(self, edits: Iterable[Any]) -> None:
        """Language Server Protocol 3.17, "TextEdit[]": all are of the text as it is, and none overlap."""
        places = [(self.offset(edit.range.start), self.offset(edit.range.end), edit.new_text) for edit in edits]
        last = 0
        for start, end, _ in places:
            if start < last or end < start:
                raise RejectedError("edits overlap, or are not in order")
            last = end
        for start, end, new in reversed(places):
            self.text = self.text[:start] + new + self.text[end:]


class Editor:
    """A client with one folder. ``documents`` are those that are open; what is sent to the user is in ``messages``."""

    def __init__(
        self, root: Path, told: Mapping[str, Any] = ABLE, encoding: types.PositionEncodingKind = UTF16
    ) -> None:
        self.root = root
        self.encoding = encoding
        self.client_capabilities = capabilities(told)
        self.folder = Folder(str(root))
        self.documents: dict[str, Document] = {}
        self.messages: list[str] = []
        self.actions = Actions(self, prepare=lambda _: None)  # type: ignore[arg-type]

    # What the server offers to the feature.

    async def answered(self, uri: str, work: Callable[[Page], _T]) -> _T | None:
        path = uris.to_fs_path(uri) or ""
        return (
            work(self.page(Path(path).relative_to(self.root).as_posix())) if path.startswith(str(self.root)) else None
        )

    def window_show_message(self, params: types.ShowMessageParams) -> None:
        self.messages.append(params.message)

    def page(self, name: str) -> Page:
        report = self.folder.report(self.documents, Stoppable(Event()))
        return Page(self.folder, report, Places(self.folder, report, self.encoding), name)

    # What the user does.

    def uri(self, name: str) -> str:
        return (self.root / name).as_uri()

    def text(self, name: str) -> Text:
        document = self.documents.get(str(self.root / name))
        return Text(document.text.encode() if document else (self.root / name).read_bytes(), self.encoding)

    def open(self, name: str, text: str | None = None, version: int = 1) -> None:
        text = self.text(name).text if text is None else text
        path = str(self.root / name)
        self.documents = {
            **self.documents,
            path: Document(path, self.uri(name), version, text, Lines(text, self.encoding)),
        }
        self.folder.changed([path])

    def asked(
        self,
        name: str,
        at: types.Range,
        only: Sequence[str] | None = None,
        diagnostics: Sequence[types.Diagnostic] = (),
        trigger: types.CodeActionTriggerKind | None = types.CodeActionTriggerKind.Invoked,
    ) -> list[types.CodeAction]:
        """The code actions at a range."""
        context = types.CodeActionContext(list(diagnostics), only, trigger)
        params = types.CodeActionParams(types.TextDocumentIdentifier(self.uri(name)), at, context)
        return asyncio.run(self.actions.offered(params))

    def at(self, name: str, words: str, length: int = 0) -> types.Range:
        """A cursor before words of a file."""
        text = self.text(name)
        start = text.text.index(words)
        return types.Range(text.position(start), text.position(start + length))

    def whole(self, name: str) -> types.Range:
        """The range of all of a file."""
        text = self.text(name)
        return types.Range(types.Position(0, 0), text.position(len(text.text)))

    def resolved(self, action: types.CodeAction) -> types.CodeAction:
        """An action with its edit, which is asked for if need be."""
        return asyncio.run(self.actions.resolved(action)) if action.data is not None else action

    def choose(self, action: types.CodeAction) -> None:
        """Do what an action says, and save."""
        edit = self.resolved(action).edit
        if edit is None:
            raise RejectedError("; ".join(self.messages))
        self.apply(edit)

    def apply(self, edit: types.WorkspaceEdit) -> None:
        """Apply edits, of open documents to their texts, and to what is on disk."""
        if edit.changes is not None and edit.document_changes is not None:
            raise RejectedError("two forms of one edit")
        for uri, edits in (edit.changes or {}).items():
            self._apply(uri, edits)
        for change in edit.document_changes or ():
            assert isinstance(change, types.TextDocumentEdit)
            document = self.documents.get(uris.to_fs_path(change.text_document.uri) or "")
            if change.text_document.version != (document.version if document else None):
                raise RejectedError(f"{change.text_document.uri} is at another version")
            self._apply(change.text_document.uri, change.edits)

    def _apply(self, uri: str, edits: Iterable[Any]) -> None:
        path = Path(uris.to_fs_path(uri) or "")
        name = path.relative_to(self.root).as_posix()
        text, saved = self.text(name), Text(path.read_bytes())
        text.apply(edits)
        if str(path) in self.documents:
            self.open(name, text.text, self.documents[str(path)].version + 1)
        saved.text = text.text
        path.write_bytes(saved.data)
        self.folder.changed([str(path)])
