"""What a client can do, of all that it says of itself."""

from __future__ import annotations

from typing import Any, NamedTuple

from lsprotocol import types

from iac_imds_lint.lsp.client import Client

_ENCODINGS = tuple(types.PositionEncodingKind)


class Abilities(NamedTuple):
    """What the server asks about a client. ``pulls`` says that it asks for diagnostics, ``refreshes`` that it can be
    told to ask again, ``related`` that it shows places beside a diagnostic, ``tags`` how it can show one, ``progress``
    that it shows how far a work is, ``watches`` that it can be asked to watch files, ``configures`` that it can be
    asked for settings. ``hover`` is what it shows best in a popup, ``renews_lenses`` says that it can be told to ask
    for code lenses again, ``commands`` are those that it has for us to name, and
    ``actions`` is what it does with code actions and edits.
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
    actions: Client = Client()


def abilities(capabilities: types.ClientCapabilities) -> Abilities:
    """What a client can do, by its capabilities."""

    def at(path: str) -> Any:
        """A capability; None where the client does not speak of it."""
        found: Any = capabilities
        for name in path.split("."):
            found = getattr(found, name, None)
        return found

    shown = [place for place in ("text_document.diagnostic", "text_document.publish_diagnostics") if at(place)]
    return Abilities(
        # One that cannot be told to ask again would keep what a change elsewhere has made others: Neovim does.
        pulls=at("text_document.diagnostic") is not None and bool(at("workspace.diagnostics.refresh_support")),
        refreshes=bool(at("workspace.diagnostics.refresh_support")),
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
        actions=Client.of(capabilities),
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
