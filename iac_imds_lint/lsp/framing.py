"""Bytes to messages and back: the base protocol (Language Server Protocol 3.17, "Base Protocol")."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

# The end of a header, whether its lines end as they should or not.
_BLANK = re.compile(rb"\r?\n\r?\n")
_LENGTH = re.compile(rb"content-length:[ \t]*(\d{1,18})[ \t]*(?=[\r\n]|$)", re.IGNORECASE)

# No message is longer: a number that is wrong must not have the server wait for the rest of the session.
_LONGEST = 1 << 30
# A header is not longer; what is, is none.
_LONGEST_HEADER = 1 << 16


class Garbage(NamedTuple):
    """Bytes that belong to no message: how many, and why they are none."""

    size: int
    reason: str


class Frames:
    """What was received and is no whole message yet. After bytes that are none, it goes on at the next header."""

    def __init__(self) -> None:
        self._held = bytearray()
        self._body: int | None = None
        self._searched = 0

    def feed(self, data: bytes) -> Iterator[bytes | Garbage]:
        """The contents of the messages that are whole now."""
        self._held += data
        while (found := self._header() if self._body is None else self._content(self._body)) is not None:
            if found:
                yield found

    def _content(self, size: int) -> bytes | None:
        """The content that is awaited, where all of it is here."""
        if len(self._held) < size:
            return None
        content = bytes(self._held[:size])
        del self._held[:size]
        self._body = None
        # JSON is never empty, and nothing is what a header alone gives.
        return content or b" "

    def _header(self) -> bytes | Garbage | None:
        """Take a header, where one is whole; what stands before it, or instead of it, is garbage."""
        end = _BLANK.search(self._held, self._searched)
        if end is None:
            return self._overlong()
        header = bytes(self._held[: end.start()])
        del self._held[: end.end()]
        self._searched = 0
        lengths = list(_LENGTH.finditer(header))
        if not lengths:
            return Garbage(len(header), "a header without Content-Length") if header.strip() else b""
        length = lengths[-1]
        size = int(length[1])
        if size > _LONGEST:
            return Garbage(len(header), f"a message of {size} bytes, which is more than can be meant")
        self._body = size
        before = _unheaded(header[: length.start()])
        return Garbage(before, "what is no header") if before else b""

    def _overlong(self) -> Garbage | None:
        self._searched = max(0, len(self._held) - 3)
        if len(self._held) <= _LONGEST_HEADER:
            return None
        # The beginning of a header may be at the end.
        dropped = len(self._held) - 64
        del self._held[:dropped]
        self._searched = 0
        return Garbage(dropped, "what is no header")


def _unheaded(before: bytes) -> int:
    """How many bytes before a field of a header are no other fields of it."""
    rest = before.rpartition(b"\n")
    if rest[2]:
        return len(before)
    return sum(len(line) for line in rest[0].splitlines() if not re.match(rb"[\w-]+:", line))


def framed(content: bytes) -> bytes:
    """A message with its header."""
    return b"Content-Length: %d\r\n\r\n%s" % (len(content), content)
