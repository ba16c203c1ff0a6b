"""MIME messages, line by line over a text, so that each part keeps its places.

Read as Python's email package reads them, which cloud-init uses: what stands before the first boundary and after the
last is nobody's, the newline before a boundary belongs to it, a missing last boundary is the end of the text. Sources:
RFC 2045, RFC 2046; cloud-init's user_data.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from iac_imds_lint.bootscript.formats.beginnings import Inner, Read, by_type
from iac_imds_lint.bootscript.formats.encoded import from_base64, from_quoted_printable
from iac_imds_lint.script import Unseen
from iac_imds_lint.texts import Text

_HEADER = re.compile(r"[ \t]*([A-Za-z][\w-]*):[ \t]*([^\r\n]*)\r?(?:\n|\Z)")
_MORE = re.compile(r"[ \t]+([^\r\n]*)\r?(?:\n|\Z)")
_BLANK = re.compile(r"[ \t]*\r?(?:\n|\Z)")
_BLANKS = re.compile(r"\s*")
_BOUNDARY = re.compile(r"\bboundary[ \t]*=[ \t]*(?:\"([^\"]*)\"|'([^']*)'|([^\s;]*))", re.IGNORECASE)

_MOST_PARTS = 1_000


class _Message(NamedTuple):
    """Headers by their names in lower case, and the body."""

    headers: dict[str, str]
    body: Text

    @property
    def type(self) -> str:
        """The content type; RFC 2045 has text/plain where there is none."""
        return self.headers.get("content-type", "").split(";")[0].strip().lower() or "text/plain"

    @property
    def boundary(self) -> str | None:
        """What parts the body; None where nothing is said of it."""
        found = _BOUNDARY.search(self.headers.get("content-type", ""))
        return next((group for group in found.groups() if group is not None), None) if found else None


def read(text: Text, what: str, depth: int) -> Iterator[Read]:
    """The parts of a message; ``depth`` is how many multiparts may stand in one another."""
    number = 0
    for message in _leaves(_message(text, start=True), depth):
        if isinstance(message, Unseen):
            yield message
        else:
            number += 1
            yield from _part(message, f"part {number} ({message.type}) of {what}")


def _part(message: _Message, what: str) -> Iterator[Read]:
    body = _decoded(message)
    if isinstance(body, Unseen):
        yield body
    else:
        yield Inner(body, what, by_type(message.type, body.content))


def _decoded(message: _Message) -> Text | Unseen:
    match message.headers.get("content-transfer-encoding", "").strip().lower():
        case "base64":
            return from_base64(message.body) if message.body.content.strip() else message.body
        case "quoted-printable":
            return from_quoted_printable(message.body)
        case _:
            return message.body


def _leaves(message: _Message, depth: int) -> Iterator[_Message | Unseen]:
    """The messages that are no multiparts."""
    if not message.type.startswith("multipart/"):
        yield message
        return
    boundary = message.boundary
    if boundary is None or not depth:
        why = "its multipart has no boundary" if depth else "its multiparts are nested too deeply"
        yield Unseen(message.body.span(), why)
        return
    for part in _between(message.body, boundary):
        yield from (part,) if isinstance(part, Unseen) else _leaves(_message(part), depth - 1)


def _between(body: Text, boundary: str) -> Iterator[Text | Unseen]:
    """What stands between the boundaries of a multipart."""
    begin: int | None = None
    last = False
    lines = re.compile(rf"^[ \t]*--{re.escape(boundary)}(--)?[ \t]*\r?$", re.MULTILINE)
    for number, line in enumerate(lines.finditer(body.content)):
        if number > _MOST_PARTS:
            yield Unseen(body.span(), f"it has more than {_MOST_PARTS} parts")
            return
        if begin is None:
            yield from _unknown(body, 0, line.start())
        else:
            yield body.part(begin, _before_newline(body.content, begin, line.start()))
        begin, last = min(line.end() + 1, len(body.content)), line[1] is not None
        if last:
            break
    if begin is None:
        yield Unseen(body.span(), f"no part begins with its boundary {boundary!r}")
    elif last:
        yield from _unknown(body, begin, len(body.content))
    else:
        yield body.part(begin, len(body.content))


def _unknown(body: Text, start: int, end: int) -> Iterator[Unseen]:
    """What may be parts around those that are written out."""
    if why := body.unknown(start, end) if end > start else "":
        yield Unseen(body.span(start, end), why)


def _before_newline(content: str, begin: int, at: int) -> int:
    """The end of what stands before a boundary's newline."""
    at -= content[begin:at][-1:] == "\n"
    return max(at - (content[begin:at][-1:] == "\r"), begin)


def _message(text: Text, *, start: bool = False) -> _Message:
    """A text as headers and body. Blank lines before the ``start`` of a text are not meant as an end of no headers."""
    content = text.content
    headers: dict[str, list[str]] = {}
    blanks = _BLANKS.match(content) if start else None
    at = blanks.end() if blanks else 0
    while found := _HEADER.match(content, at):
        lines = headers.setdefault(found[1].lower(), [])
        lines.append(found[2])
        at = found.end()
        while not _HEADER.match(content, at) and not _BLANK.match(content, at) and (more := _MORE.match(content, at)):
            lines.append(more[1])
            at = more.end()
    blank = _BLANK.match(content, at)
    joined = {name: " ".join(told) for name, told in headers.items()}
    return _Message(joined, text.part(blank.end() if blank else at, len(content)))
