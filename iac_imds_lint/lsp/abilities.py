"""What a client can do, of all that it says of itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from lsprotocol import types

_ENCODINGS = tuple(types.PositionEncodingKind)


class Editing(NamedTuple):
    """``takes_actions``: code actions, not only commands. ``resolves``: it asks for an action's edit when that one is
    chosen. ``shows_disabled``: also what cannot be done, with the reason. ``versions``: edits of a document at a
    version. ``confirms``: edits that are to be looked at first. ``applies``: edits that the server sends by itself.
    """

    takes_actions: bool = False
    resolves: bool = False
    shows_disabled: bool = False
    versions: bool = False
    confirms: bool = False
    applies: bool = False


class Abilities(NamedTuple):
    """What the server asks about a client. ``pulls`` says that it asks for diagnostics, ``refreshes`` that it can be
    told to ask again, ``related`` that it shows places beside a diagnostic, ``tags`` how it can show one, ``progress``
    that it shows how far a work is, ``watches`` that it can be asked to watch files, ``configures`` that it can be
    asked for settings, ``hears_configuration`` that it can be asked to tell when they change. ``hover`` is what it
    shows best in a popup, ``renews_lenses`` says that it can be told to ask for code lenses again, ``commands`` are
    those that it has for us to name, ``tooltips`` says that it shows those of links, and ``editing`` is what it does
    with code actions and edits.
    """

    pulls: bool = False
    refreshes: bool = False
    related: bool = True
    tags: frozenset[types.DiagnosticTag] = frozenset(types.DiagnosticTag)
    progress: bool = False
    watches: bool = False
    configures: bool = False
    hears_configuration: bool = False
    encoding: types.PositionEncodingKind = types.PositionEncodingKind.Utf16
    hover: types.MarkupKind = types.MarkupKind.PlainText
    renews_lenses: bool = False
    commands: frozenset[str] = frozenset()
    tooltips: bool = False
    editing: Editing = Editing()


def abilities(capabilities: types.ClientCapabilities) -> Abilities:
    """What a client can do, by its capabilities."""

    def at(path: str) -> Any:
        """A capability; None where the client does not speak of it."""
        found: Any = capabilities
        for name in path.split("."):
            found = getattr(found, name, None)
        return found

    shown = [place for place in ("text_document.diagnostic", "text_document.publish_diagnostics") if at(place)]
    # A change of one file moves what is said of others. A client that asks about the changed one alone, and cannot be
    # told to ask about the others (Neovim 0.11), is better told.
    refreshes = bool(at("workspace.diagnostics.refresh_support"))
    return Abilities(
        pulls=at("text_document.diagnostic") is not None and (refreshes or not at("text_document.publish_diagnostics")),
        refreshes=refreshes,
        related=any(at(f"{place}.related_information") for place in shown),
        tags=frozenset(tag for place in shown for tag in at(f"{place}.tag_support.value_set") or ()),
        progress=bool(at("window.work_done_progress")),
        watches=bool(at("workspace.did_change_watched_files.dynamic_registration")),
        configures=bool(at("workspace.configuration")),
        hears_configuration=bool(at("workspace.did_change_configuration.dynamic_registration")),
        encoding=_encoding(at("general.position_encodings") or ()),
        hover=_format(at("text_document.hover.content_format") or ()),
        renews_lenses=bool(at("workspace.code_lens.refresh_support")),
        commands=_commands(capabilities.experimental),
        tooltips=bool(at("text_document.document_link.tooltip_support")),
        editing=_editing(at),
    )


def _editing(at: Callable[[str], Any]) -> Editing:
    versions = bool(at("workspace.workspace_edit.document_changes"))
    annotated = at("text_document.code_action.honors_change_annotations")
    return Editing(
        takes_actions=at("text_document.code_action.code_action_literal_support") is not None,
        resolves=bool(at("text_document.code_action.data_support"))
        and "edit" in (at("text_document.code_action.resolve_support.properties") or ()),
        shows_disabled=bool(at("text_document.code_action.disabled_support")),
        versions=versions,
        confirms=bool(versions and annotated and at("workspace.workspace_edit.change_annotation_support")),
        applies=bool(at("workspace.apply_edit")),
    )


def _format(offered: tuple[str, ...]) -> types.MarkupKind:
    """The first that the client offers of those that there are: the order is its preference."""
    known = (kind for kind in types.MarkupKind if kind in offered)
    return min(known, key=lambda kind: offered.index(kind.value), default=types.MarkupKind.PlainText)


def _commands(experimental: Any) -> frozenset[str]:
    """The commands that a client says it has, as rust-analyzer's clients do: ``experimental.commands``."""
    told = experimental.get("commands") if isinstance(experimental, dict) else getattr(experimental, "commands", None)
    return frozenset(one for one in told if isinstance(one, str)) if isinstance(told, list | tuple) else frozenset()


def _encoding(offered: tuple[str, ...]) -> types.PositionEncodingKind:
    """The first that the client offers of those that there are; what every client can where it offers none.

    Language Server Protocol 3.17, "PositionEncodingKind": the client's are in order of its preference.
    """
    known = [kind for kind in offered if kind in _ENCODINGS]
    return types.PositionEncodingKind(known[0]) if known else types.PositionEncodingKind.Utf16
