"""Encodings in which scripts are sent: what runs is the text, not what it is sent as."""

from __future__ import annotations

import base64
import binascii

from iac_imds_lint import texts
from iac_imds_lint.source import SourceFile, Span
from iac_imds_lint.terraform.alternatives import Alternative, Encoding, flat, plain, unknown
from iac_imds_lint.texts import Text

ENCODINGS = {"base64encode": Encoding.BASE64, "textencodebase64": Encoding.BASE64, "base64gzip": Encoding.GZIP}


def encoded(one: Alternative, encoding: Encoding, span: Span) -> Alternative:
    """An encoded text is still the text that runs; what is encoded twice is a text that is made."""
    if one.parts or one.text is None:
        return one
    if one.encoding is Encoding.NONE:
        return one._replace(encoding=encoding, span=span)
    return one._replace(text=flat(one), encoding=encoding, span=span)


def decoded(one: Alternative) -> Alternative:
    """What a text in base64 stands for."""
    if one.encoding is Encoding.BASE64:
        return one._replace(encoding=Encoding.NONE)
    if one.text is None or one.text.unknown():
        return one
    text = from_base64(one.text)
    return unknown(one.span, text, one.when) if isinstance(text, str) else plain(text, one.span, one.when)


def from_base64(text: Text) -> Text | str:
    """What a text in base64 stands for, at its place; or why that is not told."""
    try:
        data = base64.b64decode("".join(text.content.split()), validate=True)
    except (binascii.Error, ValueError):
        return "it is no base64"
    if data.startswith(b"\x1f\x8b"):
        return "it is compressed with gzip"
    span = text.span()
    source = SourceFile.decode(span.path, data)
    return texts.made(source.text, span) if isinstance(source, SourceFile) else f"what it decodes to is {source.reason}"
