"""Texts that stand in another one encoded: base64, quoted-printable, data URLs.

Sources: RFC 4648; RFC 2045, section 6.7; RFC 2397; RFC 1952 (gzip begins with 1F 8B).
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Callable
from typing import NamedTuple, TypeAlias
from urllib.parse import unquote_to_bytes

from iac_imds_lint import texts
from iac_imds_lint.script import Unseen
from iac_imds_lint.texts import Text

_Decode: TypeAlias = Callable[[str], bytes]

_GZIP = b"\x1f\x8b"
# Control characters that no script has.
_BINARY = re.compile("[\x00-\x06\x0e-\x1a\x1c-\x1f\x7f]")
_BASE64 = re.compile(r"[A-Za-z0-9+/]{4}[A-Za-z0-9+/\s]*={0,2}\Z")
_DATA_URL = re.compile(r"data:(?P<type>[^,]*),(?P<data>.*)\Z", re.DOTALL)


class Refused(NamedTuple):
    """Why something cannot be decoded, in a clause."""

    reason: str


def from_base64(text: Text) -> Text | Unseen:
    """What a text in base64 stands for; made of the whole of it, unless it is known what that was made of."""
    pieces = [piece for piece in text.pieces if text.content[piece.start : piece.end].strip()]
    if len(pieces) == 1 and pieces[0].encodes:
        return pieces[0].encodes
    return _made(text, lambda content: binascii.a2b_base64(content.encode("ascii", "strict")))


def from_quoted_printable(text: Text) -> Text | Unseen:
    """What a quoted-printable text stands for; the text itself, where nothing in it is quoted."""
    return _made(text, lambda content: binascii.a2b_qp(content.encode())) if "=" in text.content else text


def from_data_url(text: Text) -> Text | Unseen | None:
    """What a data URL holds; None where a text is another URL."""
    url = _DATA_URL.match(text.content.strip())
    if url is None:
        return None
    if "base64" in url["type"]:
        return _made(text, lambda _: binascii.a2b_base64(unquote_to_bytes(url["data"])))
    return _made(text, lambda _: unquote_to_bytes(url["data"]))


def reads_like_base64(content: str) -> bool:
    """Whether a text may be nothing but base64: long enough, and not a word."""
    return len(content) >= 16 and " " not in content.strip() and _BASE64.match(content.strip()) is not None


def is_binary(content: str) -> bool:
    """Whether a text holds what no script does."""
    return _BINARY.search(content) is not None


def decoded(data: bytes) -> str | Refused:
    """Bytes as the text of a script; in Latin-1 where they are not UTF-8."""
    if data.startswith(_GZIP):
        return Refused("it is compressed with gzip, which is not read")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    return Refused("it is binary") if is_binary(text) else text


def _made(text: Text, decode: _Decode) -> Text | Unseen:
    """What comes of decoding a text, or why that cannot be known."""
    end = len(text.content)
    span = text.span(0, end)
    if why := text.unknown(0, end):
        return Unseen(span, why)
    try:
        content = decoded(decode(text.content))
    except (binascii.Error, UnicodeEncodeError) as error:
        return Unseen(span, f"it cannot be decoded: {error}")
    return Unseen(span, content.reason) if isinstance(content, Refused) else texts.made(content, span)
