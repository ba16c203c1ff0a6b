"""What a client can do with what it is offered."""

from __future__ import annotations

from typing import NamedTuple

from lsprotocol import types
from pygls.capabilities import get_capability

from iac_imds_lint.lsp.abilities import Abilities, abilities


class Client(NamedTuple):
    """``takes_actions``: code actions, not only commands. ``resolves``: it asks for an action's edit when that one is
    chosen. ``shows_disabled``: also what cannot be done, with the reason. ``versions``: edits of a document at a
    version. ``confirms``: edits that are to be looked at first. ``applies``: edits that the server sends by itself.
    ``able`` is what else it can do.
    """

    takes_actions: bool = False
    resolves: bool = False
    shows_disabled: bool = False
    versions: bool = False
    confirms: bool = False
    applies: bool = False
    able: Abilities = Abilities()

    @classmethod
    def of(cls, told: types.ClientCapabilities) -> Client:
        """What a client's capabilities say."""
        action = get_capability(told, "text_document.code_action")
        edit = get_capability(told, "workspace.workspace_edit")
        return cls(
            takes_actions=action is not None and action.code_action_literal_support is not None,
            resolves=action is not None and _resolves(action),
            shows_disabled=action is not None and bool(action.disabled_support),
            versions=edit is not None and bool(edit.document_changes),
            confirms=_confirms(action, edit),
            applies=bool(get_capability(told, "workspace.apply_edit")),
            able=abilities(told),
        )


def _resolves(action: types.CodeActionClientCapabilities) -> bool:
    return bool(action.data_support and action.resolve_support and "edit" in action.resolve_support.properties)


def _confirms(
    action: types.CodeActionClientCapabilities | None, edit: types.WorkspaceEditClientCapabilities | None
) -> bool:
    if action is None or edit is None:
        return False
    return bool(edit.document_changes and edit.change_annotation_support and action.honors_change_annotations)
