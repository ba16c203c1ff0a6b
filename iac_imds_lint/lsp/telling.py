"""What the server says of itself: to the client's log, on standard error, and to the user only what he must know."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import TYPE_CHECKING

from lsprotocol import types

from iac_imds_lint.rules import imds999
from iac_imds_lint.source import Span

if TYPE_CHECKING:
    from iac_imds_lint.lsp.server import Server

LOGGER = logging.getLogger("iac_imds_lint")

_LEVELS = {
    types.MessageType.Error: logging.ERROR,
    types.MessageType.Warning: logging.WARNING,
    types.MessageType.Info: logging.INFO,
    types.MessageType.Log: logging.INFO,
}


class Telling:
    """The ways to a person. The client is told nothing before the session has begun."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._once: set[str] = set()
        self._shown: frozenset[str] = frozenset()
        self._unread: frozenset[str] = frozenset()
        self.tracing = types.TraceValue.Off

    def debug(self, message: str) -> None:
        """What helps who looks for a fault of the editor's or of ours."""
        LOGGER.debug(message)

    def trace(self, message: str) -> None:
        """A step, where the client has asked to be told all of them."""
        LOGGER.debug(message)
        if self.tracing != types.TraceValue.Off:
            self._server.protocol.notify(types.LOG_TRACE, types.LogTraceParams(message))

    def log(self, message: str, kind: types.MessageType = types.MessageType.Info) -> None:
        """What a user finds when he looks for it."""
        LOGGER.log(_LEVELS.get(kind, logging.INFO), message)
        self._server.window_log_message(types.LogMessageParams(kind, message))

    def wrong(self, sentences: Iterable[str]) -> None:
        """What is wrong in settings and configuration now: the user must know it, once for as long as it is so."""
        now = dict.fromkeys(sentences)
        for sentence in now:
            if sentence not in self._shown:
                self.log(sentence, types.MessageType.Warning)
                self._server.window_show_message(types.ShowMessageParams(types.MessageType.Warning, sentence))
        self._shown = frozenset(now)

    def unread(self, sentences: Iterable[str]) -> None:
        """What is not judged now, once for as long as it is so."""
        now = dict.fromkeys(sentences)
        for sentence in now:
            if sentence not in self._unread:
                self.log(sentence, types.MessageType.Warning)
        self._unread = frozenset(now)

    def defect(self, doing: str, error: BaseException) -> str:
        """A defect of ours, in words; they are logged once."""
        cause = error if isinstance(error, Exception) else RuntimeError(repr(error))
        told = f"IMDS999 {imds999.finding_at(Span('', 0, 0), doing, cause).message}"
        if told not in self._once:
            self._once.add(told)
            self.log(told, types.MessageType.Error)
            LOGGER.debug("", exc_info=error)
        return told
